/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store-cache - a complete copy of another store's entries, in a folder laid out as dir: is
 *
 * One writer keeps it (`mailseal key sync`), deliveries only read.  FOLDER/mailseal-cache, written last,
 * says that the copy is complete, up to which line of the log, and when that was so:
 *
 *	mailseal-cache 1 NUMBER HASH TIME
 *
 * Without it there is no cache, whatever else is there.
 */
#ifndef MAILSEAL_KEYSTORE_STORE_CACHE_H
#define MAILSEAL_KEYSTORE_STORE_CACHE_H

#include "keystore/store-private.h"

#define STORE_CACHE_STAMP "mailseal-cache"
#define STORE_CACHE_SOURCES "mailseal-sources" /* of an existing table: what each entry was made of */

struct store_cache_stamp {
	uint64_t number;       /* of the log's last line that is in it; 0: none */
	char head[SHA256_HEX]; /* that line's hash; 64 zeros for none */
	int64_t time;
};

struct store_cache;

/* To read. NULL: there is none that can be read; *err says why. */
struct store_cache *store_cache_open(const char *folder, struct err *err);
/* To write: a missing one is made, and nobody else writes until it is closed. NULL with *err:
 * ERR_CONFIG for a folder that is a keystore of its own. */
struct store_cache *store_cache_make(const char *folder, struct err *err);
void store_cache_free(struct store_cache **cache);

/* STORE_NOT_ENROLLED: it was never complete. */
enum store_answer store_cache_stamp(const struct store_cache *cache,
                                    struct store_cache_stamp *stamp, struct err *err);
/* Is it young enough to answer for the store? A stamp from the future is not. */
bool store_cache_fresh(const struct store_cache_stamp *stamp, int64_t now,
                       int64_t valid);

/* As store_backend.get. Not enrolled only if the copy is complete after the look, too. */
enum store_answer store_cache_get(const struct store_cache *cache,
                                  const char *address, struct buf *text,
                                  struct err *err);
int store_cache_each(struct store_cache *cache,
                     int (*each)(void *each_ctx, const char *address),
                     void *each_ctx, struct err *err);

/* An entry, on disk only with the next seal. */
int store_cache_put(const struct store_cache *cache, const char *address,
                    const struct buf *text, struct err *err);
/* A file of the writer's own beside the entries, durably. */
int store_cache_keep(const struct store_cache *cache, const char *name,
                     const struct buf *text, struct err *err);
/* It is complete: first all of it on disk, then the stamp. */
int store_cache_seal(const struct store_cache *cache,
                     const struct store_cache_stamp *stamp, struct err *err);

#endif
