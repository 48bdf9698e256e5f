/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * canon - canonicalization (RFC 6376 section 3.4), in a stream
 *
 * Line ends: CRLF stays, a bare LF becomes CRLF, a bare CR is an ordinary byte.
 */
#ifndef MAILSEAL_AUTH_CANON_H
#define MAILSEAL_AUTH_CANON_H

#include <stdbool.h>
#include <stddef.h>

enum canon { CANON_SIMPLE, CANON_RELAXED };

/* Takes len bytes; never fails. */
typedef void canon_sink(void *ctx, const void *data, size_t len);

/* ---- body (3.4.3, 3.4.4) ------------------------------------------------ */

struct canon_body {
	enum canon canon;
	canon_sink *sink;
	void *ctx;
	size_t empty_lines;  /* held back: they may be the last ones */
	bool in_line, blank, cr, any; /* between two calls */
};

void canon_body_start(struct canon_body *body, enum canon canon,
                      canon_sink *sink, void *ctx);
void canon_body_add(struct canon_body *body, const char *data, size_t len);
void canon_body_end(struct canon_body *body);

/* ---- header field (3.4.1, 3.4.2) ---------------------------------------- */

/* A whole field, canonicalized, with its CRLF, to the sink. field: len bytes, name and last line
 * end (which may be missing) included. */
void canon_field(enum canon canon, const char *field, size_t len,
                 canon_sink *sink, void *ctx);

/* A signature's own field (3.7): without cut_len bytes at cut, which are the value of its b=,
 * and without the last CRLF. */
void canon_own_field(enum canon canon, const char *field, size_t len,
                     const char *cut, size_t cut_len, canon_sink *sink, void *ctx);

#endif
