/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * author - whose message it says it is: the domain of From (RFC 5322 3.6.2, RFC 9989 4.5 and 5.3.1)
 *
 * The whole of the Fields, groups, comments, quoted local parts, encoded words, route addresses
 * and EAI included, read so that no lenient reader could see another author than the one that is judged.
 */
#ifndef MAILSEAL_AUTH_AUTHOR_H
#define MAILSEAL_AUTH_AUTHOR_H

#include <stddef.h>

#include "auth/dns.h"
#include "auth/header.h"

#define AUTHOR_DOMAINS_MAX 16

enum author_state {
	AUTHOR_ONE,     /* one From field, all of its addresses of one domain */
	AUTHOR_SEVERAL, /* one From field with addresses of different domains */
	AUTHOR_NONE,    /* no From field, or one without an address (an empty group) */
	AUTHOR_BROKEN,  /* several From fields, or one that can be read in two ways */
};

struct author {
	enum author_state state;
	char domain[AUTHOR_DOMAINS_MAX][DNS_NAME_MAX]; /* A-labels, lower case, no final dot */
	size_t domains;
	const char *reason; /* in words, static; NULL for AUTHOR_ONE */
};

void author_read(const struct header *header, struct author *out);
/* One From value by itself; out as above. */
void author_parse(const char *value, size_t len, struct author *out);

#endif
