/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rescue - a message that fails DMARC because a forwarder changed it, vouched for (RFC 8617 7.2.1)
 *
 * Local policy: the administrator names sealers whose word is taken for what they saw.  Everything
 * below the seal of one who is not named could be forged by him, so the sealers that
 * count stand on top without a gap, and the oldest of them saw the message first.
 */
#ifndef MAILSEAL_AUTH_RESCUE_H
#define MAILSEAL_AUTH_RESCUE_H

#include "auth/arc.h"
#include "auth/author.h"
#include "auth/dmarc.h"

/* The domain of the sealer who saw the author's domain pass, borrowed from arc; NULL: none did, or
 * nothing is to be rescued.  trusted: domains, NULL-terminated; or NULL. */
const char *rescue_by(const struct arc *arc, const struct author *author,
                      const struct dmarc *dmarc, const char *const *trusted);

#endif
