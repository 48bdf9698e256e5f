/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * adopted - processes that a library started behind our back
 *
 * Children are found in /proc (N/stat, field 4): not every kernel has
 * /proc/PID/task/TID/children.  The search runs in a signal handler, while
 * the library may hold any lock, so it uses system calls alone: no opendir,
 * no stdio, no malloc.  In the good case all of them have ended by
 * themselves: waitpid(2) says so and nothing is searched.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/adopted.h"
#include "base/signals.h"

#define FIRST_LOOK_MS 500 /* a termination signal is seen this late */
#define AGAIN_MS 200
#define GIVE_UP_MS 5000   /* what SIGKILL does not end is in the kernel */
#define STRANGERS_MAX 64

/* What the signal handler must know, and what adopted_end puts back. */
static struct watch {
	bool active;
	struct deadline deadline;
	pid_t self;
	int proc;  /* /proc, opened beforehand */
	int spare; /* closed before a search, which needs a descriptor */
	pid_t strangers[STRANGERS_MAX]; /* children of before the watch */
	size_t stranger_count;
	timer_t timer;
	struct sigaction old_action;
	sigset_t old_mask;
	int old_subreaper;
	int bad_status; /* of the last that did not end with 0 */
} watch;

struct kernel_dirent { /* getdents64(2) */
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

/* The number that a name in /proc is, or 0. */
static pid_t pid_of(const char *name)
{
	pid_t pid = 0;

	for (; *name >= '0' && *name <= '9'; name++)
		pid = pid * 10 + (*name - '0');
	return *name ? 0 : pid;
}

/* Field 4 of /proc/PID/stat; the name in field 2 may hold anything. */
static pid_t parent_in(const char *stat)
{
	const char *p = strrchr(stat, ')');
	pid_t parent = 0;

	if (!p || strnlen(p, 5) < 5)
		return 0;
	for (p += 4; *p >= '0' && *p <= '9'; p++) /* ") S " */
		parent = parent * 10 + (*p - '0');
	return parent;
}

static pid_t parent_of(const char *name)
{
	char path[32], stat[256];
	size_t len = strnlen(name, sizeof path - sizeof "/stat");
	int fd;
	ssize_t got;

	memcpy(path, name, len);
	memcpy(path + len, "/stat", sizeof "/stat");
	fd = openat(watch.proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	got = read(fd, stat, sizeof stat - 1);
	close(fd);
	if (got <= 0)
		return 0;
	stat[got] = '\0';
	return parent_in(stat);
}

static bool is_stranger(pid_t pid)
{
	for (size_t i = 0; i < watch.stranger_count; i++)
		if (watch.strangers[i] == pid)
			return true;
	return false;
}

/* Calls visit for each child of ours that is no stranger; their count. */
static size_t each_child(void (*visit)(pid_t pid))
{
	_Alignas(struct kernel_dirent) char names[2048];
	size_t count = 0;
	long got;

	if (watch.spare >= 0)
		close(watch.spare);
	watch.spare = -1;
	lseek(watch.proc, 0, SEEK_SET);
	while ((got = syscall(SYS_getdents64, watch.proc, names,
	                      sizeof names)) > 0) {
		for (long at = 0; at < got;) {
			struct kernel_dirent *e = (void *)(names + at);
			pid_t pid = pid_of(e->name);

			at += e->reclen;
			if (pid <= 0 || parent_of(e->name) != watch.self ||
			    is_stranger(pid))
				continue;
			count++;
			visit(pid);
		}
	}
	return count;
}

static void visit_kill(pid_t pid)
{
	kill(pid, SIGKILL);
}

static void visit_remember(pid_t pid)
{
	if (watch.stranger_count < STRANGERS_MAX)
		watch.strangers[watch.stranger_count++] = pid;
}

static void visit_reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) == pid && status != 0)
		watch.bad_status = status;
}

static void on_alarm(int sig)
{
	int saved = errno;

	(void)sig;
	if (signals_stop() || deadline_passed(watch.deadline))
		each_child(visit_kill);
	errno = saved;
}

/* each_child outside the handler, which shares the position in /proc. */
static size_t search(void (*visit)(pid_t pid))
{
	sigset_t alarm_only, mask;
	size_t count;

	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	sigprocmask(SIG_BLOCK, &alarm_only, &mask);
	count = each_child(visit);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return count;
}

static struct timespec to_timespec(int ms)
{
	return (struct timespec){ .tv_sec = ms / 1000,
	                          .tv_nsec = ms % 1000 * 1000000L };
}

static int arm(struct deadline d)
{
	int first = deadline_left_ms(d, FIRST_LOOK_MS);
	struct itimerspec when = {
		.it_value = to_timespec(first > 0 ? first : 1),
		.it_interval = to_timespec(AGAIN_MS),
	};

	watch.deadline = d;
	return timer_settime(watch.timer, 0, &when, NULL);
}

static int catch_alarm(void)
{
	struct sigaction act;
	sigset_t alarm_only;

	memset(&act, 0, sizeof act);
	act.sa_handler = on_alarm; /* no SA_RESTART: waitpid must return */
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	if (sigaction(SIGALRM, &act, &watch.old_action) < 0)
		return -1;
	if (sigprocmask(SIG_UNBLOCK, &alarm_only, &watch.old_mask) == 0)
		return 0;
	sigaction(SIGALRM, &watch.old_action, NULL);
	return -1;
}

static void release_alarm(void)
{
	sigprocmask(SIG_SETMASK, &watch.old_mask, NULL);
	sigaction(SIGALRM, &watch.old_action, NULL);
}

static int start_timer(struct deadline d)
{
	struct sigevent event;

	memset(&event, 0, sizeof event);
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = SIGALRM;
	if (timer_create(CLOCK_MONOTONIC, &event, &watch.timer) < 0)
		return -1;
	if (arm(d) == 0)
		return 0;
	timer_delete(watch.timer);
	return -1;
}

static int watch_alarm(struct deadline d)
{
	if (catch_alarm() < 0)
		return -1;
	if (start_timer(d) == 0)
		return 0;
	release_alarm();
	return -1;
}

static void close_proc(void)
{
	close(watch.proc);
	if (watch.spare >= 0)
		close(watch.spare);
}

static int open_proc(void)
{
	watch.proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (watch.proc < 0)
		return -1;
	watch.spare = fcntl(watch.proc, F_DUPFD_CLOEXEC, 0);
	if (watch.spare >= 0)
		return 0;
	close(watch.proc);
	return -1;
}

/* Whoever is our child already is none that the library starts. */
static void note_strangers(void)
{
	siginfo_t info;

	watch.stranger_count = 0;
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		each_child(visit_remember);
}

int adopted_watch(struct deadline d, struct err *err)
{
	watch.self = getpid();
	if (open_proc() < 0)
		return err_sys(err, ERR_TEMPORARY, "mount /proc", "/proc");
	note_strangers();
	watch.old_subreaper = 0;
	prctl(PR_GET_CHILD_SUBREAPER, &watch.old_subreaper);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == 0) {
		if (watch_alarm(d) == 0) {
			watch.active = true;
			return 0;
		}
		prctl(PR_SET_CHILD_SUBREAPER, watch.old_subreaper);
	}
	err_sys(err, ERR_TEMPORARY, NULL, "watching gpg");
	close_proc();
	return -1;
}

static bool any_left(void)
{
	siginfo_t info;

	if (watch.stranger_count > 0)
		return search(visit_reap) > 0;
	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Waits for one to end, or for a signal; false when none is left. */
static bool wait_one(void)
{
	struct timespec pause = to_timespec(5);
	int status;

	if (watch.stranger_count > 0) {
		if (search(visit_reap) == 0)
			return false;
		nanosleep(&pause, NULL);
		return true;
	}
	if (waitpid(-1, &status, 0) < 0)
		return errno == EINTR;
	if (status != 0)
		watch.bad_status = status;
	return true;
}

int adopted_reap(struct deadline d)
{
	struct deadline whole = watch.deadline;
	int64_t give_up = INT64_MAX;

	if (!watch.active)
		return 0;
	watch.bad_status = 0;
	arm(deadline_earlier(d, whole));
	do {
		if (!deadline_passed(watch.deadline) && !signals_stop())
			continue;
		if (give_up == INT64_MAX)
			give_up = clock_ms() + GIVE_UP_MS;
		/* Each that ends may leave us children of its own. */
		search(visit_kill);
	} while (wait_one() && clock_ms() < give_up);
	arm(whole);
	return watch.bad_status;
}

void adopted_end(void)
{
	if (!watch.active)
		return;
	if (any_left())
		adopted_reap((struct deadline){ 0 });
	watch.active = false;
	timer_delete(watch.timer);
	release_alarm();
	prctl(PR_SET_CHILD_SUBREAPER, watch.old_subreaper);
	close_proc();
}
