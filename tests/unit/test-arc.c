/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-arc - chains that are whole, broken, changed on the way, or can't be asked about */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "auth/arc-sets.h"
#include "auth/arc.h"
#include "base/mem.h"
#include "tests/suites/zone.h"
#include "tests/unit/edit.h"
#include "tests/unit/signing.h"
#include "tests/unit/spools.h"

#define COUNT(a) (sizeof a / sizeof a[0])
#define NOW 1700000000
#define MESSAGE "From: alice@example.org\r\nSubject: greetings\r\n\r\nfirst line\r\nsecond\r\n"
#define BODY_FIRST_LINE 12 /* bytes */

/* ---- chains ------------------------------------------------------------- */

/* Set i is sealed by s{i}.example, key i. */
static void add_set(struct buf *message, unsigned i, const char *cv, const char *names,
                    const char *more, long body)
{
	char *domain = mem_printf("s%u.example", i);
	const struct signing signing = {
		.domain = domain, .selector = "sel", .names = names,
		.more = more, .body = body, .key = (unsigned char)i,
	};

	signing_arc(&signing, i, cv ? cv : i == 1 ? "none" : "pass", "mx.example; none", message);
	free(domain);
}

static void add_key(struct zone *zone, unsigned i)
{
	char *name = mem_printf("sel._domainkey.s%u.example", i);
	struct buf record = BUF_INIT;

	signing_key_record((unsigned char)i, &record);
	zone_txt(zone, name, record.data, record.len);
	buf_free(&record);
	free(name);
}

struct chain {
	const char *name;
	unsigned sets;
	enum arc_result result;
	const char *reason; /* that begins so; or NULL */
	int oldest_pass;
	unsigned change_after;  /* this set, these: */
	const char *from, *to;
	unsigned odd;           /* this set has these: */
	const char *cv, *names, *more;
	long body;
	bool covers_part;
	unsigned no_key, temporary; /* the key of this set */
};

static const struct chain chains[] = {
	{ "no sets", 0, ARC_NONE, NULL, -1 },
	{ "one set", 1, ARC_PASS, NULL, 0 },
	{ "two sets", 2, ARC_PASS, NULL, 0 },
	{ "as many as are verified", 8, ARC_PASS, NULL, 0 },
	{ "more than are verified", 9, ARC_PASS, NULL, -1 },
	{ "as many as may be", 50, ARC_PASS, NULL, -1 },
	{ "one too many", 51, ARC_FAIL, "more than 50 ARC sets", -1 },

	{ "changed body", 2, ARC_FAIL, "message signature of set 2: body hash", -1, 2, "first", "other" },
	{ "changed field", 2, ARC_FAIL, "message signature of set 2: ", -1, 2, "greetings", "other" },
	{ "changed before set 2", 2, ARC_PASS, NULL, 2, 1, "greetings", "other" },
	{ "body changed before set 3", 4, ARC_PASS, NULL, 3, 2, "second", "other" },
	{ "changed results", 2, ARC_FAIL, "seal of set 2: ", -1, 2, "i=1; mx.example", "i=1; mx2.example" },
	{ "changed in the newest results", 1, ARC_FAIL, "seal of set 1: ", -1, 1, "mx.example", "mx2.example" },
	{ "old message signature changed", 2, ARC_FAIL, "seal of set 2: ", -1, 2,
	  "i=1; a=ed25519-sha256; c=", "i=1; A=ed25519-sha256; c=" },
	{ "seal changed", 1, ARC_FAIL, "seal of set 1: ", -1, 1, "cv=none; d=s1", "cv=none;d=s1" },

	{ "instance twice", 2, ARC_FAIL, "an ARC field stands twice", -1, 2, "seal:i=2", "seal:i=1" },
	{ "results twice", 2, ARC_FAIL, "an ARC field stands twice", -1, 2, "results:i=2", "results:i=1" },
	{ "gap", 2, ARC_FAIL, "an ARC set is not complete", -1, 2, "arc-seal:i=1", "x-seal:i=1" },
	{ "no message signature", 1, ARC_FAIL, "an ARC set is not complete", -1, 1,
	  "arc-message-signature", "arc-message" },
	{ "no results", 1, ARC_FAIL, "an ARC set is not complete", -1, 1, "arc-authentication-r", "r" },
	{ "instance zero", 1, ARC_FAIL, "an ARC field without", -1, 1, "seal:i=1", "seal:i=0" },
	{ "instance 51", 1, ARC_FAIL, "an ARC field without", -1, 1, "seal:i=1", "seal:i=51" },
	{ "no instance", 1, ARC_FAIL, "an ARC field without", -1, 1, "seal:i=1", "seal:j=1" },
	{ "instance with a sign", 1, ARC_FAIL, "an ARC field without", -1, 1, "seal:i=1", "seal:i=+1" },

	{ "failed by a sealer", 2, ARC_FAIL, "a sealer found", -1, .odd = 2, .cv = "fail" },
	{ "failed by the first", 1, ARC_FAIL, "a sealer found", -1, .odd = 1, .cv = "fail" },
	{ "failed, and gone on", 2, ARC_FAIL, "the seal of set 1 has the wrong cv=", -1, .odd = 1, .cv = "fail" },
	{ "first says pass", 1, ARC_FAIL, "the seal of set 1 has the wrong cv=", -1, .odd = 1, .cv = "pass" },
	{ "second says none", 2, ARC_FAIL, "the seal of set 2 has the wrong cv=", -1, .odd = 2, .cv = "none" },
	{ "no cv", 1, ARC_FAIL, "the seal of set 1 has the wrong cv=", -1, 1, "cv=none", "xx=none" },
	{ "cv in capitals", 1, ARC_PASS, NULL, 0, .odd = 1, .cv = "NONE" },

	{ "seal with h=", 1, ARC_FAIL, "seal of set 1: it has h=", -1, 1, "cv=none", "h=from; cv=none" },
	{ "signs a seal", 2, ARC_FAIL, "message signature of set 2: ", -1, .odd = 2, .names = "from:arc-seal" },
	{ "an old one signs a seal", 2, ARC_PASS, NULL, 2, .odd = 1, .names = "from:arc-seal" },
	{ "sha1", 1, ARC_FAIL, "seal of set 1: it is rsa-sha1", -1, 1, "a=ed25519-sha256; cv", "a=rsa-sha1; cv" },
	{ "expired", 1, ARC_FAIL, "message signature of set 1: it has expired", -1, .odd = 1, .more = "x=5; " },
	{ "expired before", 2, ARC_PASS, NULL, 2, .odd = 1, .more = "x=5; " },
	{ "not expired", 1, ARC_PASS, NULL, 0, .odd = 1, .more = "x=1800000000; " },

	{ "without From", 1, ARC_PASS, NULL, 0, .odd = 1, .names = "subject", .covers_part = true },
	{ "without names", 1, ARC_PASS, NULL, 0, .odd = 1, .names = "", .covers_part = true },
	{ "part of the body", 1, ARC_PASS, NULL, 0, .odd = 1, .more = "l=12; ",
	  .body = BODY_FIRST_LINE, .covers_part = true },
	{ "all of the body with l=", 1, ARC_PASS, NULL, 0, .odd = 1, .more = "l=20; " },

	{ "no key", 2, ARC_FAIL, "seal of set 1: there is no key", -1, .no_key = 1 },
	{ "key can't be asked for", 2, ARC_TEMPERROR, "seal of set 1: ", -1, .temporary = 1 },
	{ "newest key can't be asked for", 2, ARC_TEMPERROR, "message signature of set 2: ", -1, .temporary = 2 },
	{ "the one fails, the other can't be asked for", 3, ARC_FAIL, "seal of set 1: there is no", -1,
	  .no_key = 1, .temporary = 3 },
};

static void build(const struct chain *chain, struct buf *message, struct zone *zone)
{
	buf_adds(message, MESSAGE);
	for (unsigned i = 1; i <= chain->sets; i++) {
		bool odd = i == chain->odd;

		add_set(message, i, odd ? chain->cv : NULL, odd ? chain->names : NULL,
		        odd ? chain->more : NULL, odd ? chain->body : 0);
		if (i == chain->change_after)
			edit(message, chain->from, chain->to);
		if (i == chain->temporary) {
			char *name = mem_printf("sel._domainkey.s%u.example", i);

			zone_fails(zone, name, DNS_TXT, "no answer");
			free(name);
		} else if (i != chain->no_key) {
			add_key(zone, i);
		}
	}
}

struct fixture {
	struct spool *spool;
	struct message message;
	struct header header;
	struct body_hashes *hashes;
	struct lookups *lookups;
	struct buf explain;
	struct arc *arc;
};

static void set_up(struct fixture *f, const struct buf *message)
{
	struct err err;

	memset(f, 0, sizeof *f);
	f->spool = spools_with(message->data, message->len);
	spools_check(message_map(f->spool, &f->message, &err), &err);
	spools_check(header_load(&f->message, &f->header, &err), &err);
	f->hashes = body_hashes_new();
	f->lookups = lookups_new();
	f->arc = arc_new(&f->header, NOW, f->hashes, &f->explain);
	spools_check(body_hashes_run(f->hashes, &f->message, &err), &err);
}

static void tear_down(struct fixture *f)
{
	arc_free(&f->arc);
	lookups_free(&f->lookups);
	body_hashes_free(&f->hashes);
	header_free(&f->header);
	spool_free(&f->spool);
	buf_free(&f->explain);
}

static void check_chain(const struct chain *chain, const struct arc *arc)
{
	const char *reason = arc_reason(arc);

	if (arc_result(arc) != chain->result)
		fail_msg("%s: %s (%s)", chain->name, arc_word(arc_result(arc)), reason);
	if (chain->reason ? !reason || strncmp(reason, chain->reason, strlen(chain->reason)) != 0
	                  : reason != NULL)
		fail_msg("%s: %s", chain->name, reason);
	if (arc_oldest_pass(arc) != chain->oldest_pass)
		fail_msg("%s: oldest-pass %d", chain->name, arc_oldest_pass(arc));
	if (chain->result == ARC_PASS && arc_covers_message(arc) == chain->covers_part)
		fail_msg("%s: covers the message, or not", chain->name);
}

static void test_chains(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(chains); i++) {
		struct buf message = BUF_INIT;
		struct zone *zone = zone_new();
		struct fixture f;

		build(&chains[i], &message, zone);
		set_up(&f, &message);
		while (!arc_step(f.arc, f.lookups))
			zone_wait(zone, f.lookups, DEADLINE_NEVER);
		check_chain(&chains[i], f.arc);
		assert_true(f.explain.len > 0);
		assert_true(lookups_count(f.lookups) <= chains[i].sets);
		tear_down(&f);
		zone_free(&zone);
		buf_free(&message);
	}
}

/* ---- what is told of it ------------------------------------------------- */

static void test_sets(void **state)
{
	struct buf message = BUF_INIT;
	struct zone *zone = zone_new();
	const struct arc_set *set;
	struct fixture f;

	(void)state;
	build(&(struct chain){ .sets = 2 }, &message, zone);
	zone_security(zone, DNS_SECURE);
	set_up(&f, &message);
	while (!arc_step(f.arc, f.lookups))
		zone_wait(zone, f.lookups, DEADLINE_NEVER);
	assert_int_equal(arc_count(f.arc), 2);
	assert_int_equal(arc_security(f.arc), DNS_SECURE);
	set = arc_get(f.arc, 2);
	assert_string_equal(set->domain, "s2.example");
	assert_string_equal(set->selector, "sel");
	assert_int_equal(set->security, DNS_SECURE);
	assert_true(set->results_len > 17);
	assert_memory_equal(set->results, " mx.example; none", 17);
	assert_null(arc_get(f.arc, 0));
	assert_null(arc_get(f.arc, 3));
	tear_down(&f);
	zone_free(&zone);
	buf_free(&message);
}

/* Keys are asked for at once, and a broken chain asks for none. */
static void test_lookups(void **state)
{
	struct buf message = BUF_INIT;
	struct zone *zone = zone_new();
	struct fixture f;

	(void)state;
	build(&(struct chain){ .sets = 5 }, &message, zone);
	set_up(&f, &message);
	assert_false(arc_step(f.arc, f.lookups));
	assert_int_equal(lookups_count(f.lookups), 5);
	zone_wait(zone, f.lookups, DEADLINE_NEVER);
	assert_true(arc_step(f.arc, f.lookups));
	assert_int_equal(arc_result(f.arc), ARC_PASS);
	tear_down(&f);

	edit(&message, "seal:i=3", "seal:i=4");
	set_up(&f, &message);
	assert_true(arc_step(f.arc, f.lookups));
	assert_int_equal(lookups_count(f.lookups), 0);
	assert_int_equal(arc_count(f.arc), 0);
	tear_down(&f);
	zone_free(&zone);
	buf_free(&message);
}

/* ---- the instance in front of ARC-Authentication-Results ----------------- */

static const struct {
	const char *value;
	unsigned instance; /* 0: it is not valid */
	const char *rest;
} fronts[] = {
	{ "i=1; mx", 1, " mx" },
	{ " i = 1 ;mx", 1, "mx" },
	{ "\r\n\ti=1\r\n ;mx", 1, "mx" },
	{ "(a) i (b) = (c) 1 (d);mx", 1, "mx" },
	{ "i=01;mx", 1, "mx" },
	{ "i=1;", 1, "" },
	{ "i=50;mx", 50, "mx" },
	{ "I=1;mx", 0, NULL },
	{ "i=51;mx", 0, NULL },
	{ "i=0;mx", 0, NULL },
	{ "i=001;mx", 0, NULL },
	{ "i=1 mx", 0, NULL },
	{ "i=1", 0, NULL },
	{ "i=;mx", 0, NULL },
	{ "i=1x;mx", 0, NULL },
	{ "i=-1;mx", 0, NULL },
	{ "mx; i=1;", 0, NULL },
	{ "(i=1;mx", 0, NULL },
	{ "ii=1;mx", 0, NULL },
	{ "", 0, NULL },
};

static void test_fronts(void **state)
{
	static struct arc_fields set[ARC_SETS_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(fronts); i++) {
		struct buf text = BUF_INIT;
		struct fixture f;
		const char *why;
		size_t count;

		buf_addf(&text, "ARC-Authentication-Results:%s\r\n\r\n", fronts[i].value);
		set_up(&f, &text);
		why = arc_sets_read(&f.header, set, &count);
		assert_non_null(why); /* the set is not complete, or worse */
		if ((strstr(why, "instance") == NULL) != (fronts[i].instance > 0))
			fail_msg("%s: %s", fronts[i].value, why);
		if (fronts[i].instance) {
			const struct arc_fields *fields = &set[fronts[i].instance - 1];
			size_t len = strlen(fronts[i].rest);

			assert_non_null(fields->results);
			assert_int_equal(fields->text_len, len + 2); /* the CRLF */
			assert_memory_equal(fields->text, fronts[i].rest, len);
		}
		tear_down(&f);
		buf_free(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_lookups),
		cmocka_unit_test(test_fronts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
