/* SPDX-License-Identifier: GPL-3.0-or-later */
/* io - descriptors, read and written to the end, under a deadline */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/signals.h"

#define SLICE_MS 1000 /* a signal between the look and the poll costs this */
#define PIECE ((size_t)64 * 1024)

int io_wait(struct pollfd *fds, size_t count, struct deadline d,
            struct err *err)
{
	for (;;) {
		if (signals_stop())
			return err_set(err, ERR_TEMPORARY, NULL,
			               "stopped by signal %d", signals_stop());

		int ready = poll(fds, count, deadline_left_ms(d, SLICE_MS));

		if (ready > 0)
			return ready;
		if (ready < 0 && errno != EINTR && errno != EAGAIN)
			return err_sys(err, ERR_TEMPORARY, NULL, "poll");
		if (deadline_passed(d))
			return err_set(err, ERR_TEMPORARY,
			               "raise `deadline`, or see what it waited for",
			               "the deadline has passed");
	}
}

static int wait_for(int fd, short events, const char *name,
                    struct deadline d, struct err *err)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (io_wait(&p, 1, d, err) < 0)
		return err_context(err, "%s", name);
	return 0;
}

static bool again(void)
{
	return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK;
}

ssize_t io_read(int fd, void *buf, size_t size, const char *name,
                struct deadline d, struct err *err)
{
	for (;;) {
		if (wait_for(fd, POLLIN, name, d, err))
			return -1;

		ssize_t n = read(fd, buf, size);

		if (n >= 0)
			return n;
		if (!again())
			return err_sys(err, ERR_TEMPORARY, NULL, "cannot read %s",
			               name);
	}
}

int io_write(int fd, const void *data, size_t len, const char *name,
             struct deadline d, struct err *err)
{
	const char *p = data;

	while (len > 0) {
		if (wait_for(fd, POLLOUT, name, d, err))
			return -1;

		/* A blocking pipe that has room for PIPE_BUF says so, then
		 * blocks in a larger write: signals still end it. */
		ssize_t n = write(fd, p, len < PIECE ? len : PIECE);

		if (n < 0 && !again())
			return err_sys(err, ERR_TEMPORARY, NULL,
			               "cannot write %s", name);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

void io_drain(int fd, struct deadline d)
{
	char *piece = malloc(PIECE);
	struct err err;

	while (piece && io_read(fd, piece, PIECE, "", d, &err) > 0)
		;
	if (piece)
		explicit_bzero(piece, PIECE);
	free(piece);
}

int io_pipe_rest(int fd)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

int io_pipe_left(int rest)
{
	int left = 0;

	return rest >= 0 && ioctl(rest, FIONREAD, &left) == 0 ? left : 0;
}

/* ---- whole files ---------------------------------------------------- */

static char *read_all(int fd, const char *path, size_t max, size_t *len,
                      struct err *err)
{
	size_t size = 0, cap = 4096;
	char *data = mem_alloc(cap);
	ssize_t n;

	for (;;) {
		if (size + 1 == cap)
			data = mem_grow(data, cap *= 2, 1);
		n = read(fd, data + size, cap - 1 - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0)
			size += (size_t)n;
		if (n <= 0 || size > max)
			break;
	}
	if (n < 0 || size > max) {
		if (n >= 0)
			errno = EFBIG;
		err_sys(err, ERR_TEMPORARY, NULL, "cannot read %s", path);
		free(data);
		return NULL;
	}
	data[size] = '\0';
	*len = size;
	return data;
}

char *io_read_file(int dirfd, const char *path, size_t max, size_t *len,
                   struct err *err)
{
	/* O_NONBLOCK: a FIFO in a file's place must not hold a delivery. */
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0) {
		err_sys(err, ERR_TEMPORARY, NULL, "cannot open %s", path);
		return NULL;
	}

	char *data = read_all(fd, path, max, len, err);
	int saved = errno;

	close(fd);
	errno = saved;
	return data;
}

/* ---- streams --------------------------------------------------------- */

static int stream_write(void *ctx, const void *data, size_t len,
                        struct err *err)
{
	const struct io_stream *s = ctx;

	return io_write(s->fd, data, len, s->name, s->deadline, err);
}

static ssize_t stream_read(void *ctx, void *buf, size_t size,
                           struct err *err)
{
	const struct io_stream *s = ctx;

	return io_read(s->fd, buf, size, s->name, s->deadline, err);
}

struct sink io_sink(struct io_stream *s)
{
	return (struct sink){ stream_write, s };
}

struct source io_source(struct io_stream *s)
{
	return (struct source){ stream_read, s };
}

/* ---- what the caller left us with -------------------------------------- */

unsigned io_secure_stdio(void)
{
	unsigned closed = 0;

	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		closed |= 1u << fd;
		/* open(2) takes the lowest free number, and those below are taken. */
		if (open("/dev/null", O_RDWR) != fd)
			_exit(75);
	}
	return closed;
}

static void close_listed(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;

	if (!dir)
		return;
	while ((e = readdir(dir))) {
		int fd = atoi(e->d_name);

		if (fd > 2 && fd != dirfd(dir))
			close(fd);
	}
	closedir(dir);
}

void io_close_leaked(void)
{
#ifdef HAVE_CLOSE_RANGE
	if (close_range(3, ~0u, 0) == 0)
		return;
#endif
	close_listed();
}
