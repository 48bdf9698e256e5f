/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guard - our death is not the end of a message
 *
 * Whoever reads a pipe takes the death of its writer for the end of what was
 * to come, and PR_SET_PDEATHSIG arrives after the dead one's descriptors were
 * closed: time enough to store half a message.  So a process of ours holds
 * the pipe open, too, and when we die it ends the reader before the pipe.
 */
#ifndef MAILSEAL_BASE_GUARD_H
#define MAILSEAL_BASE_GUARD_H

#include <sys/types.h>

#include "base/err.h"

struct guard {
	pid_t pid; /* 0: there is none */
	int leash; /* we hold it; its end without a word is our death */
};

/* Starts one that holds the pipe's writing end. -1 with *err. */
int guard_start(struct guard *g, int writing_end, struct err *err);

/* In the reader, between fork and exec: that the process group is its own. */
void guard_tell(const struct guard *g, pid_t group);

/* The message is whole, or the reader dead: the guard lets go of the pipe and
 * is gone when this returns. Without a guard it does nothing. */
void guard_release(struct guard *g);

#endif
