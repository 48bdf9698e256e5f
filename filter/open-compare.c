/* SPDX-License-Identifier: GPL-3.0-or-later */
/* open-compare - open --verify: what the stored header says, compared with what verifies inside */
#include <config.h>

#include <string.h>

#include "auth/authres.h"
#include "auth/border.h"
#include "auth/token.h"
#include "filter/open-check.h"

#define RESULTS_BYTES_MAX ((size_t)64 * 1024) /* read of the stored field */
#define OUTSIDE "Authentication-Results outside "

/* The stored field: its own results, and what another host found. */
struct outside {
	struct authres *own, *imported;
	unsigned differences;
};

static bool same(const char *a, const char *b)
{
	return token_same(a, strlen(a), b);
}

static bool says_pass(const struct authres_result *r)
{
	return same(r->result, "pass");
}

static void contradict(struct open_check *c)
{
	c->contradiction = "a signature that was recorded as verified does not verify";
}

/* ---- DKIM ------------------------------------------------------------------- */

static const char *header(const struct authres_result *r, const char *name)
{
	return authres_property(r, "header", name);
}

static bool same_start(const char *a, const char *b)
{
	size_t x = strlen(a), y = strlen(b);

	return strncmp(a, b, x < y ? x : y) == 0;
}

/* Is that the signature which a result speaks of? What it does not name may be any. */
static bool speaks_of(const struct authres_result *r, const struct dkim_signature *s)
{
	const char *domain = header(r, "d"), *selector = header(r, "s");
	const char *tag = header(r, "b"), *identity = header(r, "i"), *algorithm = header(r, "a");

	return s->domain && s->selector && (!domain || same(domain, s->domain)) &&
	       (!selector || same(selector, s->selector)) &&
	       (!tag || !s->tag || same_start(tag, s->tag)) &&
	       (!algorithm || (s->algorithm && same(algorithm, s->algorithm))) &&
	       (!identity || (s->identity && strcmp(identity, s->identity) == 0));
}

/* The signature that it speaks of: one that verifies, else one of which nobody can tell, or NULL. */
static const struct dkim_signature *find_signature(const struct open_check *c,
                                                   const struct authres_result *r)
{
	const struct dkim_signature *found = NULL;

	for (size_t i = 0; i < dkim_count(c->verify.dkim); i++) {
		const struct dkim_signature *s = dkim_get(c->verify.dkim, i);

		if (!speaks_of(r, s))
			continue;
		if (s->result == DKIM_PASS)
			return s;
		if (open_check_unknown(c, s))
			found = s;
	}
	return found;
}

/* dns.sec of a result that verifies: is it what was recorded of its keys? */
static void compare_security(struct open_check *c, struct outside *outside,
                             const struct authres_result *r, enum dns_security inside)
{
	const char *security = authres_property(r, "dns", "sec");

	if (!security || same(security, inside == DNS_SECURE ? "yes" : "no"))
		return;
	if (same(security, "yes"))
		c->contradiction = "a key is said to be secure by DNSSEC, and was not";
	outside->differences++;
	log_info(c->log, OUTSIDE "says %s=%s dns.sec=%s; inside, its key is recorded as %s",
	         r->method, r->result, security,
	         dns_security_word(inside) ? dns_security_word(inside) : "not judged");
}

static void compare_dkim(struct open_check *c, struct outside *outside,
                         const struct authres_result *r)
{
	const struct dkim_signature *s = find_signature(c, r);
	const bool passes = s && s->result == DKIM_PASS;
	const char *domain = header(r, "d");

	if (says_pass(r) && s && !passes) {
		outside->differences++;
		log_info(c->log, OUTSIDE "says dkim=pass of %s: its key was too large to be recorded, so that can't be checked",
		         s->domain);
		return;
	}
	if (passes && says_pass(r))
		compare_security(c, outside, r, s->security);
	/* A policy of the delivery is not judged here. */
	if (says_pass(r) == passes || same(r->result, "policy"))
		return;
	if (says_pass(r))
		contradict(c);
	outside->differences++;
	log_info(c->log, OUTSIDE "says dkim=%s of %s; inside, %s", r->result,
	         domain ? domain : "no domain",
	         passes ? "it verifies" : "nothing bears that out");
}

/* A signature that verifies, and of which the field says nothing. */
static void compare_unnamed(struct open_check *c, struct outside *outside)
{
	const struct authres *own = outside->own;

	for (size_t i = 0; i < dkim_count(c->verify.dkim); i++) {
		const struct dkim_signature *s = dkim_get(c->verify.dkim, i);
		bool named = s->result != DKIM_PASS;

		for (size_t j = 0; j < own->count && !named; j++)
			named = authres_is(&own->results[j], "dkim") &&
			        speaks_of(&own->results[j], s);
		if (named)
			continue;
		outside->differences++;
		log_info(c->log, OUTSIDE "says nothing of the signature of %s; inside, it verifies",
		         s->domain);
	}
}

/* ---- the other methods -------------------------------------------------------- */

static void compare_arc(struct open_check *c, struct outside *outside,
                        const struct authres_result *r)
{
	const bool passes = arc_result(c->verify.arc) == ARC_PASS;

	if (passes && says_pass(r) && arc_security(c->verify.arc) != DNS_UNKNOWN)
		compare_security(c, outside, r, arc_security(c->verify.arc));
	if (says_pass(r) == passes)
		return;
	outside->differences++;
	if (says_pass(r) && open_check_arc_unknown(c)) {
		log_info(c->log, OUTSIDE "says arc=pass: not all keys could be recorded, so that can't be checked");
		return;
	}
	if (says_pass(r))
		contradict(c);
	log_info(c->log, OUTSIDE "says arc=%s; inside, %s", r->result,
	         passes ? "the chain verifies" : "nothing bears that out");
}

static bool is_checked(const struct authres_result *r)
{
	return authres_is(r, "dkim") || authres_is(r, "arc");
}

/* SPF, iprev and DMARC rest on a connection, and on records of DNS, which nobody has any more. */
static void name_unchecked(const struct open_check *c, const struct authres *own)
{
	struct buf methods = BUF_INIT;

	for (size_t i = 0; i < own->count; i++) {
		bool again = is_checked(&own->results[i]);

		for (size_t j = 0; j < i && !again; j++)
			again = authres_is(&own->results[i], own->results[j].method);
		if (!again)
			buf_addf(&methods, "%s%s", methods.len ? ", " : "", own->results[i].method);
	}
	if (methods.len)
		log_info(c->log, OUTSIDE "says %s: that can't be checked from what is inside",
		         methods.data);
	buf_free(&methods);
}

static void name_imported(const struct open_check *c, const struct authres *imported)
{
	for (size_t i = 0; i < imported->count; i++) {
		const struct authres_result *r = &imported->results[i];
		const char *domain = header(r, "d");

		log_info(c->log, OUTSIDE "says %s=%s%s%s as imported from another host: that can't be checked",
		         r->method, r->result, domain ? " of " : "", domain ? domain : "");
	}
}

static void compare_results(struct open_check *c, struct outside *outside)
{
	const struct authres *own = outside->own;

	for (size_t i = 0; i < own->count; i++) {
		if (authres_is(&own->results[i], "dkim"))
			compare_dkim(c, outside, &own->results[i]);
		else if (authres_is(&own->results[i], "arc"))
			compare_arc(c, outside, &own->results[i]);
	}
	compare_unnamed(c, outside);
	if (!outside->differences)
		log_info(c->log, OUTSIDE "agrees on dkim and arc");
	name_unchecked(c, own);
	name_imported(c, outside->imported);
}

/* ---- the stored field -------------------------------------------------------------- */

static bool is_imported(const struct token_text *part)
{
	static const char comment[] = "(imported";

	return memmem(part->at, (size_t)(part->end - part->at), comment,
	              strlen(comment));
}

/* NULL in own: there is no id. */
static void read_outside(struct token_text t, struct outside *out)
{
	struct buf id = BUF_INIT;
	unsigned version;

	if (authres_read_id(&t, &id, &version))
		out->own = authres_new(buf_str(&id));
	if (out->own)
		out->imported = authres_new(buf_str(&id));
	buf_free(&id);
	while (out->own && t.at < t.end) {
		struct token_text part = t;

		t.at++;
		token_until_semicolon(&t);
		part.end = t.at;
		authres_read_results(&part, is_imported(&part) ? out->imported : out->own, NULL);
	}
}

/* The field that a delivery put below X-Mailseal. 1, 0 none, -1. */
static int find_results(const struct message *stored, struct field *field,
                        struct err *err)
{
	uint64_t at = 0;
	bool below = false;
	int rc;

	while ((rc = message_next_field(stored, &at, field, err)) == 1) {
		if (field_begins(field, "X-Mailseal"))
			below = true;
		else if (below)
			return field_is(field, "Authentication-Results");
	}
	return rc;
}

/*
 * A delivery takes out all that could be taken for its own field.  So another one was put there
 * later.  id: of the delivery; start: where its own begins, or UINT64_MAX.
 */
static int find_others(struct open_check *c, const struct message *stored, const char *id,
                       uint64_t start, struct err *err)
{
	const struct border_trust trust = { .authserv_id = id };
	struct border *border = border_read(stored, &trust, err);
	struct field field;
	uint64_t at = 0;
	int rc = border ? 1 : -1;

	while (rc > 0 && (rc = message_next_field(stored, &at, &field, err)) > 0) {
		if (field.start == start || !field_is(&field, "Authentication-Results") ||
		    !border_forged(border, stored, &field))
			continue;
		c->contradiction = "an Authentication-Results that is not the delivery's can be taken for it";
		log_info(c->log, "another Authentication-Results of %s, or that can be taken for it, stands outside; no delivery leaves one",
		         id);
	}
	border_free(&border);
	return rc;
}

int open_compare(struct open_check *c, const struct message *stored, struct err *err)
{
	struct buf value = BUF_INIT;
	struct outside outside = { .differences = 0 };
	struct field field;
	int rc = find_results(stored, &field, err);
	const bool found = rc == 1;

	if (found && !field_value(stored, &field, RESULTS_BYTES_MAX, &value, err))
		read_outside((struct token_text){ buf_str(&value), buf_str(&value) + value.len },
		             &outside);
	else if (found)
		rc = -1;
	if (outside.own)
		compare_results(c, &outside);
	else if (rc >= 0)
		log_info(c->log, "no Authentication-Results outside to compare with");
	if (rc >= 0)
		rc = find_others(c, stored, outside.own ? outside.own->id : c->authserv_id,
		                 outside.own ? field.start : UINT64_MAX, err);
	authres_free(&outside.own);
	authres_free(&outside.imported);
	buf_free(&value);
	return rc;
}
