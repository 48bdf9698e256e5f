/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reminders - which owners were told already that their certificate ends, in state-dir/reminders
 *
 *	mailseal-reminders 1
 *	END DAYS ADDRESS
 *
 * A line for each reminder: when the certificate ends (seconds since the epoch), and how many days
 * before that its owner was to be told.  A line is appended and synced after its message was
 * handed over, so that a crash repeats one reminder at most; half a line, the last, is dropped.
 * Each run begins with a new file without what is long over.  One run at a time: a lock on
 * state-dir/reminders.lock.
 */
#ifndef MAILSEAL_FILTER_REMINDERS_H
#define MAILSEAL_FILTER_REMINDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define REMINDERS_KEEP_S (60 * 24 * 3600) /* after the end */
#define REMINDERS_MAX ((size_t)256 * 1024 * 1024) /* bytes of the file */

struct reminders;

/* folder is made if its parent is there.  dry: only looks, no lock, nothing is written.  NULL with
 * *err: another run has it, or it can't be read or written. */
struct reminders *reminders_open(const char *folder, bool dry, int64_t now,
                                 struct err *err);
void reminders_free(struct reminders **reminders);

/* Was the owner told of this end, so many days before it or fewer? */
bool reminders_told(const struct reminders *reminders, const char *address,
                    int64_t end, int64_t days);
/* From now on he was. */
int reminders_note(struct reminders *reminders, const char *address,
                   int64_t end, int64_t days, struct err *err);

#endif
