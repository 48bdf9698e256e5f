/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session-key - the bodies of OpenPGP's session key packets
 *
 * PKESK (RFC 9580 section 5.1) and SKESK (5.3): every octet must belong to a
 * field whose size is known, so that none of them can carry something to
 * read.  What the algorithm encrypted is given to a noise test.
 */
#ifndef MAILSEAL_MIME_SESSION_KEY_H
#define MAILSEAL_MIME_SESSION_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/noise.h"

/* Longest body that is looked at: ElGamal with 16384 bits fits. */
#define SESSION_KEY_MAX 4200

/* *keyid: of version 3 as it stands there (0: hidden recipient); of version
 * 6 that of its fingerprint (RFC 9580 section 5.5.4), 0 when there is none. */
bool session_key_is_pkesk(const uint8_t *body, size_t len, uint64_t *keyid,
                          struct noise *noise);
bool session_key_is_skesk(const uint8_t *body, size_t len, struct noise *noise);

#endif
