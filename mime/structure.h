/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * structure - the parts of a message as GMime sees them
 *
 * A second opinion for mime/classify.h: what it takes for ciphertext must be
 * the same bytes to a parser that mail programs use.  Only for messages that
 * are known to be flat; an outline, nothing is loaded into memory.
 */
#ifndef MAILSEAL_MIME_STRUCTURE_H
#define MAILSEAL_MIME_STRUCTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "mime/content.h"
#include "mime/message.h"
#include "mime/transfer.h"

#define STRUCTURE_PARTS_MAX 3 /* kept; more are counted */

struct structure_part {
	char type[CONTENT_TYPE_MAX]; /* lower case */
	enum transfer_encoding encoding;
	uint64_t start, end; /* offsets of its body in the spool */
};

struct structure {
	char type[CONTENT_TYPE_MAX]; /* of the message */
	unsigned parts;              /* 1 when it is no multipart: the message's body */
	struct structure_part part[STRUCTURE_PARTS_MAX];
};

/* -1 with *err only when the spool can't be read. */
int structure_read(const struct message *message, struct structure *out,
                   struct err *err);

#endif
