/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hold - the site's hold folder: what deliveries, `mailseal hold`, doctor and digests share
 *
 * A message whose recipient has no usable certificate, sealed to recovery-certificate, waits in
 * $state-dir/hold (deliver/hold-folder.h) until it is released to the one he has then.
 */
#ifndef MAILSEAL_FILTER_HOLD_H
#define MAILSEAL_FILTER_HOLD_H

#include <stdbool.h>

#include "base/log.h"
#include "deliver/deliver.h"
#include "deliver/hold-folder.h"
#include "filter/config.h"
#include "filter/hold-envelope.h"

char *hold_path(const struct config *config); /* the caller's */

/* The way into it. NULL with *err. id is borrowed. */
struct delivery *hold_delivery(const struct config *config,
                               const struct hold_envelope *envelope,
                               const char *id, struct err *err);

struct hold_count {
	size_t messages;
	uint64_t bytes;
	int64_t oldest; /* seconds since 1970; 0: there is none */
	size_t odd;     /* as in struct hold_folder_list */
};

/* How much waits; nothing, where there is no folder. -1 with *err: it can't be listed. */
int hold_count(const struct config *config, struct hold_count *count, struct err *err);

/* An open message and its envelope. */
struct hold_message {
	struct hold_folder_file file; /* its descriptor stands where the message begins */
	struct hold_envelope envelope;
};

/* As hold_folder_open; ERR_DATA too, for what has no envelope. *out is hold_close's either way. */
int hold_open(const char *path, const struct hold_folder_item *item, bool locked,
              struct hold_message *out, struct err *err);
void hold_close(struct hold_message *message);

/* Can what this user put there be believed? Root and hold-owners can; so can the user that the
 * recipient's name at default-domain is: it is his own mailbox. */
bool hold_trusts(const struct config *config, uid_t owner,
                 const struct hold_envelope *envelope);

/* ---- the subcommands: argv[0] is its name ----------------------------------------- */

struct hold_run {
	const struct config *config;
	const struct log *log;
	const char *path; /* of the folder */
	bool json;
};

int hold_list(struct hold_run *run, int argc, char **argv, struct err *err);
int hold_show(struct hold_run *run, int argc, char **argv, struct err *err);
int hold_release(struct hold_run *run, int argc, char **argv, struct err *err);

/* An option that is none. -1 */
int hold_bad_option(char **argv, struct err *err);
/* No message has that ID. -1 */
int hold_no_message(const char *id, struct err *err);

#endif
