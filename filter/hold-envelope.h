/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hold-envelope - what stands in front of a held message: for whom it is, from whom, why it waits
 *
 *   mailseal-hold 1
 *   Held: 1795574503
 *   Recipient: bob@example.org
 *   Given: Bob@example.org
 *   Sender: <sam@example.com>
 *   Reason: expired
 *   Junk: yes
 *
 * then an empty line and the message.  Recipient is the normal form, Given as the caller wrote
 * it; Sender is absent where it is not known; so is Junk where it says no.  In a value,
 * `%` and all that is not printable ASCII is %XX.  Nothing is in it that the mailbox would not
 * tell as well.  One text for each envelope: a reader refuses any other.
 */
#ifndef MAILSEAL_FILTER_HOLD_ENVELOPE_H
#define MAILSEAL_FILTER_HOLD_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "keystore/address.h"

#define HOLD_ENVELOPE_MAX ((size_t)16 * 1024) /* bytes of its text */
#define HOLD_REASON_MAX 64                    /* bytes with the NUL */

struct hold_envelope {
	int64_t held; /* seconds since 1970 */
	char *recipient, *given;
	char *sender; /* "" is the null sender; NULL: not known */
	char reason[HOLD_REASON_MAX]; /* usability_word */
	bool junk;
};

/* Appends the text. -1 with *err: an address is longer than ADDRESS_MAX. */
int hold_envelope_format(const struct hold_envelope *envelope, struct buf *out,
                         struct err *err);
/*
 * From the first len bytes of a file; *size is how many are the envelope.  -1 with *err
 * (ERR_DATA): it is none.  *out is hold_envelope_free's either way.
 */
int hold_envelope_parse(const char *text, size_t len, struct hold_envelope *out,
                        size_t *size, struct err *err);
void hold_envelope_free(struct hold_envelope *envelope);

/* A value as it stands in the text, for lines that programs read. */
void hold_envelope_escape(const char *value, struct buf *out);

#endif
