/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-sync - mailseal key sync: the local cache of a keystore in a database
 *
 * Of the keystore's own tables the cache is a copy (keystore/pgsql-sync.h).  Of an existing table it
 * is a keystore in a folder that this command alone changes (key-sync-table.c).
 */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "filter/key-progress.h"
#include "filter/key-sync.h"
#include "keystore/pgsql-sync.h"

struct telling {
	struct key_progress progress;
	const char *cache;
};

static void tell_found(void *ctx, const char *address, const char *text)
{
	struct telling *t = ctx;

	key_progress_end(&t->progress);
	printf("%s%s%s\n", *address ? address : "the log", ": ", text);
}

static void tell_progress(void *ctx, uint64_t done, uint64_t all)
{
	struct telling *t = ctx;

	key_progress_show(&t->progress, "changes", (size_t)done, (size_t)all);
}

static int sync_own(struct key_run *run, const struct pgsql_conf *conf, struct err *err)
{
	struct telling telling = { .progress = key_progress_begin() };
	struct pgsql_sync sync = {
		.conf = conf, .keys = run->site.pinned, .now = run->now,
		.found = tell_found, .progress = tell_progress, .ctx = &telling,
	};
	int rc = pgsql_sync_run(&sync, err);

	key_progress_end(&telling.progress);
	if (rc)
		return -1;
	if (sync.findings)
		return err_set(err, ERR_DATA, "see `mailseal key audit`, and find out who did it",
		               "the database is not what its log says (%zu findings); the cache stays as old as it was",
		               sync.findings);
	printf("%s: %ju changes read, %ju entries written\n", conf->text[PGSQL_CACHE],
	       (uintmax_t)sync.read, (uintmax_t)sync.written);
	return 0;
}

static struct pgsql_conf *read_conf(const struct key_run *run, struct err *err)
{
	const char *spec = config_text(run->config, SET_KEYSTORE);
	struct pgsql_conf *conf = NULL;

	if (strncmp(spec, "pgsql:", 6) != 0)
		err_set(err, ERR_CONFIG, NULL, "%s has no cache: it is on this host", spec);
	else
		conf = pgsql_conf_read(spec + 6, err);
	if (conf && !conf->text[PGSQL_CACHE]) {
		err_set(err, ERR_CONFIG, "set it to a folder", "%s sets no `cache`", conf->path);
		pgsql_conf_free(&conf);
	}
	return conf;
}

int key_sync(struct key_run *run, int argc, char **argv, struct err *err)
{
	static const struct option options[] = {
		{ "accept-changes", no_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 }
	};
	struct pgsql_conf *conf = NULL;
	bool accept = false;
	int c, rc = -1;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'a')
			return key_bad_option(argv, err);
		accept = true;
	}
	if (key_arguments(argc, argv, "", err) == 0)
		conf = read_conf(run, err);
	if (conf)
		rc = conf->query.sql ? key_sync_table(run, conf, accept, err)
		                     : sync_own(run, conf, err);
	pgsql_conf_free(&conf);
	return rc;
}
