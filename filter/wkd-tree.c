/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wkd-tree - a Web Key Directory as files */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "filter/wkd-tree.h"

#define MARKER ".mailseal-wkd"
#define NEW ".mailseal-new"
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int failed(struct err *err, const char *what, const char *name)
{
	return err_sys(err, ERR_TEMPORARY, NULL, "cannot %s %s", what, name);
}

/* ---- folders ---------------------------------------------------------------------- */

/* Readable by the web server, whatever the umask. */
static int make_folder(int at, const char *name, int flags, struct err *err)
{
	bool made = mkdirat(at, name, 0755) == 0;
	int fd;

	if (!made && errno != EEXIST)
		return failed(err, "make the folder", name);
	fd = openat(at, name, flags);
	if (fd < 0)
		return failed(err, "open the folder", name);
	if (made && fchmod(fd, 0755)) {
		failed(err, "set the mode of", name);
		close(fd);
		return -1;
	}
	return fd;
}

/* An empty one is a whole one (section 4.5); the administrator's own stays. */
static int make_policy(int folder, struct err *err)
{
	int fd = openat(folder, "policy", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	                0644);

	if (fd < 0)
		return errno == EEXIST ? 0 : failed(err, "make", "policy");
	int rc = fchmod(fd, 0644) ? failed(err, "set the mode of", "policy") : 0;

	close(fd);
	return rc;
}

int wkd_tree_folder(const struct wkd_tree *tree, const char *domain, struct err *err)
{
	int above = domain ? make_folder(tree->top, domain, FOLDER_FLAGS, err)
	                   : fcntl(tree->top, F_DUPFD_CLOEXEC, 0);
	int folder = -1;

	if (above >= 0 && make_policy(above, err) == 0)
		folder = make_folder(above, "hu", FOLDER_FLAGS, err);
	if (above >= 0)
		close(above);
	return folder;
}

/* A stream of its own position; NULL with *err. */
static DIR *list(int folder, struct err *err)
{
	int fd = openat(folder, ".", FOLDER_FLAGS);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir) {
		failed(err, "list", "a folder");
		if (fd >= 0)
			close(fd);
	}
	return dir;
}

/* ---- the tree ---------------------------------------------------------------------- */

/* Who hands an existing tree over to us must say so: we remove what we don't publish. */
static int check_strangers(int top, const char *dir, struct err *err)
{
	DIR *all = list(top, err);
	bool strange = false;

	if (!all)
		return -1;
	for (struct dirent *e; (e = readdir(all));)
		strange |= e->d_name[0] != '.' && strcmp(e->d_name, "policy") != 0;
	closedir(all);
	if (!strange)
		return 0;
	return err_set(err, ERR_DATA,
	               "choose another folder; or, if all of it may go, make an empty file " MARKER
	               " there",
	               "%s/.well-known/openpgpkey was not made by mailseal", dir);
}

static int lock_tree(struct wkd_tree *tree, const char *dir, struct err *err)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;

	tree->marker = openat(tree->top, MARKER, flags);
	if (tree->marker < 0 && errno == ENOENT) {
		if (check_strangers(tree->top, dir, err))
			return -1;
		tree->marker = openat(tree->top, MARKER, flags | O_CREAT, 0644);
	}
	if (tree->marker < 0)
		return failed(err, "open", MARKER);
	if (flock(tree->marker, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return err_sys(err, ERR_TEMPORARY, "wait until it is done",
	               "%s is being published by somebody else", dir);
}

int wkd_tree_open(const char *dir, struct wkd_tree *tree, struct err *err)
{
	int root = make_folder(AT_FDCWD, dir, FOLDER_FLAGS & ~O_NOFOLLOW, err);
	int known = root >= 0 ? make_folder(root, ".well-known", FOLDER_FLAGS, err) : -1;

	tree->marker = -1;
	tree->top = known >= 0 ? make_folder(known, "openpgpkey", FOLDER_FLAGS, err) : -1;
	if (known >= 0)
		close(known);
	if (root >= 0)
		close(root);
	return tree->top >= 0 ? lock_tree(tree, dir, err) : -1;
}

void wkd_tree_close(struct wkd_tree *tree)
{
	if (tree->marker >= 0)
		close(tree->marker);
	if (tree->top >= 0)
		close(tree->top);
}

static bool is_domain_folder(int top, const char *name)
{
	struct stat st;

	return name[0] != '.' && strcmp(name, "hu") != 0 &&
	       fstatat(top, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

int wkd_tree_each(const struct wkd_tree *tree, int (*each)(void *ctx, const char *domain),
                  void *ctx, struct err *err)
{
	DIR *all = list(tree->top, err);
	int rc = 0;

	if (!all)
		return -1;
	for (struct dirent *e; !rc && (e = readdir(all));)
		if (is_domain_folder(tree->top, e->d_name))
			rc = each(ctx, e->d_name);
	closedir(all);
	return rc;
}

/* ---- certificates ------------------------------------------------------------------- */

static bool is_there(int folder, const char *hash, const void *data, size_t size)
{
	struct err ignored;
	size_t len = 0;
	char *now = io_read_file(folder, hash, size, &len, &ignored);
	bool same = now && len == size && memcmp(now, data, size) == 0;

	free(now);
	return same;
}

static int write_new(int folder, const void *data, size_t size, struct err *err)
{
	int fd, rc = 0;

	unlinkat(folder, NEW, 0);
	fd = openat(folder, NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return failed(err, "make", NEW);
	rc = io_write(fd, data, size, NEW, DEADLINE_NEVER, err);
	if (!rc && (fchmod(fd, 0644) || fsync(fd)))
		rc = failed(err, "write", NEW);
	if (close(fd) && !rc)
		rc = failed(err, "write", NEW);
	return rc;
}

int wkd_tree_put(int folder, const char *hash, const void *data, size_t size,
                 struct err *err)
{
	if (is_there(folder, hash, data, size))
		return 0;
	if (write_new(folder, data, size, err))
		return -1;
	if (renameat(folder, NEW, folder, hash))
		return failed(err, "rename", NEW);
	return 1;
}

static int by_hash(const void *a, const void *b)
{
	return strcmp(a, b);
}

int wkd_tree_sweep(int folder, const char (*keep)[WKD_HASH], size_t count,
                   struct err *err)
{
	DIR *all = list(folder, err);
	int removed = 0;

	if (!all)
		return -1;
	for (struct dirent *e; (e = readdir(all));) {
		if (!wkd_is_hash(e->d_name) ||
		    (count && bsearch(e->d_name, keep, count, sizeof *keep, by_hash)))
			continue;
		if (unlinkat(folder, e->d_name, 0)) {
			failed(err, "remove", e->d_name);
			removed = -1;
			break;
		}
		removed++;
	}
	closedir(all);
	unlinkat(folder, NEW, 0); /* of one that was interrupted */
	if (removed >= 0 && fsync(folder))
		return failed(err, "write", "a folder");
	return removed;
}
