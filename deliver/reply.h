/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reply - what an SMTP or LMTP server answers (RFC 5321, 4.2; RFC 2034)
 *
 * Only codes leave this file: the text may quote the message.
 */
#ifndef MAILSEAL_DELIVER_REPLY_H
#define MAILSEAL_DELIVER_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"

#define REPLY_LINE_MAX 1024 /* bytes of a line with the NUL; the rest is dropped */
#define REPLY_LINES_MAX 100 /* lines of one reply; more is an error */
#define REPLY_STATUS_MAX 12 /* bytes: "5.123.123" and NUL */

struct reply_reader {
	int fd;
	const char *name; /* whose replies, for errors; borrowed */
	struct deadline deadline;
	size_t at, len;
	char buf[4096];
};

struct reply {
	int code;                      /* 200 to 599 */
	char status[REPLY_STATUS_MAX]; /* enhanced code such as 5.1.1, or "" */
};

/* What is behind the code of a line; for LHLO. */
struct reply_lines {
	void (*each)(void *ctx, const char *text); /* NULL: not wanted */
	void *ctx;
};

/* The next whole reply, or -1 with *err (ERR_TEMPORARY): the deadline, the
 * end of the connection, or what is no reply. */
int reply_read(struct reply_reader *r, struct reply *reply,
               struct reply_lines lines, struct err *err);

#endif
