/* SPDX-License-Identifier: GPL-3.0-or-later */
/* open-verify - open --verify: the signatures of a message that was sealed, offline */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "auth/authres.h"
#include "auth/recorded-keys.h"
#include "auth/token.h"
#include "auth/verify.h"
#include "filter/open-verify.h"
#include "mime/restore.h"

#define RESULTS_BYTES_MAX ((size_t)64 * 1024) /* read of the stored field */

struct check {
	const struct log *log;
	struct recorded_keys *keys;
	struct verify verify;
	unsigned contradictions, differences;
};

/* ---- what verifies ----------------------------------------------------------- */

static void format_time(int64_t when, char out[32])
{
	time_t t = (time_t)when;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		memcpy(out, "?", 2);
}

static bool same(const char *a, const char *b)
{
	return token_same(a, strlen(a), b);
}

/* The recorded key of a signature, or NULL. */
static const struct recorded_key *key_of(const struct check *c,
                                         const char *domain, const char *selector)
{
	char name[2 * DNS_NAME_MAX + 16];

	if (!domain || !selector)
		return NULL;
	snprintf(name, sizeof name, "%s._domainkey.%s", selector, domain);
	return recorded_keys_find(c->keys, name);
}

static void report_signature(const struct check *c, const struct dkim_signature *s)
{
	const char *domain = s->domain ? s->domain : "?";
	const char *selector = s->selector ? s->selector : "?";
	const struct recorded_key *key = key_of(c, s->domain, s->selector);
	char when[32];

	if (!key) {
		log_info(c->log, "dkim d=%s s=%s: not verified: its key was not recorded",
		         domain, selector);
		return;
	}
	format_time(key->time, when);
	log_info(c->log, "dkim d=%s s=%s: %s%s%s; key %s by DNSSEC, recorded %s",
	         domain, selector, dkim_word(s->result), s->reason ? ": " : "",
	         s->reason ? s->reason : "",
	         dns_security_word(key->security) ? dns_security_word(key->security)
	                                          : "not judged", when);
}

static bool arc_has_key(const struct check *c)
{
	for (size_t i = 1; i <= arc_count(c->verify.arc); i++) {
		const struct arc_set *set = arc_get(c->verify.arc, i);

		if (set && key_of(c, set->domain, set->selector))
			return true;
	}
	return false;
}

static void report_arc(const struct check *c)
{
	const struct arc *arc = c->verify.arc;
	const size_t count = arc_count(arc);
	const struct arc_set *newest = count ? arc_get(arc, count) : NULL;
	const char *sealer = newest && newest->domain ? newest->domain : "?";

	if (arc_result(arc) == ARC_NONE)
		return;
	if (arc_has_key(c))
		log_info(c->log, "arc i=%zu d=%s: %s", count, sealer,
		         arc_word(arc_result(arc)));
	else
		log_info(c->log, "arc i=%zu d=%s: not verified: its keys were not recorded",
		         count, sealer);
}

/* Does a signature by that key verify? */
static bool is_borne_out(const struct check *c, const struct recorded_key *key)
{
	for (size_t i = 0; i < dkim_count(c->verify.dkim); i++) {
		const struct dkim_signature *s = dkim_get(c->verify.dkim, i);

		if (s->result == DKIM_PASS && same(s->key_name, key->name))
			return true;
	}
	return arc_result(c->verify.arc) == ARC_PASS;
}

static void check_keys(struct check *c)
{
	for (size_t i = 0; i < recorded_keys_count(c->keys); i++) {
		const struct recorded_key *key = recorded_keys_get(c->keys, i);

		if (is_borne_out(c, key))
			continue;
		c->contradictions++;
		log_info(c->log, "the key %s was recorded as one that verified; no signature by it verifies",
		         key->name);
	}
}

/* ---- what the stored field says ------------------------------------------------ */

static const char *property(const struct authres_result *r, const char *name)
{
	for (size_t i = 0; i < r->properties_count; i++)
		if (strcmp(r->properties[i].ptype, "header") == 0 &&
		    strcmp(r->properties[i].property, name) == 0)
			return r->properties[i].value;
	return NULL;
}

/* Is that the signature which a result speaks of? What it does not name may be any. */
static bool speaks_of(const struct authres_result *r, const struct dkim_signature *s)
{
	const char *domain = property(r, "d"), *selector = property(r, "s");
	const char *tag = property(r, "b");

	return s->domain && s->selector && (!domain || same(domain, s->domain)) &&
	       (!selector || same(selector, s->selector)) &&
	       (!tag || !s->tag || strncmp(tag, s->tag, strlen(s->tag)) == 0 ||
	        strncmp(tag, s->tag, strlen(tag)) == 0);
}

static bool verifies(const struct check *c, const struct authres_result *r)
{
	for (size_t i = 0; i < dkim_count(c->verify.dkim); i++) {
		const struct dkim_signature *s = dkim_get(c->verify.dkim, i);

		if (s->result == DKIM_PASS && speaks_of(r, s))
			return true;
	}
	return false;
}

static void compare_dkim(struct check *c, const struct authres_result *r)
{
	const bool says_pass = same(r->result, "pass"), passes = verifies(c, r);
	const char *domain = property(r, "d");

	/* A policy of the delivery is not judged here. */
	if (says_pass == passes || same(r->result, "policy"))
		return;
	if (says_pass)
		c->contradictions++;
	c->differences++;
	log_info(c->log, "Authentication-Results outside says dkim=%s of %s; inside, %s",
	         r->result, domain ? domain : "no domain",
	         passes ? "it verifies" : "nothing bears that out");
}

static void compare_arc(struct check *c, const struct authres_result *r)
{
	const bool says_pass = same(r->result, "pass");
	const bool passes = arc_result(c->verify.arc) == ARC_PASS;

	if (says_pass == passes)
		return;
	if (says_pass)
		c->contradictions++;
	c->differences++;
	log_info(c->log, "Authentication-Results outside says arc=%s; inside, %s",
	         r->result, passes ? "the chain verifies" : "nothing bears that out");
}

/* A signature that verifies, and of which the field says nothing. */
static void compare_unnamed(struct check *c, const struct authres *own)
{
	for (size_t i = 0; i < dkim_count(c->verify.dkim); i++) {
		const struct dkim_signature *s = dkim_get(c->verify.dkim, i);
		bool named = s->result != DKIM_PASS;

		for (size_t j = 0; j < own->count && !named; j++)
			named = same(own->results[j].method, "dkim") &&
			        speaks_of(&own->results[j], s);
		if (named)
			continue;
		c->differences++;
		log_info(c->log, "Authentication-Results outside says nothing of the signature of %s; inside, it verifies",
		         s->domain);
	}
}

static void compare_results(struct check *c, const struct authres *own)
{
	for (size_t i = 0; i < own->count; i++) {
		if (same(own->results[i].method, "dkim"))
			compare_dkim(c, &own->results[i]);
		else if (same(own->results[i].method, "arc"))
			compare_arc(c, &own->results[i]);
	}
	compare_unnamed(c, own);
	if (!c->differences)
		log_info(c->log, "Authentication-Results outside agrees");
}

static bool is_imported(const struct token_text *part)
{
	static const char comment[] = "(imported";

	return memmem(part->at, (size_t)(part->end - part->at), comment,
	              strlen(comment));
}

/* The field's own results: what another host found can't be verified here. */
static struct authres *read_own(struct token_text t)
{
	struct buf id = BUF_INIT;
	struct authres *own = NULL;
	unsigned version;

	if (authres_read_id(&t, &id, &version))
		own = authres_new(buf_str(&id));
	buf_free(&id);
	while (own && t.at < t.end) {
		struct token_text part = t;

		t.at++;
		token_until_semicolon(&t);
		part.end = t.at;
		if (!is_imported(&part))
			authres_read_results(&part, own, NULL);
	}
	return own;
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

static int compare(struct check *c, const struct message *stored, struct err *err)
{
	struct buf value = BUF_INIT;
	struct authres *own = NULL;
	struct field field;
	int rc = find_results(stored, &field, err);

	if (rc == 1)
		rc = field_value(stored, &field, RESULTS_BYTES_MAX, &value, err) ? -1 : 1;
	if (rc == 1)
		own = read_own((struct token_text){ buf_str(&value),
		                                    buf_str(&value) + value.len });
	if (own)
		compare_results(c, own);
	else if (rc >= 0)
		log_info(c->log, "no Authentication-Results outside to compare with");
	authres_free(&own);
	buf_free(&value);
	return rc < 0 ? -1 : 0;
}

/* ---- all of it ------------------------------------------------------------------ */

static int run(struct check *c, struct spool *original, struct err *err)
{
	struct message message;

	if (message_map(original, &message, err))
		return -1;

	const struct verify_request request = {
		.message = &message,
		.receiver = "localhost",
		.now = recorded_keys_count(c->keys) ? recorded_keys_time(c->keys)
		                                    : time(NULL),
	};

	return verify_run(&request, recorded_keys_wait, c->keys, DEADLINE_NEVER,
	                  &c->verify, err);
}

static void report(struct check *c)
{
	if (!recorded_keys_count(c->keys))
		log_info(c->log, "no keys were recorded when the message was sealed");
	for (size_t i = 0; i < dkim_count(c->verify.dkim); i++)
		report_signature(c, dkim_get(c->verify.dkim, i));
	report_arc(c);
	check_keys(c);
}

int open_verify(struct spool *payload, struct spool *original,
                const struct message *stored, const struct log *log,
                struct err *err)
{
	struct buf lines = BUF_INIT;
	struct check c = { .log = log };
	int rc;

	if (restore_further_lines(payload, &lines, err)) {
		buf_free(&lines);
		return -1;
	}
	c.keys = recorded_keys_read(buf_str(&lines), lines.len);
	rc = run(&c, original, err);
	if (!rc) {
		report(&c);
		rc = compare(&c, stored, err);
	}
	if (!rc && c.contradictions)
		rc = err_set(err, ERR_DATA, "compare with a backup: the stored message was changed",
		             "a signature that was recorded as verified does not verify");
	verify_free(&c.verify);
	recorded_keys_free(&c.keys);
	buf_free(&lines);
	return rc;
}
