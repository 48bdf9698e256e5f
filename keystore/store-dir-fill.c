/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store-dir-fill - a keystore in a folder, made of another store's texts
 *
 * Until it is whole it has no marker, so that nobody can ask it, but FILLING, by which whoever goes
 * on with it knows it.  Nothing is synced before the end: what a crash left half is written again.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "keystore/store-dir.h"

#define FILLING ".filling"
#define PART ".part"

static int write_whole(const struct store_dir *dir, const char *name, int flags,
                       const void *data, size_t len, struct err *err)
{
	int fd = store_dir_open_owned(dir, name, O_WRONLY | flags, err);
	int rc;

	if (fd < 0)
		return -1;
	rc = io_write(fd, data, len, name, DEADLINE_NEVER, err);
	if (close(fd) && rc == 0)
		rc = store_dir_write_failed(dir, name, err);
	return rc;
}

/* ---- opening ------------------------------------------------------------------ */

/* A new one, or one that was begun. */
static int begin(const struct store_dir *dir, struct err *err)
{
	if (faccessat(dir->fd, FILLING, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return store_dir_check_empty(dir, err) ||
	       write_whole(dir, FILLING, 0, "", 0, err) ? -1 : 0;
}

/* The half line of one that was killed is cut off. */
static int mend_log(const struct store_dir *dir, struct err *err)
{
	struct store_dir_log log;

	if (store_dir_log_open(dir, &log, err))
		return -1;
	store_dir_log_close(&log);
	return 0;
}

static int open_unmarked(struct store_dir *dir, struct err *err)
{
	if (store_dir_make_folders(dir->path, err))
		return -1;
	dir->fd = open(dir->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd < 0)
		return store_dir_write_failed(dir, "", err);
	if (faccessat(dir->fd, STORE_DIR_MARKER, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(err, ERR_DATA, "name a folder that is not there yet",
		               "%s is a keystore already", dir->path);
	/* Before the lock, which would be left in a stranger's folder. */
	if (begin(dir, err))
		return -1;
	dir->lock = store_dir_take_lock(dir, err);
	return dir->lock < 0 || mend_log(dir, err) ? -1 : 0;
}

void *store_dir_fill(const char *where, struct err *err)
{
	struct store_dir *dir = mem_alloc(sizeof *dir);

	dir->path = mem_strdup(where);
	dir->fd = dir->lock = -1;
	if (open_unmarked(dir, err) == 0)
		return dir;
	store_dir_close(dir);
	return NULL;
}

/* ---- filling ------------------------------------------------------------------ */

int store_dir_fill_entry(void *ctx, const char *address, const struct buf *text,
                         struct err *err)
{
	const struct store_dir *dir = ctx;
	struct store_dir_place place;

	store_dir_place(address, &place);
	if (store_dir_place_folder(dir, place.folder, err) ||
	    write_whole(dir, PART, O_TRUNC, text->data, text->len, err))
		return -1;
	return renameat(dir->fd, PART, dir->fd, place.path)
		? store_dir_write_failed(dir, place.path, err) : 0;
}

int store_dir_fill_change(void *ctx, const char *line, size_t len, struct err *err)
{
	struct buf whole = BUF_INIT;
	int rc;

	buf_add(&whole, line, len);
	buf_addc(&whole, '\n');
	rc = write_whole(ctx, STORE_DIR_LOG, O_APPEND, whole.data, whole.len, err);
	buf_free(&whole);
	return rc;
}

int store_dir_fill_end(void *ctx, struct err *err)
{
	const struct store_dir *dir = ctx;
	int fd = store_dir_open_folder(dir, ".");
	int rc = fd < 0 || syncfs(fd) ? store_dir_write_failed(dir, "", err) : 0;

	if (fd >= 0)
		close(fd);
	if (rc == 0)
		rc = store_dir_place_marker(dir, err);
	if (rc == 0)
		(void)unlinkat(dir->fd, FILLING, 0);
	return rc;
}
