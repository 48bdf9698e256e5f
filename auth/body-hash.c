/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * body-hash - the hashes of a body, canonicalized (RFC 6376 3.4.3, 3.4.4), for all signatures at once
 *
 * One hash runs for each canonicalization and kind; where a signature's l= ends, a copy of it is finished.
 * So the cost is that of the body, whatever the signatures want.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/body-hash.h"
#include "base/mem.h"

struct order {
	enum canon canon;
	enum digest_kind kind;
	uint64_t length;
	bool reached;
	unsigned char hash[DIGEST_MAX];
};

/* One hash of the canonicalized body. */
struct running {
	struct digest digest;
	struct order *order[BODY_HASHES_MAX]; /* by length */
	size_t orders, next;
};

struct stream {
	struct canon_body body;
	uint64_t size; /* bytes so far */
	size_t orders;
	struct running running[DIGEST_KINDS];
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
                      enum digest_kind kind, uint64_t length)
{
	size_t i = 0;

	while (i < hashes->count && (hashes->order[i].canon != canon ||
	                             hashes->order[i].kind != kind ||
	                             hashes->order[i].length != length))
		i++;
	if (i == BODY_HASHES_MAX)
		return -1;
	if (i == hashes->count) {
		hashes->order[i].canon = canon;
		hashes->order[i].kind = kind;
		hashes->order[i].length = length;
		hashes->count++;
	}
	return (int)i;
}

static void sort_in(struct running *running, struct order *order)
{
	size_t i = running->orders++;

	for (; i > 0 && running->order[i - 1]->length > order->length; i--)
		running->order[i] = running->order[i - 1];
	running->order[i] = order;
}

/* The hash of what has come so far, which goes on. */
static void finish(const struct running *running, struct order *order)
{
	struct digest copy = running->digest;

	digest_end(&copy, order->hash);
	order->reached = true;
}

static void reach(struct running *running, uint64_t size)
{
	while (running->next < running->orders &&
	       running->order[running->next]->length == size)
		finish(running, running->order[running->next++]);
}

static void hash(struct running *running, uint64_t size, const char *at, size_t len)
{
	while (len && running->next < running->orders) {
		uint64_t left = running->order[running->next]->length - size;
		size_t n = left < len ? (size_t)left : len;

		digest_add(&running->digest, at, n);
		size += n;
		at += n;
		len -= n;
		reach(running, size);
	}
}

static void take(void *ctx, const void *data, size_t len)
{
	struct stream *stream = ctx;

	for (int i = 0; i < DIGEST_KINDS; i++)
		hash(&stream->running[i], stream->size, data, len);
	stream->size += len;
}

static void start(struct stream *stream, enum canon canon)
{
	canon_body_start(&stream->body, canon, take, stream);
	for (int i = 0; i < DIGEST_KINDS; i++) {
		digest_start(&stream->running[i].digest, (enum digest_kind)i);
		reach(&stream->running[i], 0);
	}
}

static void end_one(struct running *running)
{
	for (; running->next < running->orders; running->next++)
		if (running->order[running->next]->length == BODY_WHOLE)
			finish(running, running->order[running->next]);
}

static void end(struct stream *stream)
{
	canon_body_end(&stream->body);
	for (int i = 0; i < DIGEST_KINDS; i++)
		end_one(&stream->running[i]);
}

static void sort(struct body_hashes *hashes)
{
	for (size_t i = 0; i < hashes->count; i++) {
		struct order *order = &hashes->order[i];
		struct stream *stream = &hashes->stream[order->canon];

		stream->orders++;
		sort_in(&stream->running[order->kind], order);
	}
}

int body_hashes_run(struct body_hashes *hashes, const struct message *message,
                    struct err *err)
{
	uint64_t at = message->body;
	const char *data;
	size_t len;

	sort(hashes);
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
