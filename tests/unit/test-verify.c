/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-verify - whole messages against names in memory: all methods in one loop */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "auth/verify.h"
#include "base/mem.h"
#include "tests/suites/zone.h"
#include "tests/unit/edit.h"
#include "tests/unit/signing.h"
#include "tests/unit/spools.h"

#define COUNT(a) (sizeof a / sizeof a[0])
#define NOW 1700000000
#define CLIENT "192.0.2.1"
#define STRANGER "192.0.2.99"
#define SENDER "alice@example.org"

#define FROM "From: Alice <alice@example.org>\r\n"
#define REST "Subject: greetings\r\n\r\nfirst line\r\nsecond\r\n"

/* ---- names -------------------------------------------------------------- */

static void add_text(struct zone *zone, const char *name, const char *text)
{
	zone_txt(zone, name, text, strlen(text));
}

static void add_key(struct zone *zone, const char *domain, unsigned char key)
{
	char *name = mem_printf("sel._domainkey.%s", domain);
	struct buf record = BUF_INIT;

	signing_key_record(key, &record);
	zone_txt(zone, name, record.data, record.len);
	buf_free(&record);
	free(name);
}

/* example.org, its key 1; list.example with 2, hop.example with 3. */
static struct zone *make_zone(void)
{
	struct zone *zone = zone_new();

	add_text(zone, "example.org", "v=spf1 ip4:192.0.2.1 -all");
	add_text(zone, "mail.example.org", "v=spf1 ip4:192.0.2.1 -all");
	add_text(zone, "_dmarc.example.org", "v=DMARC1; p=reject");
	zone_host(zone, "1.2.0.192.in-addr.arpa", DNS_PTR, "mail.example.org", 0);
	zone_address(zone, "mail.example.org", CLIENT);
	add_key(zone, "example.org", 1);
	add_key(zone, "list.example", 2);
	add_key(zone, "hop.example", 3);
	return zone;
}

static const struct signing author = { "example.org", "sel", .key = 1 };

/* ---- a run -------------------------------------------------------------- */

struct fixture {
	struct spool *spool;
	struct message message;
	struct buf text;
	struct zone *zone;
	struct verify_request request;
	struct verify out;
};

static void set_up(struct fixture *f, const char *header)
{
	memset(f, 0, sizeof *f);
	buf_adds(&f->text, header);
	buf_adds(&f->text, REST);
	f->zone = make_zone();
	f->request = (struct verify_request){
		.client_address = CLIENT, .helo = "mail.example.org", .sender = SENDER,
		.receiver = "mx.example.net", .now = NOW,
	};
}

static void run_with(struct fixture *f, verify_wait *wait, void *ctx,
                     struct deadline deadline)
{
	struct err err;

	f->spool = spools_with(f->text.data, f->text.len);
	spools_check(message_map(f->spool, &f->message, &err), &err);
	f->request.message = &f->message;
	spools_check(verify_run(&f->request, wait, ctx, deadline, &f->out, &err), &err);
}

static void run(struct fixture *f)
{
	run_with(f, zone_wait, f->zone, DEADLINE_NEVER);
}

static void tear_down(struct fixture *f)
{
	verify_free(&f->out);
	spool_free(&f->spool);
	zone_free(&f->zone);
	buf_free(&f->text);
}

static void test_all_pass(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, FROM);
	signing_dkim(&author, &f.text);
	f.request.explain = true;
	zone_security(f.zone, DNS_SECURE);
	run(&f);
	assert_int_equal(f.out.spf.result, SPF_PASS);
	assert_int_equal(f.out.spf.identity, SPF_MAILFROM);
	assert_int_equal(dkim_count(f.out.dkim), 1);
	assert_int_equal(dkim_get(f.out.dkim, 0)->result, DKIM_PASS);
	assert_int_equal(arc_result(f.out.arc), ARC_NONE);
	assert_int_equal(f.out.iprev.result, IPREV_PASS);
	assert_int_equal(f.out.dmarc.result, DMARC_PASS);
	assert_true(f.out.dmarc.spf_aligned);
	assert_true(f.out.dmarc.dkim_aligned);
	assert_int_equal(f.out.dmarc.disposition, DMARC_P_NONE);
	assert_int_equal(f.out.dmarc.security, DNS_SECURE);
	assert_null(f.out.rescued_by);
	for (int i = 0; i < VERIFY_METHODS; i++)
		assert_true(f.out.explain[i].len > 0);
	assert_non_null(strstr(buf_str(&f.out.explain[VERIFY_DKIM]), "d=example.org"));
	/* Identical questions are asked once: SPF and iprev both want mail.example.org. */
	for (size_t i = 0; i < lookups_count(f.out.lookups); i++)
		for (size_t k = 0; k < i; k++)
			assert_false(lookups_get(f.out.lookups, i).type ==
			                     lookups_get(f.out.lookups, k).type &&
			             strcmp(lookups_get(f.out.lookups, i).name,
			                    lookups_get(f.out.lookups, k).name) == 0);
	tear_down(&f);
}

/* ---- who speaks for the author ------------------------------------------ */

struct alignment {
	const char *name, *client, *helo, *sender;
	const char *from; /* NULL: alice's */
	bool sign, change;
	enum dmarc_result result;
	bool spf, dkim;
};

static const struct alignment alignments[] = {
	{ "SPF alone", CLIENT, NULL, SENDER, NULL, false, false, DMARC_PASS, true, false },
	{ "DKIM alone", STRANGER, NULL, SENDER, NULL, true, false, DMARC_PASS, false, true },
	{ "changed", STRANGER, NULL, SENDER, NULL, true, true, DMARC_FAIL, false, false },
	{ "changed, sent by its own host", CLIENT, NULL, SENDER, NULL, true, true, DMARC_PASS, true, false },
	{ "no client address", NULL, "mail.example.org", SENDER, NULL, false, false, DMARC_FAIL, false, false },
	{ "HELO of a null sender", CLIENT, "mail.example.org", "", NULL, false, false, DMARC_PASS, true, false },
	{ "HELO of an unknown sender", CLIENT, "mail.example.org", NULL, NULL, false, false, DMARC_FAIL, false, false },
	{ "HELO beside another sender", CLIENT, "mail.example.org", "bob@example.net", NULL, false, false,
	  DMARC_FAIL, false, false },
	{ "two From", CLIENT, NULL, SENDER, FROM FROM, true, false, DMARC_FAIL, false, false },
	{ "a record without From", CLIENT, NULL, SENDER, "To: bob@example.net\r\n", false, false,
	  DMARC_NONE, false, false },
};

static void test_alignment(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(alignments); i++) {
		const struct alignment *row = &alignments[i];
		struct fixture f;

		set_up(&f, row->from ? row->from : FROM);
		if (row->sign)
			signing_dkim(&author, &f.text);
		if (row->change)
			edit(&f.text, "second", "third");
		f.request.client_address = row->client;
		f.request.helo = row->helo;
		f.request.sender = row->sender;
		run(&f);
		if (row->result == DMARC_NONE || row->from) {
			if (f.out.dmarc.result == DMARC_PASS)
				fail_msg("%s: pass", row->name);
		} else if (f.out.dmarc.result != row->result) {
			fail_msg("%s: %s", row->name, dmarc_word(f.out.dmarc.result));
		}
		if (!row->from && (f.out.dmarc.spf_aligned != row->spf ||
		                   f.out.dmarc.dkim_aligned != row->dkim))
			fail_msg("%s: aligned by another", row->name);
		tear_down(&f);
	}
}

static void test_partial_body(void **state)
{
	struct signing part = author;
	struct fixture f;

	(void)state;
	part.more = "l=12; ";
	part.body = 12;
	for (int fails = 0; fails < 2; fails++) {
		set_up(&f, FROM);
		signing_dkim(&part, &f.text);
		f.request.client_address = STRANGER;
		f.request.partial_body_fails = fails;
		run(&f);
		assert_true(dkim_get(f.out.dkim, 0)->partial_body);
		assert_int_equal(dkim_get(f.out.dkim, 0)->result, fails ? DKIM_POLICY : DKIM_PASS);
		assert_int_equal(f.out.dmarc.result, fails ? DMARC_FAIL : DMARC_PASS);
		tear_down(&f);
	}
}

static void test_too_large(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, FROM);
	for (int i = 0; i < HEADER_FIELDS_MAX; i++)
		edit(&f.text, "Subject", "X: y\r\nSubject");
	signing_dkim(&author, &f.text);
	run(&f);
	assert_true(f.out.header.too_large);
	assert_int_equal(dkim_count(f.out.dkim), 1);
	assert_int_equal(dkim_get(f.out.dkim, 0)->result, DKIM_PERMERROR);
	assert_string_equal(dkim_get(f.out.dkim, 0)->domain, "example.org");
	assert_string_equal(dkim_get(f.out.dkim, 0)->reason, "the header is too large to be judged");
	/* SPF speaks for the author, who is to be seen in one way by far not all readers. */
	assert_int_equal(f.out.dmarc.result, DMARC_NONE);
	tear_down(&f);

	set_up(&f, FROM);
	f.request.client_address = STRANGER;
	for (int i = 0; i < HEADER_FIELDS_MAX; i++)
		edit(&f.text, "Subject", "X: y\r\nSubject");
	run(&f);
	assert_int_equal(dkim_count(f.out.dkim), 0);
	assert_int_equal(f.out.dmarc.result, DMARC_FAIL);
	assert_int_equal(f.out.dmarc.disposition, DMARC_P_REJECT);
	tear_down(&f);
}

static void add_sets(struct fixture *f, size_t count)
{
	for (unsigned i = 1; i <= count; i++) {
		char *selector = mem_printf("s%u", i);
		const struct signing hop = { "hop.example", selector, .key = 3 };

		signing_arc(&hop, i, i == 1 ? "none" : "pass", "hop.example; none", &f->text);
		free(selector);
	}
}

/* Whatever the keys of a chain weigh, SPF and DMARC have room for theirs. */
static void test_large_keys(void **state)
{
	char *large = mem_alloc(DNS_ANSWER_MAX);
	struct fixture f;

	(void)state;
	set_up(&f, FROM);
	add_sets(&f, ARC_SETS_MAX);
	f.request.client_address = STRANGER;
	f.request.sender = "bob@spf.example.org";
	add_text(f.zone, "spf.example.org", "v=spf1 include:a.example.org -all");
	add_text(f.zone, "a.example.org", "v=spf1 include:b.example.org -all");
	add_text(f.zone, "b.example.org", "v=spf1 ip4:192.0.2.1 -all");
	memset(large, 'x', DNS_ANSWER_MAX);
	for (int i = 1; i <= ARC_SETS_MAX; i++) {
		char *name = mem_printf("s%d._domainkey.hop.example", i);

		zone_txt(f.zone, name, large, DNS_ANSWER_MAX);
		free(name);
	}
	run(&f);
	assert_int_equal(arc_result(f.out.arc), ARC_FAIL);
	assert_int_equal(f.out.spf.result, SPF_FAIL);
	assert_int_equal(f.out.dmarc.result, DMARC_FAIL);
	assert_int_equal(f.out.dmarc.disposition, DMARC_P_REJECT);
	tear_down(&f);
	free(large);
}

/* ---- DNS that does not do as it should ----------------------------------- */

struct waiter {
	struct zone *zone;
	size_t calls;
};

/* One answer at a time, the last question first. */
static void wait_slowly(void *ctx, struct lookups *lookups, struct deadline deadline)
{
	struct waiter *waiter = ctx;
	struct lookups *one = lookups_new();
	size_t i = lookups_count(lookups);
	struct lookup wanted, lookup;

	waiter->calls++;
	while (i-- > 0 && lookups_get(lookups, i).answer)
		;
	wanted = lookups_get(lookups, i);
	lookups_ask(one, wanted.name, wanted.type);
	zone_wait(waiter->zone, one, deadline);
	lookup = lookups_get(one, 0);
	if (lookup.answer->status == DNS_FOUND) {
		struct dns_answer *copy = dns_answer_new(DNS_FOUND, lookup.answer->security);

		for (size_t k = 0; k < lookup.answer->count; k++) {
			const struct dns_record *record = &lookup.answer->record[k];

			dns_answer_add(copy, record->data, record->len, record->preference);
		}
		lookups_feed(lookups, wanted.id, copy);
	} else {
		lookups_feed(lookups, wanted.id,
		             dns_answer_new(lookup.answer->status, lookup.answer->security));
	}
	lookups_free(&one);
}

static void wait_for_nothing(void *ctx, struct lookups *lookups, struct deadline deadline)
{
	(void)lookups;
	(void)deadline;
	++*(size_t *)ctx;
}

static void wait_to_the_end(void *ctx, struct lookups *lookups, struct deadline deadline)
{
	assert_true(deadline_passed(deadline));
	++*(size_t *)ctx;
	lookups_close(lookups, "timed out");
}

static void add_chain(struct fixture *f)
{
	const struct signing list = { "list.example", "sel", .key = 2 };

	signing_dkim(&author, &f->text);
	signing_arc(&list, 1, "none", "mx.list.example; dmarc=pass header.from=example.org",
	            &f->text);
}

static void test_one_at_a_time(void **state)
{
	struct waiter waiter = { NULL, 0 };
	struct fixture f;

	(void)state;
	set_up(&f, FROM);
	add_chain(&f);
	waiter.zone = f.zone;
	run_with(&f, wait_slowly, &waiter, DEADLINE_NEVER);
	assert_int_equal(f.out.spf.result, SPF_PASS);
	assert_int_equal(dkim_get(f.out.dkim, 0)->result, DKIM_PASS);
	assert_int_equal(arc_result(f.out.arc), ARC_PASS);
	assert_int_equal(f.out.iprev.result, IPREV_PASS);
	assert_int_equal(f.out.dmarc.result, DMARC_PASS);
	assert_int_equal(waiter.calls, lookups_count(f.out.lookups));
	tear_down(&f);
}

static void assert_all_temporary(const struct verify *out)
{
	assert_int_equal(out->spf.result, SPF_TEMPERROR);
	assert_int_equal(dkim_get(out->dkim, 0)->result, DKIM_TEMPERROR);
	assert_int_equal(arc_result(out->arc), ARC_TEMPERROR);
	assert_int_equal(out->iprev.result, IPREV_TEMPERROR);
	assert_int_equal(out->dmarc.result, DMARC_TEMPERROR);
	assert_null(out->rescued_by);
}

static void test_silence(void **state)
{
	static const char *const trusted[] = { "list.example", NULL };
	verify_wait *const waits[] = { wait_for_nothing, wait_to_the_end };

	(void)state;
	for (size_t i = 0; i < COUNT(waits); i++) {
		struct fixture f;
		size_t calls = 0;

		set_up(&f, FROM);
		add_chain(&f);
		f.request.trusted_sealers = trusted;
		run_with(&f, waits[i], &calls, deadline_in(0));
		assert_all_temporary(&f.out);
		assert_int_equal(calls, 1);
		tear_down(&f);
	}
}

/* Bogus answers carry no records, whatever the zone would say. */
static void wait_for_bogus(void *ctx, struct lookups *lookups, struct deadline deadline)
{
	struct lookup lookup;

	(void)ctx;
	(void)deadline;
	while (lookups_take(lookups, &lookup))
		lookups_feed(lookups, lookup.id, dns_answer_failed(DNS_BOGUS, "bogus"));
}

static void test_bogus(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, FROM);
	add_chain(&f);
	run_with(&f, wait_for_bogus, NULL, DEADLINE_NEVER);
	assert_all_temporary(&f.out);
	assert_int_equal(f.out.spf.security, DNS_BOGUS);
	assert_int_equal(dkim_get(f.out.dkim, 0)->security, DNS_BOGUS);
	assert_int_equal(arc_security(f.out.arc), DNS_BOGUS);
	tear_down(&f);
}

/* ---- rescued by a trusted sealer ----------------------------------------- */

#define SAW "mx.list.example; dmarc=pass header.from=example.org"

struct rescue {
	const char *name;
	const char *trusted; /* domains, blanks between them */
	const char *first, *second; /* what sets 1 (list.example) and 2 (hop.example) recorded; or NULL */
	const char *by; /* or NULL */
	const char *names, *more; /* of the newest AMS */
	long body;
	const char *from; /* of the message; NULL: alice's */
};

static const struct rescue rescues[] = {
	{ "nobody is trusted", "", SAW, NULL, NULL },
	{ "another is trusted", "hop.example", SAW, NULL, NULL },
	{ "trusted", "list.example", SAW, NULL, "list.example" },
	{ "in capitals, with a dot", "x.example LIST.Example.", SAW, NULL, "list.example" },
	{ "a name that ends so", "my-list.example", SAW, NULL, NULL },
	{ "both trusted: the first saw it", "list.example hop.example", SAW, "mx; dmarc=fail header.from=example.org",
	  "list.example" },
	{ "only the first is trusted", "list.example", SAW, "mx; dmarc=pass header.from=example.org", NULL },
	{ "only the second is trusted", "hop.example", SAW, "mx; dmarc=fail header.from=example.org", NULL },
	{ "only the second is trusted, and saw a pass", "hop.example", "mx; none",
	  "mx; dmarc=pass header.from=example.org", "hop.example" },
	{ "the first of both saw a fail", "list.example hop.example",
	  "mx; dmarc=fail header.from=example.org", "mx; dmarc=pass header.from=example.org", NULL },

	{ "pass of another author", "list.example", "mx; dmarc=pass header.from=example.net", NULL, NULL },
	{ "pass of a subdomain", "list.example", "mx; dmarc=pass header.from=a.example.org", NULL, NULL },
	{ "pass of nobody", "list.example", "mx; dmarc=pass", NULL, NULL },
	{ "pass in capitals", "list.example", "mx; DMARC=Pass header.From=Example.ORG", NULL, "list.example" },
	{ "in a comment", "list.example", "mx; dmarc=fail (dmarc=pass) header.from=example.org", NULL, NULL },
	{ "in a quoted string", "list.example",
	  "mx; dmarc=fail reason=\"; dmarc=pass header.from=example.org\"", NULL, NULL },
	{ "pass and fail", "list.example",
	  "mx; dmarc=pass header.from=example.org; dmarc=fail header.from=example.org", NULL, NULL },
	{ "nothing", "list.example", "mx; none", NULL, NULL },
	{ "an id alone", "list.example", "mx", NULL, NULL },

	{ "no DMARC, but DKIM", "list.example", "mx; dkim=pass header.d=example.org", NULL, "list.example" },
	{ "no DMARC, but DKIM with i=", "list.example", "mx; dkim=pass header.i=@example.org", NULL, "list.example" },
	{ "no DMARC, but SPF", "list.example", "mx; spf=pass smtp.mailfrom=a@example.org", NULL, "list.example" },
	{ "no DMARC, SPF of another", "list.example", "mx; spf=pass smtp.mailfrom=a@example.net", NULL, NULL },
	{ "no DMARC, SPF of HELO", "list.example", "mx; spf=pass smtp.helo=example.org", NULL, NULL },
	{ "no DMARC, DKIM failed", "list.example", "mx; dkim=fail header.d=example.org", NULL, NULL },
	{ "DMARC failed, DKIM passed", "list.example",
	  "mx; dmarc=fail header.from=example.org; dkim=pass header.d=example.org", NULL, NULL },

	{ "From is not signed", "list.example", SAW, NULL, NULL, .names = "subject" },
	{ "part of the body is signed", "list.example", SAW, NULL, NULL, .more = "l=12; ", .body = 12 },
	{ "two From", "list.example", SAW, NULL, NULL, .from = FROM FROM },
};

static void seal(struct fixture *f, const struct rescue *row)
{
	struct signing list = { "list.example", "sel", .key = 2 };
	struct signing hop = { "hop.example", "sel", .key = 3 };
	struct signing *newest = row->second ? &hop : &list;

	newest->names = row->names;
	newest->more = row->more;
	newest->body = row->body;
	signing_arc(&list, 1, "none", row->first, &f->text);
	if (row->second)
		signing_arc(&hop, 2, "pass", row->second, &f->text);
}

static void test_rescue(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rescues); i++) {
		const struct rescue *row = &rescues[i];
		const char *trusted[8] = { NULL };
		char *copy = mem_strdup(row->trusted), *rest = copy;
		struct fixture f;

		for (size_t n = 0; rest && *rest && n < 7; n++)
			trusted[n] = strsep(&rest, " ");
		set_up(&f, row->from ? row->from : FROM);
		seal(&f, row);
		f.request.client_address = STRANGER;
		f.request.trusted_sealers = trusted;
		run(&f);
		if (arc_result(f.out.arc) != ARC_PASS || f.out.dmarc.result != DMARC_FAIL)
			fail_msg("%s: %s, %s", row->name, arc_word(arc_result(f.out.arc)),
			         dmarc_word(f.out.dmarc.result));
		if (row->by ? !f.out.rescued_by || strcmp(f.out.rescued_by, row->by) != 0
		            : f.out.rescued_by != NULL)
			fail_msg("%s: rescued by %s", row->name, f.out.rescued_by);
		tear_down(&f);
		free(copy);
	}
}

/* Behind a chain that is broken nobody is trusted, and what passes needs no rescue. */
static void test_no_rescue(void **state)
{
	static const char *const trusted[] = { "list.example", NULL };
	const struct rescue row = { .first = SAW };
	struct fixture f;

	(void)state;
	set_up(&f, FROM);
	seal(&f, &row);
	edit(&f.text, "second", "third");
	f.request.client_address = STRANGER;
	f.request.trusted_sealers = trusted;
	run(&f);
	assert_int_equal(arc_result(f.out.arc), ARC_FAIL);
	assert_null(f.out.rescued_by);
	tear_down(&f);

	set_up(&f, FROM);
	seal(&f, &row);
	f.request.trusted_sealers = trusted;
	run(&f);
	assert_int_equal(f.out.dmarc.result, DMARC_PASS);
	assert_null(f.out.rescued_by);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_pass),
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_partial_body),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_large_keys),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_bogus),
		cmocka_unit_test(test_rescue),
		cmocka_unit_test(test_no_rescue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
