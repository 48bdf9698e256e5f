/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ldap-directory - what a directory has: addresses and their certificates
 *
 * Its own words alone: nothing of it is signed, so it is worth as much as whoever may write there.
 */
#ifndef MAILSEAL_KEYSTORE_LDAP_DIRECTORY_H
#define MAILSEAL_KEYSTORE_LDAP_DIRECTORY_H

#include "base/err.h"
#include "keystore/ldap-conf.h"

#define LDAP_DIRECTORY_VALUE_MAX ((size_t)4 * 1024 * 1024) /* bytes of a certificate's attribute */
#define LDAP_DIRECTORY_CERTS_MAX 16   /* of one address */
#define LDAP_DIRECTORY_MAX ((size_t)1024 * 1024 * 1024) /* bytes of all of them */
#define LDAP_DIRECTORY_S 3600 /* seconds for all of it */

struct ldap_listed {
	const char *address; /* normal form */
	/* Its certificates, binary, one behind the other, in an order of their own. */
	const char *certs;
	size_t len;
	const char *problem; /* why there are none, or some are left out; or NULL */
};

/*
 * Calls each for every address, or the one that is named (normal form), sorted, until it returns
 * non-zero; returns that, or 0.  Nothing is given before a server answered completely.
 * -1 with *err: ERR_TEMPORARY none did; ERR_UNAVAILABLE the module is not there; ERR_CONFIG.
 */
int ldap_directory_list(const struct ldap_conf *conf, const char *address,
                        int (*each)(void *ctx, const struct ldap_listed *row),
                        void *ctx, struct err *err);

#endif
