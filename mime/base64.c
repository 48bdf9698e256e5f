/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base64 - strict base64 (RFC 4648 section 4), fed in pieces */
#include <config.h>

#include "mime/base64.h"

#define NO 64 /* not of the alphabet */
#define EQ 65 /* = */
#define BL 66 /* SP, TAB, CR */
#define LF 67

/* What an ASCII character is: its six bits, or one of the above. */
static const uint8_t meaning[128] = {
	NO, NO, NO, NO, NO, NO, NO, NO, NO, BL, LF, NO, NO, BL, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	BL, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, NO, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, EQ, NO, NO,
	NO,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO,
	NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
};

/* The first `=`: ends the data. Bytes written, or -1. */
static int pad(struct base64 *b, uint8_t *out)
{
	unsigned unused = b->chars == 2 ? 4 : 2;

	if (b->chars < 2 || b->blank || (b->bits & ((1u << unused) - 1)))
		return -1;
	b->padding = b->chars == 2 ? 1 : 0;
	b->ended = true;
	b->bits >>= unused;
	if (b->chars == 3)
		*out++ = (uint8_t)(b->bits >> 8);
	*out = (uint8_t)b->bits;
	return (int)b->chars - 1;
}

/* Anything but six bits. Bytes written, or -1. */
static int add_other(struct base64 *b, unsigned m, uint8_t *out)
{
	switch (m) {
	case LF:
		b->blank = false;
		return 0;
	case BL:
		b->blank = true;
		return 0;
	case EQ:
		if (!b->ended)
			return pad(b, out);
		if (!b->padding || b->blank)
			return -1;
		b->padding--;
		return 0;
	default:
		return -1;
	}
}

ssize_t base64_add(struct base64 *b, const char *text, size_t len,
                   uint8_t *out)
{
	uint8_t *start = out;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned m = c < sizeof meaning ? meaning[c] : NO;

		if (m >= NO) {
			int n = add_other(b, m, out);

			if (n < 0)
				return -1;
			out += n;
			continue;
		}
		if (b->ended || b->blank)
			return -1;
		b->bits = b->bits << 6 | m;
		if (++b->chars < 4)
			continue;
		b->chars = 0;
		*out++ = (uint8_t)(b->bits >> 16);
		*out++ = (uint8_t)(b->bits >> 8);
		*out++ = (uint8_t)b->bits;
	}
	return out - start;
}

bool base64_is_whole(const struct base64 *b)
{
	return b->ended ? b->padding == 0 : b->chars == 0;
}
