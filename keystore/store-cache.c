/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store-cache - a complete copy of another store's entries */
#include <config.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "keystore/store-cache.h"
#include "keystore/store-dir.h"

#define STAMP_MAX ((size_t)256)
#define FUTURE_MAX 300 /* seconds: clocks of two hosts that share a folder */

struct store_cache {
	struct store_dir *dir;
	int lock; /* -1: to read */
};

/* ---- opening -------------------------------------------------------------------- */

static struct store_cache *open_at(const char *folder, bool create, struct err *err)
{
	bool created = false;
	struct store_dir *dir = store_dir_backend.open(folder, create, &created, err);
	struct store_cache *cache;

	if (!dir) {
		err_context(err, "cache");
		return NULL;
	}
	cache = mem_alloc(sizeof *cache);
	cache->dir = dir;
	cache->lock = -1;
	return cache;
}

struct store_cache *store_cache_open(const char *folder, struct err *err)
{
	return open_at(folder, false, err);
}

static bool has(const struct store_cache *cache, const char *name)
{
	return faccessat(cache->dir->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A keystore has a log; of caches only those that sources tell of. */
static int check_own(const struct store_cache *cache, struct err *err)
{
	if (!has(cache, STORE_DIR_LOG) || has(cache, STORE_CACHE_STAMP) ||
	    has(cache, STORE_CACHE_SOURCES))
		return 0;
	return err_set(err, ERR_CONFIG, "name a folder that is not there yet",
	               "cache: %s is a keystore of its own", cache->dir->path);
}

struct store_cache *store_cache_make(const char *folder, struct err *err)
{
	struct store_cache *cache = open_at(folder, true, err);

	if (cache) {
		cache->lock = store_dir_take_lock(cache->dir, err);
		if (cache->lock < 0 || check_own(cache, err))
			store_cache_free(&cache);
	}
	return cache;
}

void store_cache_free(struct store_cache **cache)
{
	struct store_cache *c = *cache;

	if (!c)
		return;
	if (c->lock >= 0)
		close(c->lock);
	store_dir_backend.close(c->dir);
	free(c);
	*cache = NULL;
}

/* ---- the stamp ------------------------------------------------------------------- */

static bool read_stamp(const char *text, struct store_cache_stamp *out)
{
	struct buf again = BUF_INIT;
	bool ok;

	memset(out, 0, sizeof *out);
	ok = sscanf(text, STORE_CACHE_STAMP " 1 %" SCNu64 " %64[0-9a-f] %" SCNd64 "\n",
	            &out->number, out->head, &out->time) == 3;
	buf_addf(&again, STORE_CACHE_STAMP " 1 %" PRIu64 " %s %" PRId64 "\n", out->number,
	         out->head, out->time);
	ok = ok && strlen(out->head) == SHA256_HEX - 1 && strcmp(text, buf_str(&again)) == 0;
	buf_free(&again);
	return ok;
}

enum store_answer store_cache_stamp(const struct store_cache *cache,
                                    struct store_cache_stamp *stamp, struct err *err)
{
	struct buf text = BUF_INIT;
	enum store_answer answer = store_dir_read(cache->dir, STORE_CACHE_STAMP, STAMP_MAX,
	                                          &text, err);

	if (answer == STORE_FOUND && !read_stamp(buf_str(&text), stamp)) {
		err_set(err, ERR_TEMPORARY, "move the cache away, and run `mailseal key sync`",
		        "%s/" STORE_CACHE_STAMP " is not what key sync wrote", cache->dir->path);
		answer = STORE_COULD_NOT_ASK;
	}
	buf_free(&text);
	return answer;
}

bool store_cache_fresh(const struct store_cache_stamp *stamp, int64_t now,
                       int64_t valid)
{
	return stamp->time <= now + FUTURE_MAX && now - stamp->time <= valid;
}

/* ---- reading ----------------------------------------------------------------------- */

enum store_answer store_cache_get(const struct store_cache *cache,
                                  const char *address, struct buf *text,
                                  struct err *err)
{
	enum store_answer answer = store_dir_get(cache->dir, address, text, err);
	struct store_cache_stamp stamp;

	/* Whoever takes a cache away takes its stamp first. */
	if (answer == STORE_NOT_ENROLLED &&
	    store_cache_stamp(cache, &stamp, err) != STORE_FOUND) {
		err_set(err, ERR_TEMPORARY, "run `mailseal key sync`",
		        "%s is not complete", cache->dir->path);
		answer = STORE_COULD_NOT_ASK;
	}
	return answer;
}

int store_cache_each(struct store_cache *cache,
                     int (*each)(void *each_ctx, const char *address),
                     void *each_ctx, struct err *err)
{
	return store_dir_each(cache->dir, each, each_ctx, err);
}

/* ---- writing ----------------------------------------------------------------------- */

int store_cache_put(const struct store_cache *cache, const char *address,
                    const struct buf *text, struct err *err)
{
	return store_dir_fill_entry(cache->dir, address, text, err);
}

int store_cache_keep(const struct store_cache *cache, const char *name,
                     const struct buf *text, struct err *err)
{
	return store_dir_place_file(cache->dir, name, buf_str(text), text->len, err);
}

/* All that was written to the file system of a folder. */
static int sync_all(const struct store_cache *cache, struct err *err)
{
	int fd = store_dir_open_folder(cache->dir, ".");
	int rc = fd < 0 || syncfs(fd) ? err_sys(err, ERR_TEMPORARY, NULL, "cannot write %s",
	                                        cache->dir->path) : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

int store_cache_seal(const struct store_cache *cache,
                     const struct store_cache_stamp *stamp, struct err *err)
{
	struct buf text = BUF_INIT;
	int rc = sync_all(cache, err);

	buf_addf(&text, STORE_CACHE_STAMP " 1 %" PRIu64 " %s %" PRId64 "\n", stamp->number,
	         stamp->head, stamp->time);
	if (rc == 0)
		rc = store_cache_keep(cache, STORE_CACHE_STAMP, &text, err);
	if (rc == 0)
		rc = sync_all(cache, err);
	buf_free(&text);
	return rc;
}
