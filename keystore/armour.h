/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * armour - a certificate as text (RFC 9580 section 6.2)
 *
 * Without the CRC-24, which RFC 9580 section 6.1 asks writers to leave out and
 * readers not to miss; gpg 2.2 doesn't.
 */
#ifndef MAILSEAL_KEYSTORE_ARMOUR_H
#define MAILSEAL_KEYSTORE_ARMOUR_H

#include "base/buf.h"

/* Appends the armour of size bytes to out; lines end in LF. */
void armour_certificate(const void *data, size_t size, struct buf *out);

#endif
