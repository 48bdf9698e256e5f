/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hold - the message waits in the drop folder, whole and for good (hold-folder.h)
 *
 * Written under a name that nobody takes for a message, synced, renamed, the folder synced: only
 * after that may anyone say success.  The drop folder must belong to root or to us, and
 * our own folder in it to us: else another user could take away what is in it.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/signals.h"
#include "deliver/backend.h"
#include "deliver/hold-folder.h"

#define ENTER (O_PATH | O_DIRECTORY | O_CLOEXEC) /* where we may not read */
#define READ (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define ABANDONED_S (36 * 3600) /* a file of that age is written by nobody any more */

struct hold {
	char *path;
	char *head; /* stands in front of the message */
	uint64_t max_size;
	const char *id; /* borrowed */
	int folder;     /* ours; -1 until opened */
	int fd;         /* the file; -1: none */
	char tmp[HOLD_FOLDER_NAME_MAX]; /* its name; "" when it has that no more */
	uint64_t size;
};

static int failed(const struct hold *h, const char *what, struct err *err)
{
	const char *advice = "run `mailseal doctor`";

	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		advice = "free some space, or raise the quota or file size limit";
	return err_sys(err, ERR_TEMPORARY, advice, "the hold folder %s: %s", h->path, what);
}

static int not_safe(const struct hold *h, const char *what, struct err *err)
{
	return err_set(err, ERR_TEMPORARY, "run `mailseal doctor`",
	               "the hold folder %s: %s", h->path, what);
}

/* ---- the folders ------------------------------------------------------------- */

static int make(int at, const char *name, mode_t mode)
{
	mode_t old = umask(0);
	int rc = mkdirat(at, name, mode);
	int saved = errno;

	umask(old);
	errno = saved;
	return rc;
}

/* With the folder above it, where that is missing; further up all must be there. */
static int make_drop(const struct hold *h)
{
	const char *slash = strrchr(h->path, '/');
	char *above = mem_strndup(h->path, slash ? (size_t)(slash - h->path) : 0);
	int rc = *above && make(AT_FDCWD, above, 0755) && errno != EEXIST ? -1 : 0;

	free(above);
	return rc || (make(AT_FDCWD, h->path, 01733) && errno != EEXIST) ? -1 : 0;
}

/* Made where it is missing and we can. */
static int open_drop(struct hold *h, struct err *err)
{
	int fd = open(h->path, ENTER);
	struct stat st;

	if (fd < 0 && errno == ENOENT && make_drop(h) == 0)
		fd = open(h->path, ENTER);
	if (fd < 0 || fstat(fd, &st)) {
		failed(h, "cannot open or create it", err);
	} else if (st.st_uid != 0 && st.st_uid != geteuid()) {
		not_safe(h, "it belongs to another user", err);
	} else if (st.st_mode & (S_IWGRP | S_IWOTH) && !(st.st_mode & S_ISVTX)) {
		not_safe(h, "others can write in it, and it is not sticky", err);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The name of our folder must last. Where the drop folder can't be read it can't be synced
 * alone, so the whole file system is. */
static int sync_drop(const struct hold *h, int drop)
{
	int fd = openat(drop, ".", READ);
	int rc;

	if (fd < 0)
		return syncfs(h->folder);
	rc = fsync(fd) && errno != EINVAL ? -1 : 0;
	close(fd);
	return rc;
}

static int open_own(struct hold *h, int drop, struct err *err)
{
	char name[32];
	struct stat st;

	snprintf(name, sizeof name, "%lu", (unsigned long)geteuid());
	if (make(drop, name, 0700) && errno != EEXIST)
		return failed(h, "cannot create a folder in it", err);
	h->folder = openat(drop, name, READ | O_NOFOLLOW);
	if (h->folder < 0 || fstat(h->folder, &st))
		return failed(h, "cannot open our folder in it", err);
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return not_safe(h, "another user has our folder in it", err);
	return 0;
}

/* ---- the bound ---------------------------------------------------------------- */

struct usage {
	uint64_t bytes;
	size_t files;
};

/* What a process that was killed left behind goes; what others write counts. */
static void count_tmp(int folder, const char *name, struct usage *usage)
{
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW))
		return;
	if (time(NULL) - st.st_mtime > ABANDONED_S) {
		unlinkat(folder, name, 0);
		return;
	}
	usage->bytes += (uint64_t)st.st_size;
	usage->files++;
}

static int measure(const struct hold *h, struct usage *usage, struct err *err)
{
	int fd = openat(h->folder, ".", READ);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	int rc;

	if (!dir) {
		failed(h, "cannot list our folder in it", err);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (errno = 0, (e = readdir(dir))) {
		struct hold_folder_item item;

		if (strncmp(e->d_name, HOLD_FOLDER_TMP, strlen(HOLD_FOLDER_TMP)) == 0) {
			count_tmp(h->folder, e->d_name, usage);
		} else if (hold_folder_parse(e->d_name, &item)) {
			usage->bytes += item.size;
			usage->files++;
		}
	}
	if (errno)
		failed(h, "cannot list our folder in it", err);
	rc = errno ? -1 : 0;
	closedir(dir);
	return rc;
}

static int check_room(const struct hold *h, const struct usage *usage, uint64_t size,
                      struct err *err)
{
	if (usage->files < HOLD_FOLDER_FILES_MAX && usage->bytes <= h->max_size &&
	    size <= h->max_size - usage->bytes)
		return 0;
	return err_set(err, ERR_TEMPORARY,
	               "see `mailseal hold list`; raise hold-max-size, or get the recipients' new certificates",
	               "the hold folder %s is full: uid %lu has %zu messages in it",
	               h->path, (unsigned long)geteuid(), usage->files);
}

/* ---- the file ----------------------------------------------------------------- */

static int hold_write(void *ctx, const void *data, size_t len, struct err *err)
{
	struct hold *h = ctx;

	if (io_write(h->fd, data, len, h->path, DEADLINE_NEVER, err))
		return signals_stop() ? -1 : failed(h, "cannot write", err);
	h->size += len;
	return 0;
}

static int create_file(struct hold *h, struct err *err)
{
	snprintf(h->tmp, sizeof h->tmp, HOLD_FOLDER_TMP "%s", h->id);
	h->fd = openat(h->folder, h->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (h->fd < 0) {
		h->tmp[0] = '\0';
		return failed(h, "cannot create a file", err);
	}
	if (fchmod(h->fd, 0600)) /* whatever the umask */
		return failed(h, "cannot set the mode of a file", err);
	return hold_write(h, h->head, strlen(h->head), err);
}

/* The first file in our folder comes after the folder's own name is on disk. */
static int enter(struct hold *h, int drop, uint64_t size, struct err *err)
{
	struct usage usage = { 0, 0 };

	if (open_own(h, drop, err) || measure(h, &usage, err) ||
	    check_room(h, &usage, size, err))
		return -1;
	if (usage.files == 0 && sync_drop(h, drop))
		return failed(h, "cannot sync", err);
	return 0;
}

static int hold_begin(void *ctx, uint64_t size, struct err *err)
{
	struct hold *h = ctx;
	int drop = open_drop(h, err);

	if (drop < 0)
		return -1;

	int rc = enter(h, drop, size + strlen(h->head), err);

	close(drop);
	return rc ? -1 : create_file(h, err);
}

/* A rename that never replaces; where the file system can't do that, the name's 64 random
 * bits are enough. */
static int publish(struct hold *h)
{
	char name[HOLD_FOLDER_NAME_MAX];

	hold_folder_name(name, h->id, h->size);
	if (renameat2(h->folder, h->tmp, h->folder, name, RENAME_NOREPLACE) &&
	    ((errno != EINVAL && errno != ENOSYS) ||
	     renameat(h->folder, h->tmp, h->folder, name)))
		return -1;
	h->tmp[0] = '\0';
	return 0;
}

static int hold_commit(void *ctx, struct err *err)
{
	struct hold *h = ctx;
	int fd = h->fd;

	if (fsync(fd))
		return failed(h, "cannot sync the message", err);
	h->fd = -1;
	if (close(fd))
		return failed(h, "cannot close the message", err);
	if (publish(h))
		return failed(h, "cannot name the message", err);
	/* Now it may stay, whatever comes: doubled is better than lost. */
	if (fsync(h->folder) && errno != EINVAL)
		return failed(h, "cannot sync", err);
	return 0;
}

static void hold_free(void *ctx)
{
	struct hold *h = ctx;

	if (h->fd >= 0)
		close(h->fd);
	if (h->tmp[0])
		unlinkat(h->folder, h->tmp, 0);
	if (h->folder >= 0)
		close(h->folder);
	free(h->path);
	free(h->head);
	free(h);
}

static const struct delivery_ops hold_ops = {
	.wants_whole = true, /* its size is known then */
	.wants_from_line = true,
	.begin = hold_begin,
	.write = hold_write,
	.commit = hold_commit,
	.free = hold_free,
};

struct delivery *delivery_hold_new(const char *path, uint64_t max_size,
                                   const char *head, const char *id)
{
	struct hold *h = mem_alloc(sizeof *h);

	h->path = mem_strdup(path);
	h->head = mem_strdup(head);
	h->max_size = max_size;
	h->id = id;
	h->folder = h->fd = -1;
	return delivery_new(&hold_ops, h);
}
