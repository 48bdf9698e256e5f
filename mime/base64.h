/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * base64 - strict base64 (RFC 4648 section 4), fed in pieces
 *
 * Lines may end in blanks and in LF or CRLF, and that is all that may stand
 * beside the alphabet: what a lenient decoder would skip is where readable
 * text could hide.  Padding ends the data; the unused bits before it are 0.
 */
#ifndef MAILSEAL_MIME_BASE64_H
#define MAILSEAL_MIME_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct base64 {
	uint32_t bits;     /* of the quantum that is begun */
	unsigned chars;    /* in it, 0..3 */
	unsigned padding;  /* `=` that must still come */
	bool ended;        /* padding was seen */
	bool blank;        /* only blanks may follow on this line */
};

/* Room that base64_add needs for len characters. */
#define BASE64_ROOM(len) ((len) / 4 * 3 + 3)

/* All zero is a fresh one. Decodes text into out: the number of bytes, or -1
 * when it is not base64. */
ssize_t base64_add(struct base64 *b, const char *text, size_t len,
                   uint8_t *out);

/* What came so far may be the whole: nothing is begun. */
bool base64_is_whole(const struct base64 *b);

#endif
