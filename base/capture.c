/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture - a program of our own is run, and what it prints is taken */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/capture.h"
#include "base/io.h"
#include "base/signals.h"

#define PIECE 16384
#define LOOK_MS 2 /* how often to look whether it ended */

/* Reading ends; -1 once closed. */
struct pipes {
	int out[2], word[2];
};

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_pipes(struct pipes *p)
{
	close_one(&p->out[0]);
	close_one(&p->out[1]);
	close_one(&p->word[0]);
	close_one(&p->word[1]);
}

/* ---- start ------------------------------------------------------------------ */

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all, none;
	int rc;

	sigfillset(&all);
	sigemptyset(&none);
	rc = posix_spawnattr_setsigdefault(attributes, &all);
	if (!rc)
		rc = posix_spawnattr_setsigmask(attributes, &none);
	if (!rc)
		rc = posix_spawnattr_setpgroup(attributes, 0);
	if (!rc)
		rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP |
			POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	return rc;
}

static int set_actions(posix_spawn_file_actions_t *actions, const struct pipes *p)
{
	int rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null",
	                                          O_RDONLY, 0);

	if (!rc)
		rc = posix_spawn_file_actions_adddup2(actions, p->out[1], STDOUT_FILENO);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(actions, p->word[1], STDERR_FILENO);
	return rc;
}

/* All other descriptors of ours are closed by exec. 0, or an errno. */
static int spawn(char *const argv[], const struct pipes *p, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc)
		return rc;
	rc = posix_spawnattr_init(&attributes);
	if (!rc) {
		rc = set_attributes(&attributes);
		if (!rc)
			rc = set_actions(&actions, p);
		if (!rc)
			rc = posix_spawn(pid, argv[0], &actions, &attributes, argv, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* ---- read ------------------------------------------------------------------- */

/* A piece of what is there; its end closes the descriptor. */
static int take(int *fd, struct buf *into, struct deadline deadline, struct err *err)
{
	char piece[PIECE];
	ssize_t n = io_read(*fd, piece, sizeof piece, "a program of mailseal's", deadline,
	                    err);

	if (n < 0)
		return -1;
	if (n == 0)
		close_one(fd);
	buf_add(into, piece, (size_t)n);
	return 0;
}

static int read_both(struct pipes *p, size_t max, struct deadline deadline,
                     struct captured *out, struct err *err)
{
	while (p->out[0] >= 0 || p->word[0] >= 0) {
		struct pollfd fds[] = { { .fd = p->out[0], .events = POLLIN },
		                        { .fd = p->word[0], .events = POLLIN } };

		if (io_wait(fds, 2, deadline, err) < 0)
			return -1;
		if (fds[0].revents && take(&p->out[0], &out->out, deadline, err))
			return -1;
		if (fds[1].revents && take(&p->word[0], &out->word, deadline, err))
			return -1;
		if (out->out.len > max)
			return err_set(err, ERR_TEMPORARY, NULL, "more than %zu bytes came", max);
		if (out->word.len > CAPTURE_WORD_MAX)
			buf_cut(&out->word, CAPTURE_WORD_MAX);
	}
	return 0;
}

static bool try_reap(pid_t pid, int flags, struct captured *out)
{
	pid_t got;

	do
		got = waitpid(pid, &out->status, flags);
	while (got < 0 && errno == EINTR);
	return got == pid;
}

/* It has closed both pipes, so it is about to end; what does not is killed. */
static int reap(pid_t pid, struct deadline deadline, struct captured *out,
                struct err *err)
{
	while (!try_reap(pid, WNOHANG, out)) {
		if (signals_stop() || deadline_passed(deadline))
			return err_set(err, ERR_TEMPORARY, NULL,
			               "a program of mailseal's does not end");
		poll(NULL, 0, LOOK_MS);
	}
	return 0;
}

/* The group with all that it started; its leader is a zombie at least, so the id is its own. */
static void end_group(pid_t pid, struct captured *out)
{
	kill(-pid, SIGKILL);
	try_reap(pid, 0, out);
}

int capture_run(char *const argv[], size_t max, struct deadline deadline,
                struct captured *out, struct err *err)
{
	struct pipes p = { { -1, -1 }, { -1, -1 } };
	pid_t pid = 0;
	int rc;

	if (pipe2(p.out, O_CLOEXEC) || pipe2(p.word, O_CLOEXEC)) {
		err_sys(err, ERR_TEMPORARY, NULL, "cannot open a pipe");
		close_pipes(&p);
		return -1;
	}
	rc = spawn(argv, &p, &pid);
	if (rc) {
		close_pipes(&p);
		errno = rc;
		return err_sys(err, ERR_TEMPORARY, "install mailseal again", "cannot start %s",
		               argv[0]);
	}
	close_one(&p.out[1]);
	close_one(&p.word[1]);
	rc = read_both(&p, max, deadline, out, err);
	close_pipes(&p);
	if (!rc)
		rc = reap(pid, deadline, out, err);
	if (rc)
		end_group(pid, out);
	while (out->word.len && out->word.data[out->word.len - 1] == '\n')
		buf_cut(&out->word, out->word.len - 1);
	return rc;
}

void captured_clear(struct captured *captured)
{
	buf_free(&captured->out);
	buf_free(&captured->word);
	captured->status = 0;
}
