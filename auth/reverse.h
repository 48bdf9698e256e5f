/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reverse - the names of an address that have that address (RFC 7208 5.5, RFC 8601 section 3)
 *
 * Whoever holds an address can give it any name; the name counts when its own holder gives it
 * that address.
 */
#ifndef MAILSEAL_AUTH_REVERSE_H
#define MAILSEAL_AUTH_REVERSE_H

#include <stdbool.h>

#include "auth/ip.h"
#include "auth/lookups.h"
#include "base/buf.h"

#define REVERSE_NAMES_MAX 10 /* PTR records that are looked at (RFC 7208 4.6.4) */

struct reverse_name {
	const char *name; /* borrowed */
	enum dns_security security; /* the least of the two answers */
};

struct reverse {
	enum dns_status status; /* of the PTR question */
	bool failed;            /* a name's address could not be asked */
	bool none_there;        /* a name has no address of that kind */
	struct reverse_name name[REVERSE_NAMES_MAX]; /* those that are confirmed */
	size_t count;
	enum dns_security security; /* the least of all answers */
};

/* False: answers are missing. explain may be NULL. */
bool reverse_step(const struct ip *ip, struct lookups *lookups, struct reverse *out,
                  struct buf *explain);

#endif
