/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-progress - how far a long subcommand is, on a terminal */
#include <config.h>

#include <stdio.h>
#include <unistd.h>

#include "filter/key-progress.h"

struct key_progress key_progress_begin(void)
{
	return (struct key_progress){
		.on = isatty(STDERR_FILENO) == 1, .next = deadline_in(KEY_PROGRESS_MS),
	};
}

void key_progress_show(struct key_progress *progress, const char *word,
                       size_t done, size_t total)
{
	if (!progress->on || !deadline_passed(progress->next))
		return;
	progress->next = deadline_in(KEY_PROGRESS_MS);
	progress->line = true;
	if (total)
		fprintf(stderr, "\r%s %zu of %zu\033[K", word, done, total);
	else
		fprintf(stderr, "\r%s %zu\033[K", word, done);
}

void key_progress_end(struct key_progress *progress)
{
	if (progress->line)
		fputs("\r\033[K", stderr);
	progress->line = false;
}
