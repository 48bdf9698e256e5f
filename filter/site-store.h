/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * site-store - the site's keystore as it is configured: the store, and the keys that sign it
 *
 * With keystore-public-key set, what none of its keys signed is not believed (keystore/signing.h).
 */
#ifndef MAILSEAL_FILTER_SITE_STORE_H
#define MAILSEAL_FILTER_SITE_STORE_H

#include "filter/config.h"
#include "keystore/store.h"

enum site_store_use {
	SITE_STORE_READ,   /* as deliveries do: a fresh cache will do */
	SITE_STORE_SOURCE, /* the store itself */
	SITE_STORE_CHANGE, /* the signing key is read */
	SITE_STORE_CREATE, /* and a missing store is made */
};

struct site_store {
	struct store *store;
	struct signing_public *pinned; /* NULL: none is configured */
	struct signing_secret *secret; /* NULL: none is configured, or reading */
};

/* -1 with *err: as store_open, or a key that can't be read. *out is for site_store_close either way. */
int site_store_open(const struct config *config, enum site_store_use use,
                    struct site_store *out, struct err *err);
void site_store_close(struct site_store *site);

#endif
