/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * adopted - processes that a library started behind our back
 *
 * GPGME forks twice, so that its gpg belongs to init: nobody could kill one
 * that hangs, or reap it.  As child subreaper (prctl(2)) we inherit those
 * processes; they are the ones whose parent we are.  Children that existed
 * before adopted_watch are left alone; no base/child.h may start between
 * adopted_watch and adopted_end.  One watch at a time, one thread.
 */
#ifndef MAILSEAL_BASE_ADOPTED_H
#define MAILSEAL_BASE_ADOPTED_H

#include "base/clock.h"
#include "base/err.h"

/*
 * Becomes their parent and arms a timer (SIGALRM) that kills all of them at
 * the deadline or soon after a termination signal (base/signals.h), and
 * again every 200 ms, also while the library blocks in a read of theirs.
 * -1 with *err (ERR_TEMPORARY): nothing could be watched, start nothing.
 */
int adopted_watch(struct deadline d, struct err *err);

/*
 * Waits until none is left; at the deadline, or the watch's if that is
 * earlier, kills and reaps.  Returns 0 when all ended with 0, else the
 * wait status (waitpid(2)) of the last that did not.
 */
int adopted_reap(struct deadline d);

/* Kills what is still alive, reaps it, and puts timer, SIGALRM and
 * subreaper back as they were.  Without a watch it does nothing. */
void adopted_end(void);

#endif
