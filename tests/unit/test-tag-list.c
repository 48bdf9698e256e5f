/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-tag-list - tag lists, good and bad; the header by name */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "auth/header.h"
#include "auth/tag-list.h"
#include "base/mem.h"
#include "tests/unit/spools.h"

#define COUNT(a) (sizeof a / sizeof a[0])
#define TEXT(s) s, sizeof s - 1

static const struct {
	const char *text;
	size_t len;
	const char *expected; /* [name=value] each, then what is wrong */
} lists[] = {
	{ TEXT("a=1"), "[a=1]" },
	{ TEXT("a=1;"), "[a=1]" },
	{ TEXT(" a = 1 ; b=2 ; \r\n"), "[a=1][b=2]" },
	{ TEXT("a=;b="), "[a=][b=]" },
	{ TEXT("a=b=c;d==="), "[a=b=c][d===]" },
	{ TEXT("a= x\r\n\ty ;b_2=\tz\n"), "[a=x\r\n\ty][b_2=z]" },
	{ TEXT("a=1; A=2"), "[a=1][A=2]" },
	{ TEXT("a=\xc3\xa9\xff"), "[a=\xc3\xa9\xff]" },
	{ TEXT(""), "no tags" },
	{ TEXT(" \r\n"), "no tags" },
	{ TEXT("a=1;;b=2"), "[a=1]a tag without a value" },
	{ TEXT(";a=1"), "a tag without a value" },
	{ TEXT("a"), "a tag without a value" },
	{ TEXT("a=1;b"), "[a=1]a tag without a value" },
	{ TEXT("=1"), "not a tag's name" },
	{ TEXT("1a=1"), "not a tag's name" },
	{ TEXT("a b=1"), "not a tag's name" },
	{ TEXT("a-b=1"), "not a tag's name" },
	{ TEXT("a=1;b=2;a=3;c=4"), "[a=1][b=2]a tag stands twice" },
	{ TEXT("a=1\0;b=2"), "a control character in a value" },
	{ TEXT("a=\x7f"), "a control character in a value" },
	{ TEXT("a=1\r;b=2"), "a control character in a value" },
	{ TEXT("a=1\r2"), "a control character in a value" },
	{ TEXT("a\0=1"), "not a tag's name" },
};

static void test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		char *copy = mem_alloc(lists[i].len + 1);
		struct buf got = BUF_INIT;
		struct tag_list list;
		const char *why;

		memcpy(copy, lists[i].text, lists[i].len);
		why = tag_list_parse(copy, lists[i].len, &list);
		for (size_t t = 0; t < list.count; t++)
			buf_addf(&got, "[%.*s=%.*s]", (int)list.tag[t].name_len, list.tag[t].name,
			         (int)list.tag[t].value_len, list.tag[t].value);
		buf_adds(&got, why ? why : "");
		assert_string_equal(buf_str(&got), lists[i].expected);
		buf_free(&got);
		free(copy);
	}
}

static void test_too_many(void **state)
{
	struct buf text = BUF_INIT;
	struct tag_list list;

	(void)state;
	for (int i = 0; i < TAG_LIST_MAX; i++)
		buf_addf(&text, "t%d=%d;", i, i);
	assert_null(tag_list_parse(text.data, text.len, &list));
	assert_true(tag_is(tag_find(&list, "t63"), "63"));
	assert_null(tag_find(&list, "t64"));
	buf_adds(&text, "t64=1");
	assert_string_equal(tag_list_parse(text.data, text.len, &list), "too many tags");
	buf_free(&text);
}

static struct tag tag_of(const char *value)
{
	return (struct tag){ "x", value, 1, strlen(value) };
}

static void test_values(void **state)
{
	struct tag tag = tag_of("Rsa");
	uint64_t number;

	(void)state;
	assert_true(tag_is(&tag, "Rsa"));
	assert_false(tag_is(&tag, "rsa"));
	assert_false(tag_is(&tag, "Rsa-"));
	assert_true(tag_is_nocase(&tag, "rsa"));
	assert_false(tag_is_nocase(&tag, "rs"));
	tag = tag_of("0123456789");
	assert_true(tag_number(&tag, &number) && number == 123456789);
	tag = tag_of("999999999999999999");
	assert_true(tag_number(&tag, &number) && number == 999999999999999999);
	static const char *const none[] = { "", "-1", "+1", "1 2", "0x1", "1000000000000000000", "1." };
	for (size_t i = 0; i < COUNT(none); i++) {
		tag = tag_of(none[i]);
		assert_false(tag_number(&tag, &number));
	}
}

static void test_items(void **state)
{
	static const char *const cases[][2] = {
		{ "", "[]" }, { "a", "[a]" }, { "a:b", "[a][b]" }, { " a : b\r\n\t: c ", "[a][b][c]" },
		{ "a:", "[a][]" }, { "::", "[][][]" }, { "a b", "[a b]" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tag tag = tag_of(cases[i][0]);
		struct buf got = BUF_INIT;
		const char *item;
		size_t at = 0, len;

		while (tag_next_item(&tag, &at, &item, &len))
			buf_addf(&got, "[%.*s]", (int)len, item);
		assert_string_equal(buf_str(&got), cases[i][1]);
		buf_free(&got);
	}
}

static void test_base64(void **state)
{
	static const struct {
		const char *text, *bytes; /* NULL: none */
	} cases[] = {
		{ "", "" }, { "Zg==", "f" }, { "Zm8=", "fo" }, { "Zm9v", "foo" },
		{ "Zm9vYg==", "foob" }, { "Zm9vYmFy", "foobar" }, /* RFC 4648 section 10 */
		{ "Z g\r\n\t= =", "f" }, { "Zg", "f" }, { "Zm8", "fo" },
		{ "Z", NULL }, { "Zm9vY", NULL }, { "Zg=", NULL }, { "Zg===", NULL }, { "Zm9v=", NULL },
		{ "Zg==Zg==", NULL }, { "Z=g=", NULL }, { "Zm-v", NULL }, { "Zm9vYmFyYmF6", NULL },
		{ "\xc3", NULL }, { "=", NULL },
	};
	unsigned char out[8];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tag tag = tag_of(cases[i].text);
		long len = tag_base64(&tag, out, sizeof out);

		if (!cases[i].bytes) {
			assert_int_equal(len, -1);
			continue;
		}
		assert_int_equal(len, strlen(cases[i].bytes));
		assert_memory_equal(out, cases[i].bytes, (size_t)len);
	}
}

/* Bad ones may be passed over. */
static void test_next(void **state)
{
	static const char text[] = "a=1;;b;c=3;  ";
	struct tag tag;
	const char *why;
	size_t at = 0, good = 0, bad = 0;

	(void)state;
	while (tag_next(text, sizeof text - 1, &at, &tag, &why)) {
		good += !why;
		bad += why != NULL;
	}
	assert_int_equal(good, 2);
	assert_int_equal(bad, 2);
}

/* ---- the header --------------------------------------------------------------- */

static void load(const char *text, size_t len, struct header *header)
{
	struct spool *spool = spools_with(text, len);
	struct message message;
	struct err err;

	spools_check(message_map(spool, &message, &err), &err);
	spools_check(header_load(&message, header, &err), &err);
	spool_free(&spool);
}

static void test_header(void **state)
{
	static const char text[] = "From: a\r\nX: 1\n y\r\n\t\r\nfrom : b\r\nTo:c\nFROM:d\r\n\r\nFrom: body\r\n";
	struct header header;
	size_t at = 0, first;

	(void)state;
	load(text, sizeof text - 1, &header);
	assert_int_equal(header.count, 5);
	assert_int_equal(header.field[1].len, 12);
	assert_int_equal(header.field[2].name_len, 4);
	assert_int_equal(header.field[2].value, 6);
	assert_ptr_equal(header_find(&header, "from", &at), &header.field[0]);
	assert_ptr_equal(header_find(&header, "from", &at), &header.field[2]);
	assert_ptr_equal(header_find(&header, "from", &at), &header.field[4]);
	assert_null(header_find(&header, "from", &at));
	assert_int_equal(header_group(&header, "fRom", 4, &first), 3);
	assert_ptr_equal(header.by_name[first], &header.field[0]);
	assert_ptr_equal(header.by_name[first + 2], &header.field[4]);
	assert_int_equal(header_group(&header, "fro", 3, &first), 0);
	assert_int_equal(header_group(&header, "subject", 7, &first), 0);
	header_free(&header);
}

static void test_header_bounds(void **state)
{
	struct header header;
	struct buf text = BUF_INIT;

	(void)state;
	load("\r\nbody", 6, &header);
	assert_int_equal(header.count, 0);
	assert_false(header.too_large);
	header_free(&header);
	load("A:", 2, &header);
	assert_int_equal(header.count, 1);
	header_free(&header);
	for (int i = 0; i < HEADER_FIELDS_MAX; i++)
		buf_adds(&text, "A:\n");
	load(text.data, text.len, &header);
	assert_int_equal(header.count, HEADER_FIELDS_MAX);
	header_free(&header);
	buf_adds(&text, "A:\n");
	load(text.data, text.len, &header);
	assert_true(header.too_large && header.count == 0);
	header_free(&header);
	buf_cut(&text, 2);
	while (text.len <= HEADER_BYTES_MAX)
		buf_adds(&text, "x\n ");
	load(text.data, text.len, &header);
	assert_true(header.too_large && header.count == 0);
	header_free(&header);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),  cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_values), cmocka_unit_test(test_items),
		cmocka_unit_test(test_base64), cmocka_unit_test(test_next),
		cmocka_unit_test(test_header), cmocka_unit_test(test_header_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
