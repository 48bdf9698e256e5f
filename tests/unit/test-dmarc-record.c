/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-dmarc-record - DMARC records as they are published, well and badly */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "auth/dmarc-record.h"
#include "auth/dmarc-uri.h"
#include "base/mem.h"

#define COUNT(a) (sizeof a / sizeof a[0])

/* `p sp np`, then a word for each thing that is not the default; `no record`. */
static char *describe(const char *text, size_t len)
{
	char *copy = mem_alloc(len ? len : 1);
	struct dmarc_record r;
	struct buf out = BUF_INIT;

	memcpy(copy, text, len);
	if (!dmarc_record_parse(copy, len, &r))
		buf_adds(&out, "no record");
	else
		buf_addf(&out, "%s %s %s%s%s%s%s%s%s%s", dmarc_policy_word(r.p),
		         dmarc_policy_word(r.sp), dmarc_policy_word(r.np),
		         r.applies ? "" : " void", r.flawed ? " flawed" : "",
		         r.has_rua ? " rua" : "", r.adkim_strict ? " adkim" : "",
		         r.aspf_strict ? " aspf" : "", r.testing ? " t" : "",
		         r.psd == DMARC_PSD_YES ? " psd=y" : r.psd == DMARC_PSD_NO ? " psd=n" : "");
	free(copy);
	return buf_steal(&out);
}

static const struct {
	const char *text, *record;
} records[] = {
	{ "v=DMARC1; p=none", "none none none" },
	{ "v=DMARC1;p=reject;", "reject reject reject" },
	{ "v=DMARC1; p=reject; sp=quarantine", "reject quarantine quarantine" },
	{ "v=DMARC1; p=none; np=reject", "none none reject" },
	{ "v=DMARC1; p=reject; sp=none; np=quarantine", "reject none quarantine" },
	{ "v=DMARC1; p=Reject; SP=NONE; Np=Quarantine", "reject none quarantine" },
	{ "V = DMARC1 ;\tP\t=\treject\t; ;;", "reject reject reject" },
	{ "v=DMARC1; adkim=s; aspf=S; t=Y; psd=N; p=none", "none none none adkim aspf t psd=n" },
	{ "v=DMARC1; adkim=r; aspf=r; t=n; psd=u; p=none", "none none none" },
	/* ignored */
	{ "v=DMARC1; p=reject; x=y; pct=0; rf=z; ri=-1", "reject reject reject" },
	{ "v=DMARC1; p=reject; bogus", "reject reject reject flawed" },
	{ "v=DMARC1; p=reject; =x; t=", "reject reject reject flawed" },
	{ "v=DMARC1; p=reject; a_b=x", "reject reject reject flawed" },
	{ "v=DMARC1; p=reject; x=\xc3\xbc", "reject reject reject flawed" },
	{ "v=DMARC1; p=reject; adkim=strict; aspf=x; psd=yes; t=true; fo=x",
	  "reject reject reject flawed" },
	/* no policy (RFC 9989 4.10.1) */
	{ "v=DMARC1", "none none none void" },
	{ "v=DMARC1; p", "none none none void flawed" },
	{ "v=DMARC1; adkim=s", "none none none void adkim" },
	{ "v=DMARC1; sp=reject", "none reject reject void" },
	{ "v=DMARC1; p=n", "none none none void flawed" },
	{ "v=DMARC1; p=reject; sp=x", "none none none void flawed" },
	{ "v=DMARC1; p=reject; np=x", "none none none void flawed" },
	{ "v=DMARC1; rua=mailto:a@a.example", "none none none rua" },
	{ "v=DMARC1; sp=reject; rua=mailto:a@a.example", "none reject reject rua" },
	{ "v=DMARC1; p=x; sp=reject; rua=mailto:a@a.example", "none none none flawed rua" },
	{ "v=DMARC1; p=reject; sp=x; rua=mailto:a@a.example", "none none none flawed rua" },
	{ "v=DMARC1; rua=a@a.example", "none none none void flawed" },
	{ "v=DMARC1; rua=a@a.example, mailto:a@a.example", "none none none flawed rua" },
	{ "v=DMARC1; psd=y", "none none none psd=y" },
	{ "v=DMARC1; psd=n", "none none none void psd=n" },
	/* no record */
	{ "", "no record" },
	{ "v", "no record" },
	{ "v=", "no record" },
	{ "v=dmarc1; p=none", "no record" },
	{ "v=DMARC12; p=none", "no record" },
	{ "v=DMARC1 p=none", "no record" },
	{ " v=DMARC1; p=none", "no record" },
	{ ";v=DMARC1; p=none", "no record" },
	{ "p=none; v=DMARC1", "no record" },
	{ "v=spf1 -all", "no record" },
	/* twice (RFC 6376 3.2) */
	{ "v=DMARC1; p=none; p=reject", "no record" },
	{ "v=DMARC1; p=none; P=reject", "no record" },
	{ "v=DMARC1; p=none; v=DMARC1", "no record" },
	{ "v=DMARC1; p=none; x=1; x=2", "no record" },
};

static void test_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(records); i++) {
		char *got = describe(records[i].text, strlen(records[i].text));

		if (strcmp(got, records[i].record) != 0)
			fail_msg("%s: %s expected, got %s", records[i].text, records[i].record, got);
		free(got);
	}
}

static void test_nul(void **state)
{
	static const char within[] = "v=DMARC1; p=none\0; sp=reject", front[] = "v=DMARC1\0; p=none";
	char *got = describe(within, sizeof within - 1);

	(void)state;
	assert_string_equal(got, "none reject reject void flawed");
	free(got);
	got = describe(front, sizeof front - 1);
	assert_string_equal(got, "no record");
	free(got);
}

static void test_many_tags(void **state)
{
	struct buf text = BUF_INIT;
	struct dmarc_record record;

	(void)state;
	buf_adds(&text, "v=DMARC1;p=none");
	for (int i = 2; i < TAG_LIST_MAX; i++)
		buf_addf(&text, ";%c%c=x", 'a' + i / 26, 'a' + i % 26);
	assert_true(dmarc_record_parse(text.data, text.len, &record));
	assert_int_equal(record.tags.count, TAG_LIST_MAX);
	buf_adds(&text, "; ;");
	assert_true(dmarc_record_parse(text.data, text.len, &record));
	buf_adds(&text, "zz=x");
	assert_false(dmarc_record_parse(text.data, text.len, &record));
	buf_free(&text);
}

static void test_long(void **state)
{
	struct dmarc_record record;
	struct buf text = BUF_INIT;

	(void)state;
	buf_adds(&text, "v=DMARC1; p=none; x=");
	while (text.len < DMARC_RECORD_MAX)
		buf_addc(&text, 'x');
	assert_true(dmarc_record_parse(text.data, text.len, &record));
	buf_addc(&text, 'x');
	assert_true(dmarc_record_is(text.data, text.len));
	assert_false(dmarc_record_parse(text.data, text.len, &record));
	buf_free(&text);
}

static void test_find(void **state)
{
	static const char text[] = "v=DMARC1; P=none; Rua = mailto:a@a.example ";
	struct dmarc_record record;

	(void)state;
	assert_true(dmarc_record_parse(text, strlen(text), &record));
	assert_non_null(dmarc_record_tag(&record, "p"));
	assert_true(tag_is(dmarc_record_tag(&record, "rua"), "mailto:a@a.example"));
	assert_null(dmarc_record_tag(&record, "ru"));
	assert_null(dmarc_record_tag(&record, "sp"));
}

/* ---- values ------------------------------------------------------------- */

static const struct {
	const char *name, *value;
	bool valid;
} tags[] = {
	{ "p", "none", true }, { "P", "REJECT", true }, { "sp", "quarantine", true },
	{ "np", "nones", false }, { "p", "", false }, { "p", "rejec", false },
	{ "psd", "u", true }, { "psd", "no", false }, { "t", "Y", true }, { "t", "u", false },
	{ "adkim", "s", true }, { "aspf", "strict", false },
	{ "fo", "0", true }, { "fo", "1:d:s", true }, { "fo", "s:D", true }, { "fo", "d:0:s", true },
	{ "fo", "", false }, { "fo", "0:1", false }, { "fo", "d:d", false }, { "fo", "d:D", false },
	{ "fo", "d:", false }, { "fo", ":d", false }, { "fo", "ds", false }, { "fo", "d;s", false },
	{ "rua", "mailto:a@a.example", true }, { "rua", "", false }, { "ruf", "a@a.example", false },
	{ "rua", "mailto:a@a.example,x", false }, { "pct", "-1", true }, { "x", "", true },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tags); i++) {
		const struct tag tag = { tags[i].name, tags[i].value, strlen(tags[i].name),
		                         strlen(tags[i].value) };

		if (dmarc_tag_valid(&tag) != tags[i].valid)
			fail_msg("%s=%s", tags[i].name, tags[i].value);
	}
}

/* ---- URIs --------------------------------------------------------------- */

/* `address limit`, `uri`, `bad`, one behind the other. */
static char *describe_uris(const char *list)
{
	const struct tag tag = { "rua", list, 3, strlen(list) };
	struct buf out = BUF_INIT;
	struct dmarc_uri uri;
	size_t at = 0;

	while (dmarc_uri_next(&tag, &at, &uri)) {
		buf_adds(&out, out.len ? ", " : "");
		if (!uri.valid)
			buf_adds(&out, "bad");
		else if (!dmarc_uri_address(&uri, &out))
			buf_adds(&out, "uri");
		if (uri.has_limit && uri.valid)
			buf_addf(&out, " %llu", (unsigned long long)uri.limit);
	}
	return buf_steal(&out);
}

static const struct {
	const char *list, *uris;
} lists[] = {
	{ "mailto:a@a.example", "a@a.example" },
	{ "MAILTO:a@a.example , mailto:b@b.example", "a@a.example, b@b.example" },
	{ "mailto:a%2bb@a.example?subject=x", "a+b@a.example" },
	{ "mailto:a@a.example!10k,mailto:b@b.example ! 2 G", "a@a.example 10240, b@b.example 2147483648" },
	{ "mailto:a@a.example!5,mailto:a@a.example!1T", "a@a.example 5, a@a.example 1099511627776" },
	{ "https://a.example/x", "uri" },
	{ "mailto:a@a.example!18446744073709551615", "a@a.example 18446744073709551615" },
	{ "mailto:a@a.example!18446744073709551616", "bad" },
	{ "mailto:a@a.example!18014398509481984k", "bad" },
	{ "mailto:a@a.example!", "bad" }, { "mailto:a@a.example!k", "bad" },
	{ "mailto:a@a.example!1x", "bad" }, { "mailto:a@a.example!1!2", "bad" },
	{ "mailto:", "bad" }, { "mailto:a", "bad" }, { "mailto:@a.example", "bad" },
	{ "mailto:a@", "bad" }, { "mailto:?a@a.example", "bad" },
	{ "a@a.example", "bad" }, { ":x", "bad" }, { "1x:y", "bad" }, { "__mailto:a@a.example", "bad" },
	{ "mailto:a%@a.example", "bad" }, { "mailto:a%4", "bad" }, { "mailto:a b@a.example", "bad" },
	{ "mailto:\xc3\xbc@a.example", "bad" },
	{ ",", "bad" }, { "", "" },
};

static void test_uris(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		char *got = describe_uris(lists[i].list);

		if (strcmp(got, lists[i].uris) != 0)
			fail_msg("%s: %s expected, got %s", lists[i].list, lists[i].uris, got);
		free(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_many_tags),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_uris),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
