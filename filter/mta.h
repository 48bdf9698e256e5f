/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mta - what filter and deliver have in common: commands that an MTA runs
 */
#ifndef MAILSEAL_FILTER_MTA_H
#define MAILSEAL_FILTER_MTA_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "filter/client.h"
#include "filter/command.h"
#include "filter/config.h"
#include "filter/envelope.h"
#include "deliver/deliver.h"

#define MTA_JUNK_FOLDER ".Junk" /* of a Maildir++; other targets see X-Mailseal-Junk */

struct mta {
	const struct global *global;
	struct envelope_options envelope;
	struct client client;
	bool verbose;
	const char *maildir;   /* deliver only */
	const char *lmtp;      /* deliver only */
	char *const *command;  /* deliver only */
	bool can_hold;         /* deliver only: filter's caller stores what it is given */
	struct config *config;
	struct deadline deadline;
};

/* Options into *mta; -1 with *err. with_target: deliver's options too. */
int mta_parse(struct mta *mta, bool with_target, int argc, char **argv,
              struct err *err);

/*
 * Runs the pipeline from stdin to what way_out makes (ctx is mta) and
 * returns the exit code. failed: *err says why nothing can be done; stdin is
 * read to its end all the same.
 */
int mta_run(struct mta *mta, bool failed, struct err *err,
            struct delivery *(*way_out)(void *ctx,
                                        const struct envelope *envelope,
                                        bool junk));

#endif
