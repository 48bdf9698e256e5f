/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * transfer - strict decoding of a Content-Transfer-Encoding (RFC 2045
 * section 6), fed in pieces
 *
 * What a lenient decoder would skip or guess ends it here.
 */
#ifndef MAILSEAL_MIME_TRANSFER_H
#define MAILSEAL_MIME_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/base64.h"

/* Takes decoded bytes: 0, or -1 when no more are wanted. */
struct octets {
	int (*take)(void *ctx, const void *data, size_t len);
	void *ctx;
};

enum transfer_encoding {
	TRANSFER_IDENTITY, /* 7bit, 8bit, binary, or no field */
	TRANSFER_BASE64,
	TRANSFER_QUOTED_PRINTABLE,
	TRANSFER_UNKNOWN,
};

/* The encoding that a field's value, blanks trimmed, names in any case. */
enum transfer_encoding transfer_encoding_of(const char *name);

enum transfer_quoted { QUOTED_TEXT, QUOTED_EQUALS, QUOTED_HEX, QUOTED_SOFT };

struct transfer {
	enum transfer_encoding encoding;
	struct octets to;
	struct base64 base64;
	enum transfer_quoted quoted; /* inside quoted-printable */
	unsigned high;               /* its first hexadecimal digit */
};

void transfer_start(struct transfer *t, enum transfer_encoding encoding,
                    struct octets to);
/* -1: not in that encoding, or `to` wants no more. */
int transfer_add(struct transfer *t, const char *data, size_t len);
/* What came is whole. */
bool transfer_is_whole(const struct transfer *t);

#endif
