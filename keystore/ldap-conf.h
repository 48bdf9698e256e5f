/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ldap-conf - FILE.cf of `ldap:FILE.cf` (docs/keystore.md), written as Postfix's ldap_table(5) is
 *
 * (keystore/cf.h).  Deliveries read it as any uid, so the password has a file of its own (bind-pw-file).
 * What its defaults ask is GnuPG's schema.
 */
#ifndef MAILSEAL_KEYSTORE_LDAP_CONF_H
#define MAILSEAL_KEYSTORE_LDAP_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define LDAP_CONF_HOSTS_MAX 16
#define LDAP_CONF_OWNERS_MAX 8

enum ldap_setting {
	LDAP_CONF_SERVER_HOST,
	LDAP_CONF_SERVER_PORT,
	LDAP_CONF_SEARCH_BASE,
	LDAP_CONF_SCOPE,
	LDAP_CONF_QUERY_FILTER,
	LDAP_CONF_RESULT_ATTRIBUTE, /* has the certificates */
	LDAP_CONF_OWNER_ATTRIBUTE,  /* has the addresses of whom the object is */
	LDAP_CONF_DOMAIN,
	LDAP_CONF_BIND,
	LDAP_CONF_BIND_DN,
	LDAP_CONF_BIND_PW,
	LDAP_CONF_BIND_PW_FILE,
	LDAP_CONF_START_TLS,
	LDAP_CONF_TLS_CA_CERT_FILE,
	LDAP_CONF_TLS_CA_CERT_DIR,
	LDAP_CONF_TLS_CERT,
	LDAP_CONF_TLS_KEY,
	LDAP_CONF_TLS_REQUIRE_CERT,
	LDAP_CONF_VERSION,
	LDAP_CONF_TIMEOUT,
	LDAP_CONF_SIZE_LIMIT,
	LDAP_CONF_DEREFERENCE,
	LDAP_CONF_CACHE,
	LDAP_CONF_CACHE_VALID,
	LDAP_CONF_SETTINGS
};

struct ldap_conf {
	char *path;
	char *text[LDAP_CONF_SETTINGS]; /* as written; defaults filled in, NULL where there is none */
	char **uri;                     /* NULL-terminated; ldap://, ldaps:// or ldapi:// */
	char **owner;                   /* attributes with addresses; NULL-terminated */
	bool carried;                   /* an address counts only if the certificate carries it, too */
	char **domain;                  /* NULL-terminated, lower case; none: all */
	bool start_tls;
	int scope;                      /* enum ldap_module_scope */
	int size_limit, dereference;
	int timeout_s;
	int64_t cache_valid;            /* seconds */
};

/* NULL with *err: ERR_TEMPORARY it can't be read, ERR_CONFIG it is wrong. */
struct ldap_conf *ldap_conf_read(const char *path, struct err *err);
/* The same from its text, which is changed. */
struct ldap_conf *ldap_conf_parse(const char *path, char *text, size_t len,
                                  struct err *err);
void ldap_conf_free(struct ldap_conf **conf);

/* Of bind_dn, the caller's to wipe, or NULL where none is set: 0; -1 with *err. */
int ldap_conf_password(const struct ldap_conf *conf, char **password, struct err *err);

#endif
