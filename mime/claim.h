/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * claim - what a mark-line or an X-Mailseal field says of the original
 *
 * It is a claim by whoever wrote the message: nothing in it is believed
 * before size and hash were found to match.
 */
#ifndef MAILSEAL_MIME_CLAIM_H
#define MAILSEAL_MIME_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sha256.h"

struct claim {
	uint64_t size;            /* of the original */
	char sha256[SHA256_HEX];  /* of the original */
	uint64_t cut_at, cut_len; /* mark-line: what was inserted */
	uint64_t gap;             /* mark-line: bytes behind it that are no part */
	uint64_t lines;           /* X-Mailseal: of the block that it begins */
};

/* The mark-line behind PAYLOAD_MARK, without its line end; text has a NUL
 * behind len bytes. False if it is not well-formed to its end. */
bool claim_read_mark(const char *text, size_t len, struct claim *claim);

/* Does the value of X-Mailseal (unfolded, trimmed in front) say passed? */
bool claim_says_passed(const char *value);
/* What such a value claims; false if that is not well-formed. */
bool claim_read_passed(const char *value, struct claim *claim);

#endif
