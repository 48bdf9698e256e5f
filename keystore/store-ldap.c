/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store-ldap - a keystore in an LDAP directory, which is only read
 *
 * A directory has certificates, not entries.  `mailseal key sync` asks it, has gpg look at them, and
 * writes (and signs) entries into the cache; what looks up reads the cache alone.  One that was not
 * brought up to date for `cache-valid` could not be asked.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "keystore/ldap-conf.h"
#include "keystore/store-cache.h"

#define ADVICE_SYNC "run `mailseal key sync`, from a timer (docs/keys.md)"

struct store_ldap {
	struct ldap_conf *conf;
	struct store_cache *cache;
	void *dir; /* the same folder, for its log */
};

static void store_ldap_close(void *ctx)
{
	struct store_ldap *store = ctx;

	if (store->dir)
		store_dir_backend.close(store->dir);
	store_cache_free(&store->cache);
	ldap_conf_free(&store->conf);
	free(store);
}

static int check_stamp(const struct store_ldap *store, struct err *err)
{
	struct store_cache_stamp stamp;

	switch (store_cache_stamp(store->cache, &stamp, err)) {
	case STORE_FOUND:
		break;
	case STORE_NOT_ENROLLED:
		return err_set(err, ERR_TEMPORARY, ADVICE_SYNC, "%s was never complete",
		               store->conf->text[LDAP_CONF_CACHE]);
	case STORE_COULD_NOT_ASK:
		return -1;
	}
	if (store_cache_fresh(&stamp, time(NULL), store->conf->cache_valid))
		return 0;
	return err_set(err, ERR_TEMPORARY, ADVICE_SYNC,
	               "%s is older than cache-valid", store->conf->text[LDAP_CONF_CACHE]);
}

static int open_cache(struct store_ldap *store, struct err *err)
{
	const char *folder = store->conf->text[LDAP_CONF_CACHE];
	bool created = false;

	store->cache = store_cache_open(folder, err);
	if (!store->cache) {
		snprintf(err->advice, sizeof err->advice, ADVICE_SYNC);
		return -1;
	}
	store->dir = store_dir_backend.open(folder, false, &created, err);
	return store->dir ? check_stamp(store, err) : -1;
}

static void *store_ldap_open(const char *where, bool create, bool *created,
                             struct err *err)
{
	struct ldap_conf *conf = ldap_conf_read(where, err);
	struct store_ldap *store;

	(void)create;
	(void)created;
	if (!conf)
		return NULL;
	store = mem_alloc(sizeof *store);
	store->conf = conf;
	if (open_cache(store, err) == 0)
		return store;
	store_ldap_close(store);
	return NULL;
}

static enum store_answer store_ldap_get(void *ctx, const char *address,
                                        struct buf *text, struct err *err)
{
	const struct store_ldap *store = ctx;

	return store_cache_get(store->cache, address, text, err);
}

static int store_ldap_put(void *ctx, const struct store_entry_text *new, struct err *err)
{
	(void)ctx;
	(void)new;
	return err_set(err, ERR_CONFIG, "change the directory itself, then `mailseal key sync`",
	               "the keystore is an LDAP directory, which is only read");
}

static int store_ldap_changes(void *ctx, uint64_t since,
                              int (*each)(void *each_ctx, const char *line, size_t len),
                              void *each_ctx, struct err *err)
{
	const struct store_ldap *store = ctx;

	return store_dir_backend.changes(store->dir, since, each, each_ctx, err);
}

static int store_ldap_each(void *ctx, int (*each)(void *each_ctx, const char *address),
                           void *each_ctx, struct err *err)
{
	const struct store_ldap *store = ctx;

	return store_cache_each(store->cache, each, each_ctx, err);
}

const struct store_backend store_ldap_backend = {
	.kind = "ldap",
	.open = store_ldap_open,
	.close = store_ldap_close,
	.get = store_ldap_get,
	.put = store_ldap_put,
	.changes = store_ldap_changes,
	.each = store_ldap_each,
};
