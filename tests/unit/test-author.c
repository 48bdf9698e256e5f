/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-author - whose message it says it is, as mail has it and as attackers would */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "auth/author.h"
#include "base/mem.h"
#include "tests/unit/spools.h"

#define COUNT(a) (sizeof a / sizeof a[0])

/* `one a.example`, `several a.example b.example`, `none`, `broken`. */
static char *describe(const struct author *author)
{
	static const char *const states[] = { "one", "several", "none", "broken" };
	struct buf out = BUF_INIT;

	buf_adds(&out, states[author->state]);
	for (size_t i = 0; i < author->domains; i++)
		buf_addf(&out, " %s", author->domain[i]);
	assert_true((author->reason == NULL) == (author->state == AUTHOR_ONE));
	return buf_steal(&out);
}

/* A copy without anything behind it, so that a sanitizer sees a read too far. */
static char *parse(const char *value, size_t len)
{
	char *copy = mem_alloc(len ? len : 1);
	struct author author;

	memcpy(copy, value, len);
	author_parse(copy, len, &author);
	free(copy);
	return describe(&author);
}

struct author_case {
	const char *value, *author;
};

static const struct author_case values[] = {
	/* addresses */
	{ "a@a.example", "one a.example" },
	{ " a@A.Example\n", "one a.example" },
	{ " <a@a.example>\r\n", "one a.example" },
	{ "A B <a@a.example>", "one a.example" },
	{ "A. B. C <a@a.example>", "one a.example" },
	{ "\"A, B\" <a@a.example>", "one a.example" },
	{ "\"A <b@b.example>\" <a@a.example>", "one a.example" },
	{ "A B\r\n <a@a.example>", "one a.example" },
	{ "A\n\t<a@a.example>\n", "one a.example" },
	{ "A<a@a.example>", "one a.example" },
	{ "a.b+c=d/e@a.example", "one a.example" },
	{ "\"a b\"@a.example", "one a.example" },
	{ "\"a\\\"b\".c@a.example", "one a.example" },
	{ "a..b.@a.example", "one a.example" },
	{ "a @ a.example", "one a.example" },
	{ "a . b @a.example", "one a.example" },
	{ "D'A O'B <a@a.example>", "one a.example" },
	{ "a@localhost", "one localhost" },
	{ "a@a_b.example", "one a_b.example" },
	{ "a@a.example,", "one a.example" },
	{ ", a@a.example,,", "one a.example" },
	/* real mail, not the RFC's */
	{ "[Tracker] A B <a@a.example>", "one a.example" },
	{ "a@a.example <a@a.example>", "one a.example" },
	{ "\"( b@b.example)\" a@a.example", "one a.example" },
	{ "A B a@a.example", "one a.example" },
	/* comments */
	{ "(A B) a@a.example", "one a.example" },
	{ "a@a.example (A B)", "one a.example" },
	{ "a(x)@(y)a.example(z)", "one a.example" },
	{ "A (b@b.example, (c@c.example) \\) ) <a@a.example> (d)", "one a.example" },
	{ "(", "broken" },
	{ "(()", "broken" },
	{ "a@a.example (", "broken a.example" },
	{ "(A) (B)", "none" },
	/* encoded words */
	{ "=?utf-8?q?J=C3=BCrgen?= <a@a.example>", "one a.example" },
	{ "=?utf-8?B?SsO8cmdlbg==?=\r\n =?utf-8?Q?_M.?= <a@a.example>", "one a.example" },
	{ "=?utf-8?Q?M,_J?= <a@a.example>", "one a.example" },
	{ "=?utf-8?Q?b=40b.example?= <a@a.example>", "one a.example" },
	{ "=?utf-8?q?I_=3C3_you?= <a@a.example>", "one a.example" },
	{ "=?utf-8?q?=3Cb=40b.example=3E?= <a@a.example>", "broken a.example" },
	{ "=?utf-8?q?=3Cb?= =?utf-8?q?=40b.example=3E?= <a@a.example>", "broken a.example" },
	{ "=?utf-8?B?PGJAYi5leGFtcGxlPg==?= <a@a.example>", "broken a.example" },
	{ "=?utf-8?B?PGJAYi5leGFtcGxlPg==?=,<a@a.example>", "broken a.example" },
	{ "=?utf-8?q?b=40b.example=2C?=@a.example", "broken a.example" },
	{ "=?utf-8?q?b@b.example?= <a@a.example>", "broken b.example a.example" },
	/* several */
	{ "a@a.example, b@a.example", "one a.example" },
	{ "a@a.example, B <b@A.EXAMPLE>", "one a.example" },
	{ "a@a.example, b@b.example", "several a.example b.example" },
	{ "<first@a.example>, <admin@b.example>", "several a.example b.example" },
	{ "admin@b.example,<second@a.example>", "several b.example a.example" },
	{ "a@a.example, b@b.example, c@a.example", "several a.example b.example" },
	{ "a@a.example, b@sub.a.example", "several a.example sub.a.example" },
	/* groups (RFC 6854) */
	{ "G: a@a.example, B <b@a.example>;", "one a.example" },
	{ "A B: a@a.example;, c@c.example", "several a.example c.example" },
	{ "Undisclosed:;", "none" },
	{ "\"G\": , ;", "none" },
	{ "G:;, a@a.example", "one a.example" },
	{ "G: a@a.example", "broken a.example" },
	{ "G: H: a@a.example;;", "broken a.example" },
	{ ": a@a.example;", "broken a.example" },
	{ "G: a@a.example; b@b.example", "broken a.example b.example" },
	{ "a@a.example; b@b.example", "broken a.example b.example" },
	/* routes (RFC 5322 4.4) */
	{ "<@b.example,@c.example:a@a.example>", "one a.example" },
	{ "A <@b.example , , @c.example : a@a.example>", "one a.example" },
	{ "<@b.example:>", "broken b.example" },
	{ "<@b.example>", "broken b.example" },
	{ "@b.example:a@a.example", "broken b.example a.example" },
	/* no author */
	{ "", "none" },
	{ " \r\n", "none" },
	{ ",", "none" },
	{ "a@[192.0.2.1]", "none" },
	{ "<a@[IPv6:2001:db8::1]>", "none" },
	{ "a@a.example, b@[192.0.2.1]", "none a.example" },
	{ "a@[192.0.2.1", "broken 192.0.2.1" },
	{ "a@[192.0.2.1]x", "broken 192.0.2.1" },
	{ "a@[192(0)2.1]", "broken 192" },
	/* names without an address, addresses without a name */
	{ "A B", "broken" },
	{ "\"Test 1.1.5\"", "broken" },
	{ "a", "broken" },
	{ "a@", "broken" },
	{ "@a.example", "broken a.example" },
	{ "<>", "broken" },
	{ "A <>", "broken" },
	{ "<a>", "broken" },
	{ "A, B <a@a.example>", "broken a.example" },
	{ ".@a.example", "broken a.example" },
	{ "[@a.example", "broken a.example" },
	{ "<[a@a.example>", "broken a.example" },
	/* what could be read in two ways */
	{ "a@b.example@a.example", "broken b.example a.example" },
	{ "<a@b.example>@a.example", "broken b.example a.example" },
	{ "<a@b.example> a@a.example", "broken b.example a.example" },
	{ "<a@b.example>a@a.example", "broken b.example a.example" },
	{ "<a@a.example> <b@b.example>", "broken a.example b.example" },
	{ "<a@a.example> B", "broken a.example" },
	{ "a@a.example B", "broken a.example" },
	{ "a@b.example <a@a.example>", "broken b.example a.example" },
	{ "<<a@a.example>>", "broken a.example" },
	{ "<<<><a@a.example>>>", "broken a.example" },
	{ "<a@a.example", "broken a.example" },
	{ "a@a.example>", "broken a.example" },
	{ "A <B a@a.example>", "broken a.example" },
	{ "\"A <a@a.example>", "broken a.example" },
	{ "\"b@b.example\"@a.example", "broken b.example a.example" },
	{ "\"<b>\"@a.example", "broken a.example" },
	{ "\"b@b.example\"a@a.example", "broken b.example a.example" },
	{ "\"b@b.example\".a@a.example", "broken b.example a.example" },
	{ "a.\"b@b.example\"@a.example", "broken b.example a.example" },
	{ "a@a.example\"b\"", "broken a.example" },
	/* reading stops at the first fault; what stands behind it counts */
	{ "a@, b@b.example", "broken b.example" },
	{ "A B C, b@b.example .a.example", "broken b.example b.example.a.example" },
	{ "A, B, C <b@b.example>, @", "broken b.example" },
	{ "(A b@b.example", "broken b.example" },
	{ "A, b@[b.example]", "broken b.example" },
	{ "a@a.example .b.example", "broken a.example a.example.b.example" },
	{ "a@a .example", "broken a a.example" },
	{ "a@a(x).example", "broken a a.example" },
	{ "a@ (x) [a . (y) example", "broken a a.example" },
	{ "a@a(.example", "broken a" },
	{ "a@a.\r\n example", "broken a a.example" },
	{ "a@a.example\\", "broken a.example" },
	{ "\\a@a.example", "broken a.example" },
	{ "A \x1b$B <a@a.example>", "broken a.example" },
	{ "A \x7f <a@a.example>", "broken a.example" },
	{ "A\r<a@a.example>", "broken a.example" },
	{ "(A\rFrom: b@b.example) <a@a.example>", "broken a.example b.example" },
	{ "a@a.example\r", "broken a.example" },
	/* domains */
	{ "a@.a.example", "broken" },
	{ "a@a..example", "broken" },
	{ "a@a.example.", "broken a.example" },
	{ "a@.", "broken" },
	{ "a@a'b.example", "broken a" },
	{ "a@b.example'a.example", "broken b.example" },
	{ "a@a%b.example", "broken a" },
	{ "a@a!b", "broken a" },
	{ "a@*.example", "broken" },
	{ "a@123456789012345678901234567890123456789012345678901234567890123.example",
	  "one 123456789012345678901234567890123456789012345678901234567890123.example" },
	{ "a@1234567890123456789012345678901234567890123456789012345678901234.example", "broken" },
	/* EAI (RFC 6532), U-labels */
	{ "J\xc3\xbcrgen <j\xc3\xbc@a.example>", "one a.example" },
	{ "J\xfcrgen <a@a.example>", "one a.example" },
	{ "a@b\xc3\xbc" "cher.example", "one xn--bcher-kva.example" },
	{ "a@B\xc3\x9c" "CHER.example, b@xn--bcher-kva.example", "one xn--bcher-kva.example" },
	{ "a@b\xfc" "cher.example", "broken" },
	{ "a@a\xe3\x80\x82" "example", "broken" },
	{ "a@a.b\xe2\x80\xae.example", "broken" },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		char *got = parse(values[i].value, strlen(values[i].value));

		if (strcmp(got, values[i].author) != 0)
			fail_msg("%s: %s expected, got %s", values[i].value, values[i].author, got);
		free(got);
	}
}

static void check(const char *value, size_t len, const char *expected)
{
	char *got = parse(value, len);

	assert_string_equal(got, expected);
	free(got);
}

static void test_nul(void **state)
{
	(void)state;
	check("a@a.example\0.b.example", 22, "broken a.example a.example.b.example");
	check("a@a.exa\0mple", 12, "broken a.exa a.example");
	check("a@\0a.example", 12, "broken a.example");
	check("a@a.\x01\0example", 14, "broken a a.example");
	check("\0a@a.example", 12, "broken a.example");
	check("\"a\0b\" <a@a.example>", 19, "broken a.example");
	check("(\0) a@a.example", 15, "broken a.example");
	check("a@a.example\0", 12, "broken a.example");
}

/* COUNT addresses `a@dN.example`. */
static char *addresses(size_t count, size_t domains)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < count; i++)
		buf_addf(&text, "%sa@d%zu.example", i ? "," : "", i % domains);
	return buf_steal(&text);
}

static enum author_state state_of(char *text, size_t *domains)
{
	struct author author;

	author_parse(text, strlen(text), &author);
	*domains = author.domains;
	free(text);
	return author.state;
}

static void test_bounds(void **state)
{
	size_t domains;

	(void)state;
	assert_int_equal(state_of(addresses(AUTHOR_ADDRESSES_MAX, 1), &domains), AUTHOR_ONE);
	assert_int_equal(state_of(addresses(AUTHOR_ADDRESSES_MAX + 1, 1), &domains), AUTHOR_BROKEN);
	assert_int_equal(state_of(addresses(100, AUTHOR_DOMAINS_MAX), &domains), AUTHOR_SEVERAL);
	assert_int_equal(domains, AUTHOR_DOMAINS_MAX);
	assert_int_equal(state_of(addresses(100, AUTHOR_DOMAINS_MAX + 1), &domains), AUTHOR_BROKEN);
	assert_int_equal(domains, AUTHOR_DOMAINS_MAX);
}

/* Of too many the first four and the last four. */
static void test_ends(void **state)
{
	static const int numbers[AUTHOR_DOMAINS_MAX] = { 0, 1, 2, 3, 16, 17, 18, 19 };
	char *text = addresses(20, 20);
	struct author author;

	(void)state;
	author_parse(text, strlen(text), &author);
	assert_true(author.more);
	for (size_t i = 0; i < AUTHOR_DOMAINS_MAX; i++) {
		char *name = mem_printf("d%d.example", numbers[i]);

		assert_string_equal(author.domain[i], name);
		free(name);
	}
	free(text);
}

/* A megabyte of what nests, repeats or does not end takes no time to speak of. */
static void test_large(void **state)
{
	static const char *const units[] = {
		"(", "((a)", "\"", "\\", "a.", "a ", "<", "[", "@", ",", "a@a,", "<@a,", "G:", ";",
		"=?a?q?", "=?a?q?x?=", "\r\n ", "=?a?b?PA==?= ",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(units); i++) {
		struct buf text = BUF_INIT;
		struct author author;

		while (text.len < HEADER_BYTES_MAX)
			buf_adds(&text, units[i]);
		author_parse(text.data, text.len, &author);
		assert_int_not_equal(author.state, AUTHOR_ONE);
		buf_free(&text);
	}
}

/* ---- header ------------------------------------------------------------- */

static const struct author_case headers[] = {
	{ "From: a@a.example\n\nb", "one a.example" },
	{ "Subject: x\r\nfrom: a@a.example\r\n\r\nb", "one a.example" },
	{ "From : a@a.example\n\n", "one a.example" },
	{ "From:a@a.example", "one a.example" },
	{ "Subject: x\n\nFrom: a@a.example\n", "none" },
	{ "Resent-From: a@a.example\nSender: b@b.example\n\n", "none" },
	{ "From:\n\n", "none" },
	/* several fields */
	{ "From: a@a.example\nFrom: a@a.example\n\n", "broken a.example" },
	{ "From: a@a.example\nX: y\nFrom : b@b.example\n\n", "broken a.example b.example" },
	{ "From: a@a.example\nFROM:\n\n", "broken a.example" },
	{ "From: (\nFrom: b@b.example\n\n", "broken b.example" },
	/* fields for some readers alone */
	{ "From: a@a.example\nX: y\rFrom: b@b.example\n\n", "broken a.example b.example" },
	{ "From: a@a.example\nX: y\rfrom \t: b@b.example\n\n", "broken a.example b.example" },
	{ "From: a@a.example\nX: y\r\rFrom: b@b.example\n\n", "broken a.example b.example" },
	{ "From: a@a.example\nX: y\rFromage: b\n\n", "one a.example" },
	{ "From: a@a.example\nFrom\n : b@b.example\n\n", "broken a.example" },
	{ "From: a@a.example\nX: y\rFrom: b@b.example\rfrom: c@c.example\r d@d.example\rX: e@e.example\n\n",
	  "broken a.example b.example c.example d.example" },
	{ "From: a@a.example\nnot a field\nFrom: b@b.example\n\n", "broken a.example b.example" },
	{ "not a field\r\nFrom : b@b.example,\r\n c@c.example\r\nTo: d@d.example\r\n\r\nFrom: e@e.example\n",
	  "broken b.example c.example" },
	{ "not a field\nFrom", "broken" },
	{ "not a field\nFromage: b@b.example\n x From: b@b.example\n", "broken" },
	{ "\xef\xbb\xbf" "From: b@b.example\n\nFrom: c@c.example\n", "broken b.example" },
	{ "\x01" "From: b@b.example\n\n", "broken b.example" },
	{ " From: b@b.example\nFrom: a@a.example\n\n", "broken a.example" },
	{ "From\r\n : b@b.example\r\nFrom: a@a.example\r\n\r\n", "broken a.example" },
};

static struct author author_of(const char *text, size_t len)
{
	struct spool *spool = spools_with(text, len);
	struct message message;
	struct author author;
	struct header header;
	struct err err;

	spools_check(message_map(spool, &message, &err), &err);
	spools_check(header_load(&message, &header, &err), &err);
	author_read(&header, &author);
	header_free(&header);
	spool_free(&spool);
	return author;
}

static char *read_header(const char *text, size_t len)
{
	const struct author author = author_of(text, len);

	return describe(&author);
}

static void test_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(headers); i++) {
		char *got = read_header(headers[i].value, strlen(headers[i].value));

		if (strcmp(got, headers[i].author) != 0)
			fail_msg("%s: %s expected, got %s", headers[i].value, headers[i].author, got);
		free(got);
	}
}

static void repeat(struct buf *text, const char *line, size_t times)
{
	while (times-- > 0)
		buf_adds(text, line);
}

/* Padding in front, behind, of many fields and of a long one: they are found all the same. */
static const struct {
	const char *front, *line;
	size_t times;
	const char *back, *author;
	bool more;
} paddings[] = {
	{ "", "X: y\n", 5000, "From: a@a.example\n", "broken a.example", false },
	{ "From: a@a.example\n", "X: y\n", 5000, "", "broken a.example", false },
	{ "From: a@a.example\nX: ", "0123456789", 120000, "\n", "broken a.example", false },
	{ "X: 0", "\n y", 500000, "\nFrom: a@a.example\n", "broken a.example", false },
	{ "", "X: y\n", 5000, "X: y\rFrom: a@a.example\n", "broken a.example", false },
	{ "", "X: y\n", 5000, "junk\nFrom: a@a.example\n", "broken a.example", false },
	{ "", "DKIM-Signature: x\n", 5000, "From: a@a.example\n", "broken a.example", false },
	{ "", "From: x@x.example\n", 4000, "From: a@a.example\n", "broken x.example a.example", false },
	{ "", "From:\n", 4000, "From: a@a.example\n", "broken a.example", false },
	{ "", "From: x@x.example\n", 5000, "From: a@a.example\n", "broken x.example", true },
	{ "From: ", "@", 5000, "\nFrom: a@a.example\n", "broken a.example", true },
	{ "From: x@x.example", "01234567, ", 120000, "\nFrom: a@a.example\n", "broken a.example", true },
	{ "From: b@b.example\njunk", "01234567\n", 200000, "From: a@a.example\n", "broken b.example", true },
};

static void test_padding(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(paddings); i++) {
		struct buf text = BUF_INIT;
		struct author author;
		char *got;

		buf_adds(&text, paddings[i].front);
		repeat(&text, paddings[i].line, paddings[i].times);
		buf_adds(&text, paddings[i].back);
		buf_adds(&text, "\n");
		author = author_of(text.data, text.len);
		got = describe(&author);
		print_message("# %zu\n", i);
		assert_string_equal(got, paddings[i].author);
		assert_int_equal(author.more, paddings[i].more);
		free(got);
		buf_free(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
