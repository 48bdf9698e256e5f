/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * command - one row per command of the program
 *
 * Each command is one file: cmd-NAME.c.
 */
#ifndef MAILSEAL_FILTER_COMMAND_H
#define MAILSEAL_FILTER_COMMAND_H

#include <stdbool.h>

#include "base/log.h"

/* What stood in front of the command's name; borrowed from argv. */
struct global {
	const char *config_path; /* NULL: the default file */
	const char *keystore;    /* NULL: the configuration's */
	bool verbose;
	char **environ;          /* as the caller gave it; for_mta commands only */
	unsigned closed;         /* bit N: descriptor N was closed */
};

struct command {
	const char *name;
	const char *arguments; /* for --help */
	const char *summary;
	bool for_mta; /* an MTA or MDA runs it: a failure is EX_TEMPFAIL or a refusal */
	/* argv[0] is the command's name; returns the exit code, by way of
	 * filter/outcome.h. */
	int (*run)(const struct global *global, int argc, char **argv);
};

extern const struct command commands[]; /* ends with a NULL name */

int cmd_filter(const struct global *global, int argc, char **argv);
int cmd_deliver(const struct global *global, int argc, char **argv);
int cmd_hold(const struct global *global, int argc, char **argv);
int cmd_open(const struct global *global, int argc, char **argv);
int cmd_key(const struct global *global, int argc, char **argv);
int cmd_auth(const struct global *global, int argc, char **argv);
int cmd_doctor(const struct global *global, int argc, char **argv);

#endif
