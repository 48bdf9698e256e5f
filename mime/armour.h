/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * armour - strict OpenPGP ASCII armour of one message, fed in pieces
 *
 * RFC 4880 section 6.2, RFC 9580 section 6.2: the BEGIN line of a PGP
 * MESSAGE, headers, a blank line, base64, perhaps a CRC-24, the END line.
 * White space may stand around it, and at the end of lines; nothing else.
 */
#ifndef MAILSEAL_MIME_ARMOUR_H
#define MAILSEAL_MIME_ARMOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/crc24.h"

#include "mime/base64.h"
#include "mime/transfer.h"

#define ARMOUR_LINE_MAX 128 /* bytes kept of a line that is no base64 */

enum armour_state {
	ARMOUR_BEFORE,  /* white space, then the BEGIN line */
	ARMOUR_HEADERS, /* up to the blank line */
	ARMOUR_DATA,    /* base64 */
	ARMOUR_SKIM,    /* base64 that nobody decodes */
	ARMOUR_CRC,     /* the line that begins with `=` */
	ARMOUR_END,     /* blank lines, then the END line */
	ARMOUR_AFTER,   /* white space */
	ARMOUR_BAD,
};

struct armour {
	enum armour_state state;
	struct octets to;
	char line[ARMOUR_LINE_MAX];
	size_t line_have;
	bool line_bad;        /* longer, or it holds a NUL */
	unsigned headers;
	struct base64 base64;
	size_t column, width; /* of the base64 line; of the first one */
	bool short_line;      /* one was shorter than the first: it is the last */
	bool skim, line_start; /* skimming; the last byte was an LF */
	struct crc24 crc;
};

/* What is decoded goes to `to`. */
void armour_start(struct armour *a, struct octets to);
/* 0, or -1 when it can't be an armoured message any more. */
int armour_add(struct armour *a, const char *text, size_t len);
/* From the next line on decode nothing, find only the END line. `to` may call it. */
void armour_skim(struct armour *a);
/* True when all was well and the armour is closed. */
bool armour_finish(struct armour *a);

#endif
