/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spools - texts into spools and back, for tests; whatever fails ends the test */
#ifndef MAILSEAL_TESTS_SPOOLS_H
#define MAILSEAL_TESTS_SPOOLS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "base/spool.h"
#include "mime/message.h"
#include "mime/payload.h"

static inline void spools_check(int rc, const struct err *err)
{
	if (rc == 0)
		return;
	fprintf(stderr, "%s\n", err->what);
	abort();
}

static inline struct spool *spools_new(void)
{
	const char *dir = getenv("TMPDIR");

	return spool_new(dir ? dir : "/tmp", SPOOL_MEMORY_LIMIT);
}

static inline struct spool *spools_with(const void *data, size_t len)
{
	struct spool *spool = spools_new();
	struct err err;

	spools_check(spool_add(spool, data, len, &err), &err);
	return spool;
}

static inline int spools_add(void *ctx, const void *data, size_t len,
                             struct err *err)
{
	(void)err;
	buf_add(ctx, data, len);
	return 0;
}

/* A sink that appends to buf. */
static inline struct sink spools_sink(struct buf *buf)
{
	return (struct sink){ spools_add, buf };
}

/* Are these the bytes expected? Tells where not. */
static inline bool spools_same(const struct buf *got, const void *expected,
                               size_t len)
{
	size_t same = 0;

	while (same < len && same < got->len &&
	       got->data[same] == ((const char *)expected)[same])
		same++;
	if (same == len && same == got->len)
		return true;
	fprintf(stderr, "differs at byte %zu of %zu (expected %zu):\n%s\n", same,
	        got->len, len, buf_str(got));
	return false;
}

/* What intake tells of a message. */
static inline struct compose_original spools_original(const void *data,
                                                      size_t len)
{
	struct compose_original original;
	struct sha256 hash;

	sha256_start(&hash);
	sha256_add(&hash, data, len);
	sha256_hex(&hash, original.sha256);
	return original;
}

/* The length of the mbox From line in front, or 0. */
static inline size_t spools_from_line(const char *data, size_t len)
{
	const char *lf = len ? memchr(data, '\n', len) : NULL;
	size_t line = lf ? (size_t)(lf - data) + 1 : 0;

	return message_is_from_line(data, line) ? line : 0;
}

/* Appends the payload of a message to out. */
static inline void spools_payload(const struct message *message,
                                  const struct compose_original *original,
                                  const char *extra, struct buf *out)
{
	struct err err;
	struct payload *payload = payload_new(message, original, extra, &err);

	spools_check(payload ? 0 : -1, &err);
	spools_check(stream_copy(payload_source(payload), spools_sink(out), &err),
	             &err);
	payload_free(&payload);
}

#endif
