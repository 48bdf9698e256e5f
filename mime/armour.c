/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * armour - strict OpenPGP ASCII armour of one message, fed in pieces
 *
 * Two rules go beyond the RFCs, since base64 lets letters through and so
 * words: within a line of base64 there are no blanks, and all lines but the
 * last are equally long, as every program writes them.
 */
#include <config.h>

#include <string.h>

#include "mime/armour-header.h"
#include "mime/armour.h"

#define BEGIN_LINE "-----BEGIN PGP MESSAGE-----"
#define END_LINE "-----END PGP MESSAGE-----"
#define PIECE 1024 /* characters decoded at a time */

void armour_start(struct armour *a, struct octets to)
{
	memset(a, 0, sizeof *a);
	a->to = to;
	crc24_start(&a->crc);
	a->line_start = true;
}

void armour_skim(struct armour *a)
{
	a->skim = true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* A kept line is over: ends it with a NUL instead of its trailing blanks. */
static void trim_line(struct armour *a)
{
	while (a->line_have > 0 && is_blank(a->line[a->line_have - 1]))
		a->line_have--;
	a->line[a->line_have] = '\0';
}

static enum armour_state begin_state(const struct armour *a)
{
	if (a->line_have == 0)
		return ARMOUR_BEFORE;
	return strcmp(a->line, BEGIN_LINE) == 0 ? ARMOUR_HEADERS : ARMOUR_BAD;
}

static enum armour_state header_state(struct armour *a)
{
	if (a->line_have == 0)
		return ARMOUR_DATA;
	return ++a->headers <= ARMOUR_HEADERS_MAX && armour_header_is_harmless(a->line) ?
	       ARMOUR_HEADERS : ARMOUR_BAD;
}

/* `=` and the CRC-24 of what was decoded. */
static enum armour_state crc_state(const struct armour *a)
{
	struct base64 base64 = { 0 };
	uint8_t crc[BASE64_ROOM(4)];

	if (!base64_is_whole(&a->base64) || a->line_have != 5 ||
	    base64_add(&base64, a->line + 1, 4, crc) != 3)
		return ARMOUR_BAD;
	return ((uint32_t)crc[0] << 16 | (uint32_t)crc[1] << 8 | crc[2]) == a->crc.value ?
	       ARMOUR_END : ARMOUR_BAD;
}

static enum armour_state end_state(const struct armour *a)
{
	if (a->line_have == 0)
		return ARMOUR_END;
	if (strcmp(a->line, END_LINE) != 0)
		return ARMOUR_BAD;
	return a->skim || base64_is_whole(&a->base64) ? ARMOUR_AFTER : ARMOUR_BAD;
}

static void end_line(struct armour *a)
{
	trim_line(a);
	if (a->line_bad)
		a->state = ARMOUR_BAD;
	else if (a->state == ARMOUR_BEFORE)
		a->state = begin_state(a);
	else if (a->state == ARMOUR_HEADERS)
		a->state = header_state(a);
	else if (a->state == ARMOUR_CRC)
		a->state = crc_state(a);
	else
		a->state = end_state(a);
	a->line_have = 0;
}

/* Blanks beyond the room are trailing ones, or the line is bad. */
static void keep_in_line(struct armour *a, char c)
{
	if (c == '\0' || (a->line_have == ARMOUR_LINE_MAX - 1 && !is_blank(c)))
		a->line_bad = true;
	else if (a->line_have < ARMOUR_LINE_MAX - 1)
		a->line[a->line_have++] = c;
}

/* Bytes of a line that is kept whole, its LF included. */
static size_t take_line(struct armour *a, const char *text, size_t len)
{
	const char *lf = memchr(text, '\n', len);
	size_t n = lf ? (size_t)(lf - text) : len;

	for (size_t i = 0; i < n; i++)
		keep_in_line(a, text[i]);
	if (!lf)
		return len;
	end_line(a);
	return n + 1;
}

/* A line of base64 is over: the lines are equally long, the last may be shorter. */
static void end_data_line(struct armour *a)
{
	a->line_start = true;
	if (a->column == 0)
		return;
	if (a->width == 0)
		a->width = a->column;
	if (a->short_line || a->column > a->width)
		a->state = ARMOUR_BAD;
	a->short_line = a->column < a->width;
	a->column = 0;
}

static size_t trimmed(const char *text, size_t len)
{
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	return len;
}

/* Decodes characters of one line, with its LF if it ends here. */
static void decode(struct armour *a, const char *text, size_t len)
{
	uint8_t out[BASE64_ROOM(PIECE)];
	ssize_t n = base64_add(&a->base64, text, len, out);

	if (n < 0) {
		a->state = ARMOUR_BAD;
		return;
	}
	crc24_add(&a->crc, out, (size_t)n);
	if (a->to.take(a->to.ctx, out, (size_t)n) < 0)
		a->state = ARMOUR_BAD;
}

static size_t take_data(struct armour *a, const char *text, size_t len)
{
	if (a->line_start && (*text == '=' || *text == '-')) {
		a->state = *text == '=' ? ARMOUR_CRC : ARMOUR_END;
		return 0;
	}
	if (a->line_start && a->skim) {
		a->state = ARMOUR_SKIM;
		return 0;
	}
	if (len > PIECE)
		len = PIECE;

	const char *lf = memchr(text, '\n', len);

	if (lf)
		len = (size_t)(lf - text) + 1;
	a->line_start = false;
	a->column += trimmed(text, lf ? len - 1 : len);
	decode(a, text, len);
	if (lf && a->state == ARMOUR_DATA)
		end_data_line(a);
	return len;
}

/* No character of base64 is a dash: the first one must begin the END line. */
static size_t take_skimmed(struct armour *a, const char *text, size_t len)
{
	const char *dash = memchr(text, '-', len);
	size_t n = dash ? (size_t)(dash - text) : len;

	if (n > 0)
		a->line_start = text[n - 1] == '\n';
	if (dash)
		a->state = a->line_start ? ARMOUR_END : ARMOUR_BAD;
	return n;
}

static size_t take_after(struct armour *a, const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && (is_blank(text[n]) || text[n] == '\n'))
		n++;
	if (n < len)
		a->state = ARMOUR_BAD;
	return n;
}

int armour_add(struct armour *a, const char *text, size_t len)
{
	while (len > 0 && a->state != ARMOUR_BAD) {
		size_t n;

		if (a->state == ARMOUR_DATA)
			n = take_data(a, text, len);
		else if (a->state == ARMOUR_SKIM)
			n = take_skimmed(a, text, len);
		else if (a->state == ARMOUR_AFTER)
			n = take_after(a, text, len);
		else
			n = take_line(a, text, len);
		text += n;
		len -= n;
	}
	return a->state == ARMOUR_BAD ? -1 : 0;
}

bool armour_finish(struct armour *a)
{
	if (a->state == ARMOUR_END && a->line_have > 0)
		end_line(a); /* the END line had no LF */
	return a->state == ARMOUR_AFTER;
}
