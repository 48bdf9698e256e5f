/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store-pgsql - a keystore in PostgreSQL, and its local cache */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "keystore/pgsql-table.h"
#include "keystore/store-pgsql.h"

/* ---- opening --------------------------------------------------------------------- */

static void open_cache(struct store_pgsql *store)
{
	const char *folder = store->conf->text[PGSQL_CACHE];
	struct store_cache_stamp stamp;
	struct err ignored;

	if (!folder)
		return;
	store->cache = store_cache_open(folder, &ignored);
	if (!store->cache)
		return;
	if (store_cache_stamp(store->cache, &stamp, &ignored) == STORE_FOUND)
		store->fresh = store_cache_fresh(&stamp, time(NULL), store->conf->cache_valid);
	else
		store_cache_free(&store->cache);
}

static void store_pgsql_close(void *ctx)
{
	struct store_pgsql *store = ctx;

	pgsql_link_free(&store->link);
	store_cache_free(&store->cache);
	pgsql_conf_free(&store->conf);
	free(store);
}

/* The tables are made by who may (docs/keystore.sql), never from here. */
static void *store_pgsql_open(const char *where, bool create, bool *created,
                              struct err *err)
{
	struct pgsql_conf *conf = pgsql_conf_read(where, err);
	struct store_pgsql *store;

	(void)create;
	(void)created;
	if (!conf)
		return NULL;
	store = mem_alloc(sizeof *store);
	store->conf = conf;
	store->link = pgsql_link_new(conf);
	open_cache(store);
	return store;
}

static void store_pgsql_at_source(void *ctx)
{
	struct store_pgsql *store = ctx;

	store->fresh = false;
	store->at_source = true;
	pgsql_link_prefer_writable(store->link);
}

/* ---- an existing table ---------------------------------------------------------------- */

static enum store_answer read_answer(const struct pgsql_rows *rows, const char *address,
                                     struct buf *text, struct err *err)
{
	static const char first[] = "mailseal-entry ";
	size_t count = pgsql_rows_count(rows);

	if (count == 0 || (count == 1 && !pgsql_rows_value(rows, 0, 0, NULL)))
		return STORE_NOT_ENROLLED;
	if (count != 1 || pgsql_table_text(rows, 0, 0, ENTRY_MAX, text))
		err_set(err, ERR_TEMPORARY, "see `query` in mailseal.conf(5)",
		        "the database's answer for %s is empty, too large or several rows", address);
	else if (text->len < sizeof first - 1 ||
	         memcmp(text->data, first, sizeof first - 1) != 0)
		err_set(err, ERR_TEMPORARY,
		        "certificates are looked at by `mailseal key sync`: set `list` and `cache`",
		        "the database's answer for %s is no entry", address);
	else
		return STORE_FOUND;
	return STORE_COULD_NOT_ASK;
}

static enum store_answer ask_query(const struct store_pgsql *store, const char *address,
                                   struct buf *text, struct err *err)
{
	const struct pgsql_query *query = &store->conf->query;
	char *value[PGSQL_QUERY_PARAMS_MAX];
	struct pgsql_rows *rows;
	enum store_answer answer = STORE_COULD_NOT_ASK;

	if (!pgsql_query_fill(query, address, value))
		return STORE_NOT_ENROLLED;

	const struct pgsql_question question = {
		query->sql, query->params, (const char *const *)value,
		ENTRY_MAX * 2 + PGSQL_SLACK,
	};

	rows = pgsql_link_ask(store->link, &question, err);
	if (rows)
		answer = read_answer(rows, address, text, err);
	pgsql_rows_free(&rows);
	for (size_t i = 0; i < query->params; i++)
		free(value[i]);
	return answer;
}

/* ---- looking up ------------------------------------------------------------------------- */

static bool is_tombstone(const struct buf *text, const char *address)
{
	struct err ignored;
	struct entry *entry = entry_parse(buf_str(text), text->len, address, &ignored);
	bool removed = entry && entry->removed;

	entry_free(&entry);
	return removed;
}

/* Even an old cache knows what once was: what is gone without a tombstone, or older, was put
 * back by somebody else. */
static enum store_answer compare(const struct store_pgsql *store, const char *address,
                                 enum store_answer answer, const struct buf *text,
                                 struct err *err)
{
	struct buf cached = BUF_INIT;
	struct err ignored;
	const char *what = NULL;

	if (!store->cache || answer == STORE_COULD_NOT_ASK ||
	    store_cache_get(store->cache, address, &cached, &ignored) != STORE_FOUND) {
		buf_free(&cached);
		return answer;
	}
	if (answer == STORE_FOUND &&
	    store_serial_of(text, address) < store_serial_of(&cached, address))
		what = "is older than what the cache has";
	else if (answer == STORE_NOT_ENROLLED && !is_tombstone(&cached, address))
		what = "is gone, and nobody removed it";
	buf_free(&cached);
	if (!what)
		return answer;
	err_set(err, ERR_TEMPORARY,
	        "see `mailseal key audit`: a replica that lags, or somebody changed the database",
	        "the database's entry of %s %s", address, what);
	return STORE_COULD_NOT_ASK;
}

/*
 * An existing table has no tombstones: a row that is gone may be anybody's doing, or a
 * spelling that `query` does not find.  Where a cache is kept, it alone says who is not enrolled.
 */
static enum store_answer cache_missing(struct err *err)
{
	err_set(err, ERR_TEMPORARY, "run `mailseal key sync`, from a timer (docs/keys.md)",
	        "the cache of the existing table is missing, or older than cache-valid");
	return STORE_COULD_NOT_ASK;
}

static enum store_answer store_pgsql_get(void *ctx, const char *address,
                                         struct buf *text, struct err *err)
{
	const struct store_pgsql *store = ctx;
	enum store_answer answer;

	if (!pgsql_conf_covers(store->conf, address))
		return STORE_NOT_ENROLLED;
	if (store->fresh)
		return store_cache_get(store->cache, address, text, err);
	if (store->conf->query.sql && store->conf->text[PGSQL_CACHE] && !store->at_source)
		return cache_missing(err);
	if (store->conf->query.sql)
		return ask_query(store, address, text, err);
	answer = pgsql_table_get(store->link, store->filling, address, text, err);
	return compare(store, address, answer, text, err);
}

/* ---- the rest ------------------------------------------------------------------------------- */

static int read_only(struct err *err)
{
	return err_set(err, ERR_CONFIG, "change the table itself",
	               "the keystore is an existing table, which is only read");
}

static int store_pgsql_put(void *ctx, const struct store_entry_text *new, struct err *err)
{
	const struct store_pgsql *store = ctx;

	return store->conf->query.sql ? read_only(err)
	                              : pgsql_table_put(store->link, new, err);
}

static int store_pgsql_changes(void *ctx, uint64_t since,
                               int (*each)(void *each_ctx, const char *line, size_t len),
                               void *each_ctx, struct err *err)
{
	const struct store_pgsql *store = ctx;

	/* There is no log. */
	if (store->conf->query.sql)
		return 0;
	return pgsql_table_changes(store->link, since, each, each_ctx, err);
}

static int store_pgsql_each(void *ctx, int (*each)(void *each_ctx, const char *address),
                            void *each_ctx, struct err *err)
{
	const struct store_pgsql *store = ctx;

	if (store->fresh)
		return store_cache_each(store->cache, each, each_ctx, err);
	if (store->conf->query.sql)
		return err_set(err, ERR_TEMPORARY, "run `mailseal key sync`",
		               "an existing table can't be listed without its cache");
	return pgsql_table_each(store->link, store->filling, each, each_ctx, err);
}

/* ---- made of another --------------------------------------------------------------------------- */

static void *store_pgsql_fill(const char *where, struct err *err)
{
	struct pgsql_conf *conf = pgsql_conf_read(where, err);
	struct store_pgsql *store;

	if (!conf)
		return NULL;
	store = mem_alloc(sizeof *store);
	store->conf = conf;
	store->link = pgsql_link_new(conf);
	store->filling = true;
	if (conf->query.sql ? read_only(err) : pgsql_fill_begin(store->link, err)) {
		store_pgsql_close(store);
		return NULL;
	}
	return store;
}

static int store_pgsql_fill_entry(void *ctx, const char *address, const struct buf *text,
                                  struct err *err)
{
	struct store_pgsql *store = ctx;

	return pgsql_fill_entry(store->link, &store->fill, address, text, err);
}

static int store_pgsql_fill_change(void *ctx, const char *line, size_t len, struct err *err)
{
	struct store_pgsql *store = ctx;

	return pgsql_fill_change(store->link, &store->fill, line, len, err);
}

static int store_pgsql_fill_end(void *ctx, struct err *err)
{
	struct store_pgsql *store = ctx;

	return pgsql_fill_end(store->link, err);
}

const struct store_backend store_pgsql_backend = {
	.kind = "pgsql",
	.open = store_pgsql_open,
	.close = store_pgsql_close,
	.at_source = store_pgsql_at_source,
	.get = store_pgsql_get,
	.put = store_pgsql_put,
	.changes = store_pgsql_changes,
	.each = store_pgsql_each,
	.fill = store_pgsql_fill,
	.fill_entry = store_pgsql_fill_entry,
	.fill_change = store_pgsql_fill_change,
	.fill_end = store_pgsql_fill_end,
};
