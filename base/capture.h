/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture - a program of our own is run, and what it prints is taken
 *
 * For the programs under $pkglibexecdir (base/program.h), whose output is ours to believe; what
 * a caller's command prints is never read (base/child.h).
 */
#ifndef MAILSEAL_BASE_CAPTURE_H
#define MAILSEAL_BASE_CAPTURE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#define CAPTURE_WORD_MAX ((size_t)1024) /* bytes of stderr that are kept */

struct captured {
	struct buf out;  /* stdout */
	struct buf word; /* stderr, without the last line's end */
	int status;      /* as of waitpid(2) */
};

/*
 * argv[0]: an absolute path; stdin is empty, the environment ours.  Waits for its end and reaps
 * it.  -1 with *err (ERR_TEMPORARY): it can't be started, more than max bytes came, the
 * deadline, or a termination signal; its process group was killed then.  *out, which begins as
 * all zero, is for captured_clear in any case.
 */
int capture_run(char *const argv[], size_t max, struct deadline deadline,
                struct captured *out, struct err *err);
void captured_clear(struct captured *captured);

#endif
