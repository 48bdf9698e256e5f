/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-sync-table - mailseal key sync: entries made of an existing table's certificates */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/names.h"
#include "filter/key-batch.h"
#include "filter/key-progress.h"
#include "filter/key-sync.h"
#include "keystore/address.h"
#include "keystore/pgsql-sync.h"
#include "keystore/store-cache.h"

#define SOURCES_MAX ((size_t)512 * 1024 * 1024) /* bytes: three million addresses */
#define NOTHING "0000000000000000000000000000000000000000000000000000000000000000"
#define ENTRY_WORD "mailseal-entry "

/* What an address's entry was made of: the value of its name. */
struct made_of {
	char hash[SHA256_HEX];
	bool seen; /* in the table, this time */
};

struct run {
	struct key_run key; /* its store is the cache */
	const struct pgsql_conf *conf;
	bool accept;
	struct names sources; /* struct made_of, by address */
	size_t known, gone, rows, written, left_out;
	struct key_progress progress;
	struct buf text; /* of STORE_CACHE_SOURCES */
	struct err *err;
};

static void leave_out(struct run *r, const char *address, const char *why)
{
	key_progress_end(&r->progress);
	printf("%.200s: %s\n", address, why);
	r->left_out++;
}

/* ---- sources ------------------------------------------------------------------------ */

static struct name *source_of(struct run *r, const char *address)
{
	struct name *name = names_add(&r->sources, address);

	if (!name->value)
		name->value = mem_alloc(sizeof(struct made_of));
	return name;
}

/* A lost file costs a look at each certificate, no more. */
static void read_sources(struct run *r)
{
	char *path = mem_printf("%s/" STORE_CACHE_SOURCES, r->conf->text[PGSQL_CACHE]);
	struct err ignored;
	size_t len = 0;
	char *text = io_read_file(AT_FDCWD, path, SOURCES_MAX, &len, &ignored);

	for (char *line = text, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (!next)
			break;
		*next++ = '\0';
		if (strlen(line) > SHA256_HEX && line[SHA256_HEX - 1] == ' ') {
			struct made_of *m = source_of(r, line + SHA256_HEX)->value;

			memcpy(m->hash, line, SHA256_HEX - 1);
			r->known++;
		}
	}
	free(text);
	free(path);
}

/* ---- a row ------------------------------------------------------------------------------ */

/* Whose certificate can't be used is not to be taken for one who has none: his mail waits. */
static int hold_place(struct run *r, const char *address)
{
	struct entry *entry = NULL;
	enum store_answer answer = store_get_version(r->key.store, address, &entry, r->err);
	uint64_t serial = entry ? entry->serial : 0;
	int rc = 0;

	if (answer == STORE_COULD_NOT_ASK)
		return -1;
	if (!entry || entry->removed) {
		entry_free(&entry);
		entry = entry_new(address);
		entry->serial = serial + 1;
		entry->changed = r->key.now;
		entry->seal = ENTRY_SEAL_ON;
		rc = store_put(r->key.store, entry, "sync", r->err);
	}
	entry_free(&entry);
	return rc;
}

/* 0: its own; 1: left out, *why says why. */
static int make_entry(struct run *r, const char *address, const struct pgsql_listed *row,
                      struct err *why)
{
	const struct key_how how = { r->accept ? KEY_REPLACE : KEY_IMPORT, ENTRY_SOURCE_IMPORT };
	struct engine_cert *certs = NULL;
	struct key_batch batch = { NULL, 0 };
	size_t count = 0;
	int rc = engine_inspect(&r->key.engine, row->value, row->len, address, &certs, &count,
	                        deadline_in(KEY_DEADLINE_MS), why);

	if (!rc && count != 1)
		rc = err_set(why, ERR_DATA, NULL, "%zu certificates in one row", count);
	if (!rc)
		rc = key_batch_add(&r->key, &batch, &how, &certs[0], address, why);
	if (!rc)
		rc = key_batch_write(&r->key, &batch, why);
	if (!rc && !batch.item[0].unchanged)
		r->written++;
	key_batch_free(&batch);
	engine_certs_free(&certs, count);
	return rc ? 1 : 0;
}

/* The text as it is, if it is newer. */
static int copy_entry(struct run *r, const char *address, const struct pgsql_listed *row,
                      struct err *why)
{
	struct buf text = BUF_INIT;
	struct entry *entry = entry_parse(row->value, row->len, address, why), *there = NULL;
	struct store_cache *cache;
	int rc = entry ? 0 : 1;

	if (entry && r->key.site.pinned &&
	    !signing_verify(r->key.site.pinned, row->value, entry->signed_len, entry->signature))
		rc = err_set(why, ERR_DATA, NULL, "nobody who is pinned signed it");
	if (!rc && store_get_version(r->key.store, address, &there, why) == STORE_FOUND &&
	    there->serial > entry->serial)
		rc = err_set(why, ERR_DATA, NULL, "an older version stands again");
	if (!rc) {
		buf_add(&text, row->value, row->len);
		cache = store_cache_make(r->conf->text[PGSQL_CACHE], why);
		rc = cache && store_cache_put(cache, address, &text, why) == 0 ? 0 : 1;
		store_cache_free(&cache);
		r->written++;
	}
	buf_free(&text);
	entry_free(&there);
	entry_free(&entry);
	return rc;
}

static int see_value(struct run *r, const char *address, struct made_of *source,
                     const struct pgsql_listed *row)
{
	const size_t word = strlen(ENTRY_WORD);
	char hash[SHA256_HEX];
	struct err why = { .class = ERR_NONE };
	int rc;

	change_hash(row->value, row->len, hash);
	if (strcmp(hash, source->hash) == 0)
		return 0;
	if (row->len > word && memcmp(row->value, ENTRY_WORD, word) == 0)
		rc = copy_entry(r, address, row, &why);
	else
		rc = make_entry(r, address, row, &why);
	if (rc == 0) {
		memcpy(source->hash, hash, sizeof hash);
		return 0;
	}
	/* gpg or the folder: the next one would fare no better. */
	if (why.class != ERR_DATA) {
		*r->err = why;
		return -1;
	}
	leave_out(r, address, why.what);
	return hold_place(r, address);
}

static int see_row(void *ctx, const struct pgsql_listed *row)
{
	struct run *r = ctx;
	struct err err;
	char *address;
	struct made_of *source;
	int rc = 0;

	r->rows++;
	key_progress_show(&r->progress, "rows", r->rows, 0);
	if (!row->value)
		return 0;
	address = address_normalize_entry(row->address, &err);
	if (!address || !pgsql_conf_covers(r->conf, address)) {
		leave_out(r, row->address, address ? "not one of `domain`" : err.what);
		free(address);
		return 0;
	}
	source = source_of(r, address)->value;
	if (source->seen)
		leave_out(r, address, "a second row");
	else
		rc = see_value(r, address, source, row);
	source->seen = true;
	free(address);
	return rc;
}

/* ---- what is gone --------------------------------------------------------------------------- */

static int count_gone(void *ctx, struct name *name)
{
	struct run *r = ctx;

	r->gone += !((const struct made_of *)name->value)->seen;
	return 0;
}

static int remove_gone(void *ctx, struct name *name)
{
	const struct made_of *m = name->value;
	struct run *r = ctx;

	if (m->seen) {
		buf_addf(&r->text, "%s %s\n", *m->hash ? m->hash : NOTHING, name->name);
		return 0;
	}
	if (store_remove(r->key.store, name->name, r->err) < 0)
		return -1;
	key_progress_end(&r->progress);
	printf("%s: removed\n", name->name);
	return 0;
}

/* An emptied table must not have everybody's mail stored as it comes. */
static int conclude_gone(struct run *r)
{
	names_each(&r->sources, count_gone, r);
	if (!r->accept && r->gone > KEY_SYNC_GONE_MIN && r->gone > r->known / KEY_SYNC_GONE_OF)
		return err_set(r->err, ERR_DATA,
		               "if that is so: mailseal key sync --accept-changes",
		               "%zu of %zu addresses are gone from the table", r->gone, r->known);
	return names_each(&r->sources, remove_gone, r);
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static int seal(struct run *r)
{
	struct store_cache_stamp stamp = { .time = r->key.now };
	struct store_cache *cache = store_cache_make(r->conf->text[PGSQL_CACHE], r->err);
	int rc = cache ? store_cache_keep(cache, STORE_CACHE_SOURCES, &r->text, r->err) : -1;

	memcpy(stamp.head, NOTHING, sizeof stamp.head);
	if (rc == 0)
		rc = store_cache_seal(cache, &stamp, r->err);
	store_cache_free(&cache);
	return rc;
}

/* So that one that is broken off is still known for a cache. */
static int mark_cache(struct run *r)
{
	struct store_cache *cache = store_cache_make(r->conf->text[PGSQL_CACHE], r->err);
	int rc = cache ? 0 : -1;

	if (cache && r->sources.count == 0)
		rc = store_cache_keep(cache, STORE_CACHE_SOURCES, &r->text, r->err);
	store_cache_free(&cache);
	return rc;
}

static int open_cache(struct run *r)
{
	const struct store_options options = {
		.create = true, .pinned = r->key.site.pinned, .secret = r->key.site.secret,
	};
	char *spec = mem_printf("dir:%s", r->conf->text[PGSQL_CACHE]);

	r->key.store = store_open(spec, &options, r->err);
	free(spec);
	return r->key.store ? 0 : -1;
}

int key_sync_table(struct key_run *run, const struct pgsql_conf *conf, bool accept,
                   struct err *err)
{
	struct run r = {
		.key = *run, .conf = conf, .accept = accept, .err = err,
		.progress = key_progress_begin(),
	};
	int rc;

	read_sources(&r);
	rc = mark_cache(&r);
	if (rc == 0)
		rc = open_cache(&r);
	if (rc == 0)
		rc = pgsql_sync_list(conf, see_row, &r, err);
	if (rc == 0)
		rc = conclude_gone(&r);
	if (rc == 0)
		rc = seal(&r);
	key_progress_end(&r.progress);
	store_free(&r.key.store);
	names_free(&r.sources, free);
	buf_free(&r.text);
	if (rc)
		return -1;
	printf("%s: %zu rows read, %zu entries written\n", conf->text[PGSQL_CACHE], r.rows,
	       r.written);
	return r.left_out == 0 ? 0 :
	       err_set(err, ERR_DATA, "mail for them waits, or goes by what was known of them",
	               "%zu rows were left out", r.left_out);
}
