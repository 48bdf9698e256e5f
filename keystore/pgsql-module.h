/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pgsql-module - what the program and the module that uses libpq know of each other
 *
 * The module, pgsql.so, links libpq and nothing of ours.  None of its functions waits for
 * anybody: the program polls (keystore/pgsql-link.c), so that no server holds a delivery.
 */
#ifndef MAILSEAL_KEYSTORE_PGSQL_MODULE_H
#define MAILSEAL_KEYSTORE_PGSQL_MODULE_H

#include <stddef.h>

#define PGSQL_MODULE_FILE "pgsql.so"
#define PGSQL_MODULE_SYMBOL "pgsql_module"
#define PGSQL_MODULE_ABI 1 /* one more with each change to this file */

/* libpq's own, PGconn and PGresult. */
struct pg_conn;
struct pg_result;

enum pgsql_step { PGSQL_STEP_FAILED, PGSQL_STEP_READ, PGSQL_STEP_WRITE, PGSQL_STEP_DONE };
enum pgsql_status { PGSQL_STATUS_ROWS, PGSQL_STATUS_DONE, PGSQL_STATUS_ERROR };

struct pgsql_module {
	unsigned abi;

	/* The options that a URI sets, one call of each for every one. -1: it is none; see why. */
	int (*parse)(const char *uri, void (*each)(void *ctx, const char *name, const char *value),
	             void *ctx, char *why, size_t size);
	/* Begins to connect; names and values are NULL-terminated. NULL: no memory. */
	struct pg_conn *(*start)(const char *const *names, const char *const *values);
	enum pgsql_step (*connect)(struct pg_conn *conn);
	int (*socket)(const struct pg_conn *conn); /* may be another one after each step */
	const char *(*error)(const struct pg_conn *conn); /* borrowed */
	void (*finish)(struct pg_conn *conn);

	/* Values of the parameters, NULL-terminated strings; rows come in binary form. -1: failed. */
	int (*send)(struct pg_conn *conn, const char *sql, size_t count, const char *const *values);
	int (*flush)(struct pg_conn *conn); /* 1: more is to be written, 0: all was, -1: failed */
	int (*consume)(struct pg_conn *conn); /* reads what is there; -1: failed */
	int (*busy)(struct pg_conn *conn); /* not 0: a result is not whole yet */
	struct pg_result *(*result)(struct pg_conn *conn); /* NULL: there is no further one */

	enum pgsql_status (*status)(const struct pg_result *result);
	const char *(*message)(const struct pg_result *result);  /* borrowed, as the next */
	const char *(*sqlstate)(const struct pg_result *result); /* "" where there is none */
	int (*rows)(const struct pg_result *result);
	int (*columns)(const struct pg_result *result);
	/* NULL: the value is null. Ends with a NUL that is not counted. */
	const char *(*value)(const struct pg_result *result, int row, int column, size_t *len);
	void (*clear)(struct pg_result *result);
};

#endif
