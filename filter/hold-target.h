/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hold-target - where released messages go: the command line's target, or hold-deliver
 *
 * In the words of a command, {recipient}, {sender}, {user} and {domain} are replaced; what takes
 * their place stays within its word, and no shell sees it.
 */
#ifndef MAILSEAL_FILTER_HOLD_TARGET_H
#define MAILSEAL_FILTER_HOLD_TARGET_H

#include "deliver/deliver.h"
#include "filter/config.h"
#include "filter/hold-envelope.h"

/* At most one is set; borrowed. */
struct hold_target {
	const char *maildir;
	const char *lmtp;
	const char *const *command;
};

/* None set: hold-deliver's.  -1 with *err (ERR_USAGE, ERR_CONFIG): none, more than one, or a
 * Maildir that is another user's. */
int hold_target_choose(struct hold_target *target, const struct config *config,
                       struct err *err);

/* One way out, and what it borrows. */
struct hold_way {
	struct delivery *delivery;
	char **argv;
	const char *recipients[2];
};

/* -1 with *err (ERR_DATA): the command can't be given that recipient or sender. What envelope
 * points at must outlive it; *way is hold_way_free's either way. */
int hold_way_new(const struct hold_target *target, const struct config *config,
                 const struct hold_envelope *envelope, struct deadline deadline,
                 struct hold_way *way, struct err *err);
void hold_way_free(struct hold_way *way);

#endif
