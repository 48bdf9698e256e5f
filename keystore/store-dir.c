/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store-dir - a keystore in a folder: opening, looking up
 *
 * ROOT/mailseal-keystore marks the store, ROOT/HH/NAME is an entry.  A
 * lookup opens three things and lists nothing.  Only ENOENT of an entry in a
 * marked store means "not enrolled": whatever else happens could be a
 * volume that is not mounted, and then mail must wait.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "keystore/store-dir.h"

#define ADVICE_MISSING \
	"`mailseal key import` makes it; if it was there, check that its volume is mounted"
#define ADVICE_UNMARKED \
	"check that its volume is mounted; `mailseal key import` makes a new one in an empty folder"
#define ADVICE_UNREADABLE "check its permissions for the user who delivers, and its disk"

/* ---- paths ------------------------------------------------------------- */

/* What stands for itself; a dot or hyphen does not where the name begins. */
static bool is_plain(char c)
{
	return c != '\0' &&
	       strchr("abcdefghijklmnopqrstuvwxyz0123456789@._+=-", c);
}

static void add_escaped(struct buf *name, const char *address)
{
	for (const char *p = address; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (is_plain(*p) && (p > address || (*p != '.' && *p != '-'))) {
			buf_addc(name, *p);
			continue;
		}
		buf_addf(name, "%%%02x", c);
	}
}

/* An escaped name has its @ in clear, which no hash has. */
void store_dir_place(const char *address, struct store_dir_place *place)
{
	struct buf name = BUF_INIT;
	char digest[SHA256_HEX];
	struct sha256 h;

	sha256_start(&h);
	sha256_add(&h, address, strlen(address));
	sha256_hex(&h, digest);
	add_escaped(&name, address);
	if (name.len > STORE_DIR_NAME_MAX) {
		buf_cut(&name, 0);
		buf_addf(&name, "%%%s", digest);
	}
	snprintf(place->folder, sizeof place->folder, "%.2s", digest);
	snprintf(place->path, sizeof place->path, "%s/%s", place->folder,
	         buf_str(&name));
	buf_free(&name);
}

/* ---- reading ----------------------------------------------------------- */

static enum store_answer could_not(const struct store_dir *dir, const char *path,
                                   const char *why, struct err *err)
{
	err_set(err, ERR_TEMPORARY, "restore it from a backup",
	        "cannot read %s/%s: %s", dir->path, path, why);
	return STORE_COULD_NOT_ASK;
}

enum store_answer store_dir_unreadable(const struct store_dir *dir,
                                       const char *path, struct err *err)
{
	err_sys(err, ERR_TEMPORARY, ADVICE_UNREADABLE, "cannot read %s/%s",
	        dir->path, path);
	return STORE_COULD_NOT_ASK;
}

/* Reads what fstat says there is: files are replaced, never changed. */
static enum store_answer read_open(const struct store_dir *dir, const char *path,
                                   int fd, size_t max, struct buf *out,
                                   struct err *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return store_dir_unreadable(dir, path, err);
	if (!S_ISREG(st.st_mode))
		return could_not(dir, path, "it is not a plain file", err);
	if (st.st_size == 0)
		return could_not(dir, path, "it is empty", err);
	if ((uintmax_t)st.st_size > max)
		return could_not(dir, path, "it is too large", err);

	size_t size = (size_t)st.st_size;
	char *data = mem_alloc(size + 1);
	ssize_t n = 1;

	buf_free(out);
	out->data = data;
	out->cap = size + 1;
	while (out->len < size && n != 0) {
		n = read(fd, data + out->len, size - out->len);
		if (n > 0)
			out->len += (size_t)n;
		else if (n < 0 && errno != EINTR)
			return store_dir_unreadable(dir, path, err);
	}
	return out->len == size ? STORE_FOUND
	                        : could_not(dir, path, "it is cut off", err);
}

enum store_answer store_dir_read(const struct store_dir *dir, const char *path,
                                 size_t max, struct buf *out, struct err *err)
{
	/* O_NONBLOCK: a FIFO in its place must not hold a delivery. */
	int fd = openat(dir->fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY |
	                               O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return errno == ENOENT ? STORE_NOT_ENROLLED
		                       : store_dir_unreadable(dir, path, err);

	enum store_answer answer = read_open(dir, path, fd, max, out, err);

	close(fd);
	return answer;
}

/* ENOENT said that there is no entry; that proves nothing where its folder is
 * a symbolic link that leads nowhere. */
static enum store_answer not_enrolled(const struct store_dir *dir,
                                      const char *folder, struct err *err)
{
	struct stat st;

	if (fstatat(dir->fd, folder, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? STORE_NOT_ENROLLED
		                       : store_dir_unreadable(dir, folder, err);
	return S_ISDIR(st.st_mode) ? STORE_NOT_ENROLLED
	                           : could_not(dir, folder, "it is not a folder", err);
}

enum store_answer store_dir_get(void *ctx, const char *address,
                                struct buf *text, struct err *err)
{
	const struct store_dir *dir = ctx;
	struct store_dir_place place;
	enum store_answer answer;

	store_dir_place(address, &place);
	answer = store_dir_read(dir, place.path, ENTRY_MAX, text, err);
	return answer == STORE_NOT_ENROLLED
		? not_enrolled(dir, place.folder, err) : answer;
}

/* ---- opening ----------------------------------------------------------- */

enum store_answer store_dir_marked(const struct store_dir *dir, struct err *err)
{
	static const char line[] = STORE_DIR_MARKER_LINE;
	struct buf text = BUF_INIT;
	enum store_answer answer = store_dir_read(dir, STORE_DIR_MARKER,
	                                     STORE_DIR_MARKER_MAX, &text, err);

	if (answer == STORE_FOUND && (text.len < sizeof line - 1 ||
	                              memcmp(text.data, line, sizeof line - 1))) {
		err_set(err, ERR_TEMPORARY,
		        "restore it from a backup, or use the mailseal that made it",
		        "%s/%s does not begin with `mailseal-keystore 1`", dir->path,
		        STORE_DIR_MARKER);
		answer = STORE_COULD_NOT_ASK;
	}
	buf_free(&text);
	return answer;
}

int store_dir_open_folder(const struct store_dir *dir, const char *folder)
{
	return openat(dir->fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC |
	                               O_NOFOLLOW);
}

static int open_root(struct store_dir *dir, bool create, struct err *err)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;

	dir->fd = open(dir->path, flags);
	if (dir->fd < 0 && errno == ENOENT && create) {
		if (store_dir_make_folders(dir->path, err))
			return -1;
		dir->fd = open(dir->path, flags);
	}
	if (dir->fd < 0)
		return err_sys(err, ERR_TEMPORARY,
		               errno == ENOENT ? ADVICE_MISSING : ADVICE_UNREADABLE,
		               "cannot open the keystore %s", dir->path);
	return 0;
}

static int open_marked(struct store_dir *dir, bool create, bool *created,
                       struct err *err)
{
	enum store_answer marked;
	int made;

	if (open_root(dir, create, err))
		return -1;
	marked = store_dir_marked(dir, err);
	if (marked == STORE_FOUND)
		return 0;
	if (marked == STORE_COULD_NOT_ASK)
		return -1;
	if (!create)
		return err_set(err, ERR_TEMPORARY, ADVICE_UNMARKED,
		               "%s is not a keystore: it has no %s", dir->path,
		               STORE_DIR_MARKER);
	made = store_dir_mark(dir, err);
	*created = made > 0;
	return made < 0 ? -1 : 0;
}

void store_dir_close(void *ctx)
{
	struct store_dir *dir = ctx;

	if (dir->lock >= 0)
		close(dir->lock);
	if (dir->fd >= 0)
		close(dir->fd);
	free(dir->path);
	free(dir);
}

static void *store_dir_open(const char *where, bool create, bool *created,
                            struct err *err)
{
	struct store_dir *dir = mem_alloc(sizeof *dir);

	dir->path = mem_strdup(where);
	dir->fd = dir->lock = -1;
	if (open_marked(dir, create, created, err) == 0)
		return dir;
	store_dir_close(dir);
	return NULL;
}

const struct store_backend store_dir_backend = {
	.kind = "dir",
	.open = store_dir_open,
	.close = store_dir_close,
	.get = store_dir_get,
	.put = store_dir_put,
	.changes = store_dir_changes,
	.each = store_dir_each,
	.fill = store_dir_fill,
	.fill_entry = store_dir_fill_entry,
	.fill_change = store_dir_fill_change,
	.fill_end = store_dir_fill_end,
};
