/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store-pgsql - a keystore in PostgreSQL, and its local cache
 *
 * A cache that is fresh answers alone, and no connection is made.  With one that is not, the database is
 * asked, and must not know less than the cache knew.  docs/keystore.md has the whole.
 */
#ifndef MAILSEAL_KEYSTORE_STORE_PGSQL_H
#define MAILSEAL_KEYSTORE_STORE_PGSQL_H

#include "keystore/pgsql-conf.h"
#include "keystore/pgsql-fill.h"
#include "keystore/pgsql-link.h"
#include "keystore/store-cache.h"
#include "keystore/store-private.h"

struct store_pgsql {
	struct pgsql_conf *conf;
	struct pgsql_link *link;
	struct store_cache *cache; /* NULL: there is none, or none that was ever complete */
	bool fresh;                /* it answers for the database */
	bool at_source;            /* the cache is not asked, nor needed */
	bool filling;              /* it is being made of another store */
	struct pgsql_fill fill;
};

#endif
