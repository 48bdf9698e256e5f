/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-interchange - key import --from, key export --to: how other programs keep certificates */
#ifndef MAILSEAL_FILTER_KEY_INTERCHANGE_H
#define MAILSEAL_FILTER_KEY_INTERCHANGE_H

#include "filter/key-batch.h"

struct key_interchange {
	const char *kind; /* as it was given */
	const char *path;
	const char *domain; /* import: addresses of this one only, in normal form; "": all */
};

/* Prints what it did, and what it skipped. ERR_DATA also when nothing could be enrolled. */
int key_interchange_import(struct key_run *run, const struct key_how *how,
                           const struct key_interchange *what, struct err *err);

/* word: addresses or domains; none: all. */
int key_interchange_export(struct key_run *run, const struct key_interchange *what,
                           char *const *word, struct err *err);

#endif
