/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-migrate - mailseal key migrate: the keystore copied into another kind of store */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "filter/key.h"
#include "filter/key-progress.h"
#include "keystore/migrate.h"

static void show(void *ctx, enum migrate_phase phase, size_t done, size_t total)
{
	key_progress_show(ctx, phase == MIGRATE_COPY ? "copied" : "compared", done, total);
}

static int migrate(struct key_run *run, const char *from, const char *to,
                   struct err *err)
{
	const struct store_options options = { .at_source = true };
	struct key_progress progress = key_progress_begin();
	struct migrate m = {
		.to = to, .keys = run->site.pinned, .progress = show, .ctx = &progress,
	};
	int rc = -1;

	m.from = store_open(from, &options, err);
	if (m.from)
		rc = migrate_run(&m, err);
	key_progress_end(&progress);
	if (rc == 0)
		printf("copied %zu entries (%zu of them removed ones) and %ju lines of the log from %s\n"
		       "now set: keystore = %s\n", m.entries, m.tombstones,
		       (uintmax_t)m.changes, store_spec(m.from), to);
	store_free(&m.from);
	return rc;
}

int key_migrate(struct key_run *run, int argc, char **argv, struct err *err)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return key_bad_option(argv, err);
	if (argc - optind != 2)
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "key migrate: from which keystore to which?");
	return migrate(run, argv[optind], argv[optind + 1], err);
}
