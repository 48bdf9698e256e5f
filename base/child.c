/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child - a program we start, feed, watch and always reap */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/guard.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/signals.h"

#define DEFAULT_PATH "/usr/bin:/bin"
#define LOOK_MS 50 /* how often to look at a child where pidfds are unknown */
#define STATUS_FD 3 /* in the child, until exec closes it */
#define STATUS_UNKNOWN SIGKILL /* as if KILL had ended it */

struct child {
	pid_t pid;
	int pidfd; /* -1: unknown to this kernel (before Linux 5.3) */
	int in;    /* its stdin, our end; -1 once closed */
	int rest;  /* its stdin read from here, only to ask what it left; or -1 */
	bool deaf; /* it took less than it was fed */
	bool reaped;
	int status; /* as of waitpid, once reaped */
	struct deadline deadline;
	struct guard guard; /* until stdin is closed */
};

/* What parent and child hold around fork. */
struct pipes {
	int in[2];
	int status[2]; /* closed by a successful exec, else brings its errno */
	int null;
	struct guard guard;
};

/* ---- which program ---------------------------------------------------- */

static const char *path_of(char *const envp[])
{
	for (; *envp; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return DEFAULT_PATH;
}

static bool is_program(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 && S_ISREG(st.st_mode) &&
	       faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0;
}

/*
 * As execvp(3) would, but for two things: a file that the kernel can't run
 * is not handed to sh, and the folder we happen to stand in is not searched.
 */
static char *find_program(const char *name, char *const envp[],
                          struct err *err)
{
	if (strchr(name, '/'))
		return mem_strdup(name);

	const char *path = path_of(envp);

	while (*name && *path) {
		size_t len = strcspn(path, ":");

		if (*path == '/') {
			char *file = mem_printf("%.*s/%s", (int)len, path, name);

			if (is_program(file))
				return file;
			free(file);
		}
		path += len + (path[len] == ':');
	}
	err_set(err, ERR_TEMPORARY, "install it, or give its absolute path",
	        "no program `%s` in PATH", name);
	return NULL;
}

/* ---- start ------------------------------------------------------------ */

static void close_pipes(struct pipes *p)
{
	const int fds[] = { p->in[0], p->in[1], p->status[0], p->status[1],
	                    p->null };

	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int open_pipes(struct pipes *p, struct err *err)
{
	*p = (struct pipes){ { -1, -1 }, { -1, -1 }, -1, { 0, -1 } };
	p->null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (p->null >= 0 && pipe2(p->in, O_CLOEXEC) == 0 &&
	    pipe2(p->status, O_CLOEXEC) == 0 &&
	    fcntl(p->in[1], F_SETFL, O_NONBLOCK) == 0)
		return 0;
	err_sys(err, ERR_TEMPORARY, NULL, "cannot open a pipe to the command");
	close_pipes(p);
	return -1;
}

static void close_above_status(void)
{
#ifdef HAVE_CLOSE_RANGE
	if (close_range(STATUS_FD + 1, ~0u, 0) == 0)
		return;
#endif
	/* What is ours goes at exec; this is for what a library opened. */
	for (int fd = STATUS_FD + 1; fd < 1024; fd++)
		close(fd);
}

/* In the child: only what is safe between fork and exec. */
static _Noreturn void become(const char *program, char *const argv[],
                             char *const envp[], const struct pipes *p,
                             pid_t parent)
{
	int fd = p->status[1];

	setpgid(0, 0);
	guard_tell(&p->guard, getpid());
	signals_reset_for_exec();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent && dup2(p->in[0], STDIN_FILENO) >= 0 &&
	    dup2(p->null, STDOUT_FILENO) >= 0 &&
	    dup2(p->null, STDERR_FILENO) >= 0 &&
	    (fd == STATUS_FD || (fd = dup3(fd, STATUS_FD, O_CLOEXEC)) >= 0)) {
		close_above_status();
		execve(program, argv, envp);
	}

	int cause = errno;
	ssize_t unused = write(fd >= 0 ? fd : p->status[1], &cause, sizeof cause);

	(void)unused;
	_exit(127);
}

static struct child *adopt(pid_t pid, struct pipes *p, struct deadline d)
{
	struct child *c = mem_alloc(sizeof *c);

	c->pid = pid;
	c->pidfd = -1;
#ifdef SYS_pidfd_open
	c->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
#endif
	c->in = p->in[1];
	p->in[1] = -1;
	c->guard = p->guard;
	c->rest = -1;
	c->deadline = d;
	return c;
}

/* exec closes the pipe; a failed one sends its errno. */
static int await_exec(int status, const char *name, struct deadline d,
                      struct err *err)
{
	int cause = 0;
	ssize_t n = io_read(status, &cause, sizeof cause, name, d, err);

	if (n <= 0)
		return (int)n;
	errno = n == sizeof cause ? cause : EIO;
	return err_sys(err, ERR_TEMPORARY, "check the command and its rights",
	               "cannot start %s", name);
}

static struct child *start(const char *program, char *const argv[],
                           char *const envp[], struct pipes *p,
                           struct deadline d, struct err *err)
{
	pid_t self = getpid();
	pid_t pid;

	if (guard_start(&p->guard, p->in[1], err))
		return NULL;
	pid = fork();
	if (pid == 0)
		become(program, argv, envp, p, self);
	if (pid < 0) {
		err_sys(err, ERR_TEMPORARY, NULL, "cannot start %s", argv[0]);
		guard_release(&p->guard);
		return NULL;
	}

	/* Here too, so that the group exists whoever runs first. */
	setpgid(pid, pid);
	close(p->status[1]);
	p->status[1] = -1;

	struct child *c = adopt(pid, p, d);

	if (await_exec(p->status[0], argv[0], d, err))
		child_free(&c);
	return c;
}

struct child *child_start(char *const argv[], char *const envp[],
                          struct deadline d, struct err *err)
{
	struct pipes p;
	struct child *c = NULL;
	char *program = find_program(argv[0] ? argv[0] : "", envp, err);

	if (program && open_pipes(&p, err) == 0) {
		c = start(program, argv, envp, &p, d, err);
		close_pipes(&p);
	}
	free(program);
	return c;
}

/* ---- watch ------------------------------------------------------------ */

/* Whether it ended; it stays a zombie, so that its group's id stays taken. */
static bool has_ended(const struct child *c)
{
	siginfo_t info = { 0 };

	while (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT)) {
		if (errno != EINTR)
			return true; /* not our child any more */
	}
	return info.si_pid != 0;
}

enum watch { WATCH_FAILED = -1, WATCH_WRITABLE, WATCH_ENDED };

/* Until it ended or, while it is fed, takes more. */
static enum watch watch(const struct child *c, struct err *err)
{
	for (;;) {
		struct pollfd fds[] = { { .fd = c->pidfd, .events = POLLIN },
			                { .fd = c->deaf ? -1 : c->in,
			                  .events = POLLOUT } };
		struct deadline slice = c->deadline;

		if (has_ended(c))
			return WATCH_ENDED;
		if (c->pidfd < 0)
			slice = deadline_earlier(slice, deadline_in(LOOK_MS));
		if (io_wait(fds, 2, slice, err) > 0) {
			if (fds[1].revents)
				return WATCH_WRITABLE;
		} else if (signals_stop() || deadline_passed(c->deadline) ||
		           c->pidfd >= 0) {
			return WATCH_FAILED;
		}
	}
}

int child_write(struct child *c, const void *data, size_t len,
                struct err *err)
{
	const char *p = data;

	while (len > 0 && !c->deaf) {
		enum watch seen = watch(c, err);

		if (seen == WATCH_FAILED)
			return -1;

		ssize_t n = seen == WATCH_ENDED ? -1 : write(c->in, p, len);

		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (seen == WATCH_ENDED || errno == EPIPE) {
			c->deaf = true;
		} else if (errno != EAGAIN && errno != EINTR) {
			return err_sys(err, ERR_TEMPORARY, NULL,
			               "cannot write to the command");
		}
	}
	return c->deaf;
}

/* ---- end -------------------------------------------------------------- */

/* Not io_wait, which does not wait once we were told to stop. */
static bool ends_within_grace(const struct child *c)
{
	struct deadline grace = deadline_in(CHILD_GRACE_MS);

	while (!has_ended(c)) {
		struct pollfd p = { .fd = c->pidfd, .events = POLLIN };
		int slice = c->pidfd < 0 ? LOOK_MS : CHILD_GRACE_MS;

		if (deadline_passed(grace))
			return false;
		poll(&p, 1, deadline_left_ms(grace, slice));
	}
	return true;
}

/* All of the group; the leader is not reaped before, so its id is ours. */
static void end_group(struct child *c)
{
	kill(-c->pid, SIGTERM);
	ends_within_grace(c);
	kill(-c->pid, SIGKILL);
	ends_within_grace(c);
}

static bool try_reap(struct child *c)
{
	int rc;

	do
		rc = waitpid(c->pid, &c->status, WNOHANG);
	while (rc < 0 && errno == EINTR);
	return rc == c->pid;
}

/* It ended, as far as we could see; where we could not, it does now. */
static void reap(struct child *c)
{
	c->reaped = try_reap(c);
	if (c->reaped)
		return;
	end_group(c);
	if (!try_reap(c))
		c->status = STATUS_UNKNOWN;
	c->reaped = true;
}

/*
 * A pipe does not say what was left in it.  So the reading end is opened
 * again, when nothing more is to be written, and asked after the child's
 * end.  Without /proc only what EPIPE told is known.
 */
static void close_stdin(struct child *c)
{
	c->rest = io_pipe_rest(c->in);
	close(c->in);
	c->in = -1;
	guard_release(&c->guard);
}

static bool read_all(const struct child *c)
{
	return !c->deaf && io_pipe_left(c->rest) == 0;
}

int child_finish(struct child *c, struct err *err)
{
	/* It must not take the half it got for a whole, should it still read. */
	if (!c->deaf)
		close_stdin(c);

	/* A 0 that answers our TERM is no promise. */
	bool late = watch(c, err) == WATCH_FAILED && !has_ended(c);

	if (late)
		end_group(c);
	reap(c);
	if (!late && c->status == 0 && !read_all(c))
		return err_set(err, ERR_TEMPORARY,
		               "it must read its stdin to the end",
		               "it ended with 0, but left a part of the message unread");
	return late ? -1 : c->status;
}

void child_free(struct child **child)
{
	struct child *c = *child;

	if (!c)
		return;
	if (!c->reaped) {
		end_group(c);
		reap(c);
	}
	guard_release(&c->guard);
	if (c->in >= 0)
		close(c->in);
	if (c->rest >= 0)
		close(c->rest);
	if (c->pidfd >= 0)
		close(c->pidfd);
	free(c);
	*child = NULL;
}
