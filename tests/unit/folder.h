/* SPDX-License-Identifier: GPL-3.0-or-later */
/* folder - a folder for one test, and what it takes to look into it */
#ifndef MAILSEAL_TESTS_FOLDER_H
#define MAILSEAL_TESTS_FOLDER_H

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

#define FOLDER_FILE_MAX ((size_t)8 * 1024 * 1024)

/* A new folder; folder_remove frees the name too. */
static inline char *folder_new(void)
{
	const char *tmp = getenv("TMPDIR");
	char *name = mem_printf("%s/mailseal-test-XXXXXX", tmp ? tmp : "/tmp");

	assert_non_null(mkdtemp(name));
	return name;
}

static inline int folder_remove_one(const char *path, const struct stat *st,
                                    int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void folder_remove(char *name)
{
	nftw(name, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(name);
}

/* How many entries FOLDER/SUB has, `.` and `..` apart; -1: no such folder. */
static inline int folder_count(const char *folder, const char *sub)
{
	char *path = mem_printf("%s/%s", folder, sub);
	DIR *dir = opendir(path);
	int count = 0;

	free(path);
	if (!dir)
		return -1;
	for (struct dirent *e; (e = readdir(dir));)
		count += strcmp(e->d_name, ".") != 0 &&
		         strcmp(e->d_name, "..") != 0;
	closedir(dir);
	return count;
}

/* What is in FOLDER/FILE, NUL-terminated; NULL: not there. */
static inline char *folder_read(const char *folder, const char *file,
                                size_t *len)
{
	char *path = mem_printf("%s/%s", folder, file);
	size_t ignored;
	struct err err;
	char *data = io_read_file(AT_FDCWD, path, FOLDER_FILE_MAX,
	                          len ? len : &ignored, &err);

	free(path);
	return data;
}

#endif
