/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bytes - streams in memory, and the sealing of what is in them */
#ifndef MAILSEAL_TESTS_BYTES_H
#define MAILSEAL_TESTS_BYTES_H

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "keystore/engine.h"

struct bytes {
	const char *data;
	size_t size, at;
	bool fails;
};

static inline ssize_t bytes_read(void *ctx, void *buf, size_t size, struct err *err)
{
	struct bytes *b = ctx;
	size_t left = b->size - b->at;

	if (b->fails && b->at > 0)
		return err_set(err, ERR_POLICY, NULL, "the source fails");
	if (size > left)
		size = left;
	memcpy(buf, b->data + b->at, size);
	b->at += size;
	return (ssize_t)size;
}

static inline int bytes_add(void *ctx, const void *data, size_t len,
                            struct err *err)
{
	(void)err;
	buf_add(ctx, data, len);
	return 0;
}

/* size bytes that compress badly, so that a large one fills the pipes. */
static inline char *bytes_message(size_t size)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz+/=\n";
	char *text = mem_alloc(size + 1);
	uint32_t state = 1;

	for (size_t i = 0; i < size; i++) {
		state = state * 1664525 + 1013904223;
		text[i] = digits[(state >> 24) % (sizeof digits - 1)];
	}
	return text;
}

/* Seals text to the subkeys within ms milliseconds. */
static inline int bytes_seal(const struct engine_config *config,
                             const struct entry_subkey *const *subkeys,
                             size_t count, bool hidden, const char *text,
                             size_t size, int64_t ms, struct buf *out,
                             struct err *err)
{
	struct bytes b = { .data = text, .size = size };

	return engine_seal(config, subkeys, count, hidden,
	                   (struct source){ bytes_read, &b },
	                   (struct sink){ bytes_add, out }, deadline_in(ms),
	                   err);
}

#endif
