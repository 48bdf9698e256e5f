/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pgsql-conf - FILE.cf of `pgsql:FILE.cf` (docs/keystore.md), written as Postfix's pgsql_table(5) is
 *
 * (keystore/cf.h).  Deliveries read it as any uid, so the password has a file of its own (password-file).
 */
#ifndef MAILSEAL_KEYSTORE_PGSQL_CONF_H
#define MAILSEAL_KEYSTORE_PGSQL_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "keystore/pgsql-query.h"

#define PGSQL_HOSTS_MAX 16

enum pgsql_setting {
	PGSQL_HOSTS,
	PGSQL_USER,
	PGSQL_PASSWORD,
	PGSQL_PASSWORD_FILE, /* its first line is the password */
	PGSQL_DBNAME,
	PGSQL_ENCODING,      /* UTF8, and no other */
	PGSQL_DOMAIN,        /* addresses of other domains are nobody's */
	PGSQL_QUERY,         /* an existing table answers; else our own schema does */
	PGSQL_LIST,          /* with a query: everybody that it knows, for the cache */
	PGSQL_CACHE,         /* a folder */
	PGSQL_CACHE_VALID,
	PGSQL_TIMEOUT,
	PGSQL_SETTINGS
};

struct pgsql_conf {
	char *path;
	char *text[PGSQL_SETTINGS]; /* as written; defaults filled in, NULL where there is none */
	char **host;                /* NULL-terminated: `inet:HOST[:PORT]`, `unix:PATH`, or a URI */
	char **domain;              /* NULL-terminated, lower case; none: all */
	struct pgsql_query query;   /* query.sql NULL: our own schema */
	int64_t cache_valid;        /* seconds */
	int64_t timeout_ms;         /* of one lookup, and of one step of a change */
};

/* NULL with *err: ERR_TEMPORARY it can't be read, ERR_CONFIG it is wrong. */
struct pgsql_conf *pgsql_conf_read(const char *path, struct err *err);
/* The same from its text, which is changed. */
struct pgsql_conf *pgsql_conf_parse(const char *path, char *text, size_t len,
                                    struct err *err);
void pgsql_conf_free(struct pgsql_conf **conf);

/* The password, the caller's, or NULL where none is set: 0; -1 with *err. */
int pgsql_conf_password(const struct pgsql_conf *conf, char **password,
                        struct err *err);
/* Is this address's domain one of those that the table knows? */
bool pgsql_conf_covers(const struct pgsql_conf *conf, const char *address);

#endif
