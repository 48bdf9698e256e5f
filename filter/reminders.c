/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reminders - which owners were told already that their certificate ends */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "filter/reminders.h"

#define FIRST_LINE "mailseal-reminders 1\n"
#define FILE_NAME "reminders"
#define NEW_NAME "reminders.new"
#define LOCK_NAME "reminders.lock"

struct told {
	const char *address; /* in text */
	int64_t end, days;
};

struct reminders {
	int folder;
	int lock, file; /* -1: dry */
	char *text;     /* the file as it was; its lines end with NUL */
	struct told *told;
	size_t count;
};

/* ---- reading ------------------------------------------------------------------ */

/* `END DAYS ADDRESS`; what is none is dropped: at worst an owner is told twice. */
static bool read_line(char *line, struct told *out)
{
	char *rest;

	errno = 0;
	out->end = strtoll(line, &rest, 10);
	if (rest == line || *rest != ' ' || out->end <= 0)
		return false;
	line = rest + 1;
	out->days = strtoll(line, &rest, 10);
	if (rest == line || *rest != ' ' || out->days < 0 || errno || !rest[1])
		return false;
	out->address = rest + 1;
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct told *x = a, *y = b;
	int names = strcmp(x->address, y->address);

	if (names || x->end == y->end)
		return names;
	return x->end < y->end ? -1 : 1;
}

/* Of two notes of one end the later one counts; told is sorted. */
static void join_lines(struct reminders *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++) {
		struct told *last = kept ? &r->told[kept - 1] : NULL;

		if (!last || by_address(last, &r->told[i]))
			r->told[kept++] = r->told[i];
		else if (r->told[i].days < last->days)
			last->days = r->told[i].days;
	}
	r->count = kept;
}

static void read_lines(struct reminders *r, int64_t now)
{
	char *line = r->text, *end;

	while ((end = strchr(line, '\n'))) {
		struct told told;

		*end = '\0';
		if (read_line(line, &told) && told.end > now - REMINDERS_KEEP_S) {
			r->told = mem_grow(r->told, r->count + 1, sizeof *r->told);
			r->told[r->count++] = told;
		}
		line = end + 1;
	}
	if (r->count)
		qsort(r->told, r->count, sizeof *r->told, by_address);
	join_lines(r);
}

static int read_file(struct reminders *r, int64_t now, struct err *err)
{
	size_t len = 0;

	r->text = io_read_file(r->folder, FILE_NAME, REMINDERS_MAX, &len, err);
	if (!r->text)
		return errno == ENOENT ? 0 : -1;
	if (strncmp(r->text, FIRST_LINE, strlen(FIRST_LINE)) != 0)
		return err_set(err, ERR_TEMPORARY, "move the file away; owners may be reminded once more",
		               "state-dir's file %s is not what this version writes", FILE_NAME);
	read_lines(r, now);
	return 0;
}

/* ---- writing ------------------------------------------------------------------- */

static void add_line(struct buf *out, const char *address, int64_t end, int64_t days)
{
	buf_addf(out, "%" PRId64 " %" PRId64 " %s\n", end, days, address);
}

static int fail(struct err *err, const char *what)
{
	return err_sys(err, ERR_TEMPORARY, "see who may write in state-dir",
	               "state-dir's file %s", what);
}

/* The new file takes the old one's place; it stays open for what is added. */
static int write_file(struct reminders *r, struct err *err)
{
	struct buf text = BUF_INIT;
	int rc;

	r->file = openat(r->folder, NEW_NAME,
	                 O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (r->file < 0)
		return fail(err, NEW_NAME);
	buf_adds(&text, FIRST_LINE);
	for (size_t i = 0; i < r->count; i++)
		add_line(&text, r->told[i].address, r->told[i].end, r->told[i].days);
	rc = io_write(r->file, text.data, text.len, NEW_NAME, DEADLINE_NEVER, err);
	buf_free(&text);
	if (!rc && (fsync(r->file) ||
	            renameat(r->folder, NEW_NAME, r->folder, FILE_NAME) ||
	            fsync(r->folder)))
		rc = fail(err, NEW_NAME);
	return rc;
}

static int take_lock(struct reminders *r, struct err *err)
{
	r->lock = openat(r->folder, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (r->lock < 0)
		return fail(err, LOCK_NAME);
	if (flock(r->lock, LOCK_EX | LOCK_NB))
		return err_set(err, ERR_TEMPORARY, NULL, "another `mailseal key remind` is at work");
	return 0;
}

static int open_folder(struct reminders *r, const char *folder, bool dry, struct err *err)
{
	r->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->folder < 0 && errno == ENOENT && !dry && mkdir(folder, 0755) == 0)
		r->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->folder < 0 && !(dry && errno == ENOENT))
		return err_sys(err, ERR_TEMPORARY, NULL, "state-dir %s", folder);
	return 0;
}

/* ---- the interface ---------------------------------------------------------------- */

struct reminders *reminders_open(const char *folder, bool dry, int64_t now,
                                 struct err *err)
{
	struct reminders *r = mem_alloc(sizeof *r);
	int rc;

	r->lock = r->file = -1;
	rc = open_folder(r, folder, dry, err);
	if (!rc && !dry)
		rc = take_lock(r, err);
	if (!rc && r->folder >= 0)
		rc = read_file(r, now, err);
	if (!rc && !dry)
		rc = write_file(r, err);
	if (rc)
		reminders_free(&r);
	return r;
}

static void close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

void reminders_free(struct reminders **reminders)
{
	struct reminders *r = *reminders;

	if (!r)
		return;
	close_one(r->file);
	close_one(r->lock);
	close_one(r->folder);
	free(r->told);
	free(r->text);
	free(r);
	*reminders = NULL;
}

bool reminders_told(const struct reminders *r, const char *address,
                    int64_t end, int64_t days)
{
	const struct told wanted = { address, end, days };
	const struct told *found = r->count ? bsearch(&wanted, r->told, r->count,
		sizeof *r->told, by_address) : NULL;

	return found && found->days <= days;
}

int reminders_note(struct reminders *r, const char *address, int64_t end,
                   int64_t days, struct err *err)
{
	struct buf line = BUF_INIT;
	int rc;

	add_line(&line, address, end, days);
	rc = io_write(r->file, line.data, line.len, FILE_NAME, DEADLINE_NEVER, err);
	if (!rc && fdatasync(r->file))
		rc = fail(err, FILE_NAME);
	buf_free(&line);
	return rc;
}
