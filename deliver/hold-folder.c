/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hold-folder - the drop folder in which messages wait */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "deliver/hold-folder.h"

#define RANDOM_DIGITS 16
#define DIGITS_MAX 18 /* of a number in a name: below INT64_MAX */

/* ---- names ------------------------------------------------------------------ */

void hold_folder_new_id(char id[static HOLD_FOLDER_ID_MAX])
{
	uint64_t random;

	secret_random(&random, sizeof random);
	snprintf(id, HOLD_FOLDER_ID_MAX, "%lld-%016" PRIx64,
	         (long long)time(NULL), random);
}

void hold_folder_name(char out[static HOLD_FOLDER_NAME_MAX], const char *id,
                      uint64_t size)
{
	snprintf(out, HOLD_FOLDER_NAME_MAX, "%.*s,S=%" PRIu64,
	         HOLD_FOLDER_ID_MAX - 1, id, size);
}

/* A decimal number as we write it; the byte behind it, or NULL. */
static const char *parse_number(const char *text, int64_t *out)
{
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > DIGITS_MAX || (text[0] == '0' && len > 1))
		return NULL;
	*out = strtoll(text, NULL, 10);
	return text + len;
}

bool hold_folder_parse(const char *name, struct hold_folder_item *item)
{
	const char *random = parse_number(name, &item->since);
	int64_t size;

	if (!random || *random++ != '-' ||
	    strspn(random, "0123456789abcdef") != RANDOM_DIGITS)
		return false;

	const char *behind = random + RANDOM_DIGITS;

	if (strncmp(behind, ",S=", 3) != 0)
		return false;

	const char *end = parse_number(behind + 3, &size);

	if (!end || *end)
		return false;
	item->size = (uint64_t)size;
	snprintf(item->id, sizeof item->id, "%.*s", (int)(behind - name), name);
	return true;
}

/* ---- the list ----------------------------------------------------------------- */

static int cannot_list(const char *path, struct err *err)
{
	const char *advice = errno == EACCES
		? "only its owner, root, may list and release what is held" : NULL;

	return err_sys(err, ERR_TEMPORARY, advice, "the hold folder %s", path);
}

/* A user's folder by its name, the user's number, if it is his: a descriptor, or -1. */
static int open_users(int hold, const char *name, uid_t *owner)
{
	int64_t uid;
	const char *end = parse_number(name, &uid);
	struct stat st;

	if (!end || *end) {
		errno = EINVAL;
		return -1;
	}

	int fd = openat(hold, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && (fstat(fd, &st) || (int64_t)st.st_uid != uid)) {
		close(fd);
		fd = -1;
		errno = EPERM;
	}
	if (fd >= 0)
		*owner = st.st_uid;
	return fd;
}

static void list_users(int fd, uid_t owner, struct hold_folder_list *list)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	size_t taken = 0;

	if (!dir) {
		close(fd);
		list->odd++;
		return;
	}
	while ((e = readdir(dir))) {
		struct hold_folder_item item = { .owner = owner };

		if (!hold_folder_parse(e->d_name, &item))
			continue;
		if (taken++ == HOLD_FOLDER_FILES_MAX) {
			list->odd++;
			break;
		}
		if ((list->count & (list->count - 1)) == 0)
			list->item = mem_grow(list->item, list->count ? 2 * list->count : 1,
			                      sizeof *list->item);
		list->item[list->count++] = item;
	}
	closedir(dir);
}

static int by_age(const void *a, const void *b)
{
	const struct hold_folder_item *x = a, *y = b;

	if (x->since != y->since)
		return x->since < y->since ? -1 : 1;
	return strcmp(x->id, y->id);
}

int hold_folder_list(const char *path, struct hold_folder_list *list,
                     struct err *err)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	memset(list, 0, sizeof *list);
	if (!dir)
		return errno == ENOENT ? 0 : cannot_list(path, err);
	while ((e = readdir(dir))) {
		uid_t owner;
		int fd;

		if (e->d_name[0] == '.')
			continue;
		fd = open_users(dirfd(dir), e->d_name, &owner);
		if (fd >= 0)
			list_users(fd, owner, list);
		else
			list->odd++;
	}
	closedir(dir);
	if (list->count)
		qsort(list->item, list->count, sizeof *list->item, by_age);
	return 0;
}

void hold_folder_list_free(struct hold_folder_list *list)
{
	free(list->item);
	memset(list, 0, sizeof *list);
}

/* ---- one message ------------------------------------------------------------------ */

static int open_folder(const char *path, const struct hold_folder_item *item)
{
	char name[32];
	uid_t owner;
	int hold = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (hold < 0)
		return -1;
	snprintf(name, sizeof name, "%lu", (unsigned long)item->owner);

	int fd = open_users(hold, name, &owner);

	close(hold);
	return fd;
}

/* The owner of the folder can put anything in a message's place. */
static bool is_message(int fd, const struct hold_folder_item *item)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_uid == item->owner && st.st_nlink == 1;
}

/* What can't be removed afterwards must not be delivered: it would be again and again. */
static int try_change(int fd, struct err *err)
{
	return futimens(fd, NULL) ? err_sys(err, ERR_TEMPORARY, NULL, "it can't be removed") : 0;
}

int hold_folder_open(const char *path, const struct hold_folder_item *item,
                     bool locked, struct hold_folder_file *file,
                     struct err *err)
{
	hold_folder_name(file->name, item->id, item->size);
	file->fd = -1;
	file->folder = open_folder(path, item);
	if (file->folder >= 0)
		file->fd = openat(file->folder, file->name, O_RDONLY | O_NOFOLLOW |
		                  O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file->fd < 0 && errno == ENOENT)
		return 1;
	if (file->fd < 0)
		return cannot_list(path, err);
	if (locked && flock(file->fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			return 1;
		return err_sys(err, ERR_TEMPORARY, NULL, "cannot lock it");
	}
	if (is_message(file->fd, item))
		return locked ? try_change(file->fd, err) : 0;
	/* Who had it locked has removed it. */
	if (faccessat(file->folder, file->name, F_OK, AT_SYMLINK_NOFOLLOW))
		return 1;
	return err_set(err, ERR_DATA, "see who put it there",
	               "this is not a message of the user to whom its folder belongs");
}

int hold_folder_remove(struct hold_folder_file *file, struct err *err)
{
	if (unlinkat(file->folder, file->name, 0) ||
	    (fsync(file->folder) && errno != EINVAL))
		return err_sys(err, ERR_TEMPORARY, NULL, "cannot remove %s", file->name);
	return 0;
}

void hold_folder_close(struct hold_folder_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->folder >= 0)
		close(file->folder);
	file->fd = file->folder = -1;
}
