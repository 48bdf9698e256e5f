/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dmarc-walk - the DNS tree walk: records above a domain, its Organizational Domain, and
 * the record that is for it (RFC 9989 4.10)
 *
 * Pure steps (auth/lookups.h).  Domains are A-labels in lower case without a final dot, and are
 * borrowed: what is found points into them, and into the answers.
 */
#ifndef MAILSEAL_AUTH_DMARC_WALK_H
#define MAILSEAL_AUTH_DMARC_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/dmarc-record.h"
#include "auth/lookups.h"
#include "base/buf.h"

#define DMARC_WALK_MAX 8    /* queries of one walk */
#define DMARC_LABELS_MAX 7  /* of the second name that is asked for */

struct dmarc_place {
	const char *domain;
	const struct dns_record *text;
	enum dmarc_psd psd;
};

struct dmarc_walk {
	const char *start;
	struct dmarc_place found[DMARC_WALK_MAX]; /* domains with a record, the longest first */
	size_t count;
	bool failed;                /* one could not be asked, and nothing above it was */
	enum dns_security security; /* the least of all answers */
};

/* False: an answer is missing. explain (or NULL) gets a line for each query. */
bool dmarc_walk(const char *domain, struct lookups *lookups,
                struct dmarc_walk *out, struct buf *explain);

/* Asks at once for all that a walk may come to ask, and for whether the domain exists. */
void dmarc_walk_ahead(const char *domain, struct lookups *lookups);

/* The Organizational Domain (4.10.2); NULL when the walk failed. */
const char *dmarc_walk_organization(const struct dmarc_walk *walk);

/* The policy record for a domain (4.10.1). */
struct dmarc_discovery {
	const char *domain; /* where the record is; NULL: there is none */
	const char *organization; /* the Organizational Domain; NULL: it was not looked for */
	bool failed;        /* could not find out */
	struct dmarc_record record;
	enum dns_security security; /* of the record, and of the absence of nearer ones */
};

bool dmarc_discover(const char *domain, struct lookups *lookups,
                    struct dmarc_discovery *out, struct buf *explain);

#endif
