/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keybox - the certificates in a GnuPG home, read where they lie
 *
 * pubring.kbx is a row of blobs, each with its length in front (GnuPG's kbx/keybox-blob.c has the
 * layout); pubring.gpg, of older versions, is a row of packets.  No gpg is started in that home: it would
 * lock it, and write there.
 */
#ifndef MAILSEAL_KEYSTORE_KEYBOX_H
#define MAILSEAL_KEYSTORE_KEYBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define KEYBOX_MAX ((size_t)512 * 1024 * 1024) /* bytes */

bool keybox_is(const void *data, size_t size);

/*
 * Calls each with the packets of every OpenPGP certificate, until it returns non-zero; returns
 * that, or 0 at the end.  -1 with *err (ERR_DATA): a blob that is damaged or cut off; those before it were
 * given.
 */
int keybox_each(const void *data, size_t size,
                int (*each)(void *ctx, const void *cert, size_t len),
                void *ctx, struct err *err);

#endif
