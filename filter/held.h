/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * held - a held message, opened to be sealed anew
 *
 * The bytes that arrived, what was found out about them then (recorded keys inside,
 * Authentication-Results outside), and nothing else of what was stored.  The plaintext is in
 * spools alone.
 */
#ifndef MAILSEAL_FILTER_HELD_H
#define MAILSEAL_FILTER_HELD_H

#include "filter/decide.h"
#include "filter/hold.h"

struct held;

/*
 * From a file that hold_open gave.  NULL with *err: ERR_UNAVAILABLE, no secret key or no gpg;
 * ERR_DATA, it is not what was stored; ERR_TEMPORARY.
 */
struct held *held_open(const struct config *config, const struct hold_message *message,
                       struct err *err);
void held_free(struct held **held);

/* Sealed as decision says. */
int held_seal(struct held *held, const struct decision *decision, bool with_from_line,
              struct deadline deadline, struct sink to, struct err *err);

#endif
