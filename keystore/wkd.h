/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wkd - where a certificate stands in a Web Key Directory (draft-koch-openpgp-webkey-service)
 *
 * And in the two other places that are asked by address: a keyserver's VKS interface, and DNS
 * (RFC 7929).
 */
#ifndef MAILSEAL_KEYSTORE_WKD_H
#define MAILSEAL_KEYSTORE_WKD_H

#include <stdbool.h>

#include "base/buf.h"

#define WKD_HASH 33      /* bytes: 32 characters of z-base-32 and NUL */
#define DANE_NAME_MAX 330 /* bytes of a name in DNS with NUL; its owner's domain may be too long */

enum wkd_method {
	WKD_ADVANCED, /* at openpgpkey.DOMAIN */
	WKD_DIRECT,   /* at DOMAIN, where that host does not exist */
};

/* May its domain be asked? An address literal has no name, a domain default no local part. */
bool wkd_has_domain(const char *address);

/* The file's name: z-base-32 of the SHA-1 of the address' local part (normal form). */
void wkd_hash(const char *address, char out[static WKD_HASH]);
bool wkd_is_hash(const char *name); /* can it be such a name? */

/* local_part: as it was written, for `?l=`; NULL: that of the address. */
void wkd_url(enum wkd_method method, const char *address, const char *local_part,
             struct buf *out);

/* SERVER/vks/v1/by-email/ADDRESS */
void wkd_vks_url(const char *server, const char *address, struct buf *out);

/* The name that has the OPENPGPKEY records, without a final dot (RFC 7929 section 3). */
void wkd_dane_name(const char *address, char out[static DANE_NAME_MAX]);

#endif
