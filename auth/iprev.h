/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * iprev - does the client's address have a name that has the address (RFC 8601 2.7.3, section 3)
 */
#ifndef MAILSEAL_AUTH_IPREV_H
#define MAILSEAL_AUTH_IPREV_H

#include <stdbool.h>

#include "auth/lookups.h"
#include "base/buf.h"

enum iprev_result { IPREV_NONE, IPREV_PASS, IPREV_FAIL, IPREV_TEMPERROR, IPREV_PERMERROR };

struct iprev {
	enum iprev_result result; /* none: no client address is known */
	char name[DNS_NAME_MAX];  /* that was confirmed; "" */
	const char *reason;       /* static, or NULL */
	enum dns_security security;
};

/*
 * address: text, or NULL.  explain: NULL, or emptied, then a line for each name that was looked
 * at.  True: *out is filled, there is nothing to free.  False: not done (auth/lookups.h).
 */
bool iprev_step(const char *address, struct lookups *lookups,
                struct iprev *out, struct buf *explain);
const char *iprev_word(enum iprev_result result);

#endif
