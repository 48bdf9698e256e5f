/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-sync - mailseal key sync: the local cache of a keystore in a database or directory
 *
 * Of the keystore's own tables the cache is a copy (keystore/pgsql-sync.h).  Of others' tables and
 * directories it is a keystore in a folder that this command alone changes (key-sync-rows.c).
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

/* ---- an existing table ------------------------------------------------------------ */

struct table_rows {
	int (*each)(void *ctx, const struct key_sync_row *row);
	void *ctx;
};

static int see_table_row(void *ctx, const struct pgsql_listed *listed)
{
	const struct table_rows *to = ctx;
	const struct key_sync_row row = { listed->address, listed->value, listed->len, NULL };

	return to->each(to->ctx, &row);
}

static int list_table(const struct key_sync_source *source, const char *address,
                      int (*each)(void *ctx, const struct key_sync_row *row), void *ctx,
                      struct err *err)
{
	struct table_rows to = { each, ctx };

	(void)address;
	return pgsql_sync_list(source->conf, see_table_row, &to, err);
}

static int sync_table(struct key_run *run, const struct pgsql_conf *conf, bool accept,
                      struct err *err)
{
	static char *const everybody[] = { NULL };
	const struct key_sync_source source = {
		.what = "table", .cache = conf->text[PGSQL_CACHE], .entries = true,
		.domain = conf->domain, .conf = conf, .list = list_table,
	};

	return key_sync_rows(run, &source, everybody, accept, err);
}

/* ---- which ---------------------------------------------------------------------------- */

static int sync_pgsql(struct key_run *run, const char *where, bool accept, struct err *err)
{
	struct pgsql_conf *conf = pgsql_conf_read(where, err);
	int rc = -1;

	if (conf && !conf->text[PGSQL_CACHE])
		err_set(err, ERR_CONFIG, "set it to a folder", "%s sets no `cache`", conf->path);
	else if (conf)
		rc = conf->query.sql ? sync_table(run, conf, accept, err)
		                     : sync_own(run, conf, err);
	pgsql_conf_free(&conf);
	return rc;
}

static int sync_site(struct key_run *run, char *const *address, bool accept, struct err *err)
{
	const char *spec = config_text(run->config, SET_KEYSTORE);

	if (strncmp(spec, "ldap:", 5) == 0)
		return key_sync_ldap(run, spec + 5, address, accept, err);
	if (strncmp(spec, "pgsql:", 6) != 0)
		return err_set(err, ERR_CONFIG, NULL, "%s has no cache: it is on this host", spec);
	if (*address)
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "key sync: single addresses are for ldap:");
	return sync_pgsql(run, spec + 6, accept, err);
}

int key_sync(struct key_run *run, int argc, char **argv, struct err *err)
{
	static const struct option options[] = {
		{ "accept-changes", no_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 }
	};
	bool accept = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'a')
			return key_bad_option(argv, err);
		accept = true;
	}
	return sync_site(run, argv + optind, accept, err);
}
