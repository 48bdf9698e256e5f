/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-canon - both canonicalizations of body and header, however they are cut; body hashes */
#include <config.h>

#include <string.h>

#include "tests/unit/unit.h"

#include "auth/body-hash.h"
#include "auth/canon.h"
#include "tests/unit/signer.h"
#include "tests/unit/spools.h"

#define COUNT(a) (sizeof a / sizeof a[0])

static void add(void *ctx, const void *data, size_t len)
{
	buf_add(ctx, data, len);
}

/* ---- body ----------------------------------------------------------------- */

static const struct {
	const char *body, *simple, *relaxed;
} bodies[] = {
	{ "", "\r\n", "" },
	{ "\r\n", "\r\n", "" },
	{ "\n", "\r\n", "" },
	{ "\r\n\r\n\r\n", "\r\n", "" },
	{ " ", " \r\n", "" },
	{ " \r\n\t\r\n", " \r\n\t\r\n", "" },
	{ "a", "a\r\n", "a\r\n" },
	{ "a\n", "a\r\n", "a\r\n" },
	{ "a\nb\r\nc\n\n", "a\r\nb\r\nc\r\n", "a\r\nb\r\nc\r\n" },
	{ " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n" }, /* as RFC 6376 3.4.5 */
	{ "\r\n\r\na\r\n\r\n\r\nb\r\n", "\r\n\r\na\r\n\r\n\r\nb\r\n", "\r\n\r\na\r\n\r\n\r\nb\r\n" },
	{ "\n\na\n\n\nb\n\n", "\r\n\r\na\r\n\r\n\r\nb\r\n", "\r\n\r\na\r\n\r\n\r\nb\r\n" },
	{ "a\r\n \r\nb", "a\r\n \r\nb\r\n", "a\r\n\r\nb\r\n" },
	{ "a\r\n \t\r\n\r\n", "a\r\n \t\r\n", "a\r\n" },
	{ "\ta", "\ta\r\n", " a\r\n" },
	{ "a\tb  c \td", "a\tb  c \td\r\n", "a b c d\r\n" },
	{ "a \n b\t\n", "a \r\n b\t\r\n", "a\r\n b\r\n" },
	/* A CR that no LF follows is a byte like others. */
	{ "a\rb\r\n", "a\rb\r\n", "a\rb\r\n" },
	{ "a\r", "a\r\r\n", "a\r\r\n" },
	{ "\r", "\r\r\n", "\r\r\n" },
	{ "a\r\r\nb", "a\r\r\nb\r\n", "a\r\r\nb\r\n" },
	{ "a \r b \r\r\n", "a \r b \r\r\n", "a \r b \r\r\n" },
	/* Longer than a word of the fast path, with the odd blank at each place. */
	{ "12345678 0123456 89abcdefg hijklm\r\n", "12345678 0123456 89abcdefg hijklm\r\n",
	  "12345678 0123456 89abcdefg hijklm\r\n" },
	{ "1234567  0123456 \t9abcdefg\thijklm \r\n", "1234567  0123456 \t9abcdefg\thijklm \r\n",
	  "1234567 0123456 9abcdefg hijklm\r\n" },
	{ "        12345678        \r\n", "        12345678        \r\n", " 12345678\r\n" },
	{ "abcdefg \tabcdefg \t\r\nx", "abcdefg \tabcdefg \t\r\nx\r\n", "abcdefg abcdefg\r\nx\r\n" },
	{ "\xff\xfe\x80 \x89\xa0\r\n", "\xff\xfe\x80 \x89\xa0\r\n", "\xff\xfe\x80 \x89\xa0\r\n" },
};

/* Given in pieces of so many bytes, each a copy without anything behind it. */
static void check_body(enum canon canon, const char *body, size_t len, size_t piece,
                       const char *expected)
{
	struct buf got = BUF_INIT;
	struct canon_body c;

	canon_body_start(&c, canon, add, &got);
	for (size_t at = 0; at < len; at += piece) {
		size_t n = piece < len - at ? piece : len - at;
		char *copy = malloc(n);

		memcpy(copy, body + at, n);
		canon_body_add(&c, copy, n);
		free(copy);
	}
	canon_body_end(&c);
	if (!spools_same(&got, expected, strlen(expected)))
		fail_msg("%s in pieces of %zu: %s", canon ? "relaxed" : "simple", piece, body);
	buf_free(&got);
}

static void test_body(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		size_t len = strlen(bodies[i].body);

		for (size_t piece = 1; piece <= len + 1; piece++) {
			check_body(CANON_SIMPLE, bodies[i].body, len, piece, bodies[i].simple);
			check_body(CANON_RELAXED, bodies[i].body, len, piece, bodies[i].relaxed);
		}
	}
}

/* ---- header ----------------------------------------------------------------- */

static const struct {
	const char *field, *simple, *relaxed;
} fields[] = {
	{ "A: X\r\n", "A: X\r\n", "a:X\r\n" }, /* as RFC 6376 3.4.5 */
	{ "B : Y\t\r\n\tZ  \r\n", "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n" },
	{ "Subject:a\n b\n", "Subject:a\r\n b\r\n", "subject:a b\r\n" },
	{ "Subject: a", "Subject: a\r\n", "subject:a\r\n" },
	{ "Subject:\r\n", "Subject:\r\n", "subject:\r\n" },
	{ "Subject: \t \r\n", "Subject: \t \r\n", "subject:\r\n" },
	{ "Subject:\r\n \r\n\t x\r\n", "Subject:\r\n \r\n\t x\r\n", "subject:x\r\n" },
	{ "Subject: a\r\n \r\n b\r\n \r\n", "Subject: a\r\n \r\n b\r\n \r\n", "subject:a b\r\n" },
	{ "SUB-ject: A: B\r\n", "SUB-ject: A: B\r\n", "sub-ject:A: B\r\n" },
	{ "S: \r\rx\ry\r\n", "S: \r\rx\ry\r\n", "s:\r\rx\ry\r\n" },
};

static void test_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(fields); i++) {
		for (int canon = CANON_SIMPLE; canon <= CANON_RELAXED; canon++) {
			const char *expected = canon == CANON_SIMPLE ? fields[i].simple : fields[i].relaxed;
			struct buf got = BUF_INIT;

			canon_field((enum canon)canon, fields[i].field, strlen(fields[i].field), add, &got);
			if (!spools_same(&got, expected, strlen(expected)))
				fail_msg("%d: %s", canon, fields[i].field);
			buf_free(&got);
		}
	}
}

static void test_long_name(void **state)
{
	struct buf field = BUF_INIT, expected = BUF_INIT, got = BUF_INIT;

	(void)state;
	for (int i = 0; i < 200; i++) {
		buf_addc(&field, "AbC"[i % 3]);
		buf_addc(&expected, "abc"[i % 3]);
	}
	buf_adds(&field, " :  v\n");
	buf_adds(&expected, ":v\r\n");
	canon_field(CANON_RELAXED, field.data, field.len, add, &got);
	assert_true(spools_same(&got, expected.data, expected.len));
	buf_free(&field);
	buf_free(&expected);
	buf_free(&got);
}

static void test_own_field(void **state)
{
	static const struct {
		const char *field, *cut, *simple, *relaxed;
	} cases[] = {
		{ "S: a=1; b=xyz; c=2\r\n", "xyz", "S: a=1; b=; c=2", "s:a=1; b=; c=2" },
		{ "S: a=1;\r\n\tb=x\r\n\t y\r\n", "x\r\n\t y", "S: a=1;\r\n\tb=", "s:a=1; b=" },
		{ "S: b=x ;\n c=2\n", "x", "S: b= ;\r\n c=2", "s:b= ; c=2" },
		{ "S: b= x  ; c= 2 \r\n", "x", "S: b=   ; c= 2 ", "s:b= ; c= 2" },
		{ "S: a=1; b=x", "x", "S: a=1; b=", "s:a=1; b=" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *cut = strstr(cases[i].field, cases[i].cut);
		struct buf simple = BUF_INIT, relaxed = BUF_INIT;

		canon_own_field(CANON_SIMPLE, cases[i].field, strlen(cases[i].field), cut,
		                strlen(cases[i].cut), add, &simple);
		canon_own_field(CANON_RELAXED, cases[i].field, strlen(cases[i].field), cut,
		                strlen(cases[i].cut), add, &relaxed);
		assert_true(spools_same(&simple, cases[i].simple, strlen(cases[i].simple)));
		assert_true(spools_same(&relaxed, cases[i].relaxed, strlen(cases[i].relaxed)));
		buf_free(&simple);
		buf_free(&relaxed);
	}
}

/* ---- body hashes ------------------------------------------------------------- */

static char *hash_of(struct body_hashes *hashes, int id)
{
	const unsigned char *hash = body_hashes_get(hashes, id);
	struct buf text = BUF_INIT;

	if (!hash)
		return NULL;
	signer_base64(hash, 32, &text);
	return buf_steal(&text);
}

static void check_hash(struct body_hashes *hashes, int id, const char *expected)
{
	char *got = hash_of(hashes, id);

	if (!expected)
		assert_null(got);
	else
		assert_string_equal(got, expected);
	free(got);
}

static struct body_hashes *run(const int (*order)[2], size_t count, const char *text)
{
	struct body_hashes *hashes = body_hashes_new();
	struct spool *spool = spools_with(text, strlen(text));
	struct message message;
	struct err err;

	for (size_t i = 0; i < count; i++)
		assert_int_equal(body_hashes_order(hashes, (enum canon)order[i][0], DIGEST_SHA256,
		                                   order[i][1] < 0 ? BODY_WHOLE : (uint64_t)order[i][1]),
		                 i);
	spools_check(message_map(spool, &message, &err), &err);
	spools_check(body_hashes_run(hashes, &message, &err), &err);
	spool_free(&spool);
	return hashes;
}

/* The hashes of an empty body stand in RFC 6376 3.4.3 and 3.4.4. */
static void test_empty_body(void **state)
{
	static const int order[][2] = {
		{ CANON_RELAXED, -1 }, { CANON_SIMPLE, -1 }, { CANON_SIMPLE, 0 }, { CANON_SIMPLE, 3 },
		{ CANON_SIMPLE, 2 },
	};
	struct body_hashes *hashes = run(order, COUNT(order), "A: b\r\n\r\n");

	(void)state;
	check_hash(hashes, 0, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
	check_hash(hashes, 1, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
	check_hash(hashes, 2, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
	check_hash(hashes, 3, NULL);
	check_hash(hashes, 4, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
	assert_int_equal(body_hashes_size(hashes, CANON_SIMPLE), 2);
	assert_int_equal(body_hashes_size(hashes, CANON_RELAXED), 0);
	body_hashes_free(&hashes);
}

/* In any order of lengths, "abc" and "" by FIPS 180's own examples. */
static void test_lengths(void **state)
{
	static const int order[][2] = {
		{ CANON_SIMPLE, -1 }, { CANON_SIMPLE, 3 }, { CANON_SIMPLE, 0 }, { CANON_SIMPLE, 99 },
		{ CANON_RELAXED, 3 },
	};
	struct body_hashes *hashes = run(order, COUNT(order), "A: b\n\nabc\n\n\n");

	(void)state;
	check_hash(hashes, 1, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
	check_hash(hashes, 2, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
	check_hash(hashes, 3, NULL);
	check_hash(hashes, 4, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
	assert_int_equal(body_hashes_size(hashes, CANON_SIMPLE), 5);
	assert_int_equal(body_hashes_order(hashes, CANON_SIMPLE, DIGEST_SHA256, 3), 1);
	assert_null(body_hashes_get(hashes, -1));
	body_hashes_free(&hashes);
}

static void test_bound(void **state)
{
	struct body_hashes *hashes = body_hashes_new();

	(void)state;
	for (int i = 0; i < BODY_HASHES_MAX; i++)
		assert_int_equal(body_hashes_order(hashes, CANON_SIMPLE, DIGEST_SHA256, (uint64_t)i), i);
	assert_int_equal(body_hashes_order(hashes, CANON_SIMPLE, DIGEST_SHA256, 1000), -1);
	assert_int_equal(body_hashes_order(hashes, CANON_SIMPLE, DIGEST_SHA256, 5), 5);
	body_hashes_free(&hashes);
}

/* Over the end of a spool's chunk, which falls inside a CRLF. */
static void test_chunks(void **state)
{
	static const int order[][2] = { { CANON_SIMPLE, -1 }, { CANON_RELAXED, -1 } };
	struct buf crlf = BUF_INIT, lf = BUF_INIT;
	struct body_hashes *a, *b;

	(void)state;
	buf_adds(&crlf, "A: b\r\n\r\n");
	while (crlf.len < SPOOL_CHUNK - 1)
		buf_addc(&crlf, "wo rd"[crlf.len % 5]);
	buf_adds(&lf, "A: b\n\n");
	buf_add(&lf, crlf.data + 8, crlf.len - 8);
	buf_adds(&crlf, "\r\nmore  of it\r\n");
	buf_adds(&lf, "\nmore  of it\n");
	a = run(order, COUNT(order), crlf.data);
	b = run(order, COUNT(order), lf.data);
	for (int i = 0; i < 2; i++)
		assert_memory_equal(body_hashes_get(a, i), body_hashes_get(b, i), 32);
	assert_int_equal(body_hashes_size(a, CANON_SIMPLE), crlf.len - 8);
	assert_int_equal(body_hashes_size(a, CANON_RELAXED), crlf.len - 9);
	body_hashes_free(&a);
	body_hashes_free(&b);
	buf_free(&crlf);
	buf_free(&lf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body),       cmocka_unit_test(test_field),
		cmocka_unit_test(test_long_name),  cmocka_unit_test(test_own_field),
		cmocka_unit_test(test_empty_body), cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_bound),      cmocka_unit_test(test_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
