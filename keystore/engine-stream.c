/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * engine-stream - the message's way into gpg, and out of it
 *
 * The pipes are GPGME's, the bytes are ours: GPGME 1.18 formats every buffer
 * for its debug log before it sees that there is none (10 ms of CPU for
 * 5 MB), and would hold plaintext in memory that may be swapped.  So the loop
 * itself moves the bytes, and calls GPGME only for the end of a stream,
 * which it sees as an empty one.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/secret.h"
#include "keystore/engine-private.h"

static bool again(void)
{
	return errno == EINTR || errno == EAGAIN;
}

/* GPGME's turn: the end is all that is left for it, and it closes the pipe. */
static ssize_t read_input(void *ctx, void *buf, size_t size)
{
	struct engine_input *in = ctx;

	(void)buf;
	(void)size;
	if (in->finished)
		return 0;
	errno = EIO;
	return -1;
}

/* The first bytes come this way, and tell which pipe is theirs. */
static ssize_t write_output(void *ctx, const void *buf, size_t size)
{
	struct engine_output *out = ctx;
	struct engine_session *s = out->session;

	s->idle = 0;
	if (s->current)
		s->current->out = out;
	if (sink_write(out->sink, buf, size, &s->stream) == 0)
		return (ssize_t)size;
	errno = EIO;
	return -1;
}

/* A read that fails is an end of file to gpg: only what is left unread in the
 * pipe tells that it sealed a part of the message. */
static void finish_input(struct engine_input *in, struct engine_fd *f)
{
	in->finished = true;
	in->full = false;
	if (in->ended)
		in->rest = io_pipe_rest(f->fd);
	f->call(f->data, f->fd);
}

static int refill(struct engine_input *in)
{
	ssize_t got = source_read(in->source, in->buffer, ENGINE_BUFFER,
	                          &in->session->stream);

	if (got < 0)
		return -1;
	in->at = 0;
	in->end = (size_t)got;
	if (in->end > in->used)
		in->used = in->end;
	in->ended = got == 0;
	return 0;
}

/* The kernel may refuse (pipe-user-pages-soft): then it goes on as it was. */
static void widen_pipes(struct engine_session *s)
{
	if (s->widened)
		return;
	s->widened = true;
	for (size_t i = 0; i < ENGINE_FDS_MAX; i++)
		if (s->fds[i].fd >= 0)
			(void)fcntl(s->fds[i].fd, F_SETPIPE_SZ, ENGINE_PIPE);
}

int engine_input_feed(struct engine_input *in, struct engine_fd *f)
{
	ssize_t n;

	in->session->idle = 0;
	if (!in->buffer)
		in->buffer = secret_alloc(ENGINE_BUFFER);
	if (in->at == in->end && refill(in) < 0)
		return -1;
	if (in->ended) {
		finish_input(in, f);
		return 0;
	}
	n = write(f->fd, in->buffer + in->at, in->end - in->at);
	in->full = n < (ssize_t)(in->end - in->at);
	if (in->full)
		widen_pipes(in->session);
	if (n > 0)
		in->at += (size_t)n;
	else if (n < 0 && errno == EPIPE) /* it says elsewhere why */
		finish_input(in, f);
	else if (n < 0 && !again())
		return err_sys(&in->session->stream, ERR_TEMPORARY, NULL,
		               "writing to gpg");
	return 0;
}

int engine_output_drain(struct engine_output *out, struct engine_fd *f)
{
	struct engine_session *s = out->session;
	ssize_t n;

	s->idle = 0;
	if (!out->buffer)
		out->buffer = secret_alloc(ENGINE_BUFFER);
	n = read(f->fd, out->buffer, ENGINE_BUFFER);
	if (n > 0 && (size_t)n > out->used)
		out->used = (size_t)n;
	if (n > 0)
		return sink_write(out->sink, out->buffer, (size_t)n,
		                  &s->stream);
	if (n == 0)
		f->call(f->data, f->fd);
	else if (!again())
		return err_sys(&s->stream, ERR_TEMPORARY, NULL,
		               "reading from gpg");
	return 0;
}

int engine_streams_open(struct engine_input *in, struct engine_output *out,
                        struct err *err)
{
	/* GPGME keeps the pointers. */
	static struct gpgme_data_cbs reads = { .read = read_input };
	static struct gpgme_data_cbs writes = { .write = write_output };
	gpgme_error_t error;

	in->rest = -1;
	error = gpgme_data_new_from_cbs(&in->data, &reads, in);
	if (!error)
		error = gpgme_data_new_from_cbs(&out->data, &writes, out);
	if (error)
		return err_set(err, ERR_TEMPORARY, NULL, "GPGME: %s",
		               gpgme_strerror(error));
	in->session->in = in;
	return 0;
}

bool engine_input_was_read(const struct engine_input *in)
{
	return in->ended && in->rest >= 0 && io_pipe_left(in->rest) == 0;
}

void engine_streams_close(struct engine_input *in, struct engine_output *out)
{
	if (in->rest >= 0)
		close(in->rest);
	in->session->in = NULL;
	gpgme_data_release(in->data);
	gpgme_data_release(out->data);
	secret_free(in->buffer, ENGINE_BUFFER, in->used);
	secret_free(out->buffer, ENGINE_BUFFER, out->used);
}
