/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dot - a message as it travels after DATA */
#include <config.h>

#include <string.h>

#include "deliver/dot.h"

void dot_start(struct dot *dot, struct sink to)
{
	dot->to = to;
	dot->in_line = dot->cr = false;
	dot->len = 0;
}

static int flush(struct dot *dot, struct err *err)
{
	size_t len = dot->len;

	dot->len = 0;
	return sink_write(dot->to, dot->buf, len, err);
}

static int put(struct dot *dot, const char *data, size_t len,
               struct err *err)
{
	while (len > 0) {
		size_t n = DOT_BUFFER - dot->len;

		if (n > len)
			n = len;
		memcpy(dot->buf + dot->len, data, n);
		dot->len += n;
		data += n;
		len -= n;
		if (dot->len == DOT_BUFFER && flush(dot, err))
			return -1;
	}
	return 0;
}

/* A part of a line, without its LF. */
static int put_part(struct dot *dot, const char *data, size_t len,
                    struct err *err)
{
	if (len == 0)
		return 0;
	if (!dot->in_line && data[0] == '.' && put(dot, ".", 1, err))
		return -1;
	dot->in_line = true;
	dot->cr = data[len - 1] == '\r';
	return put(dot, data, len, err);
}

static int end_line(struct dot *dot, bool has_cr, struct err *err)
{
	dot->in_line = dot->cr = false;
	return has_cr ? put(dot, "\n", 1, err) : put(dot, "\r\n", 2, err);
}

int dot_add(struct dot *dot, const void *data, size_t len, struct err *err)
{
	const char *p = data;

	while (len > 0) {
		const char *lf = memchr(p, '\n', len);
		size_t n = lf ? (size_t)(lf - p) : len;

		if (put_part(dot, p, n, err))
			return -1;
		if (lf && end_line(dot, dot->cr, err))
			return -1;
		p += n + (lf != NULL);
		len -= n + (lf != NULL);
	}
	return 0;
}

int dot_end(struct dot *dot, struct err *err)
{
	/* A CR at the very end was no line end: there was none. */
	if (dot->in_line && end_line(dot, false, err))
		return -1;
	if (put(dot, ".\r\n", 3, err))
		return -1;
	return flush(dot, err);
}
