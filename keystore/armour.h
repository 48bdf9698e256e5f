/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * armour - a certificate as text (RFC 4880 section 6.2)
 *
 * With the CRC-24, which RFC 9580 would leave out: gpg 2.2 takes armour
 * without one for broken when the base64 does not end in `=`.
 */
#ifndef MAILSEAL_KEYSTORE_ARMOUR_H
#define MAILSEAL_KEYSTORE_ARMOUR_H

#include "base/buf.h"

/* Appends the armour of size bytes to out; lines end in LF. */
void armour_certificate(const void *data, size_t size, struct buf *out);

#endif
