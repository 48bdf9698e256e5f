/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rescue - a message that fails DMARC because a forwarder changed it, vouched for (RFC 8617 7.2.1) */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/authres.h"
#include "auth/rescue.h"
#include "auth/token.h"
#include "base/idn.h"

/* domain: A-labels. name: in any form that a field or the configuration has. */
static bool same_domain(const char *name, const char *domain)
{
	struct err err;
	char *ascii = idn_to_ascii(name, &err);
	size_t len = ascii ? strlen(ascii) : 0;
	bool same;

	if (len && ascii[len - 1] == '.')
		len--;
	same = len && token_same(ascii, len, domain);
	free(ascii);
	return same;
}

static bool is_trusted(const char *const *trusted, const char *domain)
{
	while (trusted && *trusted)
		if (same_domain(*trusted++, domain))
			return true;
	return false;
}

/* The oldest of the sets from the newest down whose sealers are all trusted. */
static const struct arc_set *first_witness(const struct arc *arc,
                                           const char *const *trusted)
{
	const struct arc_set *witness = NULL;

	for (size_t i = arc_count(arc); i > 0; i--) {
		const struct arc_set *set = arc_get(arc, i);

		if (!set->domain || !is_trusted(trusted, set->domain))
			break;
		witness = set;
	}
	return witness;
}

/* ---- what the witness recorded ------------------------------------------ */

static bool passed(const struct authres_result *result)
{
	return token_same(result->result, strlen(result->result), "pass");
}

/* Behind the last @ of an address; of a domain all of it. */
static const char *domain_of(const char *address)
{
	const char *at = address ? strrchr(address, '@') : NULL;

	return at ? at + 1 : address;
}

/*
 * Narrower than RFC 9989 4.4, so that nothing has to be looked up again: the author's domain
 * itself, or its organizational domain where alignment is relaxed.
 */
static bool aligned(const char *domain, bool strict, const struct author *author,
                    const struct dmarc *dmarc)
{
	return domain && (same_domain(domain, author->domain[0]) ||
	                  (!strict && *dmarc->org_domain &&
	                   same_domain(domain, dmarc->org_domain)));
}

static bool aligned_pass(const struct authres_result *result,
                         const struct author *author, const struct dmarc *dmarc)
{
	const char *domain;

	if (!passed(result))
		return false;
	if (authres_is(result, "dkim")) {
		domain = authres_property(result, "header", "d");
		return aligned(domain ? domain : domain_of(authres_property(result, "header", "i")),
		               dmarc->dkim_strict, author, dmarc);
	}
	return authres_is(result, "spf") &&
	       aligned(domain_of(authres_property(result, "smtp", "mailfrom")),
	               dmarc->spf_strict, author, dmarc);
}

/* Each DMARC result of the witness must be a pass, and one be about this author; where there is none at all,
 * what it rests on does. */
static bool saw_pass(const struct authres *ar, const struct author *author,
                     const struct dmarc *dmarc)
{
	bool found = false, judged = authres_has(ar, "dmarc");

	for (size_t i = 0; i < ar->count; i++) {
		const struct authres_result *result = &ar->results[i];
		const char *from;

		if (!judged) {
			found = found || aligned_pass(result, author, dmarc);
			continue;
		}
		if (!authres_is(result, "dmarc"))
			continue;
		if (!passed(result))
			return false;
		from = authres_property(result, "header", "from");
		found = found || (from && same_domain(domain_of(from), author->domain[0]));
	}
	return found;
}

const char *rescue_by(const struct arc *arc, const struct author *author,
                      const struct dmarc *dmarc, const char *const *trusted)
{
	const struct arc_set *witness;
	struct authres *ar;
	bool saw;

	if (dmarc->result != DMARC_FAIL || author->state != AUTHOR_ONE ||
	    arc_result(arc) != ARC_PASS || !arc_covers_message(arc))
		return NULL;
	witness = first_witness(arc, trusted);
	if (!witness)
		return NULL;
	/* Believed for its seal, not for its id. */
	ar = authres_glance(witness->results, witness->results_len);
	saw = ar && saw_pass(ar, author, dmarc);
	authres_free(&ar);
	return saw ? witness->domain : NULL;
}
