/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * message - the byte map of a message (RFC 5322, and whatever else arrives)
 *
 * Says where each header field and the body are in a spool.  Nothing is
 * parsed further, decoded or re-serialised: malformed mail is still mail.
 * The grammar is docs/format.md, rule 1: a field is a line
 * `1*(%x21-39 / %x3B-7E) *WSP ":"` with its continuations (lines that begin
 * with SP or TAB, blanks-only ones included); the header ends at the first
 * empty line (LF or CRLF alone), at a line that is neither, or at the end.
 * Only LF ends a line.
 *
 * Fields are walked, not stored, so that a header of a gigabyte costs no
 * memory.
 */
#ifndef MAILSEAL_MIME_MESSAGE_H
#define MAILSEAL_MIME_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/spool.h"

enum header_end {
	HEADER_ENDS_EMPTY_LINE, /* the ordinary case */
	HEADER_ENDS_OTHER_LINE, /* a line that is neither field nor empty */
	HEADER_ENDS_MESSAGE,    /* the message ended first */
};

/* A borrowed map; the spool belongs to the caller and outlives it. */
struct message {
	struct spool *spool;  /* the message, without an mbox From line */
	uint64_t size;        /* bytes */
	uint64_t header_size; /* bytes of all fields, without the empty line */
	uint64_t body;        /* offset of the first byte behind header and empty line */
	enum header_end end;
	bool crlf;            /* NL is CRLF: the first line ends so */
	bool has_fields;
	bool opaque_header;   /* a field holds a NUL or a CR not followed by LF */
};

#define FIELD_NAME_MAX 128 /* bytes kept of a field's name, with NUL */

struct field {
	uint64_t start;  /* offset of the name */
	uint64_t value;  /* offset right behind the colon */
	uint64_t end;    /* offset behind the last line's end */
	size_t name_len; /* whole length, also when name is cut */
	char name[FIELD_NAME_MAX];
	bool opaque;     /* holds a NUL or a CR not followed by LF */
	bool unended;    /* its last line has no LF (end of the message) */
};

/* Maps spool. -1 with *err only when the spool can't be read. */
int message_map(struct spool *spool, struct message *message,
                struct err *err);

/* "\r\n" or "\n". */
const char *message_nl(const struct message *message);

/* The first line is neither field nor empty: there is no header at all. */
bool message_begins_without_header(const struct message *message);

/* The field at *at (start with 0), which moves behind it: 1; 0 when the
 * header is over; -1 with *err. */
int message_next_field(const struct message *message, uint64_t *at,
                       struct field *field, struct err *err);

/* As message_next_field, for a header that begins anywhere in a spool. */
int message_walk(struct spool *spool, uint64_t *at, struct field *field,
                 struct err *err);

/* The first field of that name: 1 found, 0 not, -1 with *err. */
int message_find_field(const struct message *message, const char *name,
                       struct field *field, struct err *err);

/* Names compare without case (ASCII, whatever the locale). */
bool field_is(const struct field *field, const char *name);
bool field_begins(const struct field *field, const char *prefix);

/* The raw value (folds and all, without the line end), at most max bytes of
 * it, appended to out. 0, or -1 with *err. */
int field_value(const struct message *message, const struct field *field,
                size_t max, struct buf *out, struct err *err);

/* True for a line `From ...` that an mbox writer puts in front of a message,
 * and not for a header field `From : ...`, nor for a line with a NUL or a bare
 * CR: the From line stays in the clear, and that may be a message whose lines
 * end in CR. line is len bytes with its LF. */
bool message_is_from_line(const char *line, size_t len);

#endif
