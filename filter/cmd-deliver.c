/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd-deliver - mailseal deliver: stdin to a Maildir, a command, an LMTP socket
 */
#include <config.h>

#include <stdlib.h>

#include "filter/mta.h"

static struct delivery *to_target(void *ctx, const struct envelope *envelope,
                                  bool junk)
{
	const struct mta *mta = ctx;
	const bool refuse = config_choice(mta->config,
		SET_ON_UPSTREAM_REFUSAL) == REFUSAL_REFUSE;

	if (mta->maildir)
		return delivery_maildir_new(mta->maildir, getenv("HOME"),
		                            junk ? MTA_JUNK_FOLDER : NULL);
	if (mta->lmtp)
		return delivery_lmtp_new(mta->lmtp,
			envelope->sender ? envelope->sender : "",
			(const char *const *)envelope->given, refuse,
			mta->deadline);
	return delivery_command_new(mta->command, mta->global->environ, refuse,
	                            mta->deadline);
}

static int check_target(const struct mta *mta, struct err *err)
{
	const int targets = (mta->maildir != NULL) + (mta->lmtp != NULL) +
	                    (mta->command != NULL);

	if (targets == 1)
		return 0;
	return err_set(err, ERR_USAGE,
	               "give one of --maildir DIR, --lmtp SOCKET, -- COMMAND",
	               "deliver: %s", targets ? "more than one way to store the message"
	                                      : "no way to store the message");
}

int cmd_deliver(const struct global *global, int argc, char **argv)
{
	struct mta mta = { .global = global, .can_hold = true };
	struct err err = { .class = ERR_NONE };
	int failed = mta_parse(&mta, true, argc, argv, &err) ||
	             check_target(&mta, &err);

	return mta_run(&mta, failed, &err, to_target);
}
