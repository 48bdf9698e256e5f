/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-message - the byte map: where fields and body are in whatever arrives */
#include <config.h>

#include <string.h>
#include <time.h>

#include "tests/unit/unit.h"

#include "base/secret.h"
#include "mime/message.h"
#include "tests/unit/spools.h"

#define TEXT(s) s, sizeof s - 1

struct map_case {
	const char *text;
	size_t len;
	const char *fields; /* names, each with `;`; opaque ones with ` O`, unended with ` U` */
	uint64_t header_size, body;
	enum header_end end;
	bool crlf;
};

static const struct map_case map_cases[] = {
	{ TEXT(""), "", 0, 0, HEADER_ENDS_MESSAGE, false },
	{ TEXT("\n"), "", 0, 1, HEADER_ENDS_EMPTY_LINE, false },
	{ TEXT("\r\n"), "", 0, 2, HEADER_ENDS_EMPTY_LINE, true },
	{ TEXT("\r"), "", 0, 0, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT("\0"), "", 0, 0, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT(":"), "", 0, 0, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT(": x\n"), "", 0, 0, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT(" A: b\n"), "", 0, 0, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT("\tA: b\r\n"), "", 0, 0, HEADER_ENDS_OTHER_LINE, true },
	{ TEXT("text\r\nA: b\n"), "", 0, 0, HEADER_ENDS_OTHER_LINE, true },
	{ TEXT("text"), "", 0, 0, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT("A:"), "A U;", 2, 2, HEADER_ENDS_MESSAGE, false },
	{ TEXT("A: b"), "A U;", 4, 4, HEADER_ENDS_MESSAGE, false },
	{ TEXT("A: b\n"), "A;", 5, 5, HEADER_ENDS_MESSAGE, false },
	{ TEXT("A: b\r\n"), "A;", 6, 6, HEADER_ENDS_MESSAGE, true },
	{ TEXT("A: b\r"), "A O U;", 5, 5, HEADER_ENDS_MESSAGE, false },
	{ TEXT("A: b\n\nbody"), "A;", 5, 6, HEADER_ENDS_EMPTY_LINE, false },
	{ TEXT("A: b\n\r\nbody"), "A;", 5, 7, HEADER_ENDS_EMPTY_LINE, false },
	{ TEXT("A: b\r\n\nbody"), "A;", 6, 7, HEADER_ENDS_EMPTY_LINE, true },
	{ TEXT("A: b\n\rbody"), "A;", 5, 5, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT("A: b\n\r\r\nbody"), "A;", 5, 5, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT("A: b\ngarbage\nC: d\n"), "A;", 5, 5, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT("A: b\n c\n\td\n\n"), "A;", 11, 12, HEADER_ENDS_EMPTY_LINE, false },
	{ TEXT("A: b\n \n\t\nB: c\n\n"), "A;B;", 14, 15, HEADER_ENDS_EMPTY_LINE, false },
	{ TEXT("A: b\n "), "A U;", 6, 6, HEADER_ENDS_MESSAGE, false },
	{ TEXT("A \t: b\nC: d\n\n"), "A;C;", 12, 13, HEADER_ENDS_EMPTY_LINE, false },
	{ TEXT("A b: c\n\n"), "", 0, 0, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT("A \n"), "", 0, 0, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT("!~;/: c\n"), "!~;/;", 8, 8, HEADER_ENDS_MESSAGE, false },
	{ TEXT("\x7f: c\n"), "", 0, 0, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT("\xc3\xa4: c\n"), "", 0, 0, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT("A\0: c\n"), "", 0, 0, HEADER_ENDS_OTHER_LINE, false },
	{ TEXT("A: \0\nB: c\n\n"), "A O;B;", 10, 11, HEADER_ENDS_EMPTY_LINE, false },
	{ TEXT("A: \r\r\nB: c\n\n"), "A O;B;", 11, 12, HEADER_ENDS_EMPTY_LINE, true },
	{ TEXT("A: b\r\n \rx\r\nB: c\r\n"), "A O;B;", 17, 17, HEADER_ENDS_MESSAGE, true },
	{ TEXT("From: a\rSubject: x\r\rtext\r"), "From O U;", 25, 25, HEADER_ENDS_MESSAGE, false },
	{ TEXT("From me\nA: b\n\n"), "", 0, 0, HEADER_ENDS_OTHER_LINE, false },
};

/* The fields as map_case tells them. */
static void list_fields(const struct message *message, struct buf *out)
{
	struct field field;
	struct err err;
	uint64_t at = 0;

	while (message_next_field(message, &at, &field, &err) == 1) {
		buf_addf(out, "%s%s%s;", field.name, field.opaque ? " O" : "",
		         field.unended ? " U" : "");
		assert_int_equal(field.end, at);
		assert_int_equal(field.name_len, strlen(field.name));
		assert_true(field.value > field.start && field.value <= field.end);
	}
	assert_int_equal(at, message->header_size);
}

static void check_map(const struct map_case *t)
{
	struct spool *spool = spools_with(t->text, t->len);
	struct message m;
	struct buf fields = BUF_INIT;
	struct err err;

	assert_int_equal(message_map(spool, &m, &err), 0);
	list_fields(&m, &fields);
	assert_string_equal(buf_str(&fields), t->fields);
	assert_int_equal(m.size, t->len);
	assert_int_equal(m.header_size, t->header_size);
	assert_int_equal(m.body, t->body);
	assert_int_equal(m.end, t->end);
	assert_int_equal(m.crlf, t->crlf);
	assert_string_equal(message_nl(&m), t->crlf ? "\r\n" : "\n");
	assert_int_equal(m.has_fields, t->fields[0] != '\0');
	assert_int_equal(m.opaque_header, strstr(t->fields, " O") != NULL);
	buf_free(&fields);
	spool_free(&spool);
}

static void test_map(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof map_cases / sizeof map_cases[0]; i++)
		check_map(&map_cases[i]);
}

static void test_from_line(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool is;
	} cases[] = {
		{ TEXT("From sam@example.com Tue Nov 24 20:00:00 2026\n"), true },
		{ TEXT("From sam Tue\r\n"), true },
		{ TEXT("From \n"), true },
		{ TEXT("From a: b\n"), true },
		{ TEXT("From \0\n"), false },
		{ TEXT("From sam\rSubject: x\r\rbody\r\n"), false },
		{ TEXT("From sam\r\r\n"), false },
		{ TEXT("From : sam@example.com\n"), false },
		{ TEXT("From \t : sam@example.com\n"), false },
		{ TEXT("From: sam@example.com\n"), false },
		{ TEXT("From\tsam\n"), false },
		{ TEXT("from sam\n"), false },
		{ TEXT(">From sam\n"), false },
		{ TEXT("From sam"), false },
		{ TEXT("From "), false },
		{ TEXT("\n"), false },
		{ TEXT(""), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(message_is_from_line(cases[i].text, cases[i].len),
		                 cases[i].is);
}

static void test_names(void **state)
{
	static const char text[] = "SUBJECT: a\nX-Mailseal-Was-X: b\nsubject : c\n\n";
	struct spool *spool = spools_with(TEXT(text));
	struct message m;
	struct field f;
	struct err err;
	uint64_t at = 0;

	(void)state;
	assert_int_equal(message_map(spool, &m, &err), 0);
	assert_int_equal(message_find_field(&m, "Subject", &f, &err), 1);
	assert_int_equal(f.start, 0);
	assert_true(field_is(&f, "subject"));
	assert_false(field_is(&f, "Subject2"));
	assert_false(field_is(&f, "Subjec"));
	assert_true(field_begins(&f, "sub"));
	assert_true(field_begins(&f, ""));
	assert_false(field_begins(&f, "Subject-"));
	assert_int_equal(message_find_field(&m, "X-Mailseal", &f, &err), 0);
	message_next_field(&m, &at, &f, &err);
	message_next_field(&m, &at, &f, &err);
	assert_true(field_begins(&f, "x-MAILSEAL"));
	message_next_field(&m, &at, &f, &err);
	assert_true(field_is(&f, "Subject"));
	spool_free(&spool);
}

static void test_long_name(void **state)
{
	char text[600];
	char name[FIELD_NAME_MAX + 1];
	struct message m;
	struct field f;
	struct err err;

	(void)state;
	memset(text, 'n', sizeof text);
	memcpy(text + 500, ": value\n", 8);
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';

	struct spool *spool = spools_with(text, 508);

	assert_int_equal(message_map(spool, &m, &err), 0);
	assert_int_equal(message_find_field(&m, "none", &f, &err), 0);
	assert_int_equal(m.header_size, 508);

	uint64_t at = 0;

	assert_int_equal(message_next_field(&m, &at, &f, &err), 1);
	assert_int_equal(f.name_len, 500);
	assert_int_equal(strlen(f.name), FIELD_NAME_MAX - 1);
	assert_false(field_is(&f, f.name));
	assert_false(field_begins(&f, name));
	spool_free(&spool);
}

static void check_value(const char *text, size_t max, const char *expected)
{
	struct spool *spool = spools_with(text, strlen(text));
	struct buf value = BUF_INIT;
	struct message m;
	struct field f;
	struct err err;

	assert_int_equal(message_map(spool, &m, &err), 0);
	assert_int_equal(message_find_field(&m, "A", &f, &err), 1);
	assert_int_equal(field_value(&m, &f, max, &value, &err), 0);
	assert_string_equal(buf_str(&value), expected);
	buf_free(&value);
	spool_free(&spool);
}

static void test_values(void **state)
{
	(void)state;
	check_value("A:\n", 99, "");
	check_value("A:\r\n", 99, "");
	check_value("A:", 99, "");
	check_value("A:\r", 99, "\r");
	check_value("A: b\nB: c\n", 99, " b");
	check_value("A: b\r\n c \r\n\r\nbody", 99, " b\r\n c ");
	check_value("A: b", 99, " b");
	check_value("A: b\r", 99, " b\r");
	check_value("A: 12345\r\n", 4, " 123");
	check_value("A: 12345\r\n", 0, "");
}

/* Every place of a header that the border of two chunks can fall on. */
static void test_chunk_borders(void **state)
{
	static const char text[] =
		"A : b\r\n\t\r\nB: c\r\n  d\nC: \rx\r\nD: e\r\n\r\nF: g\n";
	size_t pad = SPOOL_CHUNK - sizeof text;
	char *padding = test_malloc(SPOOL_CHUNK);

	(void)state;
	memset(padding, 'p', SPOOL_CHUNK);
	padding[10] = ':';
	for (; pad <= SPOOL_CHUNK; pad++) {
		struct spool *spool = spools_with(padding, pad - 1);
		struct buf fields = BUF_INIT;
		struct message m;
		struct err err;

		assert_int_equal(spool_add(spool, "\n", 1, &err), 0);
		assert_int_equal(spool_add(spool, TEXT(text), &err), 0);
		assert_int_equal(message_map(spool, &m, &err), 0);
		list_fields(&m, &fields);
		assert_string_equal(buf_str(&fields), "pppppppppp;A;B;C O;D;");
		assert_int_equal(m.body - m.header_size, 2);
		assert_int_equal(m.size - m.body, 5);
		buf_free(&fields);
		spool_free(&spool);
	}
	test_free(padding);
}

/* Header walks are linear, over chunk borders and spools on disk too: a
 * quadratic one would take hours for these. */
static void test_large_headers(void **state)
{
	static const struct {
		const char *piece;
		size_t count, fields;
	} cases[] = {
		{ "X-Field: of the usual length\r\n", 500000, 500000 },
		{ "a:\n", 1000000, 1000000 },
		{ " a folded line of one field\n", 1500000, 1 },
		{ "nameswithoutanend", 1500000, 1 },
		{ "\t", 10000000, 1 },
	};
	time_t start = time(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t len = strlen(cases[i].piece);
		struct spool *spool = spools_with("N", 1);
		struct message m;
		struct field f;
		struct err err;
		uint64_t at = 0;
		size_t fields = 0;

		if (cases[i].piece[0] == ' ')
			spool_add(spool, ": x\n", 4, &err);
		for (size_t n = 0; n < cases[i].count; n++)
			assert_int_equal(spool_add(spool, cases[i].piece, len, &err), 0);
		spool_add(spool, ": y\n", 4, &err);
		assert_int_equal(message_map(spool, &m, &err), 0);
		while (message_next_field(&m, &at, &f, &err) > 0)
			fields++;
		assert_int_equal(fields, cases[i].fields);
		assert_int_equal(m.header_size, at);
		spool_free(&spool);
	}
	assert_true(time(NULL) - start < 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_from_line),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_chunk_borders),
		cmocka_unit_test(test_large_headers),
	};

	secret_init();
	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
