/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pgsql-link - a connection to one of FILE.cf's servers, made when it is needed
 *
 * libpq is loaded on use.  Every wait is a poll of ours under a deadline; a server that does not
 * answer is left for the next one of `hosts`.  The environment's PG* variables do not count.
 */
#ifndef MAILSEAL_KEYSTORE_PGSQL_LINK_H
#define MAILSEAL_KEYSTORE_PGSQL_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "keystore/pgsql-conf.h"

struct pgsql_link;
struct pgsql_rows;

/* Nothing is connected, or loaded, yet. conf: borrowed for as long. */
struct pgsql_link *pgsql_link_new(const struct pgsql_conf *conf);
void pgsql_link_free(struct pgsql_link **link);
/* From now on, a server that takes changes is asked first: others may not know them yet. */
void pgsql_link_prefer_writable(struct pgsql_link *link);

struct pgsql_question {
	const char *sql;
	size_t count;              /* of values */
	const char *const *values; /* of $1 ...; NULL: null */
	size_t max;                /* bytes of memory that the answer may take */
};

/*
 * A question on its own: each server in turn, until one answers, all within `timeout`.  NULL with
 * *err: none did (ERR_TEMPORARY), and later calls say so at once.  What came is the caller's.
 */
struct pgsql_rows *pgsql_link_ask(struct pgsql_link *link,
                                  const struct pgsql_question *question,
                                  struct err *err);

/*
 * For a transaction: a connection, to a server that takes changes if writable; the one that there is, if
 * it will do (it may be dead: then the first step fails, and a second connect makes another).
 * -1 with *err.
 */
int pgsql_link_connect(struct pgsql_link *link, bool writable, struct err *err);
/* To a server that takes changes, or, where there is none, to any. */
int pgsql_link_connect_best(struct pgsql_link *link, struct err *err);
/* On that connection, within `timeout`. NULL with *err; the connection is gone then. */
struct pgsql_rows *pgsql_link_step(struct pgsql_link *link,
                                   const struct pgsql_question *question,
                                   struct err *err);
/* The same where no rows are wanted. */
int pgsql_link_do(struct pgsql_link *link, const char *sql, struct err *err);
/* Ends the connection: what was not committed never was. */
void pgsql_link_drop(struct pgsql_link *link);

size_t pgsql_rows_count(const struct pgsql_rows *rows);
size_t pgsql_rows_columns(const struct pgsql_rows *rows);
/* NULL: null. Ends with a NUL that is not counted; borrowed. */
const char *pgsql_rows_value(const struct pgsql_rows *rows, size_t row,
                             size_t column, size_t *len);
void pgsql_rows_free(struct pgsql_rows **rows);

#endif
