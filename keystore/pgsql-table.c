/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pgsql-table - the keystore's own tables (docs/keystore.sql) */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "keystore/address.h"
#include "keystore/pgsql-table.h"

#define NO_LINE "0000000000000000000000000000000000000000000000000000000000000000"
#define ADDRESSES_AT_ONCE "1000" /* of one answer, and of the next */
#define LINES_AT_ONCE "500"
#define NUMBER 24 /* bytes of one, in decimal */

static int broken(const char *what, struct err *err)
{
	return err_set(err, ERR_TEMPORARY, "restore it from a backup",
	               "the keystore's database: %s", what);
}

int pgsql_table_text(const struct pgsql_rows *rows, size_t row, size_t column,
                     size_t max, struct buf *out)
{
	size_t len = 0;
	const char *value = pgsql_rows_value(rows, row, column, &len);

	if (!value || len == 0 || len > max)
		return -1;
	buf_add(out, value, len);
	return 0;
}

/* ---- looking up -------------------------------------------------------------- */

/* One row whatever the address, so that an empty answer is none. */
enum store_answer pgsql_table_get(struct pgsql_link *link, bool filling,
                                  const char *address, struct buf *text,
                                  struct err *err)
{
	const char *const values[] = { address, filling ? "0" : "1" };
	const struct pgsql_question question = {
		"SELECT e.entry FROM mailseal_keystore k"
		" LEFT JOIN mailseal_entries e ON e.address = $1 WHERE k.format = $2::integer",
		2, values, ENTRY_MAX * 2 + PGSQL_SLACK,
	};
	struct pgsql_rows *rows = pgsql_link_ask(link, &question, err);
	enum store_answer answer = STORE_COULD_NOT_ASK;

	if (!rows)
		return answer;
	if (pgsql_rows_count(rows) != 1 || pgsql_rows_columns(rows) != 1)
		broken("it is no keystore of this version", err);
	else if (!pgsql_rows_value(rows, 0, 0, NULL))
		answer = STORE_NOT_ENROLLED;
	else if (pgsql_table_text(rows, 0, 0, ENTRY_MAX, text))
		broken("an entry is empty, or too large", err);
	else
		answer = STORE_FOUND;
	pgsql_rows_free(&rows);
	return answer;
}

/* ---- changing ------------------------------------------------------------------- */

/* A writer that vanished must not hold up others. */
#define BEGIN \
	"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
#define LIMITS \
	"SELECT set_config('lock_timeout', '30s', true)," \
	" set_config('idle_in_transaction_session_timeout', '60s', true)"

static struct pgsql_rows *step(struct pgsql_link *link, const char *sql, size_t count,
                               const char *const *values, struct err *err)
{
	const struct pgsql_question question = { sql, count, values,
	                                         ENTRY_MAX * 2 + PGSQL_SLACK };

	return pgsql_link_step(link, &question, err);
}

/* A connection that was good a while ago may be dead: once more then. */
static int begin(struct pgsql_link *link, struct err *err)
{
	int tries = 2, rc = -1;

	while (rc && tries-- > 0) {
		if (pgsql_link_connect(link, true, err))
			return -1;
		rc = pgsql_link_do(link, BEGIN, err);
	}
	return rc ? rc : pgsql_link_do(link, LIMITS, err);
}

/* Takes the lock. Only a statement that begins afterwards sees what the one before committed. */
static int lock_number(struct pgsql_link *link, uint64_t *number, struct err *err)
{
	struct pgsql_rows *rows = step(link, "SELECT number::text FROM mailseal_keystore"
	                               " WHERE format = 1 FOR UPDATE", 0, NULL, err);
	const char *text = rows ? pgsql_rows_value(rows, 0, 0, NULL) : NULL;
	int rc = rows ? 0 : -1;

	if (text)
		*number = strtoull(text, NULL, 10);
	else if (rows)
		rc = broken("it is no keystore of this version", err);
	pgsql_rows_free(&rows);
	return rc;
}

/* The number and hash that the next line follows. */
static int read_head(struct pgsql_link *link, struct change *change, struct err *err)
{
	char number[NUMBER];
	const char *const values[] = { number };
	struct change last = { .number = 0 };
	struct pgsql_rows *rows;
	const char *line;
	uint64_t n = 0;
	size_t len = 0;
	int rc = 0;

	if (lock_number(link, &n, err))
		return -1;
	change->number = n + 1;
	memcpy(change->previous, NO_LINE, sizeof change->previous);
	if (n == 0)
		return 0;
	snprintf(number, sizeof number, "%" PRIu64, n);
	rows = step(link, "SELECT line FROM mailseal_changes WHERE number = $1::bigint", 1, values,
	            err);
	if (!rows)
		return -1;
	line = pgsql_rows_value(rows, 0, 0, &len);
	if (!line || change_parse(line, len, NULL, &last) || last.number != n)
		rc = broken("the end of its log is broken", err);
	else
		change_hash(line, len, change->previous);
	change_clear(&last);
	pgsql_rows_free(&rows);
	return rc;
}

static int add_line(struct pgsql_link *link, const struct change *change,
                    const struct buf *line, struct err *err)
{
	char number[NUMBER];
	const char *const values[] = { number, buf_str(line) };
	struct pgsql_rows *rows;

	snprintf(number, sizeof number, "%" PRIu64, change->number);
	rows = step(link, "WITH n AS (UPDATE mailseal_keystore SET number = $1::bigint)"
	            " INSERT INTO mailseal_changes (number, line) VALUES ($1::bigint, $2)",
	            2, values, err);
	if (!rows)
		return -1;
	pgsql_rows_free(&rows);
	return 0;
}

/* The row becomes the new one only if the stored serial is one lower (0: whatever is there). */
static int set_row(struct pgsql_link *link, const struct store_entry_text *new,
                   struct err *err)
{
	char serial[NUMBER], before[NUMBER], number[NUMBER];
	const char *const values[] = { new->address, serial, number, buf_str(new->text), before };
	struct pgsql_rows *rows;
	size_t changed;

	snprintf(serial, sizeof serial, "%" PRIu64, new->change->serial);
	snprintf(before, sizeof before, "%" PRIu64, new->serial ? new->serial - 1 : 0);
	snprintf(number, sizeof number, "%" PRIu64, new->change->number);
	if (new->serial == 1)
		rows = step(link, "INSERT INTO mailseal_entries (address, serial, change, entry)"
		            " VALUES ($1, $2::bigint, $3::bigint, $4)"
		            " ON CONFLICT (address) DO NOTHING RETURNING 1", 4, values, err);
	else if (new->serial == 0)
		rows = step(link, "INSERT INTO mailseal_entries (address, serial, change, entry)"
		            " VALUES ($1, $2::bigint, $3::bigint, $4)"
		            " ON CONFLICT (address) DO UPDATE SET serial = EXCLUDED.serial,"
		            " change = EXCLUDED.change, entry = EXCLUDED.entry RETURNING 1",
		            4, values, err);
	else
		rows = step(link, "UPDATE mailseal_entries SET serial = $2::bigint,"
		            " change = $3::bigint, entry = $4"
		            " WHERE address = $1 AND serial = $5::bigint RETURNING 1", 5, values, err);
	if (!rows)
		return -1;
	changed = pgsql_rows_count(rows);
	pgsql_rows_free(&rows);
	if (changed == 1)
		return 0;
	return err_set(err, ERR_TEMPORARY, "try again",
	               "the keystore's entry of %s was changed meanwhile", new->address);
}

/* The answer to COMMIT was lost: is it there? 1 yes, 0 no, -1 who knows. */
static int was_committed(struct pgsql_link *link, const struct change *change,
                         const struct buf *line)
{
	char number[NUMBER];
	const char *const values[] = { number };
	struct pgsql_rows *rows = NULL;
	const char *found;
	struct err ignored;
	int rc = -1;

	snprintf(number, sizeof number, "%" PRIu64, change->number);
	if (pgsql_link_connect(link, true, &ignored) == 0)
		rows = step(link, "SELECT line FROM mailseal_changes WHERE number = $1::bigint",
		            1, values, &ignored);
	if (rows) {
		/* One that waits for its replica is not to be seen yet. */
		found = pgsql_rows_value(rows, 0, 0, NULL);
		if (found)
			rc = strcmp(found, buf_str(line)) == 0;
	}
	pgsql_rows_free(&rows);
	return rc;
}

static int commit(struct pgsql_link *link, const struct change *change,
                  const struct buf *line, struct err *err)
{
	if (pgsql_link_do(link, "COMMIT", err) == 0)
		return 0;
	switch (was_committed(link, change, line)) {
	case 1: return 0;
	case 0: return -1;
	default:
		err_context(err, "whether %s was changed is not known", change->address);
		return -1;
	}
}

int pgsql_table_put(struct pgsql_link *link, const struct store_entry_text *new,
                    struct err *err)
{
	struct buf line = BUF_INIT;
	int rc = begin(link, err);

	if (rc == 0)
		rc = read_head(link, new->change, err);
	if (rc == 0) {
		change_format(new->change, new->secret, &line);
		buf_cut(&line, line.len - 1); /* its LF */
		rc = set_row(link, new, err);
	}
	if (rc == 0)
		rc = add_line(link, new->change, &line, err);
	if (rc == 0)
		rc = commit(link, new->change, &line, err);
	else
		pgsql_link_drop(link);
	buf_free(&line);
	return rc;
}

/* ---- all of them ------------------------------------------------------------------ */

static int give_lines(const struct pgsql_rows *rows, uint64_t *since,
                      int (*each)(void *each_ctx, const char *line, size_t len),
                      void *each_ctx, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < pgsql_rows_count(rows); i++) {
		size_t len = 0;
		const char *number = pgsql_rows_value(rows, i, 0, NULL);
		const char *line = pgsql_rows_value(rows, i, 1, &len);
		uint64_t n = number ? strtoull(number, NULL, 10) : 0;

		if (!line || n < *since || n == UINT64_MAX)
			return broken("its log is not in order", err);
		*since = n + 1;
		rc = each(each_ctx, line, len);
	}
	return rc;
}

int pgsql_table_changes(struct pgsql_link *link, uint64_t since,
                        int (*each)(void *each_ctx, const char *line, size_t len),
                        void *each_ctx, struct err *err)
{
	int rc = 0;
	size_t count = 1;

	while (rc == 0 && count > 0) {
		char from[NUMBER];
		const char *const values[] = { from };
		const struct pgsql_question question = {
			"SELECT c.number::text, c.line FROM mailseal_changes c"
			" WHERE c.number >= $1::bigint ORDER BY c.number LIMIT " LINES_AT_ONCE, 1, values,
			500 * CHANGE_LINE_MAX * 2 + PGSQL_SLACK,
		};
		struct pgsql_rows *rows;

		snprintf(from, sizeof from, "%" PRIu64, since);
		rows = pgsql_link_ask(link, &question, err);
		if (!rows)
			return -1;
		count = pgsql_rows_count(rows);
		rc = give_lines(rows, &since, each, each_ctx, err);
		pgsql_rows_free(&rows);
	}
	return rc;
}

/* The last address given, in *last, is where the next answer begins. */
static int give_addresses(const struct pgsql_rows *rows, char **last,
                          int (*each)(void *each_ctx, const char *address),
                          void *each_ctx, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < pgsql_rows_count(rows); i++) {
		const char *address = pgsql_rows_value(rows, i, 0, NULL);

		if (!address || strcmp(address, *last) <= 0)
			return broken("its addresses are not in order", err);
		free(*last);
		*last = mem_strdup(address);
		if (address_is_normal(address))
			rc = each(each_ctx, address);
	}
	return rc;
}

/* Half a keystore, or one of another version, has no list. */
static int check_format(struct pgsql_link *link, bool filling, struct err *err)
{
	const char *const values[] = { filling ? "0" : "1" };
	const struct pgsql_question question = {
		"SELECT 1 FROM mailseal_keystore WHERE format = $1::integer", 1, values,
		PGSQL_SLACK,
	};
	struct pgsql_rows *rows = pgsql_link_ask(link, &question, err);
	int rc = rows ? 0 : -1;

	if (rows && pgsql_rows_count(rows) != 1) {
		broken("it is no keystore of this version", err);
		rc = -1;
	}
	pgsql_rows_free(&rows);
	return rc;
}

int pgsql_table_each(struct pgsql_link *link, bool filling,
                     int (*each)(void *each_ctx, const char *address),
                     void *each_ctx, struct err *err)
{
	char *last = mem_strdup("");
	size_t count = 1;
	int rc = check_format(link, filling, err);

	while (rc == 0 && count > 0) {
		const char *const values[] = { last };
		const struct pgsql_question question = {
			"SELECT address FROM mailseal_entries WHERE address > $1"
			" ORDER BY address LIMIT " ADDRESSES_AT_ONCE, 1, values,
			1000 * ADDRESS_MAX * 2 + PGSQL_SLACK,
		};
		struct pgsql_rows *rows = pgsql_link_ask(link, &question, err);

		count = rows ? pgsql_rows_count(rows) : 0;
		rc = rows ? give_addresses(rows, &last, each, each_ctx, err) : -1;
		pgsql_rows_free(&rows);
	}
	free(last);
	return rc;
}
