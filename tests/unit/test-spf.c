/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-spf - SPF: the grammar of records, macros, who is checked, results, limits, what is asked */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "auth/spf-record.h"
#include "auth/spf.h"
#include "base/mem.h"
#include "tests/suites/zone.h"

#define COUNT(a) (sizeof a / sizeof a[0])

/* ---- grammar ------------------------------------------------------------------- */

static struct spf_slice slice(const char *text)
{
	return (struct spf_slice){ text, strlen(text) };
}

struct record_case {
	const char *text;
	const char *why; /* NULL: it is right */
};

static const struct record_case record_cases[] = {
	{ "v=spf1", NULL },
	{ "V=SPF1   ", NULL },
	{ "v=spf1 +all -all ~ALL ?all", NULL },
	{ "v=spf1 a a/0 a//0 a/24//64 a:b.example/32//128 A:%{d}/1", NULL },
	{ "v=spf1 mx mx/8 mx:x/y.example/8", NULL },
	{ "v=spf1 ptr ptr:b.example exists:%{i}.b.example. include:%{d2r-+,/_=.}", NULL },
	{ "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ip6:::192.0.2.1", NULL },
	{ "v=spf1 redirect=a.example exp=%%.%_%-b.c exp.=1 a=%{l} all=", NULL },
	{ "v=spf1 a:b.1-2 a:b.x a:.b.com a:b..com a:b.xn--p1ai", NULL },
	{ "v=spf10", "no SPF record" },
	{ "v=spf1\tall", "no SPF record" },
	{ "v=spf1 a\tb", "the record has characters that are not printable ASCII" },
	{ "v=spf1 all \xc3\xa9=1", "the record has characters that are not printable ASCII" },
	{ "v=spf1 al", "al: unknown mechanism" },
	{ "v=spf1 -", "-: unknown mechanism" },
	{ "v=spf1 +-all", "+-all: unknown mechanism" },
	{ "v=spf1 all:b.example", "all:b.example: does not take what follows its name" },
	{ "v=spf1 all/8", "all/8: does not take what follows its name" },
	{ "v=spf1 ptr/8", "ptr/8: does not take what follows its name" },
	{ "v=spf1 include", "include: a domain is missing" },
	{ "v=spf1 exists:", "exists:: wrong domain" },
	{ "v=spf1 a:", "a:: wrong domain" },
	{ "v=spf1 a:/24", "a:/24: wrong domain" },
	{ "v=spf1 a/", "a/: does not take what follows its name" },
	{ "v=spf1 a/33", "a/33: wrong prefix length" },
	{ "v=spf1 a/08", "a/08: wrong prefix length" },
	{ "v=spf1 a//129", "a//129: wrong prefix length" },
	{ "v=spf1 mx/8/8", "mx/8/8: does not take what follows its name" },
	{ "v=spf1 a:b.example/24/64", "a:b.example/24/64: wrong prefix length" },
	{ "v=spf1 include:b.example/24", "include:b.example/24: wrong domain" },
	{ "v=spf1 a:example", "a:example: wrong domain" },
	{ "v=spf1 a:b.123", "a:b.123: wrong domain" },
	{ "v=spf1 a:b.-c", "a:b.-c: wrong domain" },
	{ "v=spf1 a:b.c-", "a:b.c-: wrong domain" },
	{ "v=spf1 a:b.c..", "a:b.c..: wrong domain" },
	{ "v=spf1 a:%{d}c", "a:%{d}c: wrong domain" },
	{ "v=spf1 a:%{d.}com", "a:%{d.}com: wrong domain" },
	{ "v=spf1 a:%{d0}", "a:%{d0}: wrong domain" },
	{ "v=spf1 a:%{dr2}", "a:%{dr2}: wrong domain" },
	{ "v=spf1 a:%{d:}", "a:%{d:}: wrong domain" },
	{ "v=spf1 a:%{c}", "a:%{c}: wrong domain" },
	{ "v=spf1 a:%{d", "a:%{d: wrong domain" },
	{ "v=spf1 a:b%", "a:b%: wrong domain" },
	{ "v=spf1 ip4", "ip4: an address is missing" },
	{ "v=spf1 ip4:", "ip4:: wrong address" },
	{ "v=spf1 ip4:192.0.2", "ip4:192.0.2: wrong address" },
	{ "v=spf1 ip4:192.0.02.1", "ip4:192.0.02.1: wrong address" },
	{ "v=spf1 ip4:192.0.2.1/33", "ip4:192.0.2.1/33: wrong prefix length" },
	{ "v=spf1 ip4:192.0.2.1//8", "ip4:192.0.2.1//8: wrong address" },
	{ "v=spf1 ip6:192.0.2.1", "ip6:192.0.2.1: wrong address" },
	{ "v=spf1 ip6:2001:db8::1%lo", "ip6:2001:db8::1%lo: wrong address" },
	{ "v=spf1 exp=a.b exp=a.b", "exp=a.b: is there twice" },
	{ "v=spf1 Redirect=a.b redirect=a.b", "redirect=a.b: is there twice" },
	{ "v=spf1 redirect=", "redirect=: wrong domain" },
	{ "v=spf1 -redirect=a.b", "-redirect=a.b: unknown mechanism" },
	{ "v=spf1 x=%", "x=%: wrong macro" },
	{ "v=spf1 x=%{t}", "x=%{t}: wrong macro" },
	{ "v=spf1 1x=y", "1x=y: unknown mechanism" },
	{ "v=spf1 all 45678901234567890123456789012345678901234567890123456789012345678901234567890123",
	  "45678901234567890123456789012345678901234567890123456789012345678901234567890123"
	  ": unknown mechanism" },
};

/* A copy without a byte behind it, so that a sanitizer sees a read too far. */
static void test_grammar(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(record_cases); i++) {
		const struct record_case *c = &record_cases[i];
		size_t len = strlen(c->text);
		char *copy = mem_alloc(len);
		struct buf why = BUF_INIT;
		struct spf_record record;

		memcpy(copy, c->text, len);
		print_message("%s\n", c->text);
		assert_int_equal(spf_record_parse(copy, len, &record, &why), !c->why);
		assert_string_equal(buf_str(&why), c->why ? c->why : "");
		spf_record_free(&record);
		buf_free(&why);
		free(copy);
	}
}

static void test_record_parts(void **state)
{
	static const char text[] =
		"v=spf1 ~mx:b.example/8//9 redirect=r.example x=1 exp=e.example -ip6:2001:db8::/33 y=";
	struct buf why = BUF_INIT;
	struct spf_record r;

	(void)state;
	assert_true(spf_record_parse(text, sizeof text - 1, &r, &why));
	assert_int_equal(r.count, 2);
	assert_int_equal(r.unknown_modifiers, 2);
	assert_int_equal(r.directive[0].mechanism, SPF_MX);
	assert_int_equal(r.directive[0].qualifier, '~');
	assert_int_equal(r.directive[0].text.len, strlen("~mx:b.example/8//9"));
	assert_int_equal(r.directive[0].domain_spec.len, strlen("b.example"));
	assert_int_equal(r.directive[0].prefix4, 8);
	assert_int_equal(r.directive[0].prefix6, 9);
	assert_int_equal(r.directive[1].mechanism, SPF_IP6);
	assert_int_equal(r.directive[1].prefix6, 33);
	assert_memory_equal(r.redirect.at, "r.example", r.redirect.len);
	assert_memory_equal(r.explanation.at, "e.example", r.explanation.len);
	spf_record_free(&r);
}

/* As long as it may be, and a byte more. */
static void test_record_length(void **state)
{
	struct buf text = BUF_INIT, why = BUF_INIT;
	struct spf_record record;

	(void)state;
	buf_adds(&text, "v=spf1");
	while (text.len < SPF_RECORD_MAX)
		buf_adds(&text, " a");
	buf_cut(&text, SPF_RECORD_MAX);
	assert_true(spf_record_parse(text.data, text.len, &record, &why));
	assert_int_equal(record.count, (SPF_RECORD_MAX - 6) / 2);
	spf_record_free(&record);
	buf_addc(&text, ' ');
	assert_false(spf_record_parse(text.data, text.len, &record, &why));
	spf_record_free(&record);
	buf_free(&text);
	buf_free(&why);
}

/* ---- macros ---------------------------------------------------------------------- */

static const char *const macro_cases[][2] = {
	{ "%{s}", "jo.hn-doe@mail.sender.example" },
	{ "%{l}/%{o}/%{d}/%{v}/%{h}/%{p}", "jo.hn-doe/mail.sender.example/a.b.example/in-addr/"
	                                    "helo.example/v.example" },
	{ "%{i} %{c} %{r} %{t}", "192.0.2.3 192.0.2.3 mx.example 1000" },
	{ "%{ir}", "3.2.0.192" },
	{ "%{d1} %{d2} %{d3} %{d4} %{d999999999999999999999}",
	  "example b.example a.b.example a.b.example a.b.example" },
	{ "%{dr} %{d1r} %{d2r} %{D3R}", "example.b.a a b.a example.b.a" },
	{ "%{l-}", "jo.hn.doe" },
	{ "%{l1-}|%{l1r-}|%{lr-}|%{l2r.-}", "doe|jo.hn|doe.jo.hn|hn.jo" },
	{ "%{l-/}", "jo.hn.doe" },
	{ "%{S}", "jo.hn-doe%40mail.sender.example" },
	{ "%%%_%-%%{d}", "% %20%{d}" },
	{ "a  b", "a  b" },
};

static const struct spf_macro_values values = {
	.local_part = "jo.hn-doe", .sender_domain = "mail.sender.example",
	.domain = "a.b.example", .validated = "v.example", .helo = "helo.example",
	.receiver = "mx.example", .ip = { .len = 4, .bytes = { 192, 0, 2, 3 } }, .now = 1000,
};

static void test_macros(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(macro_cases); i++) {
		struct buf out = BUF_INIT;

		assert_true(spf_explain_string_valid(slice(macro_cases[i][0])));
		assert_true(spf_expand_explanation(slice(macro_cases[i][0]), &values, &out));
		assert_string_equal(buf_str(&out), macro_cases[i][1]);
		buf_free(&out);
	}
}

static void expect_text(const char *text, const char *local_part, const char *expected)
{
	struct spf_macro_values odd = values;
	struct buf out = BUF_INIT;

	odd.local_part = local_part;
	spf_expand_explanation(slice(text), &odd, &out);
	assert_string_equal(buf_str(&out), expected);
	buf_free(&out);
}

/* Empty parts are parts; any byte is escaped. */
static void test_odd_values(void **state)
{
	struct buf long_part = BUF_INIT, out = BUF_INIT;
	struct spf_macro_values odd = values;

	(void)state;
	expect_text("%{l1-}", "-", "");
	expect_text("%{lr-}", "a--b-", ".b..a");
	expect_text("%{l2-}", "--b", ".b");
	expect_text("%{lr}", "", "");
	expect_text("%{L}", "\xc3\xa9 /~", "%C3%A9%20%2F~");
	for (int i = 0; i < 3000; i++)
		buf_adds(&long_part, "x");
	odd.local_part = buf_str(&long_part);
	assert_false(spf_expand_explanation(slice("%{l}"), &odd, &out));
	odd.local_part = "a\x1b";
	buf_cut(&out, 0);
	assert_false(spf_expand_explanation(slice("%{l}"), &odd, &out));
	buf_free(&long_part);
	buf_free(&out);
}

/* RFC 7208 7.3: labels go from the left until 253 bytes are left. */
static void test_truncation(void **state)
{
	char name[DNS_NAME_MAX];
	struct buf spec = BUF_INIT;

	(void)state;
	for (int i = 0; i < 300; i++)
		buf_adds(&spec, "%{d}.");
	buf_adds(&spec, "0123456789.example.");
	spf_expand_domain(slice(buf_str(&spec)), &values, name);
	assert_int_equal(strlen(name), 19 * 12 + 18); /* with one more `example.` 254 */
	assert_memory_equal(name, "a.b.example.a.b.", 16);
	assert_string_equal(name + strlen(name) - 19, ".0123456789.example");
	buf_cut(&spec, 0);
	for (int i = 0; i < 400; i++)
		buf_addc(&spec, 'x');
	spf_expand_domain(slice(buf_str(&spec)), &values, name);
	assert_false(dns_name_valid(name));
	buf_free(&spec);
}

/* ---- evaluation ------------------------------------------------------------------- */

struct row {
	const char *name, *type, *value; /* value NULL: it fails */
};

static const struct row rows[] = {
	{ "ok.example", "TXT", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all exp=why.ok.example" },
	{ "why.ok.example", "TXT", "%{s} from %{c} (%{h}) at %{t}, by %{r}: %{p}" },
	{ "two.example", "TXT", "v=spf1" },
	{ "two.example", "TXT", "V=SPF1 -all" },
	{ "other.example", "TXT", "v=spf2.0/pra -all" },
	{ "dead.example", "TXT", NULL },
	{ "mx.example", "TXT", "v=spf1 mx -all" },
	{ "mx.example", "MX", "20 slow.mx.example" },
	{ "mx.example", "MX", "10 a.mx.example" },
	{ "a.mx.example", "A", "192.0.2.1" },
	{ "slow.mx.example", "A", NULL },
	{ "wide.example", "TXT", "v=spf1 mx:many.example -all" },
	{ "alias.example", "TXT", "v=spf1 redirect=ok.example" },
	{ "lost.example", "TXT", "v=spf1 redirect=nothing.example" },
	{ "into.example", "TXT", "v=spf1 include:ok.example include:dead.example" },
	{ "local.example", "TXT", "v=spf1 exists:%{l}.local.example include:%{l}.local.example ~all" },
	{ "user.local.example", "A", "127.0.0.2" },
	{ "eai.example", "TXT", "v=spf1 redirect=%{s}.eai.example" },
	{ "xn--bcher-kva.example", "TXT", "v=spf1 exists:%{o}.ok.example -all" },
	{ "xn--bcher-kva.example.ok.example", "A", "127.0.0.2" },
	{ "bytes.example", "TXT", "v=spf1 ip4:192.0.2.1 \xff" },
	{ "ptr.example", "TXT", "v=spf1 ptr -all" },
	{ "1.2.0.192.in-addr.arpa", "PTR", "liar.example" },
	{ "1.2.0.192.in-addr.arpa", "PTR", "broken.example" },
	{ "1.2.0.192.in-addr.arpa", "PTR", "Host.PTR.example" },
	{ "liar.example", "A", "198.51.100.1" },
	{ "broken.example", "A", NULL },
	{ "host.ptr.example", "A", "192.0.2.1" },
	{ "xptr.example", "TXT", "v=spf1 ptr:tr.example ~all" },
	{ "void.example", "TXT", "v=spf1 mx:empty.example a:none.example a:ok.example -all" },
	{ "empty.example", "MX", "0 none1.example" },
	{ "empty.example", "MX", "0 none2.example" },
	{ "empty.example", "MX", "0 none3.example" },
	{ "late.example", "TXT", "v=spf1 a:none.example mx:empty.example exists:no.example +all" },
	{ "noexp.example", "TXT", "v=spf1 -all exp=%{l}.exp.example" },
	{ "helo.example", "TXT", "v=spf1 a:%{h} exists:%{l}.helo.example -all" },
	{ "postmaster.helo.example", "A", "127.0.0.2" },
};

static struct zone *make_zone(void)
{
	struct zone *zone = zone_new();

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];

		if (!r->value)
			zone_fails(zone, r->name, 0, "timed out");
		else if (strcmp(r->type, "TXT") == 0)
			zone_txt(zone, r->name, r->value, strlen(r->value));
		else if (strcmp(r->type, "A") == 0)
			zone_address(zone, r->name, r->value);
		else if (strcmp(r->type, "MX") == 0)
			zone_host(zone, r->name, DNS_MX, strchr(r->value, ' ') + 1,
			          (unsigned)atoi(r->value));
		else
			zone_host(zone, r->name, DNS_PTR, r->value, 0);
	}
	for (int i = 0; i < 11; i++) {
		char *host = mem_printf("h%d.many.example", i);

		zone_host(zone, "many.example", DNS_MX, host, 0);
		free(host);
	}
	return zone;
}

/* Gives one answer, as they come from a slow resolver. */
static void answer_one(struct zone *zone, struct lookups *lookups)
{
	struct lookups *copy = lookups_new();
	const struct dns_answer *known;
	struct dns_answer *answer;
	struct lookup lookup;

	assert_true(lookups_take(lookups, &lookup));
	assert_null(lookups_ask(copy, lookup.name, lookup.type));
	zone_wait(zone, copy, DEADLINE_NEVER);
	known = lookups_ask(copy, lookup.name, lookup.type);
	answer = dns_answer_new(known->status, known->security);
	answer->why = known->why ? mem_strdup(known->why) : NULL;
	for (size_t i = 0; i < known->count; i++)
		dns_answer_add(answer, known->record[i].data, known->record[i].len,
		               known->record[i].preference);
	lookups_feed(lookups, lookup.id, answer);
	lookups_free(&copy);
}

static void run(struct zone *zone, const struct spf_request *request, struct spf *out,
                size_t *asked, bool one_by_one)
{
	struct lookups *lookups = lookups_new();

	while (!spf_step(request, lookups, out)) {
		if (one_by_one)
			answer_one(zone, lookups);
		else
			zone_wait(zone, lookups, DEADLINE_NEVER);
	}
	*asked = lookups_count(lookups);
	lookups_free(&lookups);
}

struct spf_case {
	const char *address, *helo, *sender;
	const char *expected; /* result identity domain */
	const char *reason;
	const char *explanation;
	size_t asked;
};

static const struct spf_case spf_cases[] = {
	{ "192.0.2.9", NULL, "u@ok.example", "pass mailfrom ok.example",
	  "ip4:192.0.2.0/24 of ok.example matched", NULL, 1 },
	{ "::ffff:192.0.2.9", NULL, "u@OK.example.", "pass mailfrom OK.example",
	  "ip4:192.0.2.0/24 of OK.example matched", NULL, 1 },
	{ "2001:db8:1::", NULL, "u@ok.example", "pass mailfrom ok.example",
	  "ip6:2001:db8::/32 of ok.example matched", NULL, 1 },
	{ "198.51.100.1", "h", "u@ok.example", "fail mailfrom ok.example", "-all of ok.example matched",
	  "u@ok.example from 198.51.100.1 (h) at 77, by mx.receiver.example: unknown", 3 },
	/* who is checked */
	{ NULL, "ok.example", "u@ok.example", "none mailfrom -",
	  "no client address is known", NULL, 0 },
	{ "", "ok.example", "u@ok.example", "none mailfrom -",
	  "the client address is malformed", NULL, 0 },
	{ "fe80::1%eth0", "a", "u@ok.example", "none mailfrom -",
	  "the client address is malformed", NULL, 0 },
	{ "192.0.2.9", NULL, NULL, "none helo -",
	  "no envelope sender and no HELO is known", NULL, 0 },
	{ "192.0.2.9", "ok.example", NULL, "pass helo ok.example",
	  "ip4:192.0.2.0/24 of ok.example matched", NULL, 1 },
	{ NULL, NULL, NULL, "none mailfrom -", "no client address is known", NULL, 0 },
	{ "192.0.2.9", NULL, "", "none helo -",
	  "the sender is null, and no HELO is known", NULL, 0 },
	{ "192.0.2.9", "ok.example", "", "pass helo ok.example",
	  "ip4:192.0.2.0/24 of ok.example matched", NULL, 1 },
	{ "192.0.2.9", "helo.example", "", "pass helo helo.example",
	  "exists:%{l}.helo.example of helo.example matched", NULL, 3 },
	{ "192.0.2.9", "[192.0.2.9]", "", "none helo -", "the domain is malformed", NULL, 0 },
	{ "192.0.2.9", "x@ok.example", "", "none helo -", "the domain is malformed", NULL, 0 },
	{ "192.0.2.9", "ok.example", "u@localhost", "none mailfrom -",
	  "the domain is malformed", NULL, 0 },
	{ "192.0.2.9", "ok.example", "u@a..example", "none mailfrom -",
	  "the domain is malformed", NULL, 0 },
	{ "192.0.2.9", "ok.example", "u@ok.example..", "none mailfrom -",
	  "the domain is malformed", NULL, 0 },
	{ "192.0.2.9", "ok.example", "u@a\n.example", "none mailfrom -",
	  "the domain is malformed", NULL, 0 },
	{ "192.0.2.9", "ok.example", "u@\xff.example", "none mailfrom -",
	  "the domain is malformed", NULL, 0 },
	{ "192.0.2.9", NULL, "\"a@nothing.example\"@ok.example", "pass mailfrom ok.example",
	  "ip4:192.0.2.0/24 of ok.example matched", NULL, 1 },
	{ "192.0.2.9", NULL, "@helo.example", "pass mailfrom helo.example",
	  "exists:%{l}.helo.example of helo.example matched", NULL, 3 },
	/* RFC 8616 */
	{ "192.0.2.9", NULL, "u@b\xc3\xbc" "cher.example", "pass mailfrom xn--bcher-kva.example",
	  "exists:%{o}.ok.example of xn--bcher-kva.example matched", NULL, 2 },
	{ "192.0.2.9", NULL, "user@local.example", "pass mailfrom local.example",
	  "exists:%{l}.local.example of local.example matched", NULL, 2 },
	{ "192.0.2.9", NULL, "us\xc3\xa9r@local.example", "softfail mailfrom local.example",
	  "~all of local.example matched", NULL, 1 },
	{ "192.0.2.9", NULL, "us\xc3\xa9r@eai.example", "permerror mailfrom eai.example",
	  "redirect=%{s}.eai.example: no SPF record there", NULL, 1 },
	{ "192.0.2.9", NULL, "us\xc3\xa9r@noexp.example", "fail mailfrom noexp.example",
	  "-all of noexp.example matched", NULL, 1 },
	/* records */
	{ "192.0.2.9", NULL, "u@nothing.example", "none mailfrom nothing.example",
	  "nothing.example has no SPF record", NULL, 1 },
	{ "192.0.2.9", NULL, "u@other.example", "none mailfrom other.example",
	  "other.example has no SPF record", NULL, 1 },
	{ "192.0.2.9", NULL, "u@two.example", "permerror mailfrom two.example",
	  "two.example has several SPF records", NULL, 1 },
	{ "192.0.2.1", NULL, "u@bytes.example", "permerror mailfrom bytes.example",
	  "record of bytes.example: the record has characters that are not printable ASCII", NULL, 1 },
	{ "192.0.2.9", NULL, "u@dead.example", "temperror mailfrom dead.example",
	  "TXT of dead.example: timed out", NULL, 1 },
	{ "192.0.2.9", NULL, "u@alias.example", "pass mailfrom alias.example",
	  "ip4:192.0.2.0/24 of ok.example matched", NULL, 2 },
	{ "192.0.2.9", NULL, "u@lost.example", "permerror mailfrom lost.example",
	  "redirect=nothing.example: no SPF record there", NULL, 2 },
	{ "192.0.2.9", NULL, "u@into.example", "pass mailfrom into.example",
	  "include:ok.example of into.example matched", NULL, 2 },
	{ "198.51.100.1", NULL, "u@into.example", "temperror mailfrom into.example",
	  "TXT of dead.example: timed out", NULL, 3 },
	/* by preference, whatever else fails */
	{ "192.0.2.1", NULL, "u@mx.example", "pass mailfrom mx.example",
	  "mx of mx.example matched", NULL, 4 },
	{ "192.0.2.9", NULL, "u@mx.example", "temperror mailfrom mx.example",
	  "A of slow.mx.example: timed out", NULL, 4 },
	/* no host is asked */
	{ "192.0.2.9", NULL, "u@wide.example", "permerror mailfrom wide.example",
	  "many.example has more than 10 MX records", NULL, 2 },
	{ "192.0.2.1", NULL, "u@ptr.example", "pass mailfrom ptr.example",
	  "ptr of ptr.example matched", NULL, 5 },
	{ "192.0.2.1", NULL, "u@xptr.example", "softfail mailfrom xptr.example",
	  "~all of xptr.example matched", NULL, 5 },
	/* a term is void once */
	{ "192.0.2.1", NULL, "u@late.example", "permerror mailfrom late.example",
	  "more than 2 terms for which the DNS has nothing", NULL, 7 },
	{ "192.0.2.1", NULL, "u@void.example", "permerror mailfrom void.example",
	  "more than 2 terms for which the DNS has nothing", NULL, 7 },
};

static void test_evaluation(void **state)
{
	struct zone *zone = make_zone();

	(void)state;
	for (size_t i = 0; i < COUNT(spf_cases) * 2; i++) {
		const struct spf_case *c = &spf_cases[i / 2];
		const struct spf_request request = {
			.client_address = c->address, .helo = c->helo, .sender = c->sender,
			.receiver = "mx.receiver.example", .now = 77,
		};
		struct spf spf;
		size_t asked;
		char *got;

		run(zone, &request, &spf, &asked, i % 2);
		got = mem_printf("%s %s %s", spf_word(spf.result), spf_identity_word(spf.identity),
		                 spf.domain ? spf.domain : "-");
		assert_string_equal(got, c->expected);
		assert_string_equal(spf.reason, c->reason);
		assert_int_equal(!spf.explanation, !c->explanation);
		if (c->explanation)
			assert_string_equal(spf.explanation, c->explanation);
		assert_int_equal(asked, c->asked);
		free(got);
		spf_free(&spf);
	}
	zone_free(&zone);
}

/* A chain of n includes. */
static enum spf_result chain(int n, const char *term, size_t *asked)
{
	struct zone *zone = zone_new();
	const struct spf_request request = { .client_address = "192.0.2.1", .sender = "u@c0.example" };
	struct spf spf;
	enum spf_result result;

	for (int i = 0; i <= n; i++) {
		char *name = mem_printf("c%d.example", i);
		char *text = i < n ? mem_printf("v=spf1 %sc%d.example", term, i + 1)
		                   : mem_strdup("v=spf1 +all");

		zone_txt(zone, name, text, strlen(text));
		free(name);
		free(text);
	}
	run(zone, &request, &spf, asked, false);
	result = spf.result;
	spf_free(&spf);
	zone_free(&zone);
	return result;
}

/* RFC 7208 4.6.4: ten, and nothing is asked for an eleventh. */
static void test_depth(void **state)
{
	size_t asked;

	(void)state;
	assert_int_equal(chain(10, "include:", &asked), SPF_PASS);
	assert_int_equal(chain(11, "include:", &asked), SPF_PERMERROR);
	assert_int_equal(asked, 11);
	assert_int_equal(chain(10, "redirect=", &asked), SPF_PASS);
	assert_int_equal(chain(40, "redirect=", &asked), SPF_PERMERROR);
	assert_int_equal(asked, 11);
}

/* All that is open fails at once: the evaluator ends. */
static void test_closed(void **state)
{
	const struct spf_request request = { .client_address = "192.0.2.1", .sender = "u@mx.example" };
	struct zone *zone = make_zone();
	struct lookups *lookups = lookups_new();
	struct spf spf;

	(void)state;
	assert_false(spf_step(&request, lookups, &spf));
	zone_wait(zone, lookups, DEADLINE_NEVER);
	assert_false(spf_step(&request, lookups, &spf));
	lookups_close(lookups, "timed out");
	assert_true(spf_step(&request, lookups, &spf));
	assert_int_equal(spf.result, SPF_TEMPERROR);
	assert_string_equal(spf.reason, "MX of mx.example: timed out");
	spf_free(&spf);
	lookups_free(&lookups);
	zone_free(&zone);
}

/* ---- DNSSEC ------------------------------------------------------------------------- */

static void feed_text(struct lookups *lookups, enum dns_security security, const char *text)
{
	struct dns_answer *answer = dns_answer_new(DNS_NO_DATA, security);
	struct lookup lookup;

	assert_true(lookups_take(lookups, &lookup));
	if (security == DNS_BOGUS) {
		dns_answer_free(&answer);
		answer = dns_answer_failed(security, "no signature");
	} else {
		dns_answer_add(answer, text, strlen(text), 0);
	}
	lookups_feed(lookups, lookup.id, answer);
}

static void expect_security(enum dns_security first, enum dns_security second,
                            enum dns_security expected, enum spf_result result)
{
	const struct spf_request request = { .client_address = "192.0.2.1", .sender = "u@a.example" };
	struct lookups *lookups = lookups_new();
	struct spf spf;

	assert_false(spf_step(&request, lookups, &spf));
	feed_text(lookups, first, "v=spf1 include:b.example -all");
	assert_false(spf_step(&request, lookups, &spf));
	feed_text(lookups, second, "v=spf1 +all");
	assert_true(spf_step(&request, lookups, &spf));
	assert_int_equal(spf.security, expected);
	assert_int_equal(spf.result, result);
	if (expected == DNS_BOGUS)
		assert_string_equal(spf.reason, "TXT of b.example: bogus (DNSSEC): no signature");
	spf_free(&spf);
	lookups_free(&lookups);
}

static void test_security(void **state)
{
	(void)state;
	expect_security(DNS_SECURE, DNS_SECURE, DNS_SECURE, SPF_PASS);
	expect_security(DNS_SECURE, DNS_INSECURE, DNS_INSECURE, SPF_PASS);
	expect_security(DNS_INSECURE, DNS_SECURE, DNS_INSECURE, SPF_PASS);
	expect_security(DNS_SECURE, DNS_BOGUS, DNS_BOGUS, SPF_TEMPERROR);
}

/* ---- --explain ------------------------------------------------------------------------ */

static void test_explain(void **state)
{
	struct buf explain = BUF_INIT;
	const struct spf_request request = {
		.client_address = "198.51.100.1", .helo = "\x1b[1m", .sender = "u@helo.example",
		.explain = &explain,
	};
	struct zone *zone = make_zone();
	struct spf spf;
	size_t asked;

	(void)state;
	buf_adds(&explain, "what was before");
	run(zone, &request, &spf, &asked, false);
	assert_string_equal(buf_str(&explain),
	                    "  TXT of helo.example: 1 found, insecure\n"
	                    "record of helo.example: v=spf1 a:%{h} exists:%{l}.helo.example -all\n"
	                    "  A of ?[1m: no such name\n"
	                    "a:%{h}: no match\n"
	                    "  A of u.helo.example: no such name\n"
	                    "exists:%{l}.helo.example: no match\n"
	                    "-all: matches\n");
	spf_free(&spf);
	zone_free(&zone);
	buf_free(&explain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_record_parts),
		cmocka_unit_test(test_record_length),
		cmocka_unit_test(test_macros),
		cmocka_unit_test(test_odd_values),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_evaluation),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_security),
		cmocka_unit_test(test_explain),
	};

	return cmocka_run_group_tests_name("spf", tests, NULL, NULL);
}
