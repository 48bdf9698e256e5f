/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pgsql-table - the keystore's own tables (docs/keystore.sql)
 *
 * ctx is a struct pgsql_link; otherwise these are functions of struct store_backend.
 */
#ifndef MAILSEAL_KEYSTORE_PGSQL_TABLE_H
#define MAILSEAL_KEYSTORE_PGSQL_TABLE_H

#include "keystore/pgsql-link.h"
#include "keystore/store-private.h"

#define PGSQL_SLACK ((size_t)1024 * 1024) /* bytes beside what is asked for */
#define PGSQL_AT_ONCE 64                  /* entries of one answer */

/* filling: while it is made of another store (pgsql-fill.h), and then only. */
enum store_answer pgsql_table_get(struct pgsql_link *link, bool filling,
                                  const char *address, struct buf *text,
                                  struct err *err);
int pgsql_table_put(struct pgsql_link *link, const struct store_entry_text *new,
                    struct err *err);
int pgsql_table_changes(struct pgsql_link *link, uint64_t since,
                        int (*each)(void *each_ctx, const char *line, size_t len),
                        void *each_ctx, struct err *err);
int pgsql_table_each(struct pgsql_link *link, bool filling,
                     int (*each)(void *each_ctx, const char *address),
                     void *each_ctx, struct err *err);

/* Appends a value of a row: -1 if it is null, empty, or longer than max. */
int pgsql_table_text(const struct pgsql_rows *rows, size_t row, size_t column,
                     size_t max, struct buf *out);

#endif
