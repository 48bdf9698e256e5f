/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cursor - the bytes of a spool one after another, without copying them
 *
 * What every parser of a message reads from.  A read failure looks like the end of the
 * range, and stays: parsers ask for cursor_failed once, at their end.
 *
 * A cursor points into the spool: any other call on the same spool ends its use.
 */
#ifndef MAILSEAL_MIME_CURSOR_H
#define MAILSEAL_MIME_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/spool.h"

struct cursor {
	struct spool *spool;
	uint64_t at, end; /* the next byte's offset; where the range ends */
	const char *data; /* len bytes from at on, already looked up */
	size_t len;
	struct err *err;
	bool failed;
};

#define CURSOR_END (-1)

/* Reads offsets from .. end-1; an end beyond the spool's means the spool's. */
void cursor_start(struct cursor *c, struct spool *spool, uint64_t from,
                  uint64_t end, struct err *err);

/* Makes data and len hold at least a byte; false at the end or on failure. */
bool cursor_fill(struct cursor *c);

/* The spool could not be read; *err says why. */
static inline bool cursor_failed(const struct cursor *c)
{
	return c->failed;
}

/* Moves on by n bytes, at most len. */
static inline void cursor_skip(struct cursor *c, size_t n)
{
	c->at += n;
	c->data += n;
	c->len -= n;
}

/* The next byte (0..255), which stays the next one; CURSOR_END. */
static inline int cursor_peek(struct cursor *c)
{
	return c->len || cursor_fill(c) ? (unsigned char)*c->data : CURSOR_END;
}

/* Moves behind byte if that is the next one. */
static inline bool cursor_take(struct cursor *c, int byte)
{
	if (cursor_peek(c) != byte)
		return false;
	cursor_skip(c, 1);
	return true;
}

/* Moves behind all SP and TAB. */
void cursor_skip_blanks(struct cursor *c);

/* Moves to the next LF, or to the end: true when it stands at one. */
bool cursor_find_lf(struct cursor *c);

#endif
