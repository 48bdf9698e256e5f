/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pgsql-query - an administrator's SQL query with an address in it, written as for pgsql_table(5)
 *
 * `%s` is the whole address, `%u` and `%d` its two sides (`%S`, `%U`, `%D` too), `%1` to `%9`
 * the domain's labels from the last on, `%%` a percent sign.  An address never becomes SQL text: a
 * literal with any of these in it, 'x %u', becomes a parameter, $1, whose value is what stood between
 * the quotes.  So each must stand in a plain literal, and the query holds neither comments nor `$`.
 */
#ifndef MAILSEAL_KEYSTORE_PGSQL_QUERY_H
#define MAILSEAL_KEYSTORE_PGSQL_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define PGSQL_QUERY_PARAMS_MAX 16

struct pgsql_query {
	char *sql;                            /* with $1, $2, ...; NULL: there is no query */
	char *param[PGSQL_QUERY_PARAMS_MAX]; /* what stood in the quotes, still with its % */
	size_t params;
};

/* -1 with *err (ERR_CONFIG). *out is for pgsql_query_clear either way. */
int pgsql_query_parse(const char *text, struct pgsql_query *out, struct err *err);
void pgsql_query_clear(struct pgsql_query *query);

/*
 * The parameters for an address in normal form, each the caller's.  false, and none: the query is
 * not asked, as in pgsql_table(5), since it wants a part that the address does not have (the local part of
 * `@example.org`, the third label of example.org).
 */
bool pgsql_query_fill(const struct pgsql_query *query, const char *address,
                      char *value[PGSQL_QUERY_PARAMS_MAX]);

#endif
