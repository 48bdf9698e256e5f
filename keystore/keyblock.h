/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keyblock - what somebody wants to import, seen before gpg sees it
 *
 * Takes the armour off (RFC 9580 section 6.2; any number of key blocks with
 * other text around them) and walks over the packets (4.2), so that a
 * private key is noticed before it is given to anything, and what is no
 * certificate (10.1) is called by its name.
 */
#ifndef MAILSEAL_KEYSTORE_KEYBLOCK_H
#define MAILSEAL_KEYSTORE_KEYBLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct keyblock {
	struct buf packets; /* of the certificates, armour removed */
	size_t certs;       /* primary keys in them */
	bool secret;        /* there is a private key; packets is empty then */
	/* Of the last primary key that is not what every OpenPGP program knows; 0: there is none. */
	unsigned odd_version;   /* other than 4 */
	unsigned odd_algorithm; /* newer than RFC 6637 and EdDSA of version 4 */
};

/*
 * Fills *out, which is all zero; keyblock_clear is due in any case.
 * 0: whole certificates, at least one, or out->secret.  -1 with *err
 * (ERR_DATA): something else, or damaged.
 */
int keyblock_read(const void *data, size_t size, struct keyblock *out,
                  struct err *err);
/*
 * The next certificate of those that were read, from *at (0 at first) on: *cert becomes its
 * packets, without a keyring's trust packets.  false: there is no other.
 */
bool keyblock_next(const struct keyblock *k, size_t *at, struct buf *cert);
/*
 * Calls each for every user ID in the packets of whole certificates, as it is (any bytes), until
 * it returns non-zero; returns that, or 0 at the end.
 */
int keyblock_user_ids(const void *packets, size_t size,
                      int (*each)(void *ctx, const char *user_id, size_t len),
                      void *ctx);
/* Wipes and frees. */
void keyblock_clear(struct keyblock *k);

#endif
