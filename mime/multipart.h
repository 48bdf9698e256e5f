/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * multipart - where the parts of a multipart body are (RFC 2046 section 5.1)
 *
 * Finds delimiter lines one after another in the raw bytes: nothing is
 * stored, so that a hundred thousand parts cost no memory.
 */
#ifndef MAILSEAL_MIME_MULTIPART_H
#define MAILSEAL_MIME_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/spool.h"
#include "mime/content.h"

struct multipart {
	struct spool *spool;
	char delimiter[2 + CONTENT_VALUE_MAX]; /* `--boundary` */
	size_t delimiter_len;
	uint64_t at; /* the next line to look at */
};

struct delimiter {
	uint64_t start, end; /* the line with its line end */
	bool closing;        /* `--boundary--` */
	bool odd;            /* more than blanks behind it: parsers differ */
};

/* body: offset of the first byte behind the header and its empty line. */
void multipart_start(struct multipart *m, struct spool *spool, uint64_t body,
                     const char *boundary);

/* The next delimiter line that begins before limit: 1 found, 0 not, -1 *err. */
int multipart_next(struct multipart *m, uint64_t limit, struct delimiter *d,
                   struct err *err);

#endif
