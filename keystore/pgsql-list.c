/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pgsql-list - every row of an existing table (pgsql-sync.h) */
#include <config.h>

#include "base/mem.h"
#include "base/signals.h"
#include "keystore/pgsql-sync.h"
#include "keystore/pgsql-table.h"

#define CURSOR "mailseal_list"

static int open_cursor(struct pgsql_link *link, const char *list, struct err *err)
{
	struct buf sql = BUF_INIT;
	int rc;

	buf_addf(&sql, "DECLARE " CURSOR " NO SCROLL CURSOR FOR SELECT * FROM (%s) AS list"
	         " (address, value) ORDER BY lower(address::text)", list);
	rc = pgsql_link_do(link, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err) ||
	     pgsql_link_do(link, buf_str(&sql), err) ? -1 : 0;
	buf_free(&sql);
	return rc;
}

static int give_rows(const struct pgsql_rows *rows,
                     int (*each)(void *ctx, const struct pgsql_listed *row), void *ctx)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < pgsql_rows_count(rows); i++) {
		struct pgsql_listed row = { .len = 0 };

		row.address = pgsql_rows_value(rows, i, 0, NULL);
		row.value = pgsql_rows_value(rows, i, 1, &row.len);
		if (row.address)
			rc = each(ctx, &row);
	}
	return rc;
}

int pgsql_sync_list(const struct pgsql_conf *conf,
                    int (*each)(void *ctx, const struct pgsql_listed *row),
                    void *ctx, struct err *err)
{
	static const struct pgsql_question more = {
		.sql = "FETCH FORWARD 64 FROM " CURSOR,
		.max = 2 * PGSQL_AT_ONCE * ENTRY_MAX + PGSQL_SLACK,
	};
	struct pgsql_link *link = pgsql_link_new(conf);
	size_t count = 1;
	int rc = pgsql_link_connect_best(link, err);

	if (rc == 0)
		rc = open_cursor(link, conf->text[PGSQL_LIST], err);
	while (rc == 0 && count > 0) {
		struct pgsql_rows *rows = pgsql_link_step(link, &more, err);

		count = rows ? pgsql_rows_count(rows) : 0;
		rc = rows ? give_rows(rows, each, ctx) : -1;
		pgsql_rows_free(&rows);
		if (rc == 0 && signals_stop())
			rc = err_set(err, ERR_TEMPORARY, NULL, "stopped by a signal");
	}
	pgsql_link_free(&link);
	return rc;
}
