/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lineend - a sink that changes line ends on the way to another sink
 *
 * Only LF ends a line, and one CR right before it belongs to the end.
 */
#ifndef MAILSEAL_MIME_LINEEND_H
#define MAILSEAL_MIME_LINEEND_H

#include <stdbool.h>

#include "base/err.h"
#include "base/stream.h"

enum lineend {
	LINEEND_KEEP,
	LINEEND_LF,
	LINEEND_CRLF,
};

struct lineend_filter {
	enum lineend to;
	struct sink sink;
	bool cr; /* the last byte was a CR (LINEEND_LF: not yet written) */
};

/* Both are borrowed: filter must outlive the sink. */
struct sink lineend_sink(struct lineend_filter *filter);
/* At the end of the data: a CR that was held back. */
int lineend_finish(struct lineend_filter *filter, struct err *err);

/* A text of ours, whose lines end in LF, with NL instead. */
int lineend_puts(struct sink sink, const char *text, bool crlf,
                 struct err *err);

#endif
