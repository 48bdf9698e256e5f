/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lineend - a sink that changes line ends on the way to another sink
 */
#include <config.h>

#include <stddef.h>

#include "mime/lineend.h"

#define PIECE 4096 /* bytes converted at a time */

/* Writes what byte becomes to out, at most two bytes; returns their number. */
static size_t to_lf(struct lineend_filter *f, char byte, char *out)
{
	size_t n = 0;

	if (f->cr && byte != '\n')
		out[n++] = '\r';
	f->cr = byte == '\r';
	if (!f->cr)
		out[n++] = byte;
	return n;
}

static size_t to_crlf(struct lineend_filter *f, char byte, char *out)
{
	size_t n = 0;

	if (byte == '\n' && !f->cr)
		out[n++] = '\r';
	f->cr = byte == '\r';
	out[n++] = byte;
	return n;
}

static int convert(void *ctx, const void *data, size_t len, struct err *err)
{
	struct lineend_filter *f = ctx;
	const char *in = data;
	char out[2 * PIECE];

	while (len > 0) {
		size_t piece = len < PIECE ? len : PIECE;
		size_t n = 0;

		for (size_t i = 0; i < piece; i++)
			n += f->to == LINEEND_LF ? to_lf(f, in[i], out + n)
			                         : to_crlf(f, in[i], out + n);
		if (sink_write(f->sink, out, n, err))
			return -1;
		in += piece;
		len -= piece;
	}
	return 0;
}

struct sink lineend_sink(struct lineend_filter *f)
{
	return f->to == LINEEND_KEEP ? f->sink : (struct sink){ convert, f };
}

int lineend_finish(struct lineend_filter *f, struct err *err)
{
	bool held = f->cr && f->to == LINEEND_LF;

	f->cr = false;
	return held ? sink_write(f->sink, "\r", 1, err) : 0;
}

int lineend_puts(struct sink sink, const char *text, bool crlf,
                 struct err *err)
{
	struct lineend_filter f = { crlf ? LINEEND_CRLF : LINEEND_KEEP, sink, false };

	return sink_puts(lineend_sink(&f), text, err);
}
