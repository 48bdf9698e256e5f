/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * maildir - the message becomes a file in new/, whole and for good
 *
 * Written in tmp/, synced, then given its name in new/ by a rename that
 * never replaces, then the folder new/ is synced: only after that may anyone
 * say success.  The folders are opened once and used by descriptor, so that
 * all happens in one Maildir even when the path changes under our hands.
 * Links in the Maildir's place or its folders' are followed: the owner's.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/signals.h"
#include "deliver/backend.h"
#include "deliver/maildir-name.h"

/* So many names in a row that are taken: something else is wrong. */
#define NAME_TRIES 3
#define HOLD 8192 /* bytes gathered for one write */
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

struct maildir {
	char *path; /* absolute; NULL: a relative one without a home, or none */
	char *folder; /* inside it; or NULL */
	int tmp, new; /* the folders; -1 until opened */
	int fd;       /* the file in tmp; -1 when there is none */
	char tmp_name[MAILDIR_NAME_MAX]; /* "" when not in tmp any more */
	uint64_t size; /* what was written */
	char hold[HOLD];
	size_t held;
};

static int failed(const struct maildir *m, const char *what, struct err *err)
{
	const char *advice = "see who may write there, and whether it is mounted";

	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		advice = "free some space, or raise the quota or file size limit";
	return err_sys(err, ERR_TEMPORARY, advice, "Maildir %s: %s", m->path, what);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- the folders ------------------------------------------------------ */

/* 0700 whatever the umask: chmod by name afterwards could meet another file. */
static int make_folder(int at, const char *name)
{
	mode_t old = umask(077);
	int rc = mkdirat(at, name, 0700);
	int saved = errno;

	umask(old);
	errno = saved;
	return rc;
}

/* Network file systems that can't sync a folder say EINVAL. */
static int sync_folder(int fd)
{
	return fsync(fd) && errno != EINVAL ? -1 : 0;
}

/* The folder NAME, made if missing; sets *made.  -1 with errno. */
static int open_folder(int at, const char *name, bool *made)
{
	int fd = openat(at, name, FOLDER_FLAGS);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (make_folder(at, name) == 0)
		*made = true;
	else if (errno != EEXIST) /* another delivery was faster */
		return -1;
	return openat(at, name, FOLDER_FLAGS);
}

/* A Maildir that is gone after a crash takes its mail along. */
static int sync_parent(int dir)
{
	int parent = openat(dir, "..", FOLDER_FLAGS);

	/* One that we may not read can't be synced; this is no reason to
	 * keep the mail out. */
	if (parent < 0)
		return errno == EACCES ? 0 : -1;

	int rc = sync_folder(parent);
	int saved = errno;

	close(parent);
	errno = saved;
	return rc;
}

static int open_inside(struct maildir *m, int dir, bool made_dir,
                       struct err *err)
{
	bool made = false;
	int cur = open_folder(dir, "cur", &made);

	if (cur < 0)
		return failed(m, "cannot open cur", err);
	close(cur);
	m->tmp = open_folder(dir, "tmp", &made);
	if (m->tmp < 0)
		return failed(m, "cannot open tmp", err);
	m->new = open_folder(dir, "new", &made);
	if (m->new < 0)
		return failed(m, "cannot open new", err);
	if ((made && sync_folder(dir)) || (made_dir && sync_parent(dir)))
		return failed(m, "cannot sync", err);
	return 0;
}

/* Maildir++: by this file programs know a folder from a Maildir of its own. */
static int mark_folder(int dir)
{
	int fd = openat(dir, "maildirfolder",
	                O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? 0 : -1;

	int rc = fchmod(fd, 0600); /* whatever the umask */

	return close(fd) || rc ? -1 : 0;
}

/* The folder in place of the Maildir that was opened. */
static int open_subfolder(struct maildir *m, int maildir, struct err *err)
{
	bool made = false;
	int dir = open_folder(maildir, m->folder, &made);
	int rc;

	if (dir < 0)
		return failed(m, "cannot open or create a folder of it", err);
	close_fd(&m->tmp);
	close_fd(&m->new);
	if (mark_folder(dir))
		rc = failed(m, "cannot create maildirfolder in a folder of it", err);
	else
		rc = open_inside(m, dir, made, err);
	close(dir);
	return rc;
}

static int open_maildir(struct maildir *m, struct err *err)
{
	bool made = false;
	int dir = open_folder(AT_FDCWD, m->path, &made);

	if (dir < 0)
		return failed(m, "cannot open or create it", err);

	int rc = open_inside(m, dir, made, err);

	if (!rc && m->folder)
		rc = open_subfolder(m, dir, err);
	close(dir);
	return rc;
}

/* ---- the file --------------------------------------------------------- */

static int create_file(struct maildir *m, struct err *err)
{
	for (int i = 0; i < NAME_TRIES && m->fd < 0; i++) {
		maildir_name_tmp(m->tmp_name);
		m->fd = openat(m->tmp, m->tmp_name,
		               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (m->fd < 0 && errno != EEXIST)
			break;
	}
	if (m->fd < 0) {
		failed(m, "cannot create a file in tmp", err);
		m->tmp_name[0] = '\0'; /* if it is there, it is not ours */
		return -1;
	}
	if (fchmod(m->fd, 0600)) /* whatever the umask */
		return failed(m, "cannot set the mode of a file", err);
	return 0;
}

static int maildir_begin(void *ctx, uint64_t size, struct err *err)
{
	struct maildir *m = ctx;

	(void)size;
	if (!m->path)
		return err_set(err, ERR_TEMPORARY,
		               "give its absolute path, or set HOME",
		               "the Maildir has no name, or a relative one and HOME is not set");
	if (open_maildir(m, err))
		return -1;
	return create_file(m, err);
}

static int put(struct maildir *m, const void *data, size_t len, struct err *err)
{
	if (io_write(m->fd, data, len, m->path, DEADLINE_NEVER, err))
		return signals_stop() ? -1 : failed(m, "cannot write", err);
	m->size += len;
	return 0;
}

static int flush(struct maildir *m, struct err *err)
{
	size_t len = m->held;

	m->held = 0;
	return put(m, m->hold, len, err);
}

/* A message comes field by field. */
static int maildir_write(void *ctx, const void *data, size_t len,
                         struct err *err)
{
	struct maildir *m = ctx;

	if (len > sizeof m->hold - m->held && flush(m, err))
		return -1;
	if (len > sizeof m->hold)
		return put(m, data, len, err);
	memcpy(m->hold + m->held, data, len);
	m->held += len;
	return 0;
}

/* A rename that fails with EEXIST instead of replacing, also where the file
 * system knows only link(2). */
static int move(struct maildir *m, const char *name)
{
	if (renameat2(m->tmp, m->tmp_name, m->new, name, RENAME_NOREPLACE) == 0) {
		m->tmp_name[0] = '\0';
		return 0;
	}
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* What is left in tmp then is for maildir_free. */
	return linkat(m->tmp, m->tmp_name, m->new, name, 0);
}

static int publish(struct maildir *m)
{
	char name[MAILDIR_NAME_MAX];
	int rc = -1;

	for (int i = 0; i < NAME_TRIES && rc; i++) {
		maildir_name_new(name, m->size);
		rc = move(m, name);
		if (rc && errno != EEXIST)
			break;
	}
	return rc;
}

static int maildir_commit(void *ctx, struct err *err)
{
	struct maildir *m = ctx;
	int fd = m->fd;

	if (flush(m, err))
		return -1;
	if (fsync(fd))
		return failed(m, "cannot sync the message", err);
	m->fd = -1;
	if (close(fd))
		return failed(m, "cannot close the message", err);
	if (publish(m))
		return failed(m, "cannot move the message to new", err);
	/* It may be lost or stay; it can't be taken back, for someone may
	 * have read it.  Doubled is better than lost. */
	if (sync_folder(m->new))
		return failed(m, "cannot sync new", err);
	return 0;
}

static void maildir_free(void *ctx)
{
	struct maildir *m = ctx;

	close_fd(&m->fd);
	if (m->tmp_name[0])
		unlinkat(m->tmp, m->tmp_name, 0);
	close_fd(&m->tmp);
	close_fd(&m->new);
	free(m->path);
	free(m->folder);
	free(m);
}

static const struct delivery_ops maildir_ops = {
	.begin = maildir_begin,
	.write = maildir_write,
	.commit = maildir_commit,
	.free = maildir_free,
};

struct delivery *delivery_maildir_new(const char *dir, const char *home,
                                      const char *folder)
{
	struct maildir *m = mem_alloc(sizeof *m);

	m->tmp = m->new = m->fd = -1;
	if (dir[0] == '/')
		m->path = mem_strdup(dir);
	else if (dir[0] && home && home[0] == '/')
		m->path = mem_printf("%s/%s", home, dir);
	if (folder)
		m->folder = mem_strdup(folder);
	return delivery_new(&maildir_ops, m);
}
