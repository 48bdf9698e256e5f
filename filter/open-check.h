/* SPDX-License-Identifier: GPL-3.0-or-later */
/* open-check - what open --verify knows on its way: of filter/open-verify.c and open-compare.c */
#ifndef MAILSEAL_FILTER_OPEN_CHECK_H
#define MAILSEAL_FILTER_OPEN_CHECK_H

#include <stdbool.h>

#include "auth/recorded-keys.h"
#include "auth/verify.h"
#include "base/log.h"

struct open_check {
	const struct log *log;
	const char *authserv_id; /* of the configuration */
	struct recorded_keys *keys;
	struct verify verify;    /* of the original, with these keys */
	const char *contradiction; /* what is the matter: static text; NULL: nothing */
};

/* Can't it be told whether the chain verifies, since a key was left out? */
bool open_check_arc_unknown(const struct open_check *c);
/* The same of a signature. */
bool open_check_unknown(const struct open_check *c, const struct dkim_signature *s);

/*
 * Compares with what the stored header says: Authentication-Results right below X-Mailseal, which a
 * delivery put there, and that there is no other one of that name.  -1 with *err: it can't be read.
 */
int open_compare(struct open_check *c, const struct message *stored, struct err *err);

#endif
