/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dot - a message as it travels after DATA (RFC 5321, 4.5.2 and 2.3.8)
 *
 * Each line ends with CRLF, whether it came with LF or CRLF; one that begins
 * with a dot gets another; a dot alone ends the message.  A CR elsewhere
 * stays as it is: the message is not ours to change.
 */
#ifndef MAILSEAL_DELIVER_DOT_H
#define MAILSEAL_DELIVER_DOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/stream.h"

#define DOT_BUFFER 16384 /* bytes */

struct dot {
	struct sink to;
	bool in_line; /* bytes of the current line were put out */
	bool cr;      /* the last of them was a CR */
	size_t len;
	char buf[DOT_BUFFER];
};

void dot_start(struct dot *dot, struct sink to);
int dot_add(struct dot *dot, const void *data, size_t len, struct err *err);
/* Ends a last line that has no end, then the message; nothing is held back. */
int dot_end(struct dot *dot, struct err *err);

#endif
