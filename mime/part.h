/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * part - what the Content-* fields of a header say
 *
 * Of a whole message or of one part of a multipart.
 */
#ifndef MAILSEAL_MIME_PART_H
#define MAILSEAL_MIME_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "mime/content.h"
#include "mime/message.h"
#include "mime/transfer.h"

#define PART_FIELD_MAX 4096 /* bytes of a Content-* field's value; longer: not harmless */

struct part {
	struct content type;        /* type.type is "" without a Content-Type */
	struct content disposition; /* likewise */
	enum transfer_encoding encoding;
	bool encoded;        /* a Content-Transfer-Encoding was there */
	uint64_t body, end;  /* offsets; the line end before a delimiter belongs to the body */
	bool headed;         /* its header ends with an empty line before end */
	bool harmless;       /* nothing in its Content-* fields tells anything */
	bool content_only;   /* it has no other fields */
};

/* The message's own header, which must not be longer than the caller allows. */
int part_of_message(const struct message *message, struct part *part,
                    struct err *err);

/* A part of a multipart: bytes start .. end-1. */
int part_of_multipart(const struct message *message, uint64_t start,
                      uint64_t end, struct part *part, struct err *err);

#endif
