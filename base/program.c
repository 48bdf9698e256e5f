/* SPDX-License-Identifier: GPL-3.0-or-later */
/* program - where the program's own files are */
#include <config.h>

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/program.h"

/* Whoever can write to a folder can put another program there, unless it is
 * sticky, as /tmp is: then others can put files beside a program of ours. */
static bool is_shared(const char *folder)
{
	struct stat st;

	return stat(folder, &st) || st.st_mode & S_ISVTX;
}

/* The folder that the program is in, or NULL. The caller frees. */
static char *own_folder(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
	char *slash;

	if (len <= 0 || (size_t)len >= sizeof path - 1)
		return NULL;
	path[len] = '\0';
	slash = strrchr(path, '/');
	if (!slash || path[0] != '/')
		return NULL;
	*slash = '\0';
	return is_shared(path) ? NULL : mem_strdup(path);
}

/* name beside the program, where it is there and (probe) in it, else below
 * installed. */
static char *find(const char *name, const char *probe, const char *installed)
{
	char *folder = own_folder();
	char *path = folder ? mem_printf("%s/%s%s", folder, name, probe) : NULL;

	free(folder);
	if (path && access(path, F_OK) == 0) {
		path[strlen(path) - strlen(probe)] = '\0';
		return path;
	}
	free(path);
	return mem_printf("%s/%s", installed, name);
}

char *program_gnupg_home(void)
{
	return find("gnupg", "/gpg.conf", PKGDATADIR);
}

char *program_module(const char *name)
{
	return find(name, "", PKGLIBDIR);
}

char *program_helper(const char *name)
{
	return find(name, "", PKGLIBEXECDIR);
}
