/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pgsql-sync - the cache brought up to date with the keystore's own tables */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/signals.h"
#include "keystore/pgsql-sync.h"
#include "keystore/pgsql-table.h"
#include "keystore/store-cache.h"

#define NO_LINE "0000000000000000000000000000000000000000000000000000000000000000"
#define AT_ONCE "64" /* PGSQL_AT_ONCE */
#define NUMBER 24

struct run {
	struct pgsql_sync *sync;
	struct pgsql_link *link;
	struct store_cache *cache;
	struct store_cache_stamp at; /* how far it is */
	uint64_t last;               /* the log's last line */
	/* Addresses whose last change so far has no row: a later line must speak of them, too. */
	struct names open;
	bool broken; /* the log can't be followed any further */
	struct err *err;
};

static void find(struct run *r, const char *address, const char *text)
{
	r->sync->findings++;
	r->sync->found(r->sync->ctx, address, text);
}

static int find_one_open(void *ctx, struct name *name)
{
	find(ctx, name->name, "its row is gone, or an older one stands again");
	return 0;
}

static void find_open(struct run *r)
{
	names_each(&r->open, find_one_open, r);
}

/* ---- entries ------------------------------------------------------------------------------ */

/* NULL, or why the row is not what the log's line says. */
static const char *check_row(const struct run *r, const struct change *change,
                             const struct buf *text)
{
	char hash[SHA256_HEX];
	struct err ignored;
	struct entry *entry;
	const char *why = NULL;

	change_hash(buf_str(text), text->len, hash);
	if (strcmp(hash, change->entry) != 0)
		return "its row is not the one that was written last";
	entry = entry_parse(buf_str(text), text->len, change->address, &ignored);
	if (!entry || entry->serial != change->serial)
		why = "its row can't be read";
	else if (r->sync->keys && !signing_verify(r->sync->keys, text->data, entry->signed_len,
	                                          entry->signature))
		why = "nobody who is pinned signed its row";
	entry_free(&entry);
	return why;
}

static int write_row(struct run *r, const struct change *change, const struct buf *text)
{
	struct buf there = BUF_INIT;
	struct err ignored;
	bool has = store_cache_get(r->cache, change->address, &there, &ignored) == STORE_FOUND;
	uint64_t serial = has ? store_serial_of(&there, change->address) : 0;
	int rc = 0;

	if (serial > change->serial) {
		find(r, change->address, "an older version stands again");
	} else if (!has || there.len != text->len ||
	           memcmp(there.data, text->data, text->len) != 0) {
		rc = store_cache_put(r->cache, change->address, text, r->err);
		r->sync->written++;
	}
	buf_free(&there);
	return rc;
}

static int see_row(struct run *r, const struct change *change,
                   const struct pgsql_rows *rows, size_t i)
{
	struct buf text = BUF_INIT;
	const char *why;
	int rc = 0;

	if (!pgsql_rows_value(rows, i, 2, NULL)) {
		names_add(&r->open, change->address);
		return 0;
	}
	names_remove(&r->open, change->address);
	why = pgsql_table_text(rows, i, 2, ENTRY_MAX, &text)
		? "its row is empty, or too large" : check_row(r, change, &text);
	if (why)
		find(r, change->address, why);
	else
		rc = write_row(r, change, &text);
	buf_free(&text);
	return rc;
}

/* ---- the log ----------------------------------------------------------------------------------- */

static void lost(struct run *r, uint64_t number, const char *why)
{
	char text[160];

	snprintf(text, sizeof text, "line %" PRIu64 ": %s", number, why);
	find(r, "", text);
	r->broken = true;
}

static int see_line(struct run *r, const struct pgsql_rows *rows, size_t i)
{
	size_t len = 0;
	const char *line = pgsql_rows_value(rows, i, 1, &len);
	struct change change = { .number = 0 };
	const char *why = line ? change_parse(line, len, r->sync->keys, &change) : "there is none";
	int rc = 0;

	if (why)
		lost(r, r->at.number + 1, why);
	else if (change.number != r->at.number + 1 || strcmp(change.previous, r->at.head) != 0)
		lost(r, change.number, "it does not follow the one before");
	else
		rc = see_row(r, &change, rows, i);
	if (rc == 0 && !r->broken) {
		r->at.number = change.number;
		change_hash(line, len, r->at.head);
		r->sync->read++;
	}
	change_clear(&change);
	return rc;
}

static struct pgsql_rows *ask(struct run *r, const char *sql, const char *number)
{
	const struct pgsql_question question = {
		sql, number ? 1 : 0, &number, 2 * PGSQL_AT_ONCE * ENTRY_MAX + PGSQL_SLACK,
	};

	return pgsql_link_step(r->link, &question, r->err);
}

static int follow(struct run *r)
{
	size_t count = 1;
	int rc = 0;

	while (rc == 0 && count > 0 && !r->broken) {
		char number[NUMBER];
		struct pgsql_rows *rows;

		if (signals_stop())
			return err_set(r->err, ERR_TEMPORARY, NULL, "stopped by a signal");
		snprintf(number, sizeof number, "%" PRIu64, r->at.number);
		rows = ask(r, "SELECT c.number::text, c.line, e.entry FROM mailseal_changes c"
		           " LEFT JOIN mailseal_entries e ON e.change = c.number"
		           " WHERE c.number > $1::bigint ORDER BY c.number LIMIT " AT_ONCE, number);
		if (!rows)
			return -1;
		count = pgsql_rows_count(rows);
		for (size_t i = 0; rc == 0 && i < count && !r->broken; i++)
			rc = see_line(r, rows, i);
		pgsql_rows_free(&rows);
		r->sync->progress(r->sync->ctx, r->at.number, r->last);
	}
	return rc;
}

/* Is the line that the cache ends with still there, and the log no shorter? */
static int check_start(struct run *r)
{
	char number[NUMBER], hash[SHA256_HEX];
	struct pgsql_rows *rows;
	const char *last, *line;
	size_t len = 0;
	int rc = 0;

	snprintf(number, sizeof number, "%" PRIu64, r->at.number);
	rows = ask(r, "SELECT k.number::text, c.line FROM mailseal_keystore k"
	           " LEFT JOIN mailseal_changes c ON c.number = $1::bigint WHERE k.format = 1",
	           number);
	if (!rows)
		return -1;
	last = pgsql_rows_value(rows, 0, 0, NULL);
	line = last ? pgsql_rows_value(rows, 0, 1, &len) : NULL;
	r->last = last ? strtoull(last, NULL, 10) : 0;
	change_hash(line ? line : "", len, hash);
	if (pgsql_rows_count(rows) != 1 || !last)
		rc = err_set(r->err, ERR_TEMPORARY, "see docs/keystore.md",
		             "the keystore's database is no keystore of this version");
	else if (r->last < r->at.number)
		rc = err_set(r->err, ERR_TEMPORARY,
		             "wait for a replica that lags; of a database that was put back, see docs/keys.md",
		             "the database knows %" PRIu64 " changes, the cache %" PRIu64,
		             r->last, r->at.number);
	else if (r->at.number > 0 && strcmp(hash, r->at.head) != 0)
		lost(r, r->at.number, "it is not the one that the cache has seen");
	pgsql_rows_free(&rows);
	return rc;
}

/* Rows that no line speaks of would never come into a cache. */
static int count_strangers(struct run *r)
{
	struct pgsql_rows *rows = ask(r, "SELECT address FROM mailseal_entries"
	                              " WHERE change IS NULL OR change > (SELECT number"
	                              " FROM mailseal_keystore) LIMIT " AT_ONCE, NULL);

	if (!rows)
		return -1;
	for (size_t i = 0; i < pgsql_rows_count(rows); i++) {
		const char *address = pgsql_rows_value(rows, i, 0, NULL);

		find(r, address ? address : "", "the log knows nothing of its row");
	}
	pgsql_rows_free(&rows);
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------------- */

/* One moment of the database for all that is asked. */
static int read_all(struct run *r)
{
	if (pgsql_link_connect_best(r->link, r->err) ||
	    pgsql_link_do(r->link, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", r->err) ||
	    check_start(r))
		return -1;
	if (!r->broken && (follow(r) || count_strangers(r)))
		return -1;
	if (!r->broken && r->at.number != r->last)
		lost(r, r->at.number + 1, "it is gone");
	find_open(r);
	return 0;
}

static int sync_cache(struct run *r)
{
	enum store_answer answer = store_cache_stamp(r->cache, &r->at, r->err);

	if (answer == STORE_COULD_NOT_ASK)
		return -1;
	if (answer == STORE_NOT_ENROLLED) {
		r->at.number = 0;
		memcpy(r->at.head, NO_LINE, sizeof r->at.head);
	}
	if (read_all(r))
		return -1;
	r->at.time = r->sync->now;
	return r->sync->findings ? 0 : store_cache_seal(r->cache, &r->at, r->err);
}

int pgsql_sync_run(struct pgsql_sync *sync, struct err *err)
{
	struct run r = { .sync = sync, .err = err };
	int rc = -1;

	r.link = pgsql_link_new(sync->conf);
	r.cache = store_cache_make(sync->conf->text[PGSQL_CACHE], err);
	if (r.cache)
		rc = sync_cache(&r);
	names_free(&r.open, NULL);
	store_cache_free(&r.cache);
	pgsql_link_free(&r.link);
	return rc;
}
