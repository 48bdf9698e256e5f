/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-payload - what is encrypted, to the byte */
#include <config.h>

#include <string.h>

#include "tests/unit/unit.h"

#include "base/secret.h"
#include "mime/payload.h"
#include "tests/unit/shared.h"
#include "tests/unit/spools.h"

#define TEXT(s) s, sizeof s - 1
#define NO_CUT -1

struct payload_case {
	const char *text;
	size_t len;
	bool type_line;
	long cut; /* offset of the insertion, or NO_CUT */
	bool gap;
	bool crlf;
};

static const struct payload_case payload_cases[] = {
	/* No header, half a header. */
	{ TEXT(""), true, NO_CUT, false, false },
	{ TEXT("\n"), true, NO_CUT, false, false },
	{ TEXT("\r\n"), true, NO_CUT, false, true },
	{ TEXT("\nonly a body\n"), true, NO_CUT, false, false },
	{ TEXT("\r"), true, NO_CUT, true, false },
	{ TEXT("\0"), true, NO_CUT, true, false },
	{ TEXT("just text\nmore: text\n"), true, NO_CUT, true, false },
	{ TEXT("just text\r\nmore: text\r\n"), true, NO_CUT, true, true },
	{ TEXT(" Content-Type: text/plain\n\n"), true, NO_CUT, true, false },
	{ TEXT("A: b"), true, NO_CUT, false, false },
	{ TEXT("A: b\r\n"), true, NO_CUT, false, true },
	{ TEXT("A: b\n\nbody"), true, NO_CUT, false, false },
	{ TEXT("A: b\ngarbage\n\nbody"), false, NO_CUT, false, false },
	{ TEXT("A: b\ngarbage\nContent-Type: a/b\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: a/b\ngarbage\n\nbody"), false, 17, false, false },
	{ TEXT("From: a\rContent-Type: a/b\r\rbody\r"), true, NO_CUT, false, false },
	/* Line ends. */
	{ TEXT("Content-Type: a/b\r\n\r\n"), false, 17, false, true },
	{ TEXT("A: b\nContent-Type: a/b\r\n\r\n"), false, 22, false, false },
	{ TEXT("A: b\r\nContent-Type: a/b\n\n"), false, 23, false, true },
	{ TEXT("Content-Type: a/b"), false, 17, false, false },
	{ TEXT("Content-Type: a/b\r"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: a/b \r\r\n\n"), false, NO_CUT, false, true },
	/* The field's name, and the first of several. */
	{ TEXT("content-TYPE \t :a/b\n\n"), false, 19, false, false },
	{ TEXT("Content-Type: a/b\nContent-Type: c/d\n\n"), false, 17, false, false },
	{ TEXT("Content-Type: a\nContent-Type: c/d\n\n"), false, NO_CUT, false, false },
	{ TEXT("X-Content-Type: a/b\n\n"), true, NO_CUT, false, false },
	{ TEXT("Content-Types: a/b\n\n"), true, NO_CUT, false, false },
	/* In front of the type. */
	{ TEXT("Content-Type:a/b\n\n"), false, 16, false, false },
	{ TEXT("Content-Type:\t  a/b\n\n"), false, 19, false, false },
	{ TEXT("Content-Type:\n a/b\n\n"), false, 18, false, false },
	{ TEXT("Content-Type:\r\n  \r\n\ta/b \t ; x=y\r\n\r\n"), false, 23, false, true },
	{ TEXT("Content-Type: \ra/b\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: \r a/b\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: \r\r\n a/b\r\n\r\n"), false, NO_CUT, false, true },
	{ TEXT("Content-Type: (c) a/b\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: ;a/b\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type:\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: \n \n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type:"), false, NO_CUT, false, false },
	/* The type. */
	{ TEXT("Content-Type: text\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: text/\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: /plain\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: text /plain\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: text/ plain\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: text/\n plain\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: text/plain/x\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: \"text\"/plain\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: te=xt/plain\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: t\xc3\xa4xt/plain\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: text/pl\x7f\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: text/pl\0\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: !#$%&'*+-.^_`{|}~/x\n\n"), false, 33, false, false },
	/* Behind the type. */
	{ TEXT("Content-Type: a/b;\n\n"), false, 17, false, false },
	{ TEXT("Content-Type: a/b;\0\n\n"), false, 17, false, false },
	{ TEXT("Content-Type: a/b \t; c=d\n\n"), false, 17, false, false },
	{ TEXT("Content-Type: a/b(c\n\n"), false, 17, false, false },
	{ TEXT("Content-Type: a/b\n (c) ; d=e\n\n"), false, 17, false, false },
	{ TEXT("Content-Type: a/b\n\t; d=e\n\n"), false, 17, false, false },
	{ TEXT("Content-Type: a/b \n\n"), false, 17, false, false },
	{ TEXT("Content-Type: a/b  "), false, 17, false, false },
	{ TEXT("Content-Type: a/b c\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: a/b, c/d\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: a/b\rx\n\n"), false, NO_CUT, false, false },
	{ TEXT("Content-Type: a/b: c\n\n"), false, NO_CUT, false, false },
	/* What others may have put there. */
	{ TEXT("Mailseal-Original: v=1; size=1; sha256=00\n\n"), true, NO_CUT, false, false },
	{ TEXT("Content-Type: a/b; protected-headers=\"v1\"; hp=\"clear\"\n\n"), false, 17, false, false },
};

/* The payload by the words of the format, put together anew. */
static void expect_payload(const struct payload_case *t, struct buf *out)
{
	const char *nl = t->crlf ? "\r\n" : "\n";
	struct compose_original o = spools_original(t->text, t->len);
	size_t cut = t->cut == NO_CUT ? t->len : (size_t)t->cut;

	if (t->type_line)
		buf_addf(out, "Content-Type: text/plain; protected-headers=\"v1\"; hp=\"clear\"%s", nl);
	buf_addf(out, "Mailseal-Original: v=1; size=%zu; ", t->len);
	if (t->cut != NO_CUT)
		buf_addf(out, "cut=%ld+36; ", t->cut);
	if (t->gap)
		buf_addf(out, "gap=%d; ", t->crlf ? 2 : 1);
	buf_addf(out, "sha256=%s%s%s", o.sha256, nl, t->gap ? nl : "");
	buf_add(out, t->text, cut);
	if (t->cut != NO_CUT)
		buf_adds(out, "; protected-headers=\"v1\"; hp=\"clear\"");
	buf_add(out, t->text + cut, t->len - cut);
}

static void make_payload(const char *text, size_t len, struct buf *out)
{
	struct spool *spool = spools_with(text, len);
	struct compose_original original = spools_original(text, len);
	struct message message;
	struct err err;

	assert_int_equal(message_map(spool, &message, &err), 0);
	spools_payload(&message, &original, NULL, out);
	spool_free(&spool);
}

static void test_payload(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof payload_cases / sizeof payload_cases[0]; i++) {
		const struct payload_case *t = &payload_cases[i];
		struct buf got = BUF_INIT, expected = BUF_INIT;

		make_payload(t->text, t->len, &got);
		expect_payload(t, &expected);
		assert_true(spools_same(&got, expected.data, expected.len));
		buf_free(&got);
		buf_free(&expected);
	}
}

/* The source gives the same bytes however they are asked for, and again. */
static void test_payload_source(void **state)
{
	static const char text[] = "A: b\r\nContent-Type: a/b; c=d\r\n\r\nbody\r\n";
	struct spool *spool = spools_with(TEXT(text));
	struct compose_original original = spools_original(TEXT(text));
	struct buf whole = BUF_INIT;
	struct message message;
	struct err err;
	char piece[50];

	(void)state;
	assert_int_equal(message_map(spool, &message, &err), 0);

	const char *extra = "Mailseal-Receipt: a\nMailseal-Key: b\n";
	struct payload *payload = payload_new(&message, &original, extra, &err);

	assert_int_equal(stream_copy(payload_source(payload), spools_sink(&whole), &err), 0);
	assert_int_equal(strncmp(whole.data, "Mailseal-Receipt: a\r\nMailseal-Key: b\r\n"
	                         "Mailseal-Original: v=1; ", 62), 0);
	for (size_t size = 1; size <= sizeof piece; size++) {
		struct source source = payload_source(payload);
		struct buf again = BUF_INIT;
		ssize_t n;

		while ((n = source_read(source, piece, size, &err)) > 0)
			buf_add(&again, piece, (size_t)n);
		assert_int_equal(n, 0);
		assert_true(spools_same(&again, whole.data, whole.len));
		buf_free(&again);
	}
	payload_free(&payload);
	payload_free(&payload);
	buf_free(&whole);
	spool_free(&spool);
}

static void test_vectors(void **state)
{
	glob_t paths;

	(void)state;
	if (!shared_find("format/vectors/*.eml", &paths))
		return;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		struct buf eml = BUF_INIT, expected = BUF_INIT, got = BUF_INIT;

		shared_read(paths.gl_pathv[i], &eml);
		shared_read_beside(paths.gl_pathv[i], ".payload", &expected);

		size_t from = spools_from_line(eml.data, eml.len);

		make_payload(buf_str(&eml) + from, eml.len - from, &got);
		assert_true(spools_same(&got, expected.data, expected.len));
		buf_free(&eml);
		buf_free(&expected);
		buf_free(&got);
	}
	globfree(&paths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_payload),
		cmocka_unit_test(test_payload_source),
		cmocka_unit_test(test_vectors),
	};

	secret_init();
	return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
