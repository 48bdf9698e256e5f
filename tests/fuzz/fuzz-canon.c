/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-canon - any bytes as a body and as a field: canonicalized whole, in pieces, and in the plainest
 * way, they are the same
 *
 * The first byte chooses the length of the pieces.
 */
#include <config.h>

#include <string.h>

#include "auth/canon.h"
#include "base/buf.h"
#include "tests/fuzz/fuzz.h"

static void add(void *ctx, const void *data, size_t len)
{
	buf_add(ctx, data, len);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A line without its end: blanks become one, those at the end go. */
static void plainest_line(enum canon canon, const char *line, size_t len, struct buf *out)
{
	bool blank = false;

	for (size_t i = 0; i < len; i++) {
		if (canon == CANON_RELAXED && is_blank(line[i])) {
			blank = true;
			continue;
		}
		if (blank)
			buf_addc(out, ' ');
		blank = false;
		buf_addc(out, line[i]);
	}
}

static void plainest_body(enum canon canon, const char *body, size_t len, struct buf *out)
{
	size_t kept = 0;

	while (len) {
		const char *lf = memchr(body, '\n', len);
		size_t line = lf ? (size_t)(lf - body) : len, from = out->len;

		plainest_line(canon, body, lf && line && body[line - 1] == '\r' ? line - 1 : line, out);
		if (lf || out->len > from)
			buf_adds(out, "\r\n");
		if (out->len > from + 2)
			kept = out->len;
		len -= lf ? line + 1 : line;
		body += lf ? line + 1 : line;
	}
	if (out->len)
		buf_cut(out, kept);
	if (!kept && canon == CANON_SIMPLE)
		buf_adds(out, "\r\n");
}

static void body_in_pieces(enum canon canon, const char *body, size_t len, size_t piece,
                           struct buf *out)
{
	struct canon_body c;

	canon_body_start(&c, canon, add, out);
	for (size_t at = 0; at < len; at += piece)
		canon_body_add(&c, body + at, len - at < piece ? len - at : piece);
	canon_body_end(&c);
}

static void check_body(enum canon canon, const char *body, size_t len, size_t piece)
{
	struct buf whole = BUF_INIT, pieces = BUF_INIT, plainest = BUF_INIT;

	body_in_pieces(canon, body, len, len + 1, &whole);
	body_in_pieces(canon, body, len, piece, &pieces);
	plainest_body(canon, body, len, &plainest);
	FUZZ_CHECK(whole.len == pieces.len);
	FUZZ_CHECK(whole.len == plainest.len);
	FUZZ_CHECK(whole.len == 0 || memcmp(whole.data, pieces.data, whole.len) == 0);
	FUZZ_CHECK(whole.len == 0 || memcmp(whole.data, plainest.data, whole.len) == 0);
	buf_free(&whole);
	buf_free(&pieces);
	buf_free(&plainest);
}

/* A signature's own field without anything cut is the field without its CRLF. */
static void check_field(enum canon canon, const char *field, size_t len)
{
	struct buf whole = BUF_INIT, own = BUF_INIT, again = BUF_INIT;

	canon_field(canon, field, len, add, &whole);
	FUZZ_CHECK(whole.len >= 2 && memcmp(whole.data + whole.len - 2, "\r\n", 2) == 0);
	canon_field(canon, whole.data, whole.len, add, &again);
	if (canon == CANON_RELAXED)
		FUZZ_CHECK(again.len == whole.len && memcmp(again.data, whole.data, again.len) == 0);
	canon_own_field(canon, field, len, field + len / 2, len - len / 2, add, &own);
	FUZZ_CHECK(own.len <= whole.len + len);
	buf_free(&whole);
	buf_free(&own);
	buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	static const char name[] = "Subject";

	if (size < 1)
		return 0;
	for (int canon = CANON_SIMPLE; canon <= CANON_RELAXED; canon++) {
		struct buf field = BUF_INIT;

		check_body((enum canon)canon, text, size - 1, (size_t)data[0] % 32 + 1);
		buf_adds(&field, name);
		buf_addc(&field, ':');
		buf_add(&field, text, size - 1);
		check_field((enum canon)canon, field.data, field.len);
		buf_free(&field);
	}
	return 0;
}
