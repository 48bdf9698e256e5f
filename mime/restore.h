/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * restore - the bytes that arrived, from what compose made of them
 *
 * The exact rules are docs/format.md.  Nothing is written before size and
 * hash are known to match; data is read twice for that, never held.
 */
#ifndef MAILSEAL_MIME_RESTORE_H
#define MAILSEAL_MIME_RESTORE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/spool.h"
#include "base/stream.h"
#include "mime/message.h"

/* How far the mark of a payload is looked for; beyond: not mailseal's. */
#define RESTORE_LINES_MAX 1000
#define RESTORE_LINE_MAX ((size_t)1024 * 1024) /* bytes, line end included */
#define RESTORE_FURTHER_MAX ((size_t)1024 * 1024) /* bytes of further lines given out */

enum restore_result {
	RESTORE_EXACT,     /* size and hash match */
	RESTORE_MISMATCH,  /* mailseal's, but size or hash is wrong: written as it is stored */
	RESTORE_FOREIGN,   /* not mailseal's: nothing was written */
};

/*
 * A passed message: if the first X-Mailseal field says so, the original goes
 * into `to`.  as_stored: the trace fields above and those of later hops stay
 * in front (the check is made all the same).  -1 with *err on a read or
 * write failure.
 */
int restore_passed(const struct message *stored, bool as_stored,
                   struct sink to, enum restore_result *result,
                   struct err *err);

/*
 * The decrypted payload of a sealed message: the original goes to `to`. On
 * RESTORE_MISMATCH the payload is written untouched; on RESTORE_FOREIGN
 * nothing.
 */
int restore_payload(struct spool *payload, struct sink to,
                    enum restore_result *result, struct err *err);

/*
 * Appends the further lines of such a payload, those between type-line and mark-line, with
 * their line ends.  None of a payload that is not mailseal's, nor if they are larger than
 * RESTORE_FURTHER_MAX.
 */
int restore_further_lines(struct spool *payload, struct buf *out, struct err *err);

#endif
