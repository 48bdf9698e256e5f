/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store-private - what a back end of the store is; for store*.c alone */
#ifndef MAILSEAL_KEYSTORE_STORE_PRIVATE_H
#define MAILSEAL_KEYSTORE_STORE_PRIVATE_H

#include "keystore/store.h"

/* What is written along with an entry. */
struct store_entry_text {
	const char *address;
	uint64_t serial;     /* one above the stored one's, or 0: whatever is there, broken or not */
	const struct buf *text; /* known to be read back whole; signed already */
	struct change *change;  /* all but number and previous, which the back end knows */
	const struct signing_secret *secret; /* for the log's line */
};

/* What a store does with texts; store.c knows what is in them. */
struct store_backend {
	const char *kind; /* what stands in front of the spec's colon */
	void *(*open)(const char *where, bool create, bool *created,
	              struct err *err);
	void (*close)(void *ctx);
	/* Appends the text to *text. */
	enum store_answer (*get)(void *ctx, const char *address, struct buf *text,
	                         struct err *err);
	int (*put)(void *ctx, const struct store_entry_text *new, struct err *err);
	int (*changes)(void *ctx, uint64_t since,
	               int (*each)(void *each_ctx, const char *line, size_t len),
	               void *each_ctx, struct err *err);
	int (*each)(void *ctx, int (*each)(void *each_ctx, const char *address),
	            void *each_ctx, struct err *err);
};

/* The serial of a stored text, 0 if it is no entry of that address. */
uint64_t store_serial_of(const struct buf *text, const char *address);

extern const struct store_backend store_dir_backend;

#endif
