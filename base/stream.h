/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream - how bytes go from one room to the next
 *
 * A source gives bytes when asked, a sink takes bytes when told.  Both are
 * small values that borrow their ctx: whoever made the ctx frees it.
 */
#ifndef MAILSEAL_BASE_STREAM_H
#define MAILSEAL_BASE_STREAM_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct source {
	/* Up to size bytes into buf; 0 at the end, -1 with *err on failure. */
	ssize_t (*read)(void *ctx, void *buf, size_t size, struct err *err);
	void *ctx;
};

struct sink {
	/* Takes all len bytes and returns 0, or -1 with *err. */
	int (*write)(void *ctx, const void *data, size_t len, struct err *err);
	void *ctx;
};

static inline ssize_t source_read(struct source s, void *buf, size_t size,
                                  struct err *err)
{
	return s.read(s.ctx, buf, size, err);
}

static inline int sink_write(struct sink s, const void *data, size_t len,
                             struct err *err)
{
	return len ? s.write(s.ctx, data, len, err) : 0;
}

int sink_puts(struct sink s, const char *text, struct err *err);

/* Everything that source gives goes to sink, in pieces of at most 64 KiB. */
int stream_copy(struct source from, struct sink to, struct err *err);

#endif
