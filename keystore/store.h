/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store - entries by address (docs/keystore.md)
 *
 * One small interface; store.c has what all back ends share, store-dir.c is
 * the one there is.  Addresses are in normal form (keystore/address.h) or
 * `@domain`.  A store is opened for one command or one delivery: what it
 * stands for may be mounted or replaced afterwards.
 */
#ifndef MAILSEAL_KEYSTORE_STORE_H
#define MAILSEAL_KEYSTORE_STORE_H

#include <stdbool.h>

#include "base/err.h"
#include "keystore/entry.h"

struct store;

/*
 * spec: `dir:PATH`, or a PATH that begins with `/`.  create: make a missing
 * one (key import only).  NULL with *err: ERR_CONFIG for a spec that names
 * no store, ERR_TEMPORARY for one that could not be asked.
 */
struct store *store_open(const char *spec, bool create, struct err *err);
void store_free(struct store **store);
const char *store_spec(const struct store *store); /* with its kind; borrowed */
/* Did this store_open make it? To be told: an unmounted volume looks like a new store. */
bool store_created(const struct store *store);

enum store_answer {
	STORE_FOUND,         /* *entry is the caller's */
	STORE_NOT_ENROLLED,
	STORE_COULD_NOT_ASK, /* *err (ERR_TEMPORARY) says why; never to be read as not enrolled */
};

/* One exact address. */
enum store_answer store_get(struct store *store, const char *address,
                            struct entry **entry, struct err *err);

/* The exact address, else without its extension (delimiters: what
 * recipient-delimiter says; may be empty), else the domain default. */
enum store_answer store_lookup(struct store *store, const char *address,
                               const char *delimiters, struct entry **entry,
                               struct err *err);

/*
 * Stores an entry whose serial is one above the stored one's (1 where there
 * is none), durably.  -1 with *err: ERR_TEMPORARY, also when the stored one
 * was changed meanwhile; ERR_DATA when the entry has no text form that could
 * be read back (too large, no certificate).  Readers see the old or the new one.
 */
int store_put(struct store *store, const struct entry *entry, struct err *err);

/* 1 removed, 0 was not there, -1 with *err (ERR_TEMPORARY). A broken entry is removed too. */
int store_remove(struct store *store, const char *address, struct err *err);

/*
 * Calls each for every address, in no order, until it returns non-zero;
 * returns that, or 0 at the end.  -1 with *err when a part could not be
 * listed; the rest was.
 */
int store_each(struct store *store, int (*each)(void *ctx, const char *address),
               void *ctx, struct err *err);

#endif
