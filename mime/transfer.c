/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * transfer - strict decoding of a Content-Transfer-Encoding (RFC 2045
 * section 6), fed in pieces
 */
#include <config.h>

#include <strings.h>

#include "mime/transfer.h"

#define PIECE 3072 /* encoded bytes at a time */

enum transfer_encoding transfer_encoding_of(const char *name)
{
	static const struct {
		const char *name;
		enum transfer_encoding encoding;
	} known[] = {
		{ "7bit", TRANSFER_IDENTITY },
		{ "8bit", TRANSFER_IDENTITY },
		{ "binary", TRANSFER_IDENTITY },
		{ "base64", TRANSFER_BASE64 },
		{ "quoted-printable", TRANSFER_QUOTED_PRINTABLE },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasecmp(name, known[i].name) == 0)
			return known[i].encoding;
	return TRANSFER_UNKNOWN;
}

void transfer_start(struct transfer *t, enum transfer_encoding encoding,
                    struct octets to)
{
	*t = (struct transfer){ .encoding = encoding, .to = to };
}

static int hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Behind `=` and up to the line's end: nothing but blanks. */
static int add_soft_break(struct transfer *t, unsigned char c)
{
	t->quoted = c == '\n' ? QUOTED_TEXT : QUOTED_SOFT;
	return c == '\n' || c == '\r' || c == ' ' || c == '\t' ? 0 : -1;
}

/* One character of quoted-printable: decoded bytes (0 or 1), or -1. */
static int add_quoted(struct transfer *t, unsigned char c, char *out)
{
	switch (t->quoted) {
	case QUOTED_EQUALS:
		if (hex_digit(c) < 0)
			return add_soft_break(t, c);
		t->high = (unsigned)hex_digit(c);
		t->quoted = QUOTED_HEX;
		return 0;
	case QUOTED_SOFT:
		return add_soft_break(t, c);
	case QUOTED_HEX:
		if (hex_digit(c) < 0)
			return -1;
		*out = (char)(t->high << 4 | (unsigned)hex_digit(c));
		t->quoted = QUOTED_TEXT;
		return 1;
	default:
		break;
	}
	if (c == '=') {
		t->quoted = QUOTED_EQUALS;
		return 0;
	}
	*out = (char)c;
	return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\r' || c == '\n' ? 1 : -1;
}

static int decode_quoted(struct transfer *t, const char *data, size_t len)
{
	char out[PIECE];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int got = add_quoted(t, (unsigned char)data[i], out + n);

		if (got < 0)
			return -1;
		n += (size_t)got;
	}
	return t->to.take(t->to.ctx, out, n);
}

static int decode_base64(struct transfer *t, const char *data, size_t len)
{
	uint8_t out[BASE64_ROOM(PIECE)];
	ssize_t n = base64_add(&t->base64, data, len, out);

	return n < 0 ? -1 : t->to.take(t->to.ctx, out, (size_t)n);
}

int transfer_add(struct transfer *t, const char *data, size_t len)
{
	while (len > 0) {
		size_t n = len < PIECE ? len : PIECE;
		int rc = -1;

		if (t->encoding == TRANSFER_IDENTITY)
			rc = t->to.take(t->to.ctx, data, n);
		else if (t->encoding == TRANSFER_BASE64)
			rc = decode_base64(t, data, n);
		else if (t->encoding == TRANSFER_QUOTED_PRINTABLE)
			rc = decode_quoted(t, data, n);
		if (rc < 0)
			return -1;
		data += n;
		len -= n;
	}
	return 0;
}

bool transfer_is_whole(const struct transfer *t)
{
	return base64_is_whole(&t->base64) && t->quoted == QUOTED_TEXT;
}
