/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pgsql-fill - the keystore's own tables, made of another store's texts (struct store_backend's fill)
 *
 * While its format is 0 nobody can ask it.  What was written is committed in pieces.
 */
#ifndef MAILSEAL_KEYSTORE_PGSQL_FILL_H
#define MAILSEAL_KEYSTORE_PGSQL_FILL_H

#include "keystore/pgsql-link.h"
#include "keystore/store-private.h"

struct pgsql_fill {
	size_t since_commit; /* statements */
};

/* Empty tables, or those of one that was broken off. -1 with *err. */
int pgsql_fill_begin(struct pgsql_link *link, struct err *err);
int pgsql_fill_entry(struct pgsql_link *link, struct pgsql_fill *fill,
                     const char *address, const struct buf *text, struct err *err);
int pgsql_fill_change(struct pgsql_link *link, struct pgsql_fill *fill,
                      const char *line, size_t len, struct err *err);
int pgsql_fill_end(struct pgsql_link *link, struct err *err);

#endif
