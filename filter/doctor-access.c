/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doctor-access - who can change, and who can reach, what deliveries use
 *
 * Deliveries run as any uid, doctor as root: what works here may defer all
 * mail there.  So the permission bits for others are looked at, from `/` on.
 */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "filter/doctor.h"

void doctor_writers(struct doctor *d, const char *check, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return;
	if (st.st_mode & S_IWOTH)
		doctor_add(d, LEVEL_FAIL, check, "chmod o-w it",
		           "%s can be changed by every user of this machine",
		           path);
	if (st.st_uid != 0)
		doctor_add(d, LEVEL_WARN, check,
		           "whoever owns it decides who can read the mail: chown it to root unless that user does",
		           "%s belongs to uid %u", path, (unsigned)st.st_uid);
}

static bool lacks(const char *path, mode_t want)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & want) != want;
}

/* The first folder above an absolute path that others can't enter, or the
 * path itself where it lacks a bit of want; the caller frees. NULL: none. */
static char *first_closed(const char *path, mode_t want)
{
	for (size_t i = 0; path[i]; i++) {
		char *folder;

		if (path[i] != '/')
			continue;
		folder = mem_strndup(path, i ? i : 1);
		if (lacks(folder, S_IXOTH))
			return folder;
		free(folder);
	}
	return lacks(path, want) ? mem_strdup(path) : NULL;
}

static const char *how_to_open(mode_t want)
{
	if (want & S_IWOTH)
		return "chmod 1777 it, unless every delivery runs as its owner or group";
	if (want == S_IROTH)
		return "chmod o+r it, unless every delivery runs as its owner or group";
	if (want == S_IXOTH)
		return "chmod o+x it, unless every delivery runs as its owner or group";
	return "chmod o+rx it, unless every delivery runs as its owner or group";
}

/* A symbolic link leads through the folders of its own place and its target's. */
bool doctor_reach(struct doctor *d, const char *check, const char *path,
                  mode_t want)
{
	char *real = realpath(path, NULL);
	char *closed = path[0] == '/' ? first_closed(path, want) : NULL;

	if (!closed && real)
		closed = first_closed(real, want);

	const bool open = !closed;

	if (closed) {
		const bool itself = strcmp(closed, path) == 0 ||
		                    (real && strcmp(closed, real) == 0);

		doctor_add(d, LEVEL_WARN, check,
		           how_to_open(itself ? want : S_IXOTH),
		           "%s can't be %s by every uid, as deliveries may run: %s is closed to others",
		           path, want & S_IWOTH ? "written" : "read", closed);
	}
	free(closed);
	free(real);
	return open;
}
