/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spool - the bytes of one message, never in the clear on disk
 *
 * Chunk N of the file stands at N * (SPOOL_CHUNK + TAG).  Its nonce is N,
 * and the key serves this spool alone, so no nonce is used twice: a chunk is
 * written once, when it is full or when the spool moves to the file; the
 * last, growing one stays in memory (tail).
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/spool.h"

#define TAG ((size_t)crypto_aead_chacha20poly1305_ietf_ABYTES)
#define KEY ((size_t)crypto_aead_chacha20poly1305_ietf_KEYBYTES)
#define NO_CHUNK UINT64_MAX

struct spool {
	char *dir;
	size_t memory_limit;
	uint64_t size; /* with what is skipped */
	size_t skip;   /* bytes at the front that were forgotten */

	/* In memory: all chunks. On disk: the tail alone, as chunk[0]. */
	char **chunk;
	size_t chunks;

	int fd;                /* -1: in memory */
	unsigned char *key;    /* with the next two: on disk only */
	unsigned char *sealed; /* one chunk as it is in the file */
	char *cache;           /* one chunk that was read back ... */
	uint64_t cached;       /* ... and its number */
};

struct spool *spool_new(const char *dir, size_t memory_limit)
{
	struct spool *s = mem_alloc(sizeof *s);

	s->dir = mem_strdup(dir);
	s->memory_limit = memory_limit;
	s->fd = -1;
	s->cached = NO_CHUNK;
	return s;
}

/* How much of a chunk was ever written to. */
static size_t used_of(const struct spool *s, size_t chunk)
{
	if (s->fd < 0 && chunk == s->size / SPOOL_CHUNK)
		return s->size % SPOOL_CHUNK;
	return SPOOL_CHUNK;
}

void spool_free(struct spool **spool)
{
	struct spool *s = *spool;

	if (!s)
		return;
	for (size_t i = 0; i < s->chunks; i++)
		secret_free(s->chunk[i], SPOOL_CHUNK, used_of(s, i));
	if (s->fd >= 0)
		close(s->fd);
	secret_free(s->key, KEY, KEY);
	secret_free(s->cache, SPOOL_CHUNK, SPOOL_CHUNK);
	free(s->sealed);
	free(s->chunk);
	free(s->dir);
	free(s);
	*spool = NULL;
}

uint64_t spool_size(const struct spool *spool)
{
	return spool->size - spool->skip;
}

static const unsigned char *nonce_of(uint64_t number,
                                     unsigned char nonce[static 12])
{
	memset(nonce, 0, 12);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] = (unsigned char)(number >> (8 * i));
	return nonce;
}

static int disk_error(const struct spool *s, struct err *err)
{
	return err_sys(err, ERR_TEMPORARY,
	               "free some space, or set `spool-dir` to a folder that has it",
	               "cannot spool the message in %s", s->dir);
}

static int write_chunk(struct spool *s, uint64_t number, const char *data,
                       struct err *err)
{
	unsigned char nonce[12];
	unsigned long long len;

	crypto_aead_chacha20poly1305_ietf_encrypt(s->sealed, &len,
		(const unsigned char *)data, SPOOL_CHUNK, NULL, 0, NULL,
		nonce_of(number, nonce), s->key);

	off_t at = (off_t)(number * (SPOOL_CHUNK + TAG));
	size_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(s->fd, s->sealed + done, len - done,
		                   at + (off_t)done);

		if (n < 0 && errno != EINTR)
			return disk_error(s, err);
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

/* O_TMPFILE has no name at any moment; not every file system knows it. */
static int open_unlinked(const struct spool *s, struct err *err)
{
	int fd = open(s->dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;

	char *name = mem_printf("%s/mailseal-spool-XXXXXX", s->dir);

	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	free(name);
	return fd >= 0 ? fd : disk_error(s, err);
}

static int move_to_disk(struct spool *s, struct err *err)
{
	s->fd = open_unlinked(s, err);
	if (s->fd < 0)
		return -1;
	s->key = secret_alloc(KEY);
	secret_random(s->key, KEY);
	s->sealed = mem_alloc(SPOOL_CHUNK + TAG);
	s->cache = secret_alloc(SPOOL_CHUNK);

	/* All chunks are full here; the first becomes the empty tail. */
	for (size_t i = 0; i < s->chunks; i++)
		if (write_chunk(s, i, s->chunk[i], err))
			return -1;
	for (size_t i = 1; i < s->chunks; i++)
		secret_free(s->chunk[i], SPOOL_CHUNK, SPOOL_CHUNK);
	s->chunks = s->chunks ? 1 : 0;
	return 0;
}

/* Makes room for at least one byte behind the last one. */
static int make_room(struct spool *s, struct err *err)
{
	if (s->size % SPOOL_CHUNK != 0)
		return 0;
	if (s->fd < 0 && s->size > 0 && s->size + SPOOL_CHUNK > s->memory_limit) {
		if (move_to_disk(s, err))
			return -1;
	}
	if (s->fd >= 0 && s->chunks == 1)
		return 0; /* the tail was written out and is used again */
	s->chunk = mem_grow(s->chunk, s->chunks + 1, sizeof *s->chunk);
	s->chunk[s->chunks++] = secret_alloc(SPOOL_CHUNK);
	return 0;
}

int spool_room(struct spool *s, char **data, size_t *room, struct err *err)
{
	size_t at = s->size % SPOOL_CHUNK;

	if (make_room(s, err))
		return -1;
	*data = s->chunk[s->chunks - 1] + at;
	*room = SPOOL_CHUNK - at;
	return 0;
}

int spool_filled(struct spool *s, size_t len, struct err *err)
{
	s->size += len;
	if (s->fd < 0 || len == 0 || s->size % SPOOL_CHUNK != 0)
		return 0;
	return write_chunk(s, s->size / SPOOL_CHUNK - 1, s->chunk[0], err);
}

int spool_add(struct spool *s, const void *data, size_t len, struct err *err)
{
	const char *p = data;

	while (len > 0) {
		char *room;
		size_t n;

		if (spool_room(s, &room, &n, err))
			return -1;
		if (n > len)
			n = len;
		memcpy(room, p, n);
		if (spool_filled(s, n, err))
			return -1;
		p += n;
		len -= n;
	}
	return 0;
}

void spool_skip(struct spool *s, size_t len)
{
	s->skip = len;
}

static int sink_add(void *ctx, const void *data, size_t len, struct err *err)
{
	return spool_add(ctx, data, len, err);
}

struct sink spool_sink(struct spool *spool)
{
	return (struct sink){ sink_add, spool };
}

static int read_chunk(struct spool *s, uint64_t number, struct err *err)
{
	off_t at = (off_t)(number * (SPOOL_CHUNK + TAG));
	size_t done = 0;

	s->cached = NO_CHUNK;
	while (done < SPOOL_CHUNK + TAG) {
		ssize_t n = pread(s->fd, s->sealed + done,
		                  SPOOL_CHUNK + TAG - done, at + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return disk_error(s, err);
		done += (size_t)n;
	}

	unsigned char nonce[12];

	if (crypto_aead_chacha20poly1305_ietf_decrypt(
		    (unsigned char *)s->cache, NULL, NULL, s->sealed,
		    SPOOL_CHUNK + TAG, NULL, 0, nonce_of(number, nonce), s->key))
		return err_set(err, ERR_TEMPORARY, "check the disk",
		               "the spool in %s was changed under our hands",
		               s->dir);
	s->cached = number;
	return 0;
}

int spool_peek(struct spool *s, uint64_t offset, const char **data,
               size_t *len, struct err *err)
{
	const char *chunk;

	*data = "";
	*len = 0;
	if (offset >= spool_size(s))
		return 0;
	offset += s->skip;

	uint64_t number = offset / SPOOL_CHUNK;
	size_t at = offset % SPOOL_CHUNK;

	if (s->fd < 0) {
		chunk = s->chunk[number];
	} else if (number == s->size / SPOOL_CHUNK) {
		chunk = s->chunk[0];
	} else {
		if (number != s->cached && read_chunk(s, number, err))
			return -1;
		chunk = s->cache;
	}
	*data = chunk + at;
	*len = SPOOL_CHUNK - at;
	if (s->size - offset < *len)
		*len = (size_t)(s->size - offset);
	return 0;
}

int spool_read(struct spool *s, uint64_t offset, void *buf, size_t len,
               struct err *err)
{
	char *out = buf;

	if (offset > spool_size(s) || len > spool_size(s) - offset)
		return err_set(err, ERR_TEMPORARY, NULL,
		               "a read beyond the end of the spool");
	while (len > 0) {
		const char *data;
		size_t n;

		if (spool_peek(s, offset, &data, &n, err))
			return -1;
		if (n > len)
			n = len;
		memcpy(out, data, n);
		out += n;
		offset += n;
		len -= n;
	}
	return 0;
}

int spool_copy(struct spool *s, uint64_t offset, uint64_t end,
               struct sink to, struct err *err)
{
	while (offset < end) {
		const char *data;
		size_t n;

		if (spool_peek(s, offset, &data, &n, err))
			return -1;
		if (n == 0)
			return err_set(err, ERR_TEMPORARY, NULL,
			               "a copy beyond the end of the spool");
		if (n > end - offset)
			n = (size_t)(end - offset);
		if (sink_write(to, data, n, err))
			return -1;
		offset += n;
	}
	return 0;
}
