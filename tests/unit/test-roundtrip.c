/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-roundtrip - every message comes back: compose, then restore */
#include <config.h>

#include <string.h>

#include "tests/unit/unit.h"

#include "base/secret.h"
#include "mime/compose.h"
#include "mime/lineend.h"
#include "mime/restore.h"
#include "tests/unit/shared.h"
#include "tests/unit/spools.h"

#define TEXT(s) s, sizeof s - 1
#define COUNT(a) (sizeof a / sizeof a[0])

static void convert(enum lineend to, const struct buf *text, struct buf *out)
{
	struct lineend_filter filter = { to, spools_sink(out), false };
	struct err err;

	assert_int_equal(sink_write(lineend_sink(&filter), text->data, text->len, &err), 0);
	assert_int_equal(lineend_finish(&filter, &err), 0);
}

static void sealed_round_trip(const struct message *m,
                              const struct compose_original *original,
                              const char *text)
{
	struct buf payload = BUF_INIT, got = BUF_INIT;
	enum restore_result result;
	struct spool *spool;
	struct err err;

	spools_payload(m, original, NULL, &payload);
	spool = spools_with(payload.data, payload.len);
	assert_int_equal(restore_payload(spool, spools_sink(&got), &result, &err), 0);
	assert_int_equal(result, RESTORE_EXACT);
	assert_true(spools_same(&got, text, (size_t)m->size));
	spool_free(&spool);
	buf_free(&payload);
	buf_free(&got);
}

static bool is_results(void *ctx, const struct message *message,
                       const struct field *field)
{
	(void)ctx;
	(void)message;
	return field_is(field, "Authentication-Results");
}

static void restores_to(const struct buf *stored, const char *text, size_t len)
{
	struct spool *spool = spools_with(stored->data, stored->len);
	enum restore_result result;
	struct buf got = BUF_INIT;
	struct message m;
	struct err err;

	assert_int_equal(message_map(spool, &m, &err), 0);
	assert_int_equal(restore_passed(&m, false, spools_sink(&got), &result, &err), 0);
	assert_int_equal(result, RESTORE_EXACT);
	assert_true(spools_same(&got, text, len));
	spool_free(&spool);
	buf_free(&got);
}

/* Are the line ends all LF, or all CRLF, with no CR in front of one, nor at the
 * end, where a hop may add an LF? Then a change of all of them can be undone. */
static bool has_one_line_end(const char *text, size_t len, bool crlf)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n')
			continue;
		if ((i > 0 && text[i - 1] == '\r') != crlf)
			return false;
		if (i > 1 && text[i - 2] == '\r')
			return false;
	}
	return len == 0 || text[len - 1] != '\r';
}

static void passed_round_trip(const struct message *m,
                              const struct compose_original *original,
                              const char *text)
{
	const struct compose_trace trace = {
		.mailseal = "; engine=none",
		.auth = "Authentication-Results: x;\n\tnone",
		.further = "X-Mailseal-Junk: yes; reason=dmarc",
		.forged = is_results,
	};
	struct buf stored = BUF_INIT, changed = BUF_INIT;
	struct err err;

	buf_adds(&stored, "Received: by a later hop;\n\tfolded\n");
	assert_int_equal(compose_passed(m, NULL, original, &trace,
	                                spools_sink(&stored), &err), 0);
	restores_to(&stored, text, m->size);
	buf_adds(&stored, "\n");
	restores_to(&stored, text, m->size);
	if (has_one_line_end(text, m->size, m->crlf)) {
		convert(m->crlf ? LINEEND_LF : LINEEND_CRLF, &stored, &changed);
		restores_to(&changed, text, m->size);
		buf_adds(&changed, "\r\n\r\n");
		restores_to(&changed, text, m->size);
	}
	buf_free(&stored);
	buf_free(&changed);
}

static void round_trip(const char *text, size_t len)
{
	struct spool *spool = spools_with(text, len);
	struct compose_original original = spools_original(text, len);
	struct message m;
	struct err err;

	assert_int_equal(message_map(spool, &m, &err), 0);
	sealed_round_trip(&m, &original, text);
	passed_round_trip(&m, &original, text);
	spool_free(&spool);
}

static const struct {
	const char *text;
	size_t len;
} seeds[] = {
	{ TEXT("") },
	{ TEXT("\n") },
	{ TEXT("\r") },
	{ TEXT("\r\n") },
	{ TEXT("\0\0\0") },
	{ TEXT("text") },
	{ TEXT("text\r\n") },
	{ TEXT("\n\nbody\n") },
	{ TEXT(" continued: nothing\n\nbody\n") },
	{ TEXT("A: b\n\nbody") },
	{ TEXT("A: b\r\n\r\nbody\r\n") },
	{ TEXT("A: b\r\n\nbody\r\n") },
	{ TEXT("A: b\ngarbage\n\nbody\n") },
	{ TEXT("A: b\r\n \r\n\t\r\nC: d\r\n\r\nbody\r") },
	{ TEXT("Subject: x\nContent-Type: text/plain; charset=utf-8\n\nbody\n") },
	{ TEXT("Content-Type:\r\n  \r\n\ttext/plain \t ; charset=utf-8\r\n\r\nfolded\r\n") },
	{ TEXT("Content-Type: text/plain") },
	{ TEXT("Content-Type: text/plain\nContent-Type: text/html\n\n") },
	{ TEXT("From: a\rContent-Type: text/plain\r\rbody\r") },
	{ TEXT("X-Mailseal: v=1; passed; lines=1; size=0; sha256=00\n\nbody\n") },
	{ TEXT("X-Mailseal-Was-X-Mailseal-Was-: a\nx-mailseal-was-b: c\n\nbody\n") },
	{ TEXT("Authentication-Results: forged;\n\tdkim=pass\nX-Mailseal: v=1; at-rest\n\n") },
	{ TEXT("Mailseal-Original: v=1; size=1; sha256=00\n\nbody\n") },
	{ TEXT("Content-Type: text/plain; protected-headers=\"v1\"; hp=\"clear\"\n"
	       "Mailseal-Original: v=1; size=0; sha256=00\n\n") },
};

static void test_seeds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(seeds); i++)
		round_trip(seeds[i].text, seeds[i].len);
}

/* xorshift64: the same messages on every machine. */
static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static size_t below(uint64_t *x, size_t n)
{
	return (size_t)(next_random(x) % n);
}

static void add_mutated(const struct buf *text, uint64_t *x, struct buf *out)
{
	static const struct {
		const char *text;
		size_t len;
	} pieces[] = {
		{ TEXT("\n") }, { TEXT("\r\n") }, { TEXT("\r") }, { TEXT("\0") },
		{ TEXT(" ") }, { TEXT("\t") }, { TEXT(":") }, { TEXT("/") }, { TEXT(";") },
		{ TEXT("\n\n") }, { TEXT("\r\n\r\n") }, { TEXT("\n ") }, { TEXT("\r\r\n") },
		{ TEXT("Content-Type: a/b") }, { TEXT("\nContent-Type :c/d ;") },
		{ TEXT("X-Mailseal") }, { TEXT("X-Mailseal-Was-") }, { TEXT("From x\n") },
		{ TEXT("\nAuthentication-Results: x\n") }, { TEXT("\xff\xfe") },
	};
	size_t at = below(x, text->len + 1);
	size_t gone = below(x, 3) ? 0 : below(x, text->len - at + 1);
	size_t i = below(x, COUNT(pieces));

	buf_add(out, text->data, at);
	if (below(x, 4))
		buf_add(out, pieces[i].text, pieces[i].len);
	buf_add(out, text->data + at + gone, text->len - at - gone);
}

static void test_mutated(void **state)
{
	uint64_t x = 0x6d61696c7365616c;

	(void)state;
	for (int n = 0; n < 5000; n++) {
		size_t seed = below(&x, COUNT(seeds));
		struct buf text = BUF_INIT;

		buf_add(&text, seeds[seed].text, seeds[seed].len);
		for (size_t steps = 1 + below(&x, 6); steps > 0; steps--) {
			struct buf mutated = BUF_INIT;

			add_mutated(&text, &x, &mutated);
			buf_free(&text);
			text = mutated;
		}
		round_trip(buf_str(&text), text.len);
		buf_free(&text);
	}
}

/* A type that the border of two chunks falls on, in every place. */
static void test_chunk_borders(void **state)
{
	static const char text[] = "\r\nContent-Type: \r\n\ttext/plain \t\r\n\r\nbody\r\n";
	struct buf message = BUF_INIT;

	(void)state;
	buf_adds(&message, "X-Mailseal-Padding: ");
	while (message.len < SPOOL_CHUNK - sizeof text)
		buf_addc(&message, 'p');
	for (size_t i = 0; i <= sizeof text; i++) {
		size_t len = message.len;

		buf_add(&message, TEXT(text));
		round_trip(message.data, message.len);
		buf_cut(&message, len);
		buf_addc(&message, 'p');
	}
	buf_free(&message);
}

/* Larger than what a spool keeps in memory, one field and one line of megabytes. */
static void test_large(void **state)
{
	struct buf message = BUF_INIT;

	(void)state;
	buf_adds(&message, "Subject: ");
	while (message.len < SPOOL_MEMORY_LIMIT / 2)
		buf_adds(&message, "a subject without an end ");
	buf_adds(&message, "\nContent-Type: text/plain\n\n");
	while (message.len < SPOOL_MEMORY_LIMIT)
		buf_adds(&message, "a line without an end ");
	while (message.len < SPOOL_MEMORY_LIMIT * 3 / 2)
		buf_adds(&message, "\na short line");
	round_trip(message.data, message.len);
	buf_free(&message);
}

static void test_files(const char *pattern)
{
	glob_t paths;

	if (!shared_find(pattern, &paths))
		return;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		struct buf text = BUF_INIT, lf = BUF_INIT, crlf = BUF_INIT;

		shared_read(paths.gl_pathv[i], &text);

		size_t from = spools_from_line(text.data, text.len);

		convert(LINEEND_LF, &text, &lf);
		convert(LINEEND_CRLF, &text, &crlf);
		round_trip(buf_str(&text) + from, text.len - from);
		round_trip(buf_str(&text), text.len);
		round_trip(buf_str(&lf), lf.len);
		round_trip(buf_str(&crlf), crlf.len);
		buf_free(&text);
		buf_free(&lf);
		buf_free(&crlf);
	}
	globfree(&paths);
}

static void test_vectors(void **state)
{
	(void)state;
	test_files("format/vectors/*.eml");
}

static void test_corpus(void **state)
{
	(void)state;
	test_files("corpus/*/*.eml");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_mutated),
		cmocka_unit_test(test_chunk_borders),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_corpus),
	};

	secret_init();
	return cmocka_run_group_tests_name("roundtrip", tests, NULL, NULL);
}
