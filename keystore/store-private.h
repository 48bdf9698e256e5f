/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store-private - what a back end of the store is; for store*.c alone */
#ifndef MAILSEAL_KEYSTORE_STORE_PRIVATE_H
#define MAILSEAL_KEYSTORE_STORE_PRIVATE_H

#include "keystore/store.h"

/* The functions of store.h, on what open returned.  put gets the text form,
 * known to be read back whole. */
struct store_backend {
	const char *kind; /* what stands in front of the spec's colon */
	void *(*open)(const char *where, bool create, bool *created,
	              struct err *err);
	void (*close)(void *ctx);
	enum store_answer (*get)(void *ctx, const char *address,
	                         struct entry **entry, struct err *err);
	int (*put)(void *ctx, const char *address, uint64_t serial,
	           const struct buf *text, struct err *err);
	int (*remove)(void *ctx, const char *address, struct err *err);
	int (*each)(void *ctx, int (*each)(void *each_ctx, const char *address),
	            void *each_ctx, struct err *err);
};

extern const struct store_backend store_dir_backend;

#endif
