/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-restore - payloads and passed messages that are damaged, forged or foreign */
#include <config.h>

#include <string.h>

#include "tests/unit/unit.h"

#include "base/secret.h"
#include "mime/claim.h"
#include "mime/lineend.h"
#include "mime/restore.h"
#include "tests/unit/spools.h"

#define TEXT(s) s, sizeof s - 1
#define COUNT(a) (sizeof a / sizeof a[0])

/* sha256 of the empty text, of "body\n" and of "bbody\n". */
#define H0 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HB "9e2ec912af5dff2a72300863864fc4da04e81999339d9fac5c7590ba8a3f4e11"
#define HBB "cf7e86c1d3c97640f34da29b82041753f86ade62621fa2c683c330f8a83486a2"
#define TYPE "Content-Type: text/plain; protected-headers=\"v1\"; hp=\"clear\"\n"

static void convert(enum lineend to, const char *text, size_t len, size_t piece,
                    struct buf *out)
{
	struct lineend_filter filter = { to, spools_sink(out), false };
	struct err err;

	for (size_t at = 0; at < len; at += piece)
		assert_int_equal(sink_write(lineend_sink(&filter), text + at,
		                            piece < len - at ? piece : len - at, &err), 0);
	assert_int_equal(lineend_finish(&filter, &err), 0);
}

static void test_line_ends(void **state)
{
	static const struct {
		const char *text, *lf, *crlf;
	} cases[] = {
		{ "", "", "" },
		{ "a", "a", "a" },
		{ "a\nb\n\nc", "a\nb\n\nc", "a\r\nb\r\n\r\nc" },
		{ "a\r\nb\r\n\r\nc", "a\nb\n\nc", "a\r\nb\r\n\r\nc" },
		{ "a\r\nb\n", "a\nb\n", "a\r\nb\r\n" },
		{ "\r", "\r", "\r" },
		{ "a\rb\r", "a\rb\r", "a\rb\r" },
		{ "\r\r\n", "\r\n", "\r\r\n" },
		{ "\n\r\n\r", "\n\n\r", "\r\n\r\n\r" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (size_t piece = 1; piece < 10; piece++) {
			struct buf keep = BUF_INIT, lf = BUF_INIT, crlf = BUF_INIT;
			size_t len = strlen(cases[i].text);

			convert(LINEEND_KEEP, cases[i].text, len, piece, &keep);
			convert(LINEEND_LF, cases[i].text, len, piece, &lf);
			convert(LINEEND_CRLF, cases[i].text, len, piece, &crlf);
			assert_string_equal(buf_str(&keep), cases[i].text);
			assert_string_equal(buf_str(&lf), cases[i].lf);
			assert_string_equal(buf_str(&crlf), cases[i].crlf);
			buf_free(&keep);
			buf_free(&lf);
			buf_free(&crlf);
		}
	}
}

static void test_claim_mark(void **state)
{
	static const char *const bad[] = {
		"", "size=", "size=1", "size=1; ", "size=1; sha256=", "size=1; sha256=" H0 " ",
		"size=1; sha256=" H0 "0", "size=1; sha256=" H0 "; x=1",
		"size=-1; sha256=" H0, "size=+1; sha256=" H0, "size=0x1; sha256=" H0,
		"size= 1; sha256=" H0, "size=1;sha256=" H0, "Size=1; sha256=" H0,
		"size=18446744073709551616; sha256=" H0,
		"size=99999999999999999999999999; sha256=" H0,
		"size=1; cut=1; sha256=" H0, "size=1; cut=1+; sha256=" H0,
		"size=1; cut=+1; sha256=" H0, "size=1; gap=; sha256=" H0,
		"size=1; gap=1; cut=1+1; sha256=" H0,
		"size=1; sha256=E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
	};
	const char *good = "size=18446744073709551615; cut=2+3; gap=4; sha256=" H0;
	struct claim claim;

	(void)state;
	assert_true(claim_read_mark(good, strlen(good), &claim));
	assert_true(claim.size == UINT64_MAX);
	assert_int_equal(claim.cut_at, 2);
	assert_int_equal(claim.cut_len, 3);
	assert_int_equal(claim.gap, 4);
	assert_string_equal(claim.sha256, H0);
	assert_true(claim_read_mark(TEXT("size=0; sha256=" H0), &claim));
	assert_int_equal(claim.cut_len + claim.gap, 0);
	assert_false(claim_read_mark(TEXT("size=0; sha256=" H0 "\0x"), &claim));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(claim_read_mark(bad[i], strlen(bad[i]), &claim));
}

static void test_claim_passed(void **state)
{
	static const struct {
		const char *value;
		bool says, good;
	} cases[] = {
		{ "v=1; passed; lines=3; size=5; sha256=" H0, true, true },
		{ "v=1; passed; lines=3; size=5; sha256=" H0 " ", true, true },
		{ "v=1; passed; lines=3; size=5; sha256=" H0 "; engine=gpg; x", true, true },
		{ "v=1; passed; lines=3; size=5; sha256=" H0 "x", true, false },
		{ "v=1; passed; lines=3; size=5", true, false },
		{ "v=1; passed; size=5; lines=3; sha256=" H0, true, false },
		{ "v=1; passed; lines=x; size=5; sha256=" H0, true, false },
		{ "v=1; passed", true, false },
		{ "v=1; passedby", false, false },
		{ "v=1; at-rest", false, false },
		{ "v=2; passed; lines=3; size=5; sha256=" H0, false, false },
		{ "passed", false, false },
		{ "", false, false },
	};
	struct claim claim;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(claim_says_passed(cases[i].value), cases[i].says);
		assert_int_equal(claim_read_passed(cases[i].value, &claim), cases[i].good);
	}
	assert_true(claim_read_passed(cases[0].value, &claim));
	assert_int_equal(claim.lines, 3);
	assert_int_equal(claim.size, 5);
}

struct restore_case {
	const char *text;
	size_t len;
	enum restore_result result;
	const char *original; /* of RESTORE_EXACT */
};

#define EXACT(original, text) TEXT(text), RESTORE_EXACT, original
#define FOREIGN(text) TEXT(text), RESTORE_FOREIGN, NULL
#define MISMATCH(text) TEXT(text), RESTORE_MISMATCH, NULL

#define MARK(claims, hash) "Mailseal-Original: v=1; " claims "sha256=" hash "\n"
#define MAX64 "18446744073709551615"

static const struct restore_case payload_cases[] = {
	{ EXACT("", MARK("size=0; ", H0)) },
	{ EXACT("", "Mailseal-Original: v=1; size=0; sha256=" H0 "\r\n") },
	{ EXACT("body\n", MARK("size=5; ", HB) "body\n") },
	{ EXACT("body\n", TYPE MARK("size=5; ", HB) "body\n") },
	{ EXACT("body\n", MARK("size=5; gap=1; ", HB) "\nbody\n") },
	{ EXACT("body\n", MARK("size=5; cut=5+3; ", HB) "body\nXYZ") },
	{ EXACT("body\n", MARK("size=5; cut=0+3; gap=2; ", HB) "..XYZbody\n") },
	{ EXACT("body\n", TYPE "Mailseal-Receipt: x\nMailseal-Original: v=2; y\nMailseal-\n"
	       MARK("size=5; ", HB) "body\n") },

	{ FOREIGN("") },
	{ FOREIGN("body\n") },
	{ FOREIGN("Mailseal-Original: v=1; size=0; sha256=" H0) },
	{ FOREIGN("Mailseal-Original: v=2; size=0; sha256=" H0 "\n") },
	{ FOREIGN("mailseal-original: v=1; size=0; sha256=" H0 "\n") },
	{ FOREIGN("Subject: x\n" MARK("size=0; ", H0)) },
	{ FOREIGN("\n" MARK("size=0; ", H0)) },
	{ FOREIGN("Content-Type: text/plain\n" MARK("size=0; ", H0)) },
	{ FOREIGN(TYPE TYPE MARK("size=0; ", H0)) },
	{ FOREIGN("Mailseal-A: b\n" TYPE MARK("size=0; ", H0)) },
	{ FOREIGN("Mailseal-A: b\nMailseal-B: c\n") },
	{ FOREIGN("Mailseal-A: b\n c\n" MARK("size=0; ", H0)) },

	{ MISMATCH(MARK("size=4; ", HB) "body\n") },
	{ MISMATCH(MARK("size=6; ", HB) "body\n") },
	{ MISMATCH(MARK("size=5; ", H0) "body\n") },
	{ MISMATCH(MARK("size=5; ", HB) "bady\n") },
	{ MISMATCH(MARK("size=5; ", HB) "body\n\n") },
	{ MISMATCH("Mailseal-Original: v=1; size=5; sha256=\nbody\n") },
	{ MISMATCH("Mailseal-Original: v=1; \nbody\n") },
	{ MISMATCH("Mailseal-Original: v=1; size=5; sha256=" HB "\0\nbody\n") },
	{ MISMATCH(MARK("size=5; gap=7; ", HB) "body\n") },
	{ MISMATCH(MARK("size=5; cut=6+0; ", HB) "body\n") },
	{ MISMATCH(MARK("size=5; cut=" MAX64 "+1; ", HB) "body\n") },
	{ MISMATCH(MARK("size=5; cut=1+" MAX64 "; ", HB) "body\n") },
	{ MISMATCH(MARK("size=" MAX64 "; cut=0+6; ", HB) "body\n") },
	/* Sums that overflow; the hashes are those of what would come of it. */
	{ MISMATCH(MARK("size=6; cut=1+" MAX64 "; ", HBB) "body\n") },
	{ MISMATCH(MARK("size=18446744073709551614; gap=7; ", H0) "body\n") },
	/* The first mark counts. */
	{ MISMATCH(MARK("size=5; ", H0) MARK("size=5; ", HB) "body\n") },
};

static void check_restored(const struct buf *got, enum restore_result result,
                           const char *stored, size_t len, const char *original)
{
	if (result == RESTORE_EXACT)
		assert_true(spools_same(got, original, strlen(original)));
	else
		assert_true(spools_same(got, stored,
		                        result == RESTORE_MISMATCH ? len : 0));
}

static void check_payload(const struct restore_case *t)
{
	struct spool *payload = spools_with(t->text, t->len);
	enum restore_result result;
	struct buf got = BUF_INIT;
	struct err err;

	assert_int_equal(restore_payload(payload, spools_sink(&got), &result, &err), 0);
	assert_int_equal(result, t->result);
	check_restored(&got, result, t->text, t->len, t->original);
	buf_free(&got);
	spool_free(&payload);
}

static void test_payload(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(payload_cases); i++)
		check_payload(&payload_cases[i]);
}

/* The mark is looked for so far and no further. */
static void test_payload_limits(void **state)
{
	static const struct {
		size_t lines, length; /* of each further line, with its LF */
		enum restore_result result;
	} cases[] = {
		{ RESTORE_LINES_MAX - 1, 20, RESTORE_EXACT },
		{ RESTORE_LINES_MAX, 20, RESTORE_FOREIGN },
		{ 2, RESTORE_LINE_MAX, RESTORE_EXACT },
		{ 2, RESTORE_LINE_MAX + 1, RESTORE_FOREIGN },
		{ 1, 10 * RESTORE_LINE_MAX, RESTORE_FOREIGN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf text = BUF_INIT;

		for (size_t n = 0; n < cases[i].lines; n++) {
			buf_adds(&text, "Mailseal-Receipt: ");
			for (size_t x = 19; x < cases[i].length; x++)
				buf_addc(&text, 'x');
			buf_addc(&text, '\n');
		}
		buf_adds(&text, "Mailseal-Original: v=1; size=5; sha256=" HB "\nbody\n");

		const struct restore_case t = {
			text.data, text.len, cases[i].result, "body\n",
		};

		check_payload(&t);
		buf_free(&text);
	}
}

#define PASSED(lines, size) "X-Mailseal: v=1; passed; lines=" lines "; size=" size "; sha256="
#define AR "Authentication-Results: x; none\n"

static const struct restore_case passed_cases[] = {
	{ EXACT("", PASSED("1", "0") H0 "\n") },
	{ EXACT("", PASSED("1", "0") H0) },
	{ EXACT("body\n", PASSED("2", "5") HB "\n\nbody\n") },
	{ EXACT("body\n", PASSED("3", "5") HB "\n" AR "\nbody\n") },
	{ EXACT("body\n", PASSED("2", "5") HB "; engine=x\n\nbody\n") },
	/* Later hops: line ends, bytes at the end, fields on top, folding. */
	{ EXACT("body\n", PASSED("2", "5") HB "\r\n\r\nbody\r\n") },
	{ EXACT("body\n", PASSED("2", "5") HB "\n\nbody\n\n\n") },
	{ EXACT("body\n", PASSED("2", "5") HB "\r\n\r\nbody\r\n\r\n") },
	{ EXACT("body\n", "Delivered-To: x\nReceived: y\n\tz\n" PASSED("2", "5") HB "\n\nbody\n") },
	{ EXACT("body\n", "x-mailseal : v=1;\n passed; lines=3;\r\n\tsize=5;  sha256=" HB "\nbody\n") },
	{ EXACT("body\n", "X-Mailseal-Foo: x\n" PASSED("2", "5") HB "\n\nbody\n") },

	{ FOREIGN("") },
	{ FOREIGN("Subject: x\n\n" PASSED("1", "0") H0 "\n") },
	{ FOREIGN("X-Mailseal: v=1; at-rest\n" PASSED("1", "0") H0 "\n") },
	{ FOREIGN("X-Mailseal: \n\n") },
	{ FOREIGN("X-Mailseal: v=2; passed\n\n") },

	{ MISMATCH("X-Mailseal: v=1; passed\n\nbody\n") },
	{ MISMATCH(PASSED("2", "5") HB "\n\nbady\n") },
	{ MISMATCH(PASSED("2", "5") HB "\n\nbody") },
	{ MISMATCH(PASSED("1", "5") HB "\n\nbody\n") },
	{ MISMATCH(PASSED("3", "5") HB "\n\nbody\n") },
	{ MISMATCH(PASSED("0", "5") HB "\n\nbody\n") },
	{ MISMATCH(PASSED(MAX64, "5") HB "\n\nbody\n") },
	{ MISMATCH(PASSED("2", MAX64) HB "\n\nbody\n") },
	{ MISMATCH(PASSED("2", "4") HB "\n\nbody\n") },
};

static void check_passed(const struct restore_case *t)
{
	struct spool *spool = spools_with(t->text, t->len);
	enum restore_result result;
	struct message stored;
	struct buf got = BUF_INIT;
	struct err err;

	assert_int_equal(message_map(spool, &stored, &err), 0);
	assert_int_equal(restore_passed(&stored, false, spools_sink(&got), &result, &err), 0);
	assert_int_equal(result, t->result);
	check_restored(&got, result, t->text, t->len, t->original);
	buf_free(&got);
	spool_free(&spool);
}

static void test_passed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(passed_cases); i++)
		check_passed(&passed_cases[i]);
}

static void check_as_stored(const char *stored, const char *expected)
{
	struct spool *spool = spools_with(stored, strlen(stored));
	enum restore_result result;
	struct message m;
	struct buf got = BUF_INIT;
	struct err err;

	assert_int_equal(message_map(spool, &m, &err), 0);
	assert_int_equal(restore_passed(&m, true, spools_sink(&got), &result, &err), 0);
	assert_int_equal(result, RESTORE_EXACT);
	assert_true(spools_same(&got, expected, strlen(expected)));
	buf_free(&got);
	spool_free(&spool);
}

static void test_as_stored(void **state)
{
	(void)state;
	check_as_stored("Received: x\n" PASSED("3", "5") HB "\n" AR "\nbody\n\n",
	                "Received: x\n" PASSED("3", "5") HB "\n" AR "\nbody\n");
	check_as_stored("Received: x\r\n" PASSED("2", "5") HB "\r\n\r\nbody\r\n",
	                "Received: x\n" PASSED("2", "5") HB "\n\nbody\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_claim_mark),
		cmocka_unit_test(test_claim_passed),
		cmocka_unit_test(test_payload),
		cmocka_unit_test(test_payload_limits),
		cmocka_unit_test(test_passed),
		cmocka_unit_test(test_as_stored),
	};

	secret_init();
	return cmocka_run_group_tests_name("restore", tests, NULL, NULL);
}
