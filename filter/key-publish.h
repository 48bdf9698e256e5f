/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-publish - what the two forms of `mailseal key publish` share
 */
#ifndef MAILSEAL_FILTER_KEY_PUBLISH_H
#define MAILSEAL_FILTER_KEY_PUBLISH_H

#include "filter/key.h"

struct key_published {
	struct key_addresses addresses; /* that have something, or could not be asked for */
	size_t failed;                  /* of them: the latter */
};

/* Calls each (may be NULL) for every certificate of the address that may be given out. How many
 * there are; -1 with *err: could not ask. */
int key_publish_each(const struct key_run *run, const char *address,
                     void (*each)(void *ctx, const struct entry_cert *cert), void *ctx,
                     struct err *err);

/* domain NULL: all. -1 with *err, also when something could not be read: its file stays. */
int key_publish_wkd(const struct key_run *run, const char *dir, const char *domain,
                    struct key_published *published, struct err *err);

#endif
