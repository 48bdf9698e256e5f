/* SPDX-License-Identifier: GPL-3.0-or-later */
/* open-verify - open --verify: the signatures of a message that was sealed, offline */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "auth/token.h"
#include "filter/open-check.h"
#include "filter/open-verify.h"
#include "mime/restore.h"

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
static const struct recorded_key *key_of(const struct open_check *c,
                                         const char *domain, const char *selector)
{
	char name[2 * DNS_NAME_MAX + 16];

	if (!domain || !selector)
		return NULL;
	snprintf(name, sizeof name, "%s._domainkey.%s", selector, domain);
	return recorded_keys_find(c->keys, name);
}

static void report_signature(const struct open_check *c, const struct dkim_signature *s)
{
	const char *domain = s->domain ? s->domain : "?";
	const char *selector = s->selector ? s->selector : "?";
	const struct recorded_key *key = key_of(c, s->domain, s->selector);
	char when[32];

	if (!key) {
		log_info(c->log, "dkim d=%s s=%s: not verified: its key %s", domain, selector,
		         open_check_unknown(c, s) ? "was too large to be recorded"
		                                  : "was not recorded");
		return;
	}
	format_time(key->time, when);
	log_info(c->log, "dkim d=%s s=%s: %s%s%s%s%s%s; key %s by DNSSEC, recorded %s",
	         domain, selector, dkim_word(s->result), s->reason ? ": " : "",
	         s->reason ? s->reason : "",
	         s->partial_body ? ", but text follows the signed part of the body" : "",
	         s->added ? ", but an unsigned field stands above the signed " : "",
	         s->added ? s->added : "",
	         dns_security_word(key->security) ? dns_security_word(key->security)
	                                          : "not judged", when);
}

bool open_check_unknown(const struct open_check *c, const struct dkim_signature *s)
{
	return s->key_name && s->result != DKIM_PASS &&
	       recorded_keys_left_out(c->keys, s->key_name);
}

bool open_check_arc_unknown(const struct open_check *c)
{
	return arc_count(c->verify.arc) && arc_result(c->verify.arc) != ARC_PASS &&
	       recorded_keys_left_out(c->keys, NULL);
}

static bool arc_has_key(const struct open_check *c)
{
	for (size_t i = 1; i <= arc_count(c->verify.arc); i++) {
		const struct arc_set *set = arc_get(c->verify.arc, i);

		if (set && key_of(c, set->domain, set->selector))
			return true;
	}
	return false;
}

static void report_arc(const struct open_check *c)
{
	const struct arc *arc = c->verify.arc;
	const size_t count = arc_count(arc);
	const struct arc_set *newest = count ? arc_get(arc, count) : NULL;
	const char *sealer = newest && newest->domain ? newest->domain : "?";

	if (arc_result(arc) == ARC_NONE)
		return;
	if (open_check_arc_unknown(c))
		log_info(c->log, "arc i=%zu d=%s: not verified: not all of its keys could be recorded",
		         count, sealer);
	else if (arc_has_key(c))
		log_info(c->log, "arc i=%zu d=%s: %s", count, sealer,
		         arc_word(arc_result(arc)));
	else
		log_info(c->log, "arc i=%zu d=%s: not verified: its keys were not recorded",
		         count, sealer);
}

/* Does a signature by that key verify? */
static bool is_borne_out(const struct open_check *c, const struct recorded_key *key)
{
	for (size_t i = 0; i < dkim_count(c->verify.dkim); i++) {
		const struct dkim_signature *s = dkim_get(c->verify.dkim, i);

		if (s->result == DKIM_PASS && same(s->key_name, key->name))
			return true;
	}
	return arc_result(c->verify.arc) == ARC_PASS;
}

static void check_keys(struct open_check *c)
{
	for (size_t i = 0; i < recorded_keys_count(c->keys); i++) {
		const struct recorded_key *key = recorded_keys_get(c->keys, i);

		if (is_borne_out(c, key))
			continue;
		if (open_check_arc_unknown(c)) {
			log_info(c->log, "the key %s can't be checked: others of the chain are missing",
			         key->name);
			continue;
		}
		c->contradiction = "a signature that was recorded as verified does not verify";
		log_info(c->log, "the key %s was recorded as one that verified; no signature by it verifies",
		         key->name);
	}
}

/* ---- all of it ------------------------------------------------------------------ */

static int run(struct open_check *c, struct spool *original, struct err *err)
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

static void report(struct open_check *c)
{
	if (!recorded_keys_count(c->keys))
		log_info(c->log, "no keys were recorded when the message was sealed");
	for (size_t i = 0; i < dkim_count(c->verify.dkim); i++)
		report_signature(c, dkim_get(c->verify.dkim, i));
	report_arc(c);
	check_keys(c);
}

int open_verify(struct spool *payload, struct spool *original,
                const struct message *stored, const char *authserv_id,
                const struct log *log, struct err *err)
{
	struct buf lines = BUF_INIT;
	struct open_check c = { .log = log, .authserv_id = authserv_id };
	int rc;

	if (restore_further_lines(payload, &lines, err)) {
		buf_free(&lines);
		return -1;
	}
	c.keys = recorded_keys_read(buf_str(&lines), lines.len);
	rc = run(&c, original, err);
	if (!rc) {
		report(&c);
		rc = open_compare(&c, stored, err);
	}
	if (!rc && c.contradiction)
		rc = err_set(err, ERR_DATA, "compare with a backup: the stored message was changed",
		             "%s", c.contradiction);
	verify_free(&c.verify);
	recorded_keys_free(&c.keys);
	buf_free(&lines);
	return rc;
}
