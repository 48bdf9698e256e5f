/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shared - data that stands beside the project, not in it ($srcdir/../shared)
 *
 * Where it is missing, a test that wants it is skipped; with CI=true it fails.
 */
#ifndef MAILSEAL_TESTS_SHARED_H
#define MAILSEAL_TESTS_SHARED_H

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "base/buf.h"

/*
 * The paths that match pattern (below shared/), at least one: true; globfree
 * them.  False: skip the test (cmocka's own skip() prints `not ok`, which
 * automake counts as a failure).
 */
static inline bool shared_find(const char *pattern, glob_t *paths)
{
	const char *srcdir = getenv("srcdir");
	const char *ci = getenv("CI");
	struct buf path = BUF_INIT;
	int rc;

	buf_addf(&path, "%s/../shared/%s", srcdir ? srcdir : ".", pattern);
	rc = glob(buf_str(&path), 0, NULL, paths);
	buf_free(&path);
	if (rc == 0)
		return true;
	globfree(paths);
	print_message("# skipped: no shared/%s beside the project\n", pattern);
	if (ci && strcmp(ci, "true") == 0)
		fail();
	return false;
}

/* Appends a file to out. */
static inline void shared_read(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rb");
	char piece[8192];
	size_t n;

	if (!file)
		fail_msg("cannot open %s", path);
	while ((n = fread(piece, 1, sizeof piece, file)) > 0)
		buf_add(out, piece, n);
	fclose(file);
}

/* As shared_read, for a path in which the ending stands for its last four bytes. */
static inline void shared_read_beside(const char *path, const char *ending,
                                      struct buf *out)
{
	struct buf other = BUF_INIT;

	buf_add(&other, path, strlen(path) - 4);
	buf_adds(&other, ending);
	shared_read(buf_str(&other), out);
	buf_free(&other);
}

#endif
