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
	void (*at_source)(void *ctx); /* store_options.at_source; NULL: it is always asked itself */
	/* Appends the text to *text. */
	enum store_answer (*get)(void *ctx, const char *address, struct buf *text,
	                         struct err *err);
	int (*put)(void *ctx, const struct store_entry_text *new, struct err *err);
	int (*changes)(void *ctx, uint64_t since,
	               int (*each)(void *each_ctx, const char *line, size_t len),
	               void *each_ctx, struct err *err);
	int (*each)(void *ctx, int (*each)(void *each_ctx, const char *address),
	            void *each_ctx, struct err *err);
	/*
	 * A store that is made of another's texts (migrate.c); NULL: there is no making it.  fill opens
	 * a new one, or one whose filling was broken off, as nobody else can until fill_end: it can't be
	 * asked.  An entry replaces what is there; a line goes behind the log's last.  What fill
	 * gives is close's, and get, changes and each read it.
	 */
	void *(*fill)(const char *where, struct err *err);
	int (*fill_entry)(void *ctx, const char *address, const struct buf *text,
	                  struct err *err);
	int (*fill_change)(void *ctx, const char *line, size_t len, struct err *err);
	int (*fill_end)(void *ctx, struct err *err);
};

/* The back end that spec names, and where in spec its own part begins. NULL with *err (ERR_CONFIG). */
const struct store_backend *store_backend_of(const char *spec, const char **where,
                                             struct err *err);

/* The serial of a stored text, 0 if it is no entry of that address. */
uint64_t store_serial_of(const struct buf *text, const char *address);

extern const struct store_backend store_dir_backend;
extern const struct store_backend store_pgsql_backend;
extern const struct store_backend store_ldap_backend;

#endif
