/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * author - whose message it says it is: the domain of From (RFC 5322 3.6.2, RFC 9989 5.3.1)
 *
 * The whole of the field, groups, comments, quoted local parts, encoded words, route addresses and
 * EAI included, read so that no lenient reader could see an author in another domain
 * than the one that is judged: what could be read in two ways is broken, also
 * where the grammar has one reading only.
 */
#ifndef MAILSEAL_AUTH_AUTHOR_H
#define MAILSEAL_AUTH_AUTHOR_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/dns.h"
#include "auth/header.h"

#define AUTHOR_DOMAINS_MAX 8     /* different ones: each costs a tree walk */
#define AUTHOR_ADDRESSES_MAX 4096

enum author_state {
	AUTHOR_ONE,     /* one From field, all of its addresses of one domain */
	AUTHOR_SEVERAL, /* one From field with addresses of different domains */
	AUTHOR_NONE,    /* no From field, or an author without a domain: none, an empty group, [ADDRESS] */
	AUTHOR_BROKEN,  /* several From fields, or one that can be read in two ways */
};

struct author {
	enum author_state state;
	/* A-labels, lower case, no final dot.  Of AUTHOR_BROKEN each that some reader might find in
	 * it: enough to fail for one of them, never to pass. */
	char domain[AUTHOR_DOMAINS_MAX][DNS_NAME_MAX];
	size_t domains;
	/* There are others, or may be, beyond a bound above or of the header: of those that are
	 * known the first and the last are here. */
	bool more;
	size_t looked_at; /* `@` of what is broken */
	const char *reason; /* in words, static; NULL for AUTHOR_ONE */
};

void author_read(const struct header *header, struct author *out);
/* One From value by itself; out as above. */
void author_parse(const char *value, size_t len, struct author *out);

#endif
