/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dmarc - does what was authenticated speak for the author's domain (RFC 9989)
 *
 * One pure step (auth/lookups.h).  Policy discovery can begin before SPF and DKIM are done, and
 * should: with `ready` false it asks for what will be needed, also for those that passed so
 * far, and is never done.
 *
 * Authors of several domains (11.5): each is evaluated; one that fails makes the message fail,
 * with the strictest policy of those; only if all pass does it pass.  A broken From is
 * evaluated likewise for the domains that were found in it, but never passes.
 */
#ifndef MAILSEAL_AUTH_DMARC_H
#define MAILSEAL_AUTH_DMARC_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/author.h"
#include "auth/dmarc-record.h"
#include "auth/lookups.h"
#include "base/buf.h"

#define DMARC_IDENTIFIERS_MAX 16 /* DKIM's that are looked at */

enum dmarc_result { DMARC_NONE, DMARC_PASS, DMARC_FAIL, DMARC_TEMPERROR, DMARC_PERMERROR };

/* A domain that SPF or DKIM authenticated, or could not (temperror). */
struct dmarc_identifier {
	const char *domain; /* A-labels */
	bool pass, temperror;
};

struct dmarc_request { /* borrowed */
	const struct author *author;
	bool ready; /* SPF and DKIM are done; else below is what is known of them */
	struct dmarc_identifier spf;           /* domain NULL: none. MAIL FROM, or HELO of a null sender */
	const struct dmarc_identifier *dkim;
	size_t dkim_count;
	struct buf *explain; /* as spf_request.explain */
};

struct dmarc {
	enum dmarc_result result;
	char from_domain[DNS_NAME_MAX];   /* "": none that can be judged */
	char policy_domain[DNS_NAME_MAX]; /* where the record was found; "" */
	char org_domain[DNS_NAME_MAX];    /* of from_domain; "": was not needed, or is not known */
	enum dmarc_policy policy;      /* that holds for this domain: after sp, np, t */
	enum dmarc_policy disposition; /* what to do: policy when it fails, else none */
	bool dkim_aligned, spf_aligned; /* authenticated and aligned */
	char dkim_domain[DNS_NAME_MAX], spf_domain[DNS_NAME_MAX]; /* the aligned ones; "" */
	bool dkim_strict, spf_strict;
	bool testing;            /* t=y */
	const char *reason;      /* in words, static; or NULL */
	enum dns_security security; /* of the record, or of its absence */
};

/* True: *out is filled. False: not done, and *out is not to be used. */
bool dmarc_step(const struct dmarc_request *request, struct lookups *lookups,
                struct dmarc *out);

const char *dmarc_word(enum dmarc_result result);

#endif
