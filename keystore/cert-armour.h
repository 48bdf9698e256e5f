/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cert-armour - a certificate as text (RFC 4880 section 6.2)
 *
 * With the CRC-24, which RFC 9580 would leave out: gpg 2.2 takes armour
 * without one for broken when the base64 does not end in `=`.
 */
#ifndef MAILSEAL_KEYSTORE_CERT_ARMOUR_H
#define MAILSEAL_KEYSTORE_CERT_ARMOUR_H

#include "base/buf.h"

/* Appends the armour of size bytes to out; lines end in LF. */
void cert_armour(const void *data, size_t size, struct buf *out);

#endif
