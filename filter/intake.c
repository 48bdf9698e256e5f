/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake - one message, read once, to its end */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "filter/intake.h"
#include "mime/message.h"

static const char input[] = "the message on standard input";

struct reader {
	struct intake *intake;
	struct sha256 hash;
	uint64_t hashed;     /* bytes of the original */
	uint64_t max_size;   /* 0: none */
	bool head_decided;   /* it is known whether there is a From line */
	bool too_large;
};

/* A From line goes apart as soon as its end has come; INTAKE_FROM_LINE_MAX
 * bytes without an end, or the end of the message, are no From line. */
static int decide_head(struct reader *r, bool ended, struct err *err)
{
	struct intake *in = r->intake;
	const char *data, *lf;
	size_t len;

	if (spool_peek(in->spool, 0, &data, &len, err))
		return -1;
	if (len > INTAKE_FROM_LINE_MAX)
		len = INTAKE_FROM_LINE_MAX;
	lf = memchr(data, '\n', len);
	r->head_decided = lf || ended || len == INTAKE_FROM_LINE_MAX;
	if (!lf || !message_is_from_line(data, (size_t)(lf - data) + 1))
		return 0;
	in->from_line = mem_strndup(data, (size_t)(lf - data) + 1);
	spool_skip(in->spool, strlen(in->from_line));
	return 0;
}

/* Hashes what has come since the last time. */
static int hash_new(struct reader *r, struct err *err)
{
	while (r->hashed < spool_size(r->intake->spool)) {
		const char *data;
		size_t len;

		if (spool_peek(r->intake->spool, r->hashed, &data, &len, err))
			return -1;
		sha256_add(&r->hash, data, len);
		r->hashed += len;
	}
	return 0;
}

static int take_new(struct reader *r, bool ended, struct err *err)
{
	if (!r->head_decided && decide_head(r, ended, err))
		return -1;
	if (!r->head_decided)
		return 0;
	if (r->max_size && spool_size(r->intake->spool) > r->max_size)
		r->too_large = true;
	return hash_new(r, err);
}

static int read_all(struct reader *r, int fd, struct deadline deadline,
                    struct err *err)
{
	char *room;
	size_t size;
	ssize_t n;

	do {
		if (spool_room(r->intake->spool, &room, &size, err))
			return -1;
		n = io_read(fd, room, size, input, deadline, err);
		if (n < 0 || spool_filled(r->intake->spool, (size_t)n, err) ||
		    take_new(r, n == 0, err))
			return -1;
	} while (n > 0 && !r->too_large);
	if (r->too_large)
		io_drain(fd, deadline);
	return 0;
}

static int check_size(const struct reader *r, struct err *err)
{
	if (!r->too_large)
		return 0;
	return err_set(err, ERR_POLICY, NULL,
	               "the message is larger than max-message-size");
}

int intake_read(int fd, const char *spool_dir, uint64_t max_size,
                struct deadline deadline, struct intake *intake,
                struct err *err)
{
	struct reader r = {
		.intake = intake,
		.max_size = max_size,
	};

	memset(intake, 0, sizeof *intake);
	intake->spool = spool_new(spool_dir, SPOOL_MEMORY_LIMIT);
	sha256_start(&r.hash);

	int rc = read_all(&r, fd, deadline, err);

	sha256_hex(&r.hash, intake->original.sha256);
	if (!rc)
		rc = check_size(&r, err);
	if (rc)
		intake_free(intake);
	return rc;
}

static int open_file(const char *file, struct err *err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		fd = -1;
		errno = EISDIR;
	}
	if (fd < 0)
		err_sys(err, ERR_NO_INPUT, NULL, "cannot open %s", file);
	return fd;
}

int intake_read_file(const char *file, const char *spool_dir,
                     struct intake *intake, struct err *err)
{
	const bool standard = strcmp(file, "-") == 0;
	int fd = standard ? STDIN_FILENO : open_file(file, err);

	if (fd < 0)
		return -1;

	int rc = intake_read(fd, spool_dir, 0, DEADLINE_NEVER, intake, err);

	if (!standard)
		close(fd);
	return rc;
}

void intake_free(struct intake *intake)
{
	free(intake->from_line);
	intake->from_line = NULL;
	spool_free(&intake->spool);
}
