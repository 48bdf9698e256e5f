/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store-dir-write - a keystore in a folder: making, changing
 *
 * Writers exclude each other by ROOT/.lock; readers take no lock, since each
 * file and folder is made complete under ROOT/.new (content, owner, mode, on
 * disk) and then renamed to its place.  The lock makes .new one writer's:
 * what a killed one left there, the next removes.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/signals.h"
#include "keystore/store-dir.h"

#define LOCK ".lock"
#define NEW ".new"
#define ADVICE_WRITE \
	"do it as root or the keystore's owner; check that its disk is writable and not full"

/* ---- whose ------------------------------------------------------------- */

/* Who may enter the root may read an entry, who may write there may change one. */
static mode_t file_mode(const struct stat *root)
{
	return (mode_t)((root->st_mode & 0111) << 2 | (root->st_mode & 0222));
}

/* Only who may change the store: a lock that others can open is theirs to hold. */
static mode_t lock_mode(const struct stat *root)
{
	return (mode_t)((root->st_mode & 0222) << 1 | (root->st_mode & 0222));
}

/* Owner, group and mode as the root has them. Not being allowed to set the
 * owner matters only where others can't read or enter. */
static int follow(int fd, const struct stat *root, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st))
		return -1;
	if ((st.st_uid != root->st_uid || st.st_gid != root->st_gid) &&
	    fchown(fd, root->st_uid, root->st_gid) &&
	    fchown(fd, (uid_t)-1, root->st_gid) && !(mode & (S_IROTH | S_IXOTH)))
		return -1;
	return fchmod(fd, mode);
}

int store_dir_write_failed(const struct store_dir *dir, const char *path,
                           struct err *err)
{
	return err_sys(err, ERR_TEMPORARY, ADVICE_WRITE, "cannot write %s/%s",
	               dir->path, path);
}

static int stat_root(const struct store_dir *dir, struct stat *root,
                     struct err *err)
{
	return fstat(dir->fd, root) ? store_dir_write_failed(dir, "", err) : 0;
}

/* ---- lock -------------------------------------------------------------- */

static int wait_for_lock(int fd)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
	struct deadline d = deadline_in(STORE_DIR_LOCK_MS);

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		if (signals_stop() || deadline_passed(d)) {
			errno = EWOULDBLOCK;
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

int store_dir_take_lock(const struct store_dir *dir, struct err *err)
{
	struct stat root;
	int fd;

	if (stat_root(dir, &root, err))
		return -1;
	fd = openat(dir->fd, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
	                           O_NONBLOCK, 0600);
	if (fd < 0)
		return store_dir_write_failed(dir, LOCK, err);
	/* By who made it, and again by root after one that was killed here. */
	(void)follow(fd, &root, lock_mode(&root));
	if (wait_for_lock(fd) == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		err_set(err, ERR_TEMPORARY, "try again; `fuser` on that file shows who",
		        "%s/%s is held by another writer", dir->path, LOCK);
	else
		store_dir_write_failed(dir, LOCK, err);
	close(fd);
	return -1;
}

/* ---- whole files and folders ------------------------------------------- */

static int sync_folder(const struct store_dir *dir, const char *folder,
                       struct err *err)
{
	int fd = store_dir_open_folder(dir, folder);
	int rc = fd < 0 ? -1 : fsync(fd);

	if (rc)
		store_dir_write_failed(dir, folder, err);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int fill(const struct store_dir *dir, int fd, const void *data,
                size_t len, struct err *err)
{
	struct stat root;

	if (stat_root(dir, &root, err))
		return -1;
	if (follow(fd, &root, file_mode(&root)))
		return store_dir_write_failed(dir, NEW, err);
	if (io_write(fd, data, len, NEW, DEADLINE_NEVER, err))
		return err_context(err, "%s", dir->path);
	return fsync(fd) ? store_dir_write_failed(dir, NEW, err) : 0;
}

int store_dir_open_owned(const struct store_dir *dir, const char *name,
                         int flags, struct err *err)
{
	struct stat root;
	int fd;

	if (stat_root(dir, &root, err))
		return -1;
	fd = openat(dir->fd, name, flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
	                           O_NONBLOCK, 0600);
	if (fd < 0)
		return store_dir_write_failed(dir, name, err);
	(void)follow(fd, &root, file_mode(&root));
	return fd;
}

/* With the lock held: what a writer that was killed left behind. */
static void remove_stale(const struct store_dir *dir)
{
	if (unlinkat(dir->fd, NEW, 0) && errno != ENOENT)
		unlinkat(dir->fd, NEW, AT_REMOVEDIR);
}

/* A whole new file, on disk, as NEW. */
static int make_new(const struct store_dir *dir, const void *data, size_t len,
                    struct err *err)
{
	int fd, rc;

	remove_stale(dir);
	fd = openat(dir->fd, NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	                          O_CLOEXEC, 0600);
	if (fd < 0)
		return store_dir_write_failed(dir, NEW, err);
	rc = fill(dir, fd, data, len, err);
	if (close(fd) && rc == 0)
		rc = store_dir_write_failed(dir, NEW, err);
	if (rc)
		remove_stale(dir);
	return rc;
}

/* NEW at path, in place of an old file; the caller syncs the folder. */
static int place_new(const struct store_dir *dir, const char *path,
                     struct err *err)
{
	if (renameat(dir->fd, NEW, dir->fd, path) == 0)
		return 0;
	store_dir_write_failed(dir, path, err);
	remove_stale(dir);
	return -1;
}

int store_dir_place_file(const struct store_dir *dir, const char *path,
                         const void *data, size_t len, struct err *err)
{
	return make_new(dir, data, len, err) || place_new(dir, path, err) ? -1 : 0;
}

/* The mode whatever the umask, and at once: one that is killed leaves no
 * folder that others can't enter. */
static int make_folder(int at, const char *path, mode_t mode)
{
	mode_t old = umask(0);
	int rc = mkdirat(at, path, mode);

	umask(old);
	return rc;
}

int store_dir_place_folder(const struct store_dir *dir, const char *folder,
                           struct err *err)
{
	struct stat root, st;
	int fd, rc;

	if (fstatat(dir->fd, folder, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOENT || stat_root(dir, &root, err))
		return store_dir_write_failed(dir, folder, err);
	remove_stale(dir);
	if (make_folder(dir->fd, NEW, 0700))
		return store_dir_write_failed(dir, NEW, err);
	fd = store_dir_open_folder(dir, NEW);
	rc = fd < 0 ? -1 : follow(fd, &root, root.st_mode & 07777);
	if (fd >= 0)
		close(fd);
	if (rc || renameat(dir->fd, NEW, dir->fd, folder)) {
		store_dir_write_failed(dir, folder, err);
		remove_stale(dir);
		return -1;
	}
	return sync_folder(dir, ".", err);
}

/* ---- changing an entry ------------------------------------------------- */

/*
 * A writer that was killed between the log and the entry's place: its change is in the log, and
 * the entry waits in NEW.  It is put in its place before anything else is changed.
 */
static int finish_last(const struct store_dir *dir,
                       const struct store_dir_log *log, struct err *err)
{
	struct store_dir_place place;
	struct buf text = BUF_INIT;
	char hash[SHA256_HEX];
	struct err none;
	int rc = 0;

	if (log->last.number == 0 ||
	    store_dir_read(dir, NEW, ENTRY_MAX, &text, &none) != STORE_FOUND) {
		buf_free(&text);
		return 0;
	}
	change_hash(text.data, text.len, hash);
	if (strcmp(hash, log->last.entry) == 0) {
		store_dir_place(log->last.address, &place);
		rc = place_new(dir, place.path, err) ||
		     sync_folder(dir, place.folder, err) ? -1 : 0;
	}
	buf_free(&text);
	return rc;
}

static int check_serial(void *ctx, const struct store_entry_text *new,
                        struct err *err)
{
	struct buf stored = BUF_INIT;
	enum store_answer answer = store_dir_get(ctx, new->address, &stored, err);
	uint64_t last = answer == STORE_FOUND ? store_serial_of(&stored, new->address) : 0;

	buf_free(&stored);
	if (new->serial == 0)
		return 0;
	if (answer == STORE_COULD_NOT_ASK)
		return -1;
	if ((answer == STORE_FOUND && last == 0) || new->serial != last + 1)
		return err_set(err, ERR_TEMPORARY, "try again",
		               "the keystore's entry of %s was changed meanwhile",
		               new->address);
	return 0;
}

/* First the new entry, whole and on disk, then the log's line, then its place: a change that
 * the log tells of can always be finished. */
static int change_entry(const struct store_dir *dir, struct store_dir_log *log,
                        const struct store_entry_text *new, struct err *err)
{
	struct store_dir_place place;

	store_dir_place(new->address, &place);
	if (store_dir_place_folder(dir, place.folder, err) ||
	    make_new(dir, new->text->data, new->text->len, err))
		return -1;
	if (store_dir_log_add(dir, log, new->change, new->secret, err)) {
		remove_stale(dir);
		return -1;
	}
	if (place_new(dir, place.path, err)) {
		store_dir_log_undo(log);
		return -1;
	}
	return sync_folder(dir, place.folder, err);
}

int store_dir_put(void *ctx, const struct store_entry_text *new, struct err *err)
{
	const struct store_dir *dir = ctx;
	struct store_dir_log log;
	int lock = store_dir_take_lock(dir, err);
	int rc = -1;

	if (lock < 0)
		return -1;
	if (store_dir_log_open(dir, &log, err) == 0) {
		if (finish_last(dir, &log, err) == 0 &&
		    check_serial(ctx, new, err) == 0)
			rc = change_entry(dir, &log, new, err);
		store_dir_log_close(&log);
	}
	close(lock);
	return rc;
}

/* ---- making a store ---------------------------------------------------- */

static int make_missing(const char *path)
{
	int rc = make_folder(AT_FDCWD, path, 0755);

	return rc && errno == EEXIST ? 0 : rc;
}

int store_dir_make_folders(const char *path, struct err *err)
{
	char *copy = mem_strdup(path);
	int rc = 0;

	for (char *slash = strchr(copy + 1, '/'); slash && rc == 0;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		rc = make_missing(copy);
		*slash = '/';
	}
	if (rc == 0)
		rc = make_missing(copy);
	if (rc)
		err_sys(err, ERR_TEMPORARY, ADVICE_WRITE, "cannot make the keystore %s",
		        path);
	free(copy);
	return rc;
}

/* A new volume's lost+found is allowed. */
static bool is_nothing(const char *name)
{
	static const char *const nothing[] = { ".", "..", LOCK, NEW, "lost+found" };

	for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
		if (strcmp(name, nothing[i]) == 0)
			return true;
	return false;
}

/* A listing that ends early would make any folder an empty one. */
static int check_names(const struct store_dir *dir, DIR *names, struct err *err)
{
	struct dirent *e;

	for (errno = 0; (e = readdir(names)); errno = 0)
		if (!is_nothing(e->d_name))
			return err_set(err, ERR_TEMPORARY,
			               "name a missing or an empty folder, or restore "
			               STORE_DIR_MARKER " from a backup",
			               "%s is not a keystore, and not empty",
			               dir->path);
	return errno ? store_dir_write_failed(dir, "", err) : 0;
}

int store_dir_check_empty(const struct store_dir *dir, struct err *err)
{
	int fd = store_dir_open_folder(dir, ".");
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	int rc;

	if (!names) {
		store_dir_write_failed(dir, "", err);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	rc = check_names(dir, names, err);
	closedir(names);
	return rc;
}

int store_dir_place_marker(const struct store_dir *dir, struct err *err)
{
	static const char line[] = STORE_DIR_MARKER_LINE;

	return store_dir_place_file(dir, STORE_DIR_MARKER, line, sizeof line - 1, err) ||
	       sync_folder(dir, ".", err) ? -1 : 0;
}

int store_dir_mark(const struct store_dir *dir, struct err *err)
{
	struct err ignored;
	int lock, rc = -1;

	/* Before the lock, which would be left in a stranger's folder. */
	if (store_dir_check_empty(dir, err))
		return store_dir_marked(dir, &ignored) == STORE_FOUND ? 0 : -1;
	lock = store_dir_take_lock(dir, err);
	if (lock < 0)
		return -1;
	switch (store_dir_marked(dir, err)) {
	case STORE_COULD_NOT_ASK:
		break;
	case STORE_FOUND:
		rc = 0;
		break;
	case STORE_NOT_ENROLLED:
		if (store_dir_check_empty(dir, err) == 0 &&
		    store_dir_place_marker(dir, err) == 0)
			rc = 1;
		break;
	}
	close(lock);
	return rc;
}
