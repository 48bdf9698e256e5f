/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cursor - the bytes of a spool one after another, without copying them
 */
#include <config.h>

#include <string.h>

#include "mime/cursor.h"

void cursor_start(struct cursor *c, struct spool *spool, uint64_t from,
                  uint64_t end, struct err *err)
{
	uint64_t size = spool_size(spool);

	*c = (struct cursor){
		.spool = spool,
		.at = from,
		.end = end < size ? end : size,
		.err = err,
	};
}

bool cursor_fill(struct cursor *c)
{
	if (c->len)
		return true;
	if (c->failed || c->at >= c->end)
		return false;
	if (spool_peek(c->spool, c->at, &c->data, &c->len, c->err) < 0) {
		c->failed = true;
		c->len = 0;
		return false;
	}
	if (c->len > c->end - c->at)
		c->len = (size_t)(c->end - c->at);
	return c->len > 0;
}

void cursor_skip_blanks(struct cursor *c)
{
	for (int b = cursor_peek(c); b == ' ' || b == '\t'; b = cursor_peek(c))
		cursor_skip(c, 1);
}

bool cursor_find_lf(struct cursor *c)
{
	while (cursor_fill(c)) {
		const char *lf = memchr(c->data, '\n', c->len);

		cursor_skip(c, lf ? (size_t)(lf - c->data) : c->len);
		if (lf)
			return true;
	}
	return false;
}
