/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * payload - what of a message is encrypted
 *
 * [type-line] [further lines] mark-line [gap] original'; the rules are in
 * docs/format.md.  original' is the message byte for byte with one insertion,
 * which tells clients that the subject inside is the real one (the old
 * protected-headers mark, RFC 9788 section 2.1.1).
 */
#ifndef MAILSEAL_MIME_PAYLOAD_H
#define MAILSEAL_MIME_PAYLOAD_H

#include "base/err.h"
#include "base/sha256.h"
#include "base/stream.h"
#include "mime/message.h"

#define PAYLOAD_INSERTION "; protected-headers=\"v1\"; hp=\"clear\""
#define PAYLOAD_TYPE_LINE "Content-Type: text/plain" PAYLOAD_INSERTION
#define PAYLOAD_LINE "Mailseal-"                 /* how further lines begin */
#define PAYLOAD_MARK "Mailseal-Original: v=1; "  /* and the mark-line */

/* What intake has counted; the size is the message's. */
struct compose_original {
	char sha256[SHA256_HEX];
};

struct payload;

/* message is borrowed. extra: further lines, each with its LF, or NULL.
 * NULL with *err when the spool can't be read. */
struct payload *payload_new(const struct message *message,
                            const struct compose_original *original,
                            const char *extra, struct err *err);
/* The payload from its start; an earlier source of it is over. */
struct source payload_source(struct payload *payload);
void payload_free(struct payload **payload);

#endif
