/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * io - descriptors, read and written to the end, under a deadline
 *
 * Every function survives EINTR and short counts.  A wait ends at the
 * deadline, or within a second of a termination signal (base/signals.h),
 * with ERR_TEMPORARY.
 */
#ifndef MAILSEAL_BASE_IO_H
#define MAILSEAL_BASE_IO_H

#include <poll.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/stream.h"

/* poll(2) until something is ready (its count), or -1 with *err. */
int io_wait(struct pollfd *fds, size_t count, struct deadline d,
            struct err *err);

/* Up to size bytes; 0 at the end of file, -1 with *err. `name` is for errors. */
ssize_t io_read(int fd, void *buf, size_t size, const char *name,
                struct deadline d, struct err *err);

/* All len bytes, or -1 with *err. */
int io_write(int fd, const void *data, size_t len, const char *name,
             struct deadline d, struct err *err);

/* Reads and drops what is left, to the end or the deadline: a caller that
 * gets EPIPE while it writes may take exit 0 for success (Postfix). */
void io_drain(int fd, struct deadline d);

/*
 * What a pipe's reader left in it: io_pipe_rest opens the read end of the
 * pipe whose write end is fd, to be closed by the caller (-1: no /proc, no
 * descriptor); io_pipe_left says how many bytes are still there, 0 when it can't.
 */
int io_pipe_rest(int fd);
int io_pipe_left(int rest);

/* The whole of a small file (a configuration, an entry) in the folder dirfd
 * (or AT_FDCWD): at most max bytes, NUL-terminated, *len without the NUL; the
 * caller frees. NULL with *err (ERR_TEMPORARY) and errno on failure; EFBIG
 * when it is larger. */
char *io_read_file(int dirfd, const char *path, size_t max, size_t *len,
                   struct err *err);

/* A descriptor as a sink or a source; ctx must outlive it. */
struct io_stream {
	int fd;
	const char *name; /* for errors; borrowed */
	struct deadline deadline;
};
struct sink io_sink(struct io_stream *s);
struct source io_source(struct io_stream *s);

/* Descriptors 0, 1 and 2 are made to exist (on /dev/null); the return value
 * has bit N set when descriptor N was closed. */
unsigned io_secure_stdio(void);

/* Closes every descriptor from 3 on: what a caller leaked. */
void io_close_leaked(void);

#endif
