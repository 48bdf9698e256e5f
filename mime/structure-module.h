/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * structure-module - what the program and the module that uses GMime know of
 * each other
 *
 * The module, structure.so, links GMime and nothing of ours.  It exports one
 * constant, a struct structure_module by the name STRUCTURE_MODULE_SYMBOL.
 * Once loaded it stays: GLib keeps pointers into it.
 */
#ifndef MAILSEAL_MIME_STRUCTURE_MODULE_H
#define MAILSEAL_MIME_STRUCTURE_MODULE_H

#include <stddef.h>
#include <stdint.h>

#include "mime/content.h"
#include "mime/transfer.h"

#define STRUCTURE_MODULE_FILE "structure.so"
#define STRUCTURE_MODULE_SYMBOL "structure_module"
#define STRUCTURE_MODULE_ABI 1 /* one more with each change to this file */

#define STRUCTURE_PARTS_MAX 3 /* kept; more are counted */

struct structure_part {
	char type[CONTENT_TYPE_MAX]; /* lower case */
	enum transfer_encoding encoding;
	uint64_t start, end; /* offsets of its body in the message */
};

struct structure {
	char type[CONTENT_TYPE_MAX]; /* of the message */
	unsigned parts;              /* 1 when it is no multipart: the message's body */
	struct structure_part part[STRUCTURE_PARTS_MAX];
};

/* A message. */
struct structure_source {
	/* As spool_peek (base/spool.h): *data points at *len bytes from offset
	 * on, at least 1 below size. -1: they can't be read. */
	int (*peek)(void *ctx, uint64_t offset, const char **data, size_t *len);
	void *ctx;
	uint64_t size; /* bytes */
};

struct structure_module {
	unsigned abi;
	/* *out is all zero before, and after where GMime makes nothing of it.
	 * What is read when a peek failed is nothing to believe. */
	void (*read)(const struct structure_source *source, struct structure *out);
};

#endif
