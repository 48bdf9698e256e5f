/* SPDX-License-Identifier: GPL-3.0-or-later */
/* multipart - where the parts of a multipart body are (RFC 2046 section 5.1) */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "mime/cursor.h"
#include "mime/multipart.h"

void multipart_start(struct multipart *m, struct spool *spool, uint64_t body,
                     const char *boundary)
{
	m->spool = spool;
	m->at = body;
	snprintf(m->delimiter, sizeof m->delimiter, "--%s", boundary);
	m->delimiter_len = strlen(m->delimiter);
}

static bool take_text(struct cursor *c, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!cursor_take(c, (unsigned char)text[i]))
			return false;
	return true;
}

/* What stands behind `--boundary`, up to the line's end. */
static void take_rest(struct cursor *c, struct delimiter *d)
{
	d->closing = cursor_take(c, '-') && cursor_take(c, '-');
	cursor_skip_blanks(c);
	cursor_take(c, '\r');
	d->odd = cursor_peek(c) != '\n' && cursor_peek(c) != CURSOR_END;
}

int multipart_next(struct multipart *m, uint64_t limit, struct delimiter *d,
                   struct err *err)
{
	struct cursor c;
	bool found = false;

	cursor_start(&c, m->spool, m->at, UINT64_MAX, err);
	while (!found && c.at < limit && cursor_fill(&c)) {
		*d = (struct delimiter){ .start = c.at };
		found = take_text(&c, m->delimiter, m->delimiter_len);
		if (found)
			take_rest(&c, d);
		if (cursor_find_lf(&c))
			cursor_skip(&c, 1);
	}
	if (cursor_failed(&c))
		return -1;
	d->end = c.at;
	m->at = c.at;
	return found;
}
