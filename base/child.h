/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * child - a program we start, feed, watch and always reap
 *
 * The child leads its own process group, so that it goes with all that it
 * started.  What it prints goes to /dev/null: it may quote the message, and
 * an MTA reads `5.x.y` at the start of a line as a bounce.  It gets
 * descriptors 0, 1 and 2 and no other, fresh signal dispositions, and is
 * killed when we are, so that it never takes the half it got for a whole.
 *
 * Descriptors 0, 1 and 2 must be open here (io_secure_stdio), SIGPIPE
 * ignored (signals_init).
 */
#ifndef MAILSEAL_BASE_CHILD_H
#define MAILSEAL_BASE_CHILD_H

#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"

/* Between TERM and KILL, and between KILL and giving up on a process that
 * even KILL does not end (it hangs in the kernel): milliseconds. */
#define CHILD_GRACE_MS 2000

struct child;

/*
 * Starts argv (NULL-terminated; argv[0] is looked up in the PATH of envp, or
 * /usr/bin:/bin without one, its relative parts ignored; never a shell) with
 * envp as its environment, in the current folder, stdin a pipe from us.
 * NULL with *err when it can't be started (ERR_TEMPORARY; a program that is
 * missing is told here, not by an exit code).
 */
struct child *child_start(char *const argv[], char *const envp[],
                          struct deadline d, struct err *err);

/*
 * Feeds stdin.  0: written.  1: it ended or closed its stdin, so it takes no
 * more; child_finish tells how it ended.  -1 with *err: the deadline, or a
 * termination signal.
 */
int child_write(struct child *c, const void *data, size_t len,
                struct err *err);

/*
 * Closes stdin and waits.  Returns the wait status (see waitpid), 0 only if
 * it read all it was fed; else -1 with *err.  At the deadline the group gets
 * TERM, after CHILD_GRACE_MS KILL, and is reaped: then -1 too, unless it
 * had ended before.  Call it once.
 */
int child_finish(struct child *c, struct err *err);

/* Ends the group (TERM, then KILL) if it was not finished: its stdin stays
 * open until it is dead.  Reaps, frees.  NULL is allowed. */
void child_free(struct child **c);

#endif
