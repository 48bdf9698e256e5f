/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard - our death is not the end of a message */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/guard.h"

static void close_from(int first)
{
#ifdef HAVE_CLOSE_RANGE
	if (close_range((unsigned)first, ~0u, 0) == 0)
		return;
#endif
	for (int fd = first; fd < 1024; fd++)
		close(fd);
}

static ssize_t read_leash(void *data, size_t size)
{
	ssize_t n;

	do
		n = read(STDIN_FILENO, data, size);
	while (n < 0 && errno == EINTR);
	return n;
}

/* In a group of its own: what kills ours spares it. */
static _Noreturn void stand_guard(int leash, int writing_end)
{
	pid_t group;
	char word;

	setpgid(0, 0);
	if (dup2(leash, STDIN_FILENO) < 0 || dup2(writing_end, STDOUT_FILENO) < 0)
		_exit(1);
	close_from(STDERR_FILENO);
	if (read_leash(&group, sizeof group) == sizeof group &&
	    read_leash(&word, 1) == 0)
		kill(-group, SIGKILL);
	_exit(0);
}

int guard_start(struct guard *g, int writing_end, struct err *err)
{
	int leash[2];

	if (pipe2(leash, O_CLOEXEC) < 0)
		return err_sys(err, ERR_TEMPORARY, NULL, "cannot guard the command");
	g->pid = fork();
	if (g->pid == 0)
		stand_guard(leash[0], writing_end);
	close(leash[0]);
	g->leash = leash[1];
	if (g->pid > 0)
		return 0;
	err_sys(err, ERR_TEMPORARY, NULL, "cannot guard the command");
	close(g->leash);
	g->pid = 0;
	return -1;
}

void guard_tell(const struct guard *g, pid_t group)
{
	ssize_t unused = write(g->leash, &group, sizeof group);

	(void)unused;
}

void guard_release(struct guard *g)
{
	ssize_t unused;

	if (g->pid == 0)
		return;
	unused = write(g->leash, "", 1);
	(void)unused;
	close(g->leash);
	while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
		;
	g->pid = 0;
}
