/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd-key - mailseal key: recipients' certificates; which subcommand, and its store
 *
 * Each subcommand is a function of filter/key.h in a file key-*.c, and parses its own options.
 */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "filter/command.h"
#include "filter/key.h"
#include "filter/outcome.h"

static const struct subcommand {
	const char *name;
	bool without_store; /* it may be missing: run->store is NULL then */
	enum site_store_use use;
	int (*run)(struct key_run *run, int argc, char **argv, struct err *err);
} subcommands[] = {
	{ "import", true, SITE_STORE_CHANGE, key_import },
	{ "replace", false, SITE_STORE_CHANGE, key_replace },
	{ "fetch", true, SITE_STORE_CHANGE, key_fetch },
	{ "refresh", false, SITE_STORE_CHANGE, key_refresh },
	{ "publish", false, SITE_STORE_READ, key_publish },
	{ "list", false, SITE_STORE_READ, key_list },
	{ "show", false, SITE_STORE_READ, key_show },
	{ "remove", false, SITE_STORE_CHANGE, key_remove },
	{ "export", false, SITE_STORE_READ, key_export },
	{ "check", false, SITE_STORE_READ, key_check },
	{ "remind", false, SITE_STORE_READ, key_remind },
	{ "policy", false, SITE_STORE_CHANGE, key_policy },
	{ "alias", false, SITE_STORE_CHANGE, key_alias },
	{ "sign-init", true, SITE_STORE_READ, key_sign_init },
	{ "audit", false, SITE_STORE_SOURCE, key_audit },
	{ "checkpoint", false, SITE_STORE_CHANGE, key_checkpoint },
	{ "sync", true, SITE_STORE_CHANGE, key_sync },
	{ "migrate", true, SITE_STORE_READ, key_migrate },
};

/* ---- options ------------------------------------------------------------------- */

int key_bad_option(char **argv, struct err *err)
{
	return err_set(err, ERR_USAGE, "see mailseal(1)",
	               "key %s: unknown option, or one without its argument: %s",
	               argv[0], argv[optind - 1]);
}

int key_arguments(int argc, char **argv, const char *takes, struct err *err)
{
	if (takes && !*takes && optind < argc)
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "key %s takes no arguments", argv[0]);
	if (takes && *takes && optind == argc)
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "key %s: which %s?", argv[0], takes);
	return 0;
}

int key_options(struct key_run *run, int argc, char **argv, const char *takes,
                struct err *err)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return key_bad_option(argv, err);
		run->json = true;
	}
	return key_arguments(argc, argv, takes, err);
}

/* ---- the command ------------------------------------------------------------------ */

static int run_subcommand(const struct global *global,
                          const struct subcommand *sub, int argc, char **argv,
                          struct err *err)
{
	struct config *config = config_read(global->config_path, err);
	struct key_run run = { .config = config, .verbose = global->verbose,
		.now = time(NULL) };
	int rc = -1;

	if (!config)
		return -1;
	if (global->keystore)
		config_override(config, SET_KEYSTORE, global->keystore);
	run.engine.program = config_text(config, SET_GPG_PROGRAM);
	site_store_open(config, sub->use, &run.site, err);
	run.store = run.site.store;
	if (run.store || sub->without_store)
		rc = sub->run(&run, argc, argv, err);
	if (rc >= 0 && fflush(stdout) == EOF)
		rc = err_sys(err, ERR_TEMPORARY, NULL,
		             "cannot write standard output");
	site_store_close(&run.site);
	config_free(&config);
	return rc;
}

static const struct subcommand *find_subcommand(const char *name)
{
	for (size_t i = 0; i < sizeof subcommands / sizeof subcommands[0]; i++)
		if (strcmp(subcommands[i].name, name) == 0)
			return &subcommands[i];
	return NULL;
}

static int which_one(const char *name, struct err *err)
{
	struct buf names = BUF_INIT;

	for (size_t i = 0; i < sizeof subcommands / sizeof subcommands[0]; i++)
		buf_addf(&names, "%s%s", i ? "|" : "key ", subcommands[i].name);
	buf_adds(&names, "; see mailseal(1)");
	err_set(err, ERR_USAGE, buf_str(&names), "key: %s%s",
	        name ? "no such subcommand: " : "which one?", name ? name : "");
	buf_free(&names);
	return -1;
}

int cmd_key(const struct global *global, int argc, char **argv)
{
	const struct log log = { .to_stderr = true };
	const struct subcommand *sub = argc > 1 ? find_subcommand(argv[1]) : NULL;
	struct err err = { .class = ERR_NONE };
	int rc = sub ? run_subcommand(global, sub, argc - 1, argv + 1, &err)
	             : which_one(argc > 1 ? argv[1] : NULL, &err);

	if (rc >= 0)
		return rc;
	log_err(&log, &err);
	return outcome_exit_error(&err, false);
}
