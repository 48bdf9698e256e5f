/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store - entries by address: which back end, in which order one looks */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "keystore/address.h"
#include "keystore/store-private.h"

struct store {
	const struct store_backend *backend;
	void *ctx;
	char *spec;
	bool created;
};

static const struct store_backend *const backends[] = { &store_dir_backend };

/* The back end that spec names, and where in spec its own part begins. */
static const struct store_backend *find_backend(const char *spec,
                                                const char **where)
{
	if (spec[0] == '/') {
		*where = spec;
		return &store_dir_backend;
	}
	for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++) {
		size_t len = strlen(backends[i]->kind);

		if (strncmp(spec, backends[i]->kind, len) == 0 &&
		    spec[len] == ':' && spec[len + 1] != '\0') {
			*where = spec + len + 1;
			return backends[i];
		}
	}
	return NULL;
}

struct store *store_open(const char *spec, bool create, struct err *err)
{
	const char *where = NULL;
	const struct store_backend *backend = find_backend(spec, &where);
	bool created = false;

	if (!backend) {
		err_set(err, ERR_CONFIG, "write dir:FOLDER",
		        "no keystore that this mailseal knows: %s", spec);
		return NULL;
	}

	void *ctx = backend->open(where, create, &created, err);

	if (!ctx)
		return NULL;

	struct store *store = mem_alloc(sizeof *store);

	store->backend = backend;
	store->ctx = ctx;
	store->spec = mem_printf("%s:%s", backend->kind, where);
	store->created = created;
	return store;
}

void store_free(struct store **store)
{
	struct store *s = *store;

	if (!s)
		return;
	s->backend->close(s->ctx);
	free(s->spec);
	free(s);
	*store = NULL;
}

const char *store_spec(const struct store *store)
{
	return store->spec;
}

bool store_created(const struct store *store)
{
	return store->created;
}

enum store_answer store_get(struct store *store, const char *address,
                            struct entry **entry, struct err *err)
{
	return store->backend->get(store->ctx, address, entry, err);
}

enum store_answer store_lookup(struct store *store, const char *address,
                               const char *delimiters, struct entry **entry,
                               struct err *err)
{
	enum store_answer answer = store_get(store, address, entry, err);

	if (answer == STORE_NOT_ENROLLED) {
		char *stem = address_without_extension(address, delimiters);

		if (stem)
			answer = store_get(store, stem, entry, err);
		free(stem);
	}
	if (answer == STORE_NOT_ENROLLED)
		answer = store_get(store, address_domain_default(address), entry,
		                   err);
	return answer;
}

/* What a delivery could not read must never be stored. */
static int check_text(const struct entry *entry, const struct buf *text,
                      struct err *err)
{
	struct entry *back = NULL;

	if (address_is_normal(entry->address))
		back = entry_parse(text->data, text->len, entry->address, err);
	else
		err_set(err, ERR_DATA, NULL, "not in normal form: %.100s",
		        entry->address);
	if (!back)
		return err_set(err, ERR_DATA,
		               text->len <= ENTRY_MAX ? NULL :
		               "export it without images and others' signatures",
		               "this cannot be stored: %s", err->what);
	entry_free(&back);
	return 0;
}

int store_put(struct store *store, const struct entry *entry, struct err *err)
{
	struct buf text = BUF_INIT;
	int rc;

	entry_format(entry, &text);
	rc = check_text(entry, &text, err);
	if (rc == 0)
		rc = store->backend->put(store->ctx, entry->address, entry->serial,
		                         &text, err);
	buf_free(&text);
	return rc;
}

int store_remove(struct store *store, const char *address, struct err *err)
{
	return store->backend->remove(store->ctx, address, err);
}

int store_each(struct store *store, int (*each)(void *ctx, const char *address),
               void *ctx, struct err *err)
{
	return store->backend->each(store->ctx, each, ctx, err);
}
