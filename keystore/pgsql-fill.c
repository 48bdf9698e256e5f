/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pgsql-fill - the keystore's own tables, made of another store's texts */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "keystore/pgsql-fill.h"
#include "keystore/pgsql-table.h"

#define COMMIT_AFTER 1000 /* statements */
#define NUMBER 24

/* How many rows came; -1 with *err. */
static int do_with(struct pgsql_link *link, const char *sql, size_t count,
                   const char *const *values, struct err *err)
{
	const struct pgsql_question question = { sql, count, values, PGSQL_SLACK };
	struct pgsql_rows *rows = pgsql_link_step(link, &question, err);
	int rc = rows ? (int)pgsql_rows_count(rows) : -1;

	pgsql_rows_free(&rows);
	return rc;
}

/* ---- begin and end ------------------------------------------------------------------ */

/* Two at once would wait for each other, then find it half filled. */
#define LOCK "SELECT 1 WHERE pg_try_advisory_lock(hashtext('mailseal_keystore'))"
#define OPEN \
	"UPDATE mailseal_keystore SET format = 0 WHERE format = 0 OR (number = 0" \
	" AND NOT EXISTS (SELECT FROM mailseal_entries)" \
	" AND NOT EXISTS (SELECT FROM mailseal_changes)) RETURNING 1"
#define STRANGERS "SELECT 1 FROM mailseal_entries WHERE change IS NULL LIMIT 1"
#define CLOSE \
	"UPDATE mailseal_keystore SET format = 1," \
	" number = (SELECT coalesce(max(number), 0) FROM mailseal_changes) RETURNING 1"

int pgsql_fill_begin(struct pgsql_link *link, struct err *err)
{
	int rows;

	if (pgsql_link_connect(link, true, err))
		return -1;
	rows = do_with(link, LOCK, 0, NULL, err);
	if (rows == 0)
		return err_set(err, ERR_TEMPORARY, NULL, "another one fills the database");
	if (rows > 0)
		rows = do_with(link, OPEN, 0, NULL, err);
	if (rows == 0)
		return err_set(err, ERR_DATA, "make empty tables (docs/keystore.sql)",
		               "the database is a keystore already, with entries or a log");
	return rows < 0 ? -1 : pgsql_link_do(link, "BEGIN", err);
}

int pgsql_fill_end(struct pgsql_link *link, struct err *err)
{
	int rows = do_with(link, STRANGERS, 0, NULL, err);

	if (rows > 0)
		return err_set(err, ERR_DATA, "see `mailseal key audit` of the other keystore",
		               "its log knows nothing of some entries, and in a database they would be overlooked");
	if (rows == 0)
		rows = do_with(link, CLOSE, 0, NULL, err);
	return rows < 0 ? -1 : pgsql_link_do(link, "COMMIT", err);
}

/* ---- filling ---------------------------------------------------------------------------- */

static int commit_now_and_then(struct pgsql_link *link, struct pgsql_fill *fill,
                               struct err *err)
{
	if (++fill->since_commit < COMMIT_AFTER)
		return 0;
	fill->since_commit = 0;
	return pgsql_link_do(link, "COMMIT", err) || pgsql_link_do(link, "BEGIN", err) ? -1 : 0;
}

int pgsql_fill_entry(struct pgsql_link *link, struct pgsql_fill *fill,
                     const char *address, const struct buf *text, struct err *err)
{
	char serial[NUMBER];
	const char *const values[] = { address, serial, buf_str(text) };

	snprintf(serial, sizeof serial, "%" PRIu64, store_serial_of(text, address));
	if (do_with(link, "INSERT INTO mailseal_entries (address, serial, entry)"
	            " VALUES ($1, $2::bigint, $3) ON CONFLICT (address) DO UPDATE"
	            " SET serial = EXCLUDED.serial, entry = EXCLUDED.entry, change = NULL",
	            3, values, err) < 0)
		return -1;
	return commit_now_and_then(link, fill, err);
}

/* The entry that a line speaks of is, until a later one, the one that it made. */
int pgsql_fill_change(struct pgsql_link *link, struct pgsql_fill *fill,
                      const char *line, size_t len, struct err *err)
{
	char number[NUMBER], serial[NUMBER];
	char *copy = mem_strndup(line, len);
	struct change change;
	const char *why = change_parse(line, len, NULL, &change);
	const char *const values[] = { number, copy, change.address, serial };
	int rc;

	snprintf(number, sizeof number, "%" PRIu64, change.number);
	snprintf(serial, sizeof serial, "%" PRIu64, change.serial);
	if (why)
		rc = err_set(err, ERR_DATA, NULL, "a line of the log: %s", why);
	else
		rc = do_with(link, "WITH c AS (INSERT INTO mailseal_changes (number, line)"
		             " VALUES ($1::bigint, $2) RETURNING number)"
		             " UPDATE mailseal_entries SET change = (SELECT number FROM c)"
		             " WHERE address = $3 AND serial = $4::bigint", 4, values, err);
	change_clear(&change);
	free(copy);
	return rc < 0 ? -1 : commit_now_and_then(link, fill, err);
}
