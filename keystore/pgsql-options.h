/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pgsql-options - what libpq is told of one host of FILE.cf
 */
#ifndef MAILSEAL_KEYSTORE_PGSQL_OPTIONS_H
#define MAILSEAL_KEYSTORE_PGSQL_OPTIONS_H

#include <stdbool.h>

#include "base/clock.h"
#include "keystore/pgsql-conf.h"
#include "keystore/pgsql-module.h"

#define PGSQL_OPTIONS_MAX 48

/* Names and values, NULL-terminated, each name once. */
struct pgsql_options {
	char *name[PGSQL_OPTIONS_MAX + 1], *value[PGSQL_OPTIONS_MAX + 1];
	size_t count;
};

/*
 * What a URI says goes before FILE.cf's user, password and dbname.  Names are resolved, and the
 * password is read. writable: a server that takes changes, and no other.  -1 with *err;
 * *out is for pgsql_options_clear either way.
 */
int pgsql_options_make(const struct pgsql_module *module,
                       const struct pgsql_conf *conf, const char *host,
                       bool writable, struct pgsql_options *out,
                       struct deadline deadline, struct err *err);
void pgsql_options_clear(struct pgsql_options *options); /* wipes the values */

/* The host as it may be told: without user and password. Into out. */
void pgsql_options_describe(const char *host, char *out, size_t size);

#endif
