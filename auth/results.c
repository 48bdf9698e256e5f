/* SPDX-License-Identifier: GPL-3.0-or-later */
/* results - our own Authentication-Results field: what was verified here, and what was imported */
#include <config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "auth/results-own.h"
#include "auth/results.h"
#include "base/idn.h"
#include "base/mem.h"

struct results {
	struct buf field;
	enum dmarc_policy disposition;
	bool temperror;
};

static bool says(const struct authres_result *r, const char *result)
{
	return token_same(result, strlen(result), r->result);
}

static bool same(const char *a, const char *b)
{
	return token_same(a, strlen(a), b);
}

/* ---- is it about the same? -------------------------------------------------- */

/* The domain of an address, or the whole, in A-labels and without a final dot. The caller frees. */
static char *domain_of(const char *value)
{
	const char *at = strrchr(value, '@');
	struct err err;
	char *ascii = idn_to_ascii(at ? at + 1 : value, &err);
	size_t len = ascii ? strlen(ascii) : 0;

	if (len && ascii[len - 1] == '.')
		ascii[len - 1] = '\0';
	return ascii;
}

static bool same_domain(const char *a, const char *b)
{
	char *x = domain_of(a), *y = domain_of(b);
	bool is_same = x && y && *x && same(x, y);

	free(x);
	free(y);
	return is_same;
}

static bool same_address(const char *a, const char *b)
{
	unsigned char x[sizeof(struct in6_addr)], y[sizeof x];

	if (inet_pton(AF_INET, a, x) == 1 && inet_pton(AF_INET, b, y) == 1)
		return memcmp(x, y, sizeof(struct in_addr)) == 0;
	return inet_pton(AF_INET6, a, x) == 1 && inet_pton(AF_INET6, b, y) == 1 &&
	       memcmp(x, y, sizeof x) == 0;
}

typedef bool comparison(const char *a, const char *b);

/* Both have that property, and it is the same. */
static bool agree(const struct authres_result *a, const struct authres_result *b,
                  const char *ptype, const char *property, comparison *are_same)
{
	const char *x = authres_property(a, ptype, property);
	const char *y = authres_property(b, ptype, property);

	return x && y && are_same(x, y);
}

/* Both have it, and it is not the same. */
static bool differ(const struct authres_result *a, const struct authres_result *b,
                   const char *ptype, const char *property, comparison *are_same)
{
	return authres_property(a, ptype, property) &&
	       authres_property(b, ptype, property) &&
	       !agree(a, b, ptype, property, are_same);
}

/* RFC 6008: header.b may be cut anywhere. */
static bool same_start(const char *a, const char *b)
{
	size_t x = strlen(a), y = strlen(b);

	return strncmp(a, b, x < y ? x : y) == 0;
}

/* The null sender is judged by its HELO; else smtp.helo beside smtp.mailfrom is no identity. */
static bool same_sender(const struct authres_result *own,
                        const struct authres_result *imported)
{
	if (authres_property(imported, "smtp", "mailfrom"))
		return agree(own, imported, "smtp", "mailfrom", same_domain);
	return agree(own, imported, "smtp", "helo", same_domain);
}

/* i= is `@` and the domain where the signature has none (RFC 6376 3.5). */
static bool same_user(const struct authres_result *own, const char *imported)
{
	const char *user = authres_property(own, "header", "i");
	const char *domain = user ? user : authres_property(own, "header", "d");
	size_t local = user && strrchr(user, '@') ? (size_t)(strrchr(user, '@') - user) : 0;
	const char *at = strrchr(imported, '@');

	return domain && local == (at ? (size_t)(at - imported) : 0) &&
	       strncmp(domain, imported, local) == 0 &&
	       same_domain(domain, imported);
}

/* header.d without more does not tell one signature of a domain from another. */
static bool same_signature(const struct authres_result *own,
                           const struct authres_result *imported)
{
	const char *user = authres_property(imported, "header", "i");

	if (differ(own, imported, "header", "d", same_domain) ||
	    differ(own, imported, "header", "s", same_domain) ||
	    differ(own, imported, "header", "a", same) ||
	    differ(own, imported, "header", "b", same_start) ||
	    (user && !same_user(own, user)))
		return false;
	return user || (agree(own, imported, "header", "d", same_domain) &&
	                agree(own, imported, "header", "s", same_domain));
}

/* There is one chain, and one author; several senders are none that a pass could be about. */
static bool same_identity(const struct authres_result *own,
                          const struct authres_result *imported,
                          const struct author *author)
{
	if (!authres_is(own, imported->method))
		return false;
	if (authres_is(own, "spf"))
		return same_sender(own, imported);
	if (authres_is(own, "dkim"))
		return same_signature(own, imported);
	if (authres_is(own, "iprev"))
		return agree(own, imported, "policy", "iprev", same_address);
	if (authres_is(own, "dmarc"))
		return author->state == AUTHOR_ONE &&
		       agree(own, imported, "header", "from", same_domain);
	return true;
}

/* ---- which result stands ---------------------------------------------------- */

/* A `none` that names nobody: there was nothing to verify here. */
static bool says_nothing(const struct authres_result *r)
{
	return says(r, "none") && !r->properties_count;
}

/*
 * Does the border's pass replace that result of ours?  A `policy` of ours verifies, so that no hop
 * inside has changed what was signed; the border's policy was another one, no more.
 */
static bool is_replaced(const struct authres_result *own,
                        const struct authres *imported,
                        const struct author *author)
{
	if (says(own, "pass") || says(own, "policy") || says_nothing(own))
		return false;
	for (size_t i = 0; i < imported->count; i++)
		if (says(&imported->results[i], "pass") &&
		    same_identity(own, &imported->results[i], author))
			return true;
	return false;
}

/* What the border says stays, unless a result of ours that stands is about the same.  There is
 * one DMARC result, of this From: none about another author stays. */
static bool stays(const struct authres_result *imported,
                  const struct authres *own, const bool *replaced,
                  const struct author *author)
{
	for (size_t i = 0; i < own->count; i++) {
		const struct authres_result *r = &own->results[i];

		if (!authres_is(r, imported->method))
			continue;
		if (says_nothing(imported) ||
		    (authres_is(r, "dmarc") && !same_identity(r, imported, author)))
			return false;
		if (!replaced[i] && !says_nothing(r) &&
		    same_identity(r, imported, author))
			return false;
	}
	return true;
}

static void add_own(struct authres *to, const struct authres *own,
                    const bool *replaced, const struct authres *imported)
{
	for (size_t i = 0; i < own->count; i++) {
		const struct authres_result *r = &own->results[i];

		if (!replaced[i] &&
		    !(says_nothing(r) && authres_has(imported, r->method)))
			authres_add_copy(to, r);
	}
}

/*
 * A fail of DMARC where SPF could not be checked, and the border says nothing of it: it might pass.
 * Not where nothing would help, since there are more authors than were looked at.
 */
static bool is_doubtful(const struct verify *verify, const struct authres *imported)
{
	return verify->dmarc.result == DMARC_FAIL && verify->spf_unchecked &&
	       !verify->author.more && !(imported && authres_has(imported, "spf"));
}

static void conclude(struct results *results, const struct verify *verify, bool doubtful,
                     const struct authres *own, const bool *replaced)
{
	results->disposition = verify->dmarc.disposition;
	if (verify->rescued_by || doubtful)
		results->disposition = DMARC_P_NONE;
	for (size_t i = 0; i < own->count; i++) {
		const struct authres_result *r = &own->results[i];

		if (replaced[i] && authres_is(r, "dmarc"))
			results->disposition = DMARC_P_NONE;
		results->temperror |= !replaced[i] && says(r, "temperror") &&
		                      !authres_is(r, "iprev");
	}
}

/* A setting that is no id: nothing may break the field. */
static struct authres *new_field(const char *authserv_id)
{
	struct authres *ar = authserv_id ? authres_new(authserv_id) : NULL;

	return ar ? ar : authres_new("invalid");
}

struct results *results_new(const char *authserv_id,
                            const struct border *border,
                            const struct verify *verify)
{
	struct results *results = mem_alloc(sizeof *results);
	struct authres *own = new_field(authserv_id), *staying = new_field(NULL);
	struct authres *field = new_field(authserv_id);
	const struct authres *imported = border ? border_results(border) : NULL;
	bool replaced[AUTHRES_RESULTS_MAX] = { false };
	const struct author *author = verify ? &verify->author : NULL;

	const bool doubtful = verify && is_doubtful(verify, imported);

	if (verify)
		results_own(verify, doubtful, own);
	for (size_t i = 0; imported && i < own->count; i++)
		replaced[i] = is_replaced(&own->results[i], imported, author);
	for (size_t i = 0; imported && i < imported->count; i++)
		if (stays(&imported->results[i], own, replaced, author))
			authres_add_copy(staying, &imported->results[i]);
	add_own(field, own, replaced, staying);
	for (size_t i = 0; i < staying->count; i++)
		authres_add_copy(field, &staying->results[i]);
	if (verify)
		conclude(results, verify, doubtful, own, replaced);
	authres_write(field, &results->field);
	authres_free(&own);
	authres_free(&staying);
	authres_free(&field);
	return results;
}

void results_free(struct results **results)
{
	if (!*results)
		return;
	buf_free(&(*results)->field);
	free(*results);
	*results = NULL;
}

const char *results_field(const struct results *results)
{
	return buf_str(&results->field);
}

enum dmarc_policy results_disposition(const struct results *results)
{
	return results->disposition;
}

bool results_temperror(const struct results *results)
{
	return results->temperror;
}
