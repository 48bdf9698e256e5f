/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backend - what a way to deliver must provide; for this room's insiders
 *
 * deliver.c keeps the order (begin, write..., commit) and counts the bytes,
 * so that a back end need not: after a failure it is only freed.
 */
#ifndef MAILSEAL_DELIVER_BACKEND_H
#define MAILSEAL_DELIVER_BACKEND_H

#include <stddef.h>

#include "deliver/deliver.h"

struct delivery_ops {
	bool wants_whole;     /* as delivery_wants_whole */
	bool wants_from_line; /* as delivery_wants_from_line */
	int (*begin)(void *ctx, uint64_t size, struct err *err);
	int (*write)(void *ctx, const void *data, size_t len, struct err *err);
	int (*commit)(void *ctx, struct err *err);
	void (*free)(void *ctx); /* aborts what was not committed */
};

/* Owns ctx: delivery_free gives it to ops->free.  ops is static. */
struct delivery *delivery_new(const struct delivery_ops *ops, void *ctx);

#endif
