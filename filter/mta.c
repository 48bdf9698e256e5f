/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mta - what filter and deliver have in common */
#include <config.h>

#include <getopt.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "filter/mta.h"
#include "filter/outcome.h"
#include "filter/pipeline.h"

/* Before the configuration says otherwise; below any MTA's own limit. */
#define FIRST_DEADLINE_MS (300 * 1000)

static int add_recipient(struct mta *mta, const char *address,
                         struct err *err)
{
	struct envelope_options *e = &mta->envelope;

	if (e->recipients == ENVELOPE_RECIPIENTS_MAX)
		return err_set(err, ERR_USAGE, "deliver fewer at a time",
		               "more than %d times -r", ENVELOPE_RECIPIENTS_MAX);
	e->recipient[e->recipients++] = address;
	return 0;
}

int mta_parse(struct mta *mta, bool with_target, int argc, char **argv,
              struct err *err)
{
	static const struct option options[] = {
		{ "recipient", required_argument, NULL, 'r' },
		{ "sender", required_argument, NULL, 'f' },
		{ "client-address", required_argument, NULL, 'A' },
		{ "client-name", required_argument, NULL, 'N' },
		{ "helo", required_argument, NULL, 'H' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "maildir", required_argument, NULL, 'm' },
		{ "lmtp", required_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "+r:f:v", options, NULL)) != -1) {
		if (c == 'r' && add_recipient(mta, optarg, err))
			return -1;
		else if (c == 'f')
			mta->envelope.sender = optarg;
		else if (c == 'A')
			mta->client.address = client_address(optarg);
		else if (c == 'N')
			mta->client.name = optarg;
		else if (c == 'H')
			mta->client.helo = optarg;
		else if (c == 'v')
			mta->verbose = true;
		else if (c == 'm' && with_target)
			mta->maildir = optarg;
		else if (c == 'l' && with_target)
			mta->lmtp = optarg;
		else if (c != 'r')
			return err_set(err, ERR_USAGE, "see mailseal(1)",
			               "%s: unknown option, or one without its argument: %s",
			               argv[0], argv[optind - 1]);
	}
	if (with_target && optind < argc)
		mta->command = argv + optind;
	else if (optind < argc)
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "%s takes no argument: %s", argv[0], argv[optind]);
	return 0;
}

static int prepare(struct mta *mta, struct err *err)
{
	const struct global *global = mta->global;

	mta->config = config_read(global->config_path, err);
	if (!mta->config)
		return -1;
	if (global->keystore)
		config_override(mta->config, SET_KEYSTORE, global->keystore);
	mta->deadline = deadline_in(config_number(mta->config, SET_DEADLINE));
	if (global->closed & 1u << STDIN_FILENO)
		return err_set(err, ERR_TEMPORARY, "give the message on it",
		               "standard input is closed");
	return 0;
}

int mta_run(struct mta *mta, bool failed, struct err *err,
            struct delivery *(*way_out)(void *ctx,
                                        const struct envelope *envelope,
                                        bool junk))
{
	const struct log log = {
		.to_stderr = mta->verbose || mta->global->verbose,
		.to_syslog = true,
	};
	int exit_code;

	io_close_leaked();
	mta->deadline = deadline_in(FIRST_DEADLINE_MS);
	if (failed || prepare(mta, err)) {
		log_err(&log, err);
		io_drain(STDIN_FILENO, mta->deadline);
		exit_code = outcome_exit_error(err, true);
	} else {
		const struct pipeline pipeline = {
			.config = mta->config,
			.options = &mta->envelope,
			.client = mta->client,
			.log = &log,
			.deadline = mta->deadline,
			.input = STDIN_FILENO,
			.way_out = way_out,
			.ctx = mta,
			.can_hold = mta->can_hold,
		};

		exit_code = outcome_exit(pipeline_run(&pipeline));
	}
	config_free(&mta->config);
	return exit_code;
}
