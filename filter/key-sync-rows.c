/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-sync-rows - mailseal key sync: entries made of the certificates of a table or directory */
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
#include "keystore/cf.h"
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
	const struct key_sync_source *source;
	bool accept;
	bool all; /* of its addresses, not some that were named */
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
	char *path = mem_printf("%s/" STORE_CACHE_SOURCES, r->source->cache);
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

static bool carries(const struct engine_cert *cert, const char *address)
{
	for (char **a = cert->addresses; *a; a++)
		if (strcmp(*a, address) == 0)
			return true;
	return false;
}

/* The newest that can be used, or if none can, the newest; NULL: none is for the address. */
static const struct engine_cert *best_of(const struct run *r, const struct engine_cert *certs,
                                         size_t count, const char *address)
{
	const struct engine_cert *best = NULL;
	bool best_usable = false;

	for (size_t i = 0; i < count; i++) {
		bool usable = entry_cert_usability(&certs[i].cert, r->key.now) == USABLE;

		if (r->source->carried && !carries(&certs[i], address))
			continue;
		if (!best || usable > best_usable ||
		    (usable == best_usable && certs[i].cert.created > best->cert.created)) {
			best = &certs[i];
			best_usable = usable;
		}
	}
	return best;
}

/* May it be enrolled, and how? Another primary key in the place of the one in use is somebody's to look at. */
static int choose_intent(struct run *r, const char *address, const char *fingerprint,
                         enum key_intent *intent, struct err *why)
{
	struct entry *entry = NULL;
	bool other = false, same = false;

	if (store_get(r->key.store, address, &entry, why) == STORE_COULD_NOT_ASK)
		return -1;
	for (size_t i = 0; entry && i < entry->certs; i++) {
		bool is_it = strcmp(entry->cert[i].fingerprint, fingerprint) == 0;

		same |= is_it && !entry->cert[i].retired;
		other |= !is_it && !entry->cert[i].retired;
	}
	entry_free(&entry);
	*intent = other && !same ? KEY_REPLACE : KEY_IMPORT;
	if (*intent == KEY_IMPORT || r->accept)
		return 0;
	return err_set(why, ERR_DATA, NULL,
	               "another primary key, %s; if that is so: mailseal key sync --accept-changes",
	               fingerprint);
}

/* 0: its own; 1: left out, *why says why. */
static int make_entry(struct run *r, const char *address, const struct key_sync_row *row,
                      struct err *why)
{
	struct key_how how = { KEY_IMPORT, ENTRY_SOURCE_IMPORT };
	struct engine_cert *certs = NULL;
	const struct engine_cert *best = NULL;
	struct key_batch batch = { NULL, 0 };
	size_t count = 0;
	int rc = engine_inspect(&r->key.engine, row->value, row->len, address, &certs, &count,
	                        deadline_in(KEY_DEADLINE_MS), why);

	if (!rc && count != 1 && !r->source->many)
		rc = err_set(why, ERR_DATA, NULL, "%zu certificates in one row", count);
	if (!rc)
		best = best_of(r, certs, count, address);
	if (!rc && !best)
		rc = err_set(why, ERR_DATA, NULL, "its certificate does not carry the address");
	if (!rc)
		rc = choose_intent(r, address, best->cert.fingerprint, &how.intent, why);
	if (!rc)
		rc = key_batch_add(&r->key, &batch, &how, best, address, why);
	if (!rc)
		rc = key_batch_write(&r->key, &batch, why);
	if (!rc && !batch.item[0].unchanged)
		r->written++;
	key_batch_free(&batch);
	engine_certs_free(&certs, count);
	return rc ? 1 : 0;
}

/* The text as it is, if it is newer. */
static int copy_entry(struct run *r, const char *address, const struct key_sync_row *row,
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
		cache = store_cache_make(r->source->cache, why);
		rc = cache && store_cache_put(cache, address, &text, why) == 0 ? 0 : 1;
		store_cache_free(&cache);
		r->written++;
	}
	buf_free(&text);
	entry_free(&there);
	entry_free(&entry);
	return rc;
}

/* An entry that somebody took away is made again. */
static bool is_enrolled(struct run *r, const char *address)
{
	struct entry *entry = NULL;
	struct err ignored;
	bool found = store_get(r->key.store, address, &entry, &ignored) == STORE_FOUND;

	entry_free(&entry);
	return found;
}

static int see_value(struct run *r, const char *address, struct made_of *source,
                     const struct key_sync_row *row)
{
	const size_t word = strlen(ENTRY_WORD);
	char hash[SHA256_HEX];
	struct err why = { .class = ERR_NONE };
	int rc;

	change_hash(row->value, row->len, hash);
	if (strcmp(hash, source->hash) == 0 && is_enrolled(r, address))
		return 0;
	if (r->source->entries && row->len > word && memcmp(row->value, ENTRY_WORD, word) == 0)
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

static int see_row(void *ctx, const struct key_sync_row *row)
{
	struct run *r = ctx;
	struct err err;
	char *address;
	struct made_of *source;
	int rc = 0;

	r->rows++;
	key_progress_show(&r->progress, "rows", r->rows, 0);
	if (!row->value && !row->problem)
		return 0;
	address = address_normalize_entry(row->address, &err);
	if (!address || !cf_covers(r->source->domain, address)) {
		leave_out(r, row->address, address ? "not one of `domain`" : err.what);
		free(address);
		return 0;
	}
	source = source_of(r, address)->value;
	if (row->problem)
		leave_out(r, address, row->problem);
	if (source->seen)
		leave_out(r, address, "a second row");
	else if (row->value && row->len)
		rc = see_value(r, address, source, row);
	else
		rc = hold_place(r, address);
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

	if (m->seen || !r->all) {
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
	if (r->all && !r->accept && r->gone &&
	    (r->gone == r->known ||
	     (r->gone > KEY_SYNC_GONE_MIN && r->gone > r->known / KEY_SYNC_GONE_OF)))
		return err_set(r->err, ERR_DATA,
		               "if that is so: mailseal key sync --accept-changes",
		               "%zu of %zu addresses are gone from the %s", r->gone, r->known,
		               r->source->what);
	return names_each(&r->sources, remove_gone, r);
}

/* ---- the whole ---------------------------------------------------------------------------------- */

/* Only a look at all of it makes the cache younger. */
static int seal(struct run *r)
{
	struct store_cache_stamp stamp = { .time = r->key.now };
	struct store_cache *cache = store_cache_make(r->source->cache, r->err);
	int rc = cache ? store_cache_keep(cache, STORE_CACHE_SOURCES, &r->text, r->err) : -1;

	memcpy(stamp.head, NOTHING, sizeof stamp.head);
	if (rc == 0 && r->all)
		rc = store_cache_seal(cache, &stamp, r->err);
	store_cache_free(&cache);
	return rc;
}

/* Some alone can't make a cache that was never complete. */
static int check_complete(struct run *r)
{
	struct store_cache *cache = r->all ? NULL : store_cache_open(r->source->cache, r->err);
	struct store_cache_stamp stamp;
	enum store_answer answer;

	if (r->all || !cache)
		return r->all ? 0 : -1;
	answer = store_cache_stamp(cache, &stamp, r->err);
	store_cache_free(&cache);
	if (answer == STORE_NOT_ENROLLED)
		err_set(r->err, ERR_TEMPORARY, "first run `mailseal key sync`",
		        "%s was never complete", r->source->cache);
	return answer == STORE_FOUND ? 0 : -1;
}

/* So that one that is broken off is still known for a cache. */
static int mark_cache(struct run *r)
{
	struct store_cache *cache = store_cache_make(r->source->cache, r->err);
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
	char *spec = mem_printf("dir:%s", r->source->cache);

	r->key.store = store_open(spec, &options, r->err);
	free(spec);
	return r->key.store ? 0 : -1;
}

static int list(struct run *r, char *const *address)
{
	int rc = 0;

	if (r->all)
		return r->source->list(r->source, NULL, see_row, r, r->err);
	for (; rc == 0 && *address; address++) {
		char *normal = address_normalize_entry(*address, r->err);
		size_t before = r->rows;

		rc = normal ? r->source->list(r->source, normal, see_row, r, r->err) : -1;
		if (rc == 0 && r->rows == before) {
			r->rows++;
			leave_out(r, normal, "it is not there");
		}
		free(normal);
	}
	return rc;
}

static int conclude(struct run *r)
{
	printf("%s: %zu rows read, %zu entries written\n", r->source->cache, r->rows, r->written);
	return r->left_out == 0 ? 0 :
	       err_set(r->err, ERR_DATA, "mail for them waits, or goes by what was known of them",
	               "%zu rows were left out", r->left_out);
}

int key_sync_rows(struct key_run *run, const struct key_sync_source *source,
                  char *const *address, bool accept, struct err *err)
{
	struct run r = {
		.key = *run, .source = source, .accept = accept, .all = !*address, .err = err,
		.progress = key_progress_begin(),
	};
	int rc = check_complete(&r);

	read_sources(&r);
	if (rc == 0)
		rc = mark_cache(&r);
	if (rc == 0)
		rc = open_cache(&r);
	if (rc == 0)
		rc = list(&r, address);
	if (rc == 0)
		rc = conclude_gone(&r);
	if (rc == 0)
		rc = seal(&r);
	key_progress_end(&r.progress);
	store_free(&r.key.store);
	names_free(&r.sources, free);
	buf_free(&r.text);
	return rc ? -1 : conclude(&r);
}
