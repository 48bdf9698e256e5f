/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd-filter - mailseal filter: stdin to stdout
 *
 * Nothing is written before the whole sealed message is ready: a caller that
 * ignores the exit code must not find half a message, or plaintext.
 */
#include <config.h>

#include <unistd.h>

#include "filter/mta.h"

static struct delivery *to_stdout(void *ctx, const struct envelope *envelope,
                                  bool junk)
{
	const struct mta *mta = ctx;

	(void)envelope, (void)junk;
	return delivery_stdout_new(STDOUT_FILENO, mta->deadline);
}

int cmd_filter(const struct global *global, int argc, char **argv)
{
	struct mta mta = { .global = global };
	struct err err = { .class = ERR_NONE };
	int failed = mta_parse(&mta, false, argc, argv, &err);

	if (!failed && global->closed & 1u << STDOUT_FILENO)
		failed = err_set(&err, ERR_TEMPORARY, NULL,
		                 "standard output is closed");
	return mta_run(&mta, failed, &err, to_stdout);
}
