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
#include "keystore/change.h"
#include "keystore/entry.h"
#include "keystore/signing.h"

#define STORE_ALIASES_MAX 4 /* aliases followed one after the other */

struct store;

struct store_options {
	bool create; /* make a missing store (key import only) */
	/* Borrowed for as long as the store is open; may be NULL. */
	const struct signing_public *pinned; /* an entry that none of these signed is not believed */
	const struct signing_secret *secret; /* signs what is put */
	bool at_source; /* asks the store itself, not a copy of it: to change, or to audit */
};

/*
 * spec: `dir:PATH`, or a PATH that begins with `/`.  options NULL: none of them.  NULL with *err:
 * ERR_CONFIG for a spec that names no store, ERR_TEMPORARY for one that could not be asked.
 */
struct store *store_open(const char *spec, const struct store_options *options,
                         struct err *err);
void store_free(struct store **store);
const char *store_spec(const struct store *store); /* with its kind; borrowed */
/* Did this store_open make it? To be told: an unmounted volume looks like a new store. */
bool store_created(const struct store *store);

enum store_answer {
	STORE_FOUND,         /* *entry is the caller's */
	STORE_NOT_ENROLLED,
	STORE_COULD_NOT_ASK, /* *err (ERR_TEMPORARY) says why; never to be read as not enrolled */
};

/* One exact address, as stored: an alias is not followed; a tombstone is STORE_NOT_ENROLLED. */
enum store_answer store_get(struct store *store, const char *address,
                            struct entry **entry, struct err *err);
/* The same for who wants to change it: a tombstone is found, too. */
enum store_answer store_get_version(struct store *store, const char *address,
                                    struct entry **entry, struct err *err);

/*
 * What holds for mail to an address.  Asked are the exact address, the one without its extension
 * (delimiters: what recipient-delimiter says; may be empty) and the domain default, each with its aliases
 * followed.  Certificates come from the first that has some, seal and publish each from the
 * first that says it.  An alias that leads to nobody, or in a circle, is STORE_COULD_NOT_ASK.
 */
enum store_answer store_lookup(struct store *store, const char *address,
                               const char *delimiters, struct entry **entry,
                               struct err *err);

/*
 * Stores an entry whose serial is one above the stored one's, tombstones included (1 where there
 * is none), durably, and writes it into the log.  action: one word for that, lower case.  -1 with
 * *err: ERR_TEMPORARY, also when the stored one was changed meanwhile; ERR_DATA when the entry
 * has no text form that could be read back (too large, nothing in it); ERR_CONFIG when the store is
 * pinned and there is nothing to sign with.  Readers see the old or the new one.
 */
int store_put(struct store *store, const struct entry *entry,
              const char *action, struct err *err);

/*
 * Leaves a tombstone: 1 removed, 0 was not there, -1 with *err (ERR_TEMPORARY, ERR_CONFIG).  A
 * broken entry is removed too.
 */
int store_remove(struct store *store, const char *address, struct err *err);

/* The log, oldest first: its lines, without their LF, from number `since` on, until each returns
 * non-zero; returns that, or 0 at the end.  -1 with *err when it can't be read. */
int store_changes(struct store *store, uint64_t since,
                  int (*each)(void *ctx, const char *line, size_t len),
                  void *ctx, struct err *err);

/* The text of an entry as it is stored, signature included, believed or not: for audits. */
enum store_answer store_text(struct store *store, const char *address,
                             struct buf *text, struct err *err);

/*
 * Calls each for every address, tombstones included, in no order, until it returns non-zero;
 * returns that, or 0 at the end.  -1 with *err when a part could not be listed; the rest was.
 */
int store_each(struct store *store, int (*each)(void *ctx, const char *address),
               void *ctx, struct err *err);

#endif
