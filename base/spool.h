/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spool - the bytes of one message, read again by offset, never in the clear on disk
 *
 * Written once from front to end, then read at any offset.  Up to
 * memory_limit bytes stay in memory (chunks of 64 KiB, locked as far as
 * RLIMIT_MEMLOCK allows, left out of core dumps, wiped when freed).  A
 * larger spool moves to an unlinked file in dir, each chunk encrypted with
 * ChaCha20-Poly1305 (RFC 8439) under a random key that exists only in
 * memory, the chunk's number its nonce: memory use stays flat and the disk holds
 * nothing readable.
 *
 * A spool is owned by who made it; not for use by two threads.
 */
#ifndef MAILSEAL_BASE_SPOOL_H
#define MAILSEAL_BASE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/stream.h"

#define SPOOL_CHUNK ((size_t)64 * 1024)             /* bytes */
#define SPOOL_MEMORY_LIMIT ((size_t)8 * 1024 * 1024) /* default, bytes */

struct spool;

/* dir: where a large spool goes; copied. memory_limit in bytes. Never NULL. */
struct spool *spool_new(const char *dir, size_t memory_limit);
void spool_free(struct spool **spool);

/* Appends. -1 with *err (ERR_TEMPORARY): the disk is full, no folder. */
int spool_add(struct spool *spool, const void *data, size_t len,
              struct err *err);
struct sink spool_sink(struct spool *spool); /* spool_add as a sink; borrows */

/*
 * The same without a copy: *room bytes (at least 1) at *data may be written
 * to, then spool_filled says how many were. No other call in between.
 */
int spool_room(struct spool *spool, char **data, size_t *room,
               struct err *err);
int spool_filled(struct spool *spool, size_t len, struct err *err);

/* Forgets the first len bytes: offsets count from behind them. Once, and
 * only while the spool is not larger than a chunk. */
void spool_skip(struct spool *spool, size_t len);

uint64_t spool_size(const struct spool *spool); /* bytes added so far */

/*
 * A look at the bytes from offset on without copying: *data points at *len
 * bytes, at least 1 below the end of the spool and 0 at it; at most up to the end of a chunk.
 * Valid until the next call on this spool. -1 with *err: the file can't be
 * read or was changed.
 */
int spool_peek(struct spool *spool, uint64_t offset, const char **data,
               size_t *len, struct err *err);

/* Exactly len bytes from offset into buf, or -1 (also beyond the end). */
int spool_read(struct spool *spool, uint64_t offset, void *buf, size_t len,
               struct err *err);

/* Bytes offset .. end-1 to a sink. */
int spool_copy(struct spool *spool, uint64_t offset, uint64_t end,
               struct sink to, struct err *err);

#endif
