/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pgsql-sync - the cache brought up to date with the keystore's own tables
 *
 * The log leads: each line behind the cache's last must follow the one before and be signed by who is
 * pinned, and the entry that it speaks of must be the row that is there.  So whatever was changed behind
 * mailseal's back since the last time is found here, and with findings the cache gets no younger.
 */
#ifndef MAILSEAL_KEYSTORE_PGSQL_SYNC_H
#define MAILSEAL_KEYSTORE_PGSQL_SYNC_H

#include "keystore/pgsql-conf.h"
#include "keystore/signing.h"

struct pgsql_sync {
	const struct pgsql_conf *conf;
	const struct signing_public *keys; /* pinned, or NULL */
	int64_t now;
	/* address "": the log itself. */
	void (*found)(void *ctx, const char *address, const char *text);
	void (*progress)(void *ctx, uint64_t done, uint64_t all); /* lines of the log */
	void *ctx;
	/* Out: */
	size_t findings;
	uint64_t read, written; /* lines, entries */
};

/*
 * One that was broken off is begun again where the last whole one ended.  0 also with findings.  -1
 * with *err (ERR_TEMPORARY): the database could not be asked, or is older than the cache; the cache could not be
 * written.
 */
int pgsql_sync_run(struct pgsql_sync *sync, struct err *err);

/* A row of FILE.cf's `list`. value NULL: null. */
struct pgsql_listed {
	const char *address; /* as it stands there */
	const char *value;   /* an entry's text, or a certificate, with its length */
	size_t len;
};

/* Rows, those of one address together; until each returns non-zero, which is returned. -1 with *err. */
int pgsql_sync_list(const struct pgsql_conf *conf,
                    int (*each)(void *ctx, const struct pgsql_listed *row),
                    void *ctx, struct err *err);

#endif
