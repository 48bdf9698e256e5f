/* SPDX-License-Identifier: GPL-3.0-or-later */
/* deliver - the order of a delivery, whatever its back end */
#include <config.h>

#include <stdlib.h>

#include "base/mem.h"
#include "deliver/backend.h"

enum state { NEW, BEGUN, OVER };

struct delivery {
	const struct delivery_ops *ops;
	void *ctx;
	enum state state;
	uint64_t size, written; /* size 0: unknown */
};

struct delivery *delivery_new(const struct delivery_ops *ops, void *ctx)
{
	struct delivery *d = mem_alloc(sizeof *d);

	d->ops = ops;
	d->ctx = ctx;
	return d;
}

bool delivery_wants_whole(const struct delivery *d)
{
	return d->ops->wants_whole;
}

bool delivery_wants_from_line(const struct delivery *d)
{
	return d->ops->wants_from_line;
}

/* These are bugs of the caller; still nothing may be lost by them. */
static int out_of_order(struct err *err)
{
	return err_set(err, ERR_TEMPORARY, "report this bug",
	               "the delivery is not under way");
}

static int wrong_size(struct err *err)
{
	return err_set(err, ERR_TEMPORARY, "report this bug",
	               "the message to deliver is not whole");
}

int delivery_begin(struct delivery *d, uint64_t size, struct err *err)
{
	if (d->state != NEW)
		return out_of_order(err);
	d->state = OVER;
	if (size == 0 && d->ops->wants_whole)
		return wrong_size(err);
	if (d->ops->begin(d->ctx, size, err))
		return -1;
	d->size = size;
	d->state = BEGUN;
	return 0;
}

static int write_on(void *ctx, const void *data, size_t len, struct err *err)
{
	struct delivery *d = ctx;

	if (d->state != BEGUN)
		return out_of_order(err);
	d->written += len;
	if ((d->size == 0 || d->written <= d->size) &&
	    d->ops->write(d->ctx, data, len, err) == 0)
		return 0;
	d->state = OVER;
	return d->size != 0 && d->written > d->size ? wrong_size(err) : -1;
}

struct sink delivery_sink(struct delivery *d)
{
	return (struct sink){ write_on, d };
}

int delivery_commit(struct delivery *d, struct err *err)
{
	if (d->state != BEGUN)
		return out_of_order(err);
	d->state = OVER;
	if (d->written == 0 || (d->size != 0 && d->written != d->size))
		return wrong_size(err);
	return d->ops->commit(d->ctx, err);
}

void delivery_free(struct delivery **delivery)
{
	struct delivery *d = *delivery;

	if (!d)
		return;
	d->ops->free(d->ctx);
	free(d);
	*delivery = NULL;
}
