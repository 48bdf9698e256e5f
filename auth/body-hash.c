/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * body-hash - SHA-256 of a body, canonicalized (RFC 6376 3.4.3, 3.4.4), for all signatures at once
 *
 * One hash runs for each canonicalization; where a signature's l= ends, a copy of it is finished.
 * So the cost is that of the body, whatever the signatures want.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/body-hash.h"
#include "base/mem.h"
#include "base/sha256.h"

struct order {
	enum canon canon;
	uint64_t length;
	bool reached;
	unsigned char hash[SHA256_DIGEST_SIZE];
};

struct stream {
	struct canon_body body;
	struct sha256 hash;
	uint64_t size; /* bytes so far */
	struct order *order[BODY_HASHES_MAX]; /* by length */
	size_t orders, next;
};

struct body_hashes {
	struct order order[BODY_HASHES_MAX];
	size_t count;
	struct stream stream[2]; /* by enum canon */
};

struct body_hashes *body_hashes_new(void)
{
	return mem_alloc(sizeof(struct body_hashes));
}

void body_hashes_free(struct body_hashes **hashes)
{
	if (*hashes)
		explicit_bzero(*hashes, sizeof **hashes);
	free(*hashes);
	*hashes = NULL;
}

int body_hashes_order(struct body_hashes *hashes, enum canon canon,
                      uint64_t length)
{
	size_t i = 0;

	while (i < hashes->count && (hashes->order[i].canon != canon ||
	                             hashes->order[i].length != length))
		i++;
	if (i == BODY_HASHES_MAX)
		return -1;
	if (i == hashes->count) {
		hashes->order[i].canon = canon;
		hashes->order[i].length = length;
		hashes->count++;
	}
	return (int)i;
}

static void sort_in(struct stream *stream, struct order *order)
{
	size_t i = stream->orders++;

	for (; i > 0 && stream->order[i - 1]->length > order->length; i--)
		stream->order[i] = stream->order[i - 1];
	stream->order[i] = order;
}

/* The hash of what has come so far, which goes on. */
static void finish(const struct stream *stream, struct order *order)
{
	struct sha256 copy = stream->hash;

	sha256_digest(&copy.ctx, sizeof order->hash, order->hash);
	order->reached = true;
}

static void reach(struct stream *stream)
{
	while (stream->next < stream->orders &&
	       stream->order[stream->next]->length == stream->size)
		finish(stream, stream->order[stream->next++]);
}

static void take(void *ctx, const void *data, size_t len)
{
	struct stream *stream = ctx;
	const char *at = data;

	while (len && stream->next < stream->orders) {
		uint64_t left = stream->order[stream->next]->length - stream->size;
		size_t n = left < len ? (size_t)left : len;

		sha256_add(&stream->hash, at, n);
		stream->size += n;
		at += n;
		len -= n;
		reach(stream);
	}
	stream->size += len;
}

static void start(struct stream *stream, enum canon canon)
{
	canon_body_start(&stream->body, canon, take, stream);
	sha256_start(&stream->hash);
	reach(stream);
}

static void end(struct stream *stream)
{
	canon_body_end(&stream->body);
	for (; stream->next < stream->orders; stream->next++)
		if (stream->order[stream->next]->length == BODY_WHOLE)
			finish(stream, stream->order[stream->next]);
}

int body_hashes_run(struct body_hashes *hashes, const struct message *message,
                    struct err *err)
{
	uint64_t at = message->body;
	const char *data;
	size_t len;

	for (size_t i = 0; i < hashes->count; i++)
		sort_in(&hashes->stream[hashes->order[i].canon], &hashes->order[i]);
	for (int i = 0; i < 2; i++)
		start(&hashes->stream[i], (enum canon)i);
	while (hashes->count && at < message->size) {
		if (spool_peek(message->spool, at, &data, &len, err))
			return -1;
		if (len > message->size - at)
			len = (size_t)(message->size - at);
		for (int i = 0; i < 2; i++)
			if (hashes->stream[i].orders)
				canon_body_add(&hashes->stream[i].body, data, len);
		at += len;
	}
	for (int i = 0; i < 2; i++)
		end(&hashes->stream[i]);
	return 0;
}

const unsigned char *body_hashes_get(const struct body_hashes *hashes, int id)
{
	if (id < 0 || (size_t)id >= hashes->count || !hashes->order[id].reached)
		return NULL;
	return hashes->order[id].hash;
}

uint64_t body_hashes_size(const struct body_hashes *hashes, enum canon canon)
{
	return hashes->stream[canon].size;
}
