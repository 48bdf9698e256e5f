/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * canon - canonicalization (RFC 6376 section 3.4), in a stream
 *
 * Most lines of most mail stay as they are, so runs of them go to the sink uncopied; only what
 * changes is taken apart.
 */
#include <config.h>

#include <stdint.h>
#include <string.h>

#include "auth/canon.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* 0x80 in each byte of word that is c, exactly. */
static uint64_t bytes_that_are(uint64_t word, unsigned char c)
{
	const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
	uint64_t x = word ^ (UINT64_C(0x0101010101010101) * c);

	return ~(((x & low) + low) | x | low);
}

/* Eight bytes of which none is a TAB, nor a SP in front of a blank (at[8] is looked at too). */
static bool is_plain_word(const char *at)
{
	uint64_t word, next;

	memcpy(&word, at, sizeof word);
	memcpy(&next, at + 1, sizeof next);
	return !(bytes_that_are(word, '\t') |
	         (bytes_that_are(word, ' ') &
	          (bytes_that_are(next, ' ') | bytes_that_are(next, '\t'))));
}

/* How much from the start has no blanks but single SPs with something behind them. */
static size_t plain_length(const char *text, size_t len)
{
	size_t i = 0;

	while (len - i > 8 && is_plain_word(text + i))
		i += 8;
	for (; i < len; i++) {
		if (text[i] == '\t')
			break;
		if (text[i] == ' ' && (i + 1 == len || is_blank(text[i + 1])))
			break;
	}
	return i;
}

/* ---- body --------------------------------------------------------------- */

void canon_body_start(struct canon_body *body, enum canon canon,
                      canon_sink *sink, void *ctx)
{
	memset(body, 0, sizeof *body);
	body->canon = canon;
	body->sink = sink;
	body->ctx = ctx;
}

static void put(struct canon_body *body, const char *data, size_t len)
{
	body->any = true;
	body->sink(body->ctx, data, len);
}

/* A line that is not empty follows: those before it were not the last ones. */
static void put_empty_lines(struct canon_body *body)
{
	static const char lines[] = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
	const size_t most = (sizeof lines - 1) / 2;

	while (body->empty_lines) {
		size_t n = body->empty_lines < most ? body->empty_lines : most;

		put(body, lines, 2 * n);
		body->empty_lines -= n;
	}
}

static void put_in_line(struct canon_body *body, const char *data, size_t len)
{
	if (!body->in_line)
		put_empty_lines(body);
	body->in_line = true;
	if (body->blank)
		put(body, " ", 1);
	body->blank = false;
	put(body, data, len);
}

static void relaxed_text(struct canon_body *body, const char *at, size_t len)
{
	const char *end = at + len;

	while (at < end) {
		while (body->blank && at < end && is_blank(*at))
			at++;

		size_t plain = plain_length(at, (size_t)(end - at));

		if (plain)
			put_in_line(body, at, plain);
		at += plain;
		if (at < end)
			body->blank = true;
	}
}

static void line_text(struct canon_body *body, const char *data, size_t len)
{
	if (body->canon == CANON_RELAXED)
		relaxed_text(body, data, len);
	else if (len)
		put_in_line(body, data, len);
}

/* Some of a line, without LF. */
static void line_piece(struct canon_body *body, const char *data, size_t len)
{
	if (len == 0)
		return;
	if (body->cr)
		line_text(body, "\r", 1);
	body->cr = data[len - 1] == '\r';
	line_text(body, data, len - body->cr);
}

static void line_end(struct canon_body *body)
{
	if (body->in_line)
		put(body, "\r\n", 2);
	else
		body->empty_lines++;
	body->in_line = body->blank = body->cr = false;
}

static bool is_plain(const struct canon_body *body, const char *line, size_t len)
{
	return body->canon == CANON_SIMPLE || plain_length(line, len) == len;
}

/* Gives out the whole lines at the start of data that stay as they are. Their bytes. */
static size_t plain_lines(struct canon_body *body, const char *data, size_t len)
{
	const char *end = data + len, *at = data, *last = data, *lf;
	size_t empty = 0;

	while (at < end && (lf = memchr(at, '\n', (size_t)(end - at))) != NULL &&
	       lf > at && lf[-1] == '\r') {
		if (lf - at == 1) {
			empty++;
		} else {
			if (!is_plain(body, at, (size_t)(lf - at) - 1))
				break;
			last = lf + 1;
			empty = 0;
		}
		at = lf + 1;
	}
	if (last > data) {
		put_empty_lines(body);
		put(body, data, (size_t)(last - data));
	}
	body->empty_lines += empty;
	return (size_t)(at - data);
}

void canon_body_add(struct canon_body *body, const char *data, size_t len)
{
	const char *end = data + len;

	while (data < end) {
		const char *lf;

		if (!body->in_line && !body->blank && !body->cr)
			data += plain_lines(body, data, (size_t)(end - data));
		if (data == end)
			break;
		lf = memchr(data, '\n', (size_t)(end - data));
		line_piece(body, data, (size_t)((lf ? lf : end) - data));
		if (lf)
			line_end(body);
		data = lf ? lf + 1 : end;
	}
}

void canon_body_end(struct canon_body *body)
{
	if (body->cr)
		line_text(body, "\r", 1);
	if (body->in_line)
		line_end(body);
	if (!body->any && body->canon == CANON_SIMPLE)
		put(body, "\r\n", 2);
}

/* ---- header field ------------------------------------------------------- */

/* Name and colon. Where the value begins that is worth something. */
static const char *relaxed_name(struct canon_body *out, const char *field,
                                const char *end)
{
	const char *colon = memchr(field, ':', (size_t)(end - field));
	const char *name_end = colon ? colon : end, *at = colon ? colon + 1 : end;
	char piece[64];
	size_t n = 0;

	while (name_end > field && is_blank(name_end[-1]))
		name_end--;
	for (const char *c = field; c < name_end; c++) {
		piece[n++] = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
		if (n < sizeof piece - 1)
			continue;
		put(out, piece, n);
		n = 0;
	}
	piece[n++] = ':';
	put(out, piece, n);
	while (at < end && (is_blank(*at) || *at == '\n' ||
	                    (*at == '\r' && end - at > 1 && at[1] == '\n')))
		at++;
	return at;
}

/* Some of a value: lines are joined, since each but the first begins with a blank. */
static void relaxed_value(struct canon_body *out, const char *at, const char *end)
{
	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((lf ? lf : end) - at);

		if (lf && len && at[len - 1] == '\r')
			len--;
		relaxed_text(out, at, len);
		at = lf ? lf + 1 : end;
	}
}

void canon_field(enum canon canon, const char *field, size_t len,
                 canon_sink *sink, void *ctx)
{
	const char *end = field + len;
	struct canon_body out;

	canon_body_start(&out, canon, sink, ctx);
	if (canon == CANON_SIMPLE) {
		canon_body_add(&out, field, len);
		canon_body_end(&out);
	} else {
		relaxed_value(&out, relaxed_name(&out, field, end), end);
		put(&out, "\r\n", 2);
	}
}

void canon_own_field(enum canon canon, const char *field, size_t len,
                     const char *cut, size_t cut_len, canon_sink *sink, void *ctx)
{
	const char *end = field + len, *rest = cut + cut_len;
	struct canon_body out;

	if (end > rest && end[-1] == '\n')
		end--;
	if (end > rest && end[-1] == '\r')
		end--;
	canon_body_start(&out, canon, sink, ctx);
	if (canon == CANON_SIMPLE) {
		canon_body_add(&out, field, (size_t)(cut - field));
		canon_body_add(&out, rest, (size_t)(end - rest));
	} else {
		relaxed_value(&out, relaxed_name(&out, field, cut), cut);
		relaxed_value(&out, rest, end);
	}
}
