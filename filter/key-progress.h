/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-progress - how far a long subcommand is, on a terminal */
#ifndef MAILSEAL_FILTER_KEY_PROGRESS_H
#define MAILSEAL_FILTER_KEY_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

#define KEY_PROGRESS_MS 200 /* between two looks */

struct key_progress {
	bool on;   /* standard error is a terminal */
	bool line; /* something stands in its last line */
	struct deadline next;
};

struct key_progress key_progress_begin(void);
/* `WORD DONE of TOTAL`; total 0: it is not known. */
void key_progress_show(struct key_progress *progress, const char *word,
                       size_t done, size_t total);
/* Takes the line away, before anything else is printed there. */
void key_progress_end(struct key_progress *progress);

#endif
