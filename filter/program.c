/* SPDX-License-Identifier: GPL-3.0-or-later */
/* program - where the program's own files are */
#include <config.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "filter/program.h"

char *program_gnupg_home(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
	char *slash;

	if (len > 0) {
		path[len] = '\0';
		slash = strrchr(path, '/');
		if (slash) {
			*slash = '\0';

			char *conf = mem_printf("%s/gnupg/gpg.conf", path);
			int there = access(conf, F_OK);

			free(conf);
			if (there == 0)
				return mem_printf("%s/gnupg", path);
		}
	}
	return mem_strdup(PKGDATADIR "/gnupg");
}
