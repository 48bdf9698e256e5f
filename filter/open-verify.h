/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * open-verify - open --verify: the signatures of a message that was sealed, offline
 *
 * The keys that verified at delivery are inside the payload (auth/recorded-keys.h).  They say
 * what the delivering host saw; Authentication-Results, which stands outside, can be changed by
 * whoever can change the mailbox.
 */
#ifndef MAILSEAL_FILTER_OPEN_VERIFY_H
#define MAILSEAL_FILTER_OPEN_VERIFY_H

#include "base/log.h"
#include "mime/message.h"

/*
 * Verifies the original, as it was restored from payload, at the time that is recorded, says
 * what it found in lines of the log, and compares it with what the stored message says.
 * authserv_id: whose Authentication-Results to look for where the delivery's is missing.  -1
 * with *err: ERR_DATA when a signature that was recorded as verified does not verify, or
 * the stored message says what nothing inside bears out.
 */
int open_verify(struct spool *payload, struct spool *original,
                const struct message *stored, const char *authserv_id,
                const struct log *log, struct err *err);

#endif
