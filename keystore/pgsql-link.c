/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pgsql-link - a connection to one of FILE.cf's servers, made when it is needed */
#include <config.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/signals.h"
#include "keystore/pgsql-link.h"
#include "keystore/pgsql-module.h"
#include "keystore/pgsql-options.h"

#define ADVICE_DOWN "see whether the database runs and lets this host in"
#define ADVICE_SCHEMA "make its tables: psql -f keystore.sql (docs/keystore.md)"

struct pgsql_link {
	const struct pgsql_conf *conf;
	const struct pgsql_module *module; /* NULL: not loaded yet */
	struct pg_conn *conn;              /* NULL: there is none */
	char host[256];                    /* whom conn leads to, for errors */
	bool writable;                     /* it takes changes, for all we know */
	bool prefer_writable;
	struct err down; /* class not ERR_NONE: nobody answered */
};

struct pgsql_rows {
	const struct pgsql_module *module;
	struct pg_result *result;
};

/* ---- lifetime ------------------------------------------------------------------- */

struct pgsql_link *pgsql_link_new(const struct pgsql_conf *conf)
{
	struct pgsql_link *link = mem_alloc(sizeof *link);

	link->conf = conf;
	return link;
}

void pgsql_link_drop(struct pgsql_link *link)
{
	if (link->conn)
		link->module->finish(link->conn);
	link->conn = NULL;
}

void pgsql_link_free(struct pgsql_link **link)
{
	if (!*link)
		return;
	pgsql_link_drop(*link);
	free(*link);
	*link = NULL;
}

void pgsql_link_prefer_writable(struct pgsql_link *link)
{
	link->prefer_writable = true;
}

/* ---- errors ---------------------------------------------------------------------- */

/* The first line of libpq's text; what the server wrote may be in it. */
static int failed(struct pgsql_link *link, const char *text, struct err *err)
{
	size_t len = strcspn(text, "\n");

	return err_set(err, ERR_TEMPORARY, ADVICE_DOWN, "the keystore's database (%s): %.*s",
	               link->host, (int)(len < 250 ? len : 250), text);
}

static int late(struct pgsql_link *link, struct err *err)
{
	char why[ERR_WHAT_MAX];

	snprintf(why, sizeof why, "%s", signals_stop() ? err->what : "it does not answer in time");
	return failed(link, why, err);
}

/* The table is not there, or not for us: no other server would say something else. */
static bool is_final(const char *sqlstate)
{
	return strncmp(sqlstate, "42", 2) == 0 || strncmp(sqlstate, "22", 2) == 0;
}

/* ---- connecting -------------------------------------------------------------------- */

static int load(struct pgsql_link *link, struct err *err)
{
	link->module = module_load(PGSQL_MODULE_FILE, PGSQL_MODULE_SYMBOL,
	                           PGSQL_MODULE_ABI, "libpq", err);
	if (link->module)
		return 0;
	err->class = ERR_TEMPORARY;
	return -1;
}

/* Without what libpq would take from its caller's environment, some of which others choose. */
static struct pg_conn *start(const struct pgsql_module *module,
                             const struct pgsql_options *options)
{
	char **saved = environ, **clean;
	struct pg_conn *conn;
	size_t count = 0, kept = 0;

	while (saved && saved[count])
		count++;
	clean = mem_array(count + 1, sizeof *clean);
	for (size_t i = 0; i < count; i++)
		if (strncmp(saved[i], "PG", 2) != 0)
			clean[kept++] = saved[i];
	environ = clean;
	conn = module->start((const char *const *)options->name,
	                     (const char *const *)options->value);
	environ = saved;
	free(clean);
	if (!conn)
		mem_exhausted();
	return conn;
}

static int finish_connecting(struct pgsql_link *link, struct deadline deadline,
                             struct err *err)
{
	enum pgsql_step step = PGSQL_STEP_WRITE;

	while (step != PGSQL_STEP_DONE) {
		struct pollfd p = {
			.fd = link->module->socket(link->conn),
			.events = step == PGSQL_STEP_WRITE ? POLLOUT : POLLIN,
		};

		if (step == PGSQL_STEP_FAILED || p.fd < 0)
			return failed(link, link->module->error(link->conn), err);
		if (io_wait(&p, 1, deadline, err) < 0)
			return late(link, err);
		step = link->module->connect(link->conn);
	}
	return 0;
}

static int connect_to(struct pgsql_link *link, const char *host, bool writable,
                      struct deadline deadline, struct err *err)
{
	struct pgsql_options options;
	int rc;

	pgsql_link_drop(link);
	if (!link->module && load(link, err))
		return -1;
	pgsql_options_describe(host, link->host, sizeof link->host);
	rc = pgsql_options_make(link->module, link->conf, host, writable, &options,
	                        deadline, err);
	if (rc)
		err_context(err, "the keystore's database (%s)", link->host);
	else
		link->conn = start(link->module, &options);
	pgsql_options_clear(&options);
	link->writable = writable;
	if (rc == 0 && finish_connecting(link, deadline, err)) {
		pgsql_link_drop(link);
		rc = -1;
	}
	return rc;
}

/* ---- asking --------------------------------------------------------------------------- */

/* What malloc gave out: libpq makes room for as much as a server says that it will send. */
static size_t memory(void)
{
#ifdef HAVE_MALLINFO2
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
#else
	return 0;
#endif
}

static int wait_and_read(struct pgsql_link *link, short events,
                         struct deadline deadline, struct err *err)
{
	struct pollfd p = { .fd = link->module->socket(link->conn), .events = events };

	if (p.fd < 0)
		return failed(link, link->module->error(link->conn), err);
	if (io_wait(&p, 1, deadline, err) < 0)
		return late(link, err);
	if ((p.revents & (POLLIN | POLLHUP | POLLERR)) && link->module->consume(link->conn))
		return failed(link, link->module->error(link->conn), err);
	return 0;
}

static int send_question(struct pgsql_link *link, const struct pgsql_question *q,
                         struct deadline deadline, struct err *err)
{
	int more;

	if (link->module->send(link->conn, q->sql, q->count, q->values))
		return failed(link, link->module->error(link->conn), err);
	while ((more = link->module->flush(link->conn)) > 0)
		if (wait_and_read(link, POLLIN | POLLOUT, deadline, err))
			return -1;
	return more < 0 ? failed(link, link->module->error(link->conn), err) : 0;
}

/* The next result into *result, NULL at the end. */
static int next_result(struct pgsql_link *link, size_t limit, struct pg_result **result,
                       struct deadline deadline, struct err *err)
{
	while (link->module->busy(link->conn)) {
		if (wait_and_read(link, POLLIN, deadline, err))
			return -1;
		if (memory() > limit)
			return failed(link, "its answer is too large", err);
	}
	*result = link->module->result(link->conn);
	return 0;
}

/* What a result that is an error says. *final: the connection is as good as before. */
static int refused(struct pgsql_link *link, const struct pg_result *result, bool *final,
                   struct err *err)
{
	const char *state = link->module->sqlstate(result);

	failed(link, link->module->message(result), err);
	*final = is_final(state);
	if (strcmp(state, "42P01") == 0)
		snprintf(err->advice, sizeof err->advice, "%s", ADVICE_SCHEMA);
	return -1;
}

static struct pgsql_rows *ask(struct pgsql_link *link, const struct pgsql_question *q,
                              struct deadline deadline, bool *final, struct err *err)
{
	size_t limit = memory() + q->max;
	struct pg_result *first = NULL, *next = NULL;
	struct pgsql_rows *rows;
	int rc = send_question(link, q, deadline, err);

	*final = false;
	if (rc == 0)
		rc = next_result(link, limit, &first, deadline, err);
	while (rc == 0 && (rc = next_result(link, limit, &next, deadline, err)) == 0 && next)
		link->module->clear(next);
	if (rc == 0 && !first)
		rc = failed(link, "it gives no answer", err);
	if (rc == 0 && link->module->status(first) == PGSQL_STATUS_ERROR)
		rc = refused(link, first, final, err);
	if (rc) {
		link->module->clear(first);
		return NULL;
	}
	rows = mem_alloc(sizeof *rows);
	rows->module = link->module;
	rows->result = first;
	return rows;
}

/* ---- one server after the other ------------------------------------------------------------ */

struct round {
	struct deadline deadline; /* of all */
	size_t left;              /* servers that were not tried yet */
};

/* No server gets more than its share of what is left. */
static struct deadline share(struct round *round)
{
	int64_t left = round->deadline.at_ms - clock_ms();
	size_t servers = round->left ? round->left-- : 1;

	return deadline_earlier(round->deadline,
	                        deadline_in(left > 0 ? left / (int64_t)servers : 0));
}

static struct pgsql_rows *try_host(struct pgsql_link *link, const char *host,
                                   bool writable, const struct pgsql_question *q,
                                   struct round *round, bool *final, struct err *err)
{
	struct deadline deadline = share(round);
	struct pgsql_rows *rows = NULL;

	*final = false;
	if (connect_to(link, host, writable, deadline, err) == 0) {
		rows = ask(link, q, deadline, final, err);
		if (!rows && !*final)
			pgsql_link_drop(link);
	}
	return rows;
}

static struct pgsql_rows *try_hosts(struct pgsql_link *link,
                                    const struct pgsql_question *q, struct err *err)
{
	int passes = link->prefer_writable ? 2 : 1;
	struct round round = { deadline_in(link->conf->timeout_ms), 0 };
	struct pgsql_rows *rows = NULL;
	bool final = false;

	for (char **host = link->conf->host; *host; host++)
		round.left += (size_t)passes;
	for (int pass = passes; pass > 0; pass--) {
		for (char **host = link->conf->host; *host && !rows && !final; host++)
			if (!deadline_passed(round.deadline))
				rows = try_host(link, *host, pass == 2, q, &round, &final, err);
	}
	if (!rows && !final)
		link->down = *err;
	return rows;
}

struct pgsql_rows *pgsql_link_ask(struct pgsql_link *link,
                                  const struct pgsql_question *question,
                                  struct err *err)
{
	struct pgsql_rows *rows = NULL;
	bool final = false;

	if (link->down.class != ERR_NONE) {
		*err = link->down;
		return NULL;
	}
	/* A connection that was good may be gone: a failover. */
	if (link->conn) {
		rows = ask(link, question, deadline_in(link->conf->timeout_ms / 2), &final, err);
		if (rows || final)
			return rows;
		pgsql_link_drop(link);
	}
	return try_hosts(link, question, err);
}

/* ---- transactions ----------------------------------------------------------------------------- */

int pgsql_link_connect(struct pgsql_link *link, bool writable, struct err *err)
{
	struct round round = { deadline_in(link->conf->timeout_ms), 0 };

	if (link->conn && (link->writable || !writable))
		return 0;
	for (char **host = link->conf->host; *host; host++)
		round.left++;
	for (char **host = link->conf->host; *host; host++)
		if (connect_to(link, *host, writable, share(&round), err) == 0)
			return 0;
	return -1;
}

int pgsql_link_connect_best(struct pgsql_link *link, struct err *err)
{
	return pgsql_link_connect(link, true, err) && pgsql_link_connect(link, false, err) ? -1 : 0;
}

struct pgsql_rows *pgsql_link_step(struct pgsql_link *link,
                                   const struct pgsql_question *question,
                                   struct err *err)
{
	struct pgsql_rows *rows = NULL;
	bool final;

	if (!link->conn)
		failed(link, "there is no connection", err);
	else
		rows = ask(link, question, deadline_in(link->conf->timeout_ms), &final, err);
	if (!rows)
		pgsql_link_drop(link);
	return rows;
}

int pgsql_link_do(struct pgsql_link *link, const char *sql, struct err *err)
{
	const struct pgsql_question question = { .sql = sql, .max = 1024 * 1024 };
	struct pgsql_rows *rows = pgsql_link_step(link, &question, err);
	int rc = rows ? 0 : -1;

	pgsql_rows_free(&rows);
	return rc;
}

/* ---- rows ------------------------------------------------------------------------------------- */

size_t pgsql_rows_count(const struct pgsql_rows *rows)
{
	return (size_t)rows->module->rows(rows->result);
}

size_t pgsql_rows_columns(const struct pgsql_rows *rows)
{
	return (size_t)rows->module->columns(rows->result);
}

const char *pgsql_rows_value(const struct pgsql_rows *rows, size_t row,
                             size_t column, size_t *len)
{
	size_t ignored;

	return rows->module->value(rows->result, (int)row, (int)column, len ? len : &ignored);
}

void pgsql_rows_free(struct pgsql_rows **rows)
{
	if (!*rows)
		return;
	(*rows)->module->clear((*rows)->result);
	free(*rows);
	*rows = NULL;
}
