/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store-dir-log - a keystore in a folder: ROOT/changes, its append-only log (keystore/change.h)
 *
 * Only who holds the lock appends.  A line counts when its LF is there: what a writer that was
 * killed left without one never happened, and the next cuts it off.
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
#include "keystore/store-dir.h"

#define NO_LINE "0000000000000000000000000000000000000000000000000000000000000000"
#define READ_AT_ONCE ((size_t)64 * 1024)

static int failed(const struct store_dir *dir, struct err *err)
{
	return err_sys(err, ERR_TEMPORARY,
	               "do it as root or the keystore's owner; check its disk",
	               "cannot write %s/" STORE_DIR_LOG, dir->path);
}

/* ---- its end ------------------------------------------------------------- */

/* The last bytes of the file, at most two lines' worth. */
static ssize_t read_tail(int fd, off_t size, char tail[2 * CHANGE_LINE_MAX],
                         off_t *from)
{
	size_t want = 2 * CHANGE_LINE_MAX, got = 0;
	ssize_t n = 1;

	*from = size > (off_t)want ? size - (off_t)want : 0;
	want = (size_t)(size - *from);
	while (got < want && n > 0) {
		n = pread(fd, tail + got, want - got, *from + (off_t)got);
		if (n > 0)
			got += (size_t)n;
	}
	return n < 0 ? -1 : (ssize_t)got;
}

/* The last whole line of the tail; NULL: none. */
static const char *last_line(const char *tail, size_t len, size_t *line_len)
{
	const char *end = memrchr(tail, '\n', len), *start;

	if (!end)
		return NULL;
	start = memrchr(tail, '\n', (size_t)(end - tail));
	start = start ? start + 1 : tail;
	*line_len = (size_t)(end - start);
	return start;
}

static int find_end(const struct store_dir *dir, struct store_dir_log *log,
                    off_t size, struct err *err)
{
	char *tail = mem_alloc(2 * CHANGE_LINE_MAX);
	off_t from = 0;
	ssize_t len = read_tail(log->fd, size, tail, &from);
	size_t line_len = 0;
	const char *line = len > 0 ? last_line(tail, (size_t)len, &line_len) : NULL;
	const char *why = NULL;
	int rc = 0;

	if (line) {
		log->end = from + (line - tail) + (off_t)line_len + 1;
		why = change_parse(line, line_len, NULL, &log->last);
		change_hash(line, line_len, log->head);
	}
	if (len < 0)
		rc = failed(dir, err);
	else if (why || (!line && from > 0))
		rc = err_set(err, ERR_TEMPORARY, "restore it from a backup",
		             "the end of %s/" STORE_DIR_LOG " is broken", dir->path);
	free(tail);
	return rc;
}

int store_dir_log_open(const struct store_dir *dir, struct store_dir_log *log,
                       struct err *err)
{
	struct stat st;
	int rc;

	memset(log, 0, sizeof *log);
	memcpy(log->head, NO_LINE, sizeof log->head);
	log->fd = store_dir_open_owned(dir, STORE_DIR_LOG, O_RDWR, err);
	if (log->fd < 0)
		return -1;
	rc = fstat(log->fd, &st) ? failed(dir, err)
	                         : find_end(dir, log, st.st_size, err);
	if (rc == 0 && st.st_size != log->end && ftruncate(log->fd, log->end))
		rc = failed(dir, err);
	if (rc)
		store_dir_log_close(log);
	return rc;
}

void store_dir_log_close(struct store_dir_log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	change_clear(&log->last);
	log->fd = -1;
}

/* ---- adding ---------------------------------------------------------------- */

int store_dir_log_add(const struct store_dir *dir, struct store_dir_log *log,
                      struct change *change, const struct signing_secret *secret,
                      struct err *err)
{
	struct buf line = BUF_INIT;
	int rc = 0;

	change->number = log->last.number + 1;
	memcpy(change->previous, log->head, sizeof change->previous);
	change_format(change, secret, &line);
	if (lseek(log->fd, log->end, SEEK_SET) < 0 ||
	    io_write(log->fd, line.data, line.len, STORE_DIR_LOG, DEADLINE_NEVER, err) ||
	    fsync(log->fd)) {
		rc = failed(dir, err);
		store_dir_log_undo(log);
	}
	buf_free(&line);
	return rc;
}

void store_dir_log_undo(struct store_dir_log *log)
{
	if (ftruncate(log->fd, log->end) == 0)
		fsync(log->fd);
}

/* ---- reading ----------------------------------------------------------------- */

static bool is_since(const char *line, size_t len, uint64_t since)
{
	const char *number = since > 1 ? memchr(line, ' ', len) : NULL;

	number = number ? memchr(number + 1, ' ', len - (size_t)(number + 1 - line)) : NULL;
	return !number || strtoull(number + 1, NULL, 10) >= since;
}

/* The whole lines of buf, which is left with what follows the last. */
static int give_lines(struct buf *buf, uint64_t since,
                      int (*each)(void *each_ctx, const char *line, size_t len),
                      void *each_ctx)
{
	const char *at = buf_str(buf), *end = at + buf->len, *lf;
	int rc = 0;

	while (rc == 0 && (lf = memchr(at, '\n', (size_t)(end - at)))) {
		if (is_since(at, (size_t)(lf - at), since))
			rc = each(each_ctx, at, (size_t)(lf - at));
		at = lf + 1;
	}

	size_t left = (size_t)(end - at);

	if (left && at > buf->data)
		memmove(buf->data, at, left);
	buf_cut(buf, left);
	return rc;
}

int store_dir_changes(void *ctx, uint64_t since,
                      int (*each)(void *each_ctx, const char *line, size_t len),
                      void *each_ctx, struct err *err)
{
	const struct store_dir *dir = ctx;
	int fd = openat(dir->fd, STORE_DIR_LOG, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	                                        O_NONBLOCK | O_NOCTTY);
	struct buf buf = BUF_INIT;
	char *piece;
	ssize_t n = 1;
	int rc = 0;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(err, ERR_TEMPORARY, NULL, "cannot read %s/" STORE_DIR_LOG,
		               dir->path);
	piece = mem_alloc(READ_AT_ONCE);
	while (rc == 0 && n > 0) {
		n = read(fd, piece, READ_AT_ONCE);
		if (n > 0)
			buf_add(&buf, piece, (size_t)n);
		if (n > 0)
			rc = give_lines(&buf, since, each, each_ctx);
		if (rc == 0 && buf.len > CHANGE_LINE_MAX)
			rc = err_set(err, ERR_TEMPORARY, "restore it from a backup",
			             "%s/" STORE_DIR_LOG " has a line that is none",
			             dir->path);
	}
	if (n < 0)
		rc = err_sys(err, ERR_TEMPORARY, NULL, "cannot read %s/" STORE_DIR_LOG,
		             dir->path);
	free(piece);
	buf_free(&buf);
	close(fd);
	return rc;
}
