/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pipeline - one message, one direction: read, parse, decide, authenticate,
 * decide again, seal, deliver
 *
 * The story of a delivery; filter and deliver differ in the last step only.
 */
#ifndef MAILSEAL_FILTER_PIPELINE_H
#define MAILSEAL_FILTER_PIPELINE_H

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "deliver/deliver.h"
#include "filter/client.h"
#include "filter/config.h"
#include "filter/envelope.h"
#include "filter/outcome.h"

/* All borrowed. */
struct pipeline {
	const struct config *config;
	const struct envelope_options *options;
	struct client client; /* as the command line says it */
	const struct log *log;
	struct deadline deadline;
	int input; /* descriptor; always read to its end */
	/* The way out, made when the decision is; never NULL. */
	struct delivery *(*way_out)(void *ctx, const struct envelope *envelope,
	                            bool junk);
	void *ctx;
	bool can_hold; /* a message may go to the hold folder instead */
};

/* What became of the message. Everything was logged, errors too. */
enum outcome pipeline_run(const struct pipeline *pipeline);

#endif
