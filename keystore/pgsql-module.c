/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pgsql-module - the module that links libpq */
#include <config.h>

#include <libpq-fe.h>
#include <stdio.h>

#include "keystore/pgsql-module.h"

static int parse(const char *uri, void (*each)(void *ctx, const char *name, const char *value),
                 void *ctx, char *why, size_t size)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(uri, &message);

	if (!options) {
		snprintf(why, size, "%s", message ? message : "no memory");
		PQfreemem(message);
		return -1;
	}
	for (const PQconninfoOption *o = options; o->keyword; o++)
		if (o->val)
			each(ctx, o->keyword, o->val);
	PQconninfoFree(options);
	return 0;
}

/* What a server has to remark is nobody's here, least of all stderr's. */
static void ignore(void *ctx, const PGresult *notice)
{
	(void)ctx;
	(void)notice;
}

static struct pg_conn *start(const char *const *names, const char *const *values)
{
	PGconn *conn = PQconnectStartParams(names, values, 0);

	if (conn)
		PQsetNoticeReceiver(conn, ignore, NULL);
	return conn;
}

static enum pgsql_step connect_step(struct pg_conn *conn)
{
	if (PQstatus(conn) == CONNECTION_BAD)
		return PGSQL_STEP_FAILED;
	switch (PQconnectPoll(conn)) {
	case PGRES_POLLING_READING: return PGSQL_STEP_READ;
	case PGRES_POLLING_WRITING: return PGSQL_STEP_WRITE;
	case PGRES_POLLING_OK:
		return PQsetnonblocking(conn, 1) ? PGSQL_STEP_FAILED : PGSQL_STEP_DONE;
	default: return PGSQL_STEP_FAILED;
	}
}

static const char *error(const struct pg_conn *conn)
{
	return PQerrorMessage(conn);
}

static int send_query(struct pg_conn *conn, const char *sql, size_t count,
                      const char *const *values)
{
	return PQsendQueryParams(conn, sql, (int)count, NULL, values, NULL, NULL, 1) ? 0 : -1;
}

static int consume(struct pg_conn *conn)
{
	return PQconsumeInput(conn) ? 0 : -1;
}

static enum pgsql_status status(const struct pg_result *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK: return PGSQL_STATUS_ROWS;
	case PGRES_COMMAND_OK: return PGSQL_STATUS_DONE;
	default: return PGSQL_STATUS_ERROR;
	}
}

static const char *message(const struct pg_result *result)
{
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	return text ? text : PQresultErrorMessage(result);
}

static const char *sqlstate(const struct pg_result *result)
{
	const char *text = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return text ? text : "";
}

static const char *value(const struct pg_result *result, int row, int column, size_t *len)
{
	if (row >= PQntuples(result) || column >= PQnfields(result) ||
	    PQgetisnull(result, row, column))
		return NULL;
	*len = (size_t)PQgetlength(result, row, column);
	return PQgetvalue(result, row, column);
}

extern const struct pgsql_module pgsql_module __attribute__((visibility("default")));
const struct pgsql_module pgsql_module = {
	.abi = PGSQL_MODULE_ABI,
	.parse = parse,
	.start = start,
	.connect = connect_step,
	.socket = PQsocket,
	.error = error,
	.finish = PQfinish,
	.send = send_query,
	.flush = PQflush,
	.consume = consume,
	.busy = PQisBusy,
	.result = PQgetResult,
	.status = status,
	.message = message,
	.sqlstate = sqlstate,
	.rows = PQntuples,
	.columns = PQnfields,
	.value = value,
	.clear = PQclear,
};
