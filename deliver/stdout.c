/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stdout - the message goes to the program that called us as a filter
 *
 * That program (procmail, maildrop, Sieve, fdm) stores what it reads, often
 * whatever the exit code, so nothing is written before all of it is there.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "deliver/backend.h"

/* The descriptor is the caller's, its mode too: a pipe most often, and a
 * blocking one.  poll(2) promises room for this much in a pipe; a larger
 * write could block beyond the deadline. */
#define PIECE ((size_t)PIPE_BUF)

struct out {
	int fd;
	struct deadline deadline;
	bool file;       /* a regular one: */
	off_t start;     /* where our message begins in it */
	bool committed;
};

static int out_begin(void *ctx, uint64_t size, struct err *err)
{
	struct out *out = ctx;
	struct stat st;

	(void)size;
	if (fstat(out->fd, &st))
		return err_sys(err, ERR_TEMPORARY, NULL, "cannot look at the output");
	out->file = S_ISREG(st.st_mode);
	out->start = fcntl(out->fd, F_GETFL) & O_APPEND ? st.st_size
	             : lseek(out->fd, 0, SEEK_CUR);
	return 0;
}

static int out_write(void *ctx, const void *data, size_t len, struct err *err)
{
	const struct out *out = ctx;
	const char *p = data;

	while (len > 0) {
		size_t n = len < PIECE ? len : PIECE;

		if (io_write(out->fd, p, n, "the output", out->deadline, err))
			return -1;
		p += n;
		len -= n;
	}
	return 0;
}

/* A pipe has the bytes now, and can say no more.  A file may still have
 * nowhere to put them: a full disk, a quota, NFS. */
static int out_commit(void *ctx, struct err *err)
{
	struct out *out = ctx;

	if (out->file && fsync(out->fd) && errno != EINVAL)
		return err_sys(err, ERR_TEMPORARY, "check the disk it goes to",
		               "cannot sync the output");
	out->committed = true;
	return 0;
}

/* Of a message that failed no half stays in a file. */
static void out_free(void *ctx)
{
	struct out *out = ctx;

	if (out->file && !out->committed && out->start >= 0 &&
	    ftruncate(out->fd, out->start) == 0)
		(void)lseek(out->fd, out->start, SEEK_SET);
	free(out);
}

static const struct delivery_ops out_ops = {
	.wants_whole = true,
	.wants_from_line = true,
	.begin = out_begin,
	.write = out_write,
	.commit = out_commit,
	.free = out_free,
};

struct delivery *delivery_stdout_new(int fd, struct deadline deadline)
{
	struct out *out = mem_alloc(sizeof *out);

	out->fd = fd;
	out->deadline = deadline;
	return delivery_new(&out_ops, out);
}
