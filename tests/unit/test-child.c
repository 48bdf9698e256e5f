/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-child - programs that end well, badly, early, late or never */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/child.h"
#include "base/signals.h"
#include "tests/unit/folder.h"

static char *folder; /* of the running test; $D for its shell scripts */
static char big[1024 * 1024];

/* ---- a kernel without pidfds, or that fails ------------------------------ */

static bool no_pidfd;
static bool no_waitid;

int __real_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options);

int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	errno = EINVAL;
	return no_waitid ? -1 : __real_waitid(type, id, info, options);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b);

long __wrap_syscall(long number, long a, long b)
{
	if (number == SYS_pidfd_open && no_pidfd) {
		errno = ENOSYS;
		return -1;
	}
	return __real_syscall(number, a, b);
}

static int set_up(void **state)
{
	(void)state;
	folder = folder_new();
	setenv("D", folder, 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	no_pidfd = no_waitid = false;
	folder_remove(folder);
	return 0;
}

/* ---- helpers ------------------------------------------------------------- */

static struct child *start_sh(const char *script, int64_t ms)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	struct err err = { .class = ERR_NONE };
	struct child *c = child_start(argv, environ, deadline_in(ms), &err);

	assert_string_equal(err.what, "");
	assert_non_null(c);
	return c;
}

/* Feeds size bytes to a script and finishes; the text of an error in *err. */
static int run_sh(const char *script, size_t size, int64_t ms,
                  struct err *err)
{
	struct child *c = start_sh(script, ms);
	int rc = child_write(c, big, size, err);

	if (rc >= 0)
		rc = child_finish(c, err);
	child_free(&c);
	assert_null(c);
	return rc;
}

static pid_t pid_in(const char *file)
{
	char *text = NULL;

	/* Written by a process that may not have come to it yet. */
	for (int i = 0; i < 500 && (!text || !strchr(text, '\n')); i++) {
		free(text);
		text = folder_read(folder, file, NULL);
		if (!text || !strchr(text, '\n'))
			nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	}
	assert_non_null(text);

	pid_t pid = (pid_t)atol(text);

	free(text);
	assert_true(pid > 1);
	return pid;
}

static bool is_alive(pid_t pid)
{
	char *path = mem_printf("%ld/stat", (long)pid);
	char *stat = folder_read("/proc", path, NULL);
	bool alive = stat && strstr(stat, ") Z ") == NULL;

	free(stat);
	free(path);
	return alive;
}

static bool dies_soon(pid_t pid)
{
	for (int i = 0; i < 300 && is_alive(pid); i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	return !is_alive(pid);
}

/* ---- starting -------------------------------------------------------------- */

static void assert_no_start(const char *program, char *const envp[],
                            const char *text)
{
	char *const argv[] = { (char *)program, NULL };
	struct err err = { .class = ERR_NONE };

	assert_null(child_start(argv, envp, deadline_in(5000), &err));
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, text));
	assert_true(err.advice[0] != '\0');
}

static void put_script(const char *name, const char *text, mode_t mode)
{
	char *path = mem_printf("%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	free(path);
}

static void test_missing(void **state)
{
	char *const relative[] = { (char *)"PATH=.::bin:", NULL };
	char *const nothing[] = { (char *)"PATH=", NULL };

	(void)state;
	assert_no_start("no-such-program-here", environ, "no program");
	assert_no_start("/no/such/program", environ, "No such file");
	assert_no_start("", environ, "no program");
	assert_no_start("sh", relative, "no program");
	assert_no_start("sh", nothing, "no program");
	assert_no_start("/", environ, "Permission denied");
}

static void test_not_runnable(void **state)
{
	char *path = mem_printf("%s/plain", folder);
	char *script = mem_printf("%s/script", folder);
	char *lost = mem_printf("%s/lost", folder);

	(void)state;
	put_script("plain", "#!/bin/sh\n", 0600);
	assert_no_start(path, environ, "Permission denied");
	/* execvp(3) would hand this one to sh. */
	put_script("script", "exit 0\n", 0700);
	assert_no_start(script, environ, "Exec format error");
	put_script("lost", "#!/no/such/interpreter\n", 0700);
	assert_no_start(lost, environ, "No such file");
	free(path);
	free(script);
	free(lost);
}

static void test_path(void **state)
{
	char *path = mem_printf("PATH=/nowhere:%s::/bin", folder);
	char *const envp[] = { (char *)"A=b", path, NULL };
	char *const empty[] = { NULL };
	char *const mine[] = { (char *)"mine", NULL };
	char *const sh[] = { (char *)"sh", (char *)"-c", (char *)"exit 9", NULL };
	struct err err;
	struct child *c;

	(void)state;
	put_script("mine", "#!/bin/sh\nexit 7\n", 0700);
	c = child_start(mine, envp, deadline_in(5000), &err);
	assert_non_null(c);
	assert_int_equal(WEXITSTATUS(child_finish(c, &err)), 7);
	child_free(&c);
	/* Without a PATH there is a default one. */
	c = child_start(sh, empty, deadline_in(5000), &err);
	assert_non_null(c);
	assert_int_equal(WEXITSTATUS(child_finish(c, &err)), 9);
	child_free(&c);
	free(path);
}

/* ---- what it gets ------------------------------------------------------------ */

static void test_fed_whole(void **state)
{
	struct err err;
	size_t len;

	(void)state;
	assert_int_equal(run_sh("cat >$D/out", sizeof big, 20000, &err), 0);

	char *out = folder_read(folder, "out", &len);

	assert_int_equal(len, sizeof big);
	assert_memory_equal(out, big, sizeof big);
	free(out);
	assert_int_equal(run_sh("cat >$D/none", 0, 5000, &err), 0);
	out = folder_read(folder, "none", &len);
	assert_int_equal(len, 0);
	free(out);
}

static void test_output_dropped(void **state)
{
	struct err err;

	(void)state;
	/* Nothing comes through, and nothing blocks it. */
	assert_int_equal(run_sh("test -c /proc/$$/fd/1 && test -c /proc/$$/fd/2 || "
	                        "exit 9; cat; cat /dev/zero | head -c 1000000;"
	                        "echo 5.7.1 no >&2", 100, 5000, &err), 0);
}

static void test_descriptors(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(dup2(2, 77), 77); /* without FD_CLOEXEC */
	assert_int_equal(run_sh("for i in 3 4 5 6 7 8 77; do"
	                        " test ! -e /proc/$$/fd/$i || exit 1; done",
	                        0, 5000, &err), 0);
	close(77);
}

static void test_signal_state(void **state)
{
	char *const blocked[] = { (char *)"grep", (char *)"-q",
		(char *)"^SigBlk:.0*$", (char *)"/proc/self/status", NULL };
	/* SIGPIPE, which we ignore, is the 13th bit, SIGUSR1 the 10th. */
	char *const ignored[] = { (char *)"grep", (char *)"-q",
		(char *)"^SigIgn:.*[02468ace][014589cd]..$",
		(char *)"/proc/self/status", NULL };
	char *const *const both[] = { blocked, ignored };
	sigset_t set, old;
	struct err err;

	(void)state;
	signal(SIGUSR1, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int i = 0; i < 2; i++) {
		struct child *c = child_start(both[i], environ,
		                              deadline_in(5000), &err);

		assert_int_equal(child_finish(c, &err), 0);
		child_free(&c);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGUSR1, SIG_DFL);
}

/* ---- how it ends --------------------------------------------------------------- */

static void test_statuses(void **state)
{
	static const int codes[] = { 0, 1, 64, 75, 127, 255 };
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		char *script = mem_printf("cat >/dev/null; exit %d", codes[i]);
		int status = run_sh(script, 1000, 5000, &err);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), codes[i]);
		free(script);
	}

	int status = run_sh("cat >/dev/null; kill -9 $$", 1000, 5000, &err);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void test_unread(void **state)
{
	static const struct {
		const char *script;
		size_t size;
		int status; /* -1: an error although it ended with 0 */
	} cases[] = {
		{ "exit 0", 10, -1 },
		{ "exit 0", sizeof big, -1 },
		{ "head -c 5 >/dev/null", 10, -1 },
		{ "head -c 100000 >/dev/null", sizeof big, -1 },
		{ "head -c 10 >/dev/null", 10, 0 },
		{ "exec <&-; sleep 0.3", sizeof big, -1 },
		{ "exec <&-; sleep 0.3", 10, -1 },
		{ "exit 7", 10, 7 << 8 },
		{ "exit 7", sizeof big, 7 << 8 },
		{ "exec <&-; sleep 0.3; exit 7", sizeof big, 7 << 8 },
		{ "exit 0", 0, 0 },
		/* Its heir has stdin open, but its own end is what counts. */
		{ "sleep 9 <&0 & exit 0", sizeof big, -1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = { .class = ERR_NONE };
		int64_t before = clock_ms();

		no_pidfd = *state != NULL;
		assert_int_equal(run_sh(cases[i].script, cases[i].size, 9000,
		                        &err), cases[i].status);
		assert_true(clock_ms() - before < 5000);
		if (cases[i].status == -1) {
			assert_int_equal(err.class, ERR_TEMPORARY);
			assert_non_null(strstr(err.what, "unread"));
		}
	}
}

static void test_write_after_end(void **state)
{
	struct err err;
	struct child *c = start_sh("exec <&-; exit 3", 5000);
	int rc;

	(void)state;
	do
		rc = child_write(c, big, sizeof big, &err);
	while (rc == 0);
	assert_int_equal(rc, 1);
	assert_int_equal(child_write(c, big, 1, &err), 1);
	assert_int_equal(WEXITSTATUS(child_finish(c, &err)), 3);
	child_free(&c);
}

/* ---- time -------------------------------------------------------------------------- */

static void test_deadline(void **state)
{
	struct err err;
	int64_t before = clock_ms();

	no_pidfd = *state != NULL;
	assert_int_equal(run_sh("cat >/dev/null; sleep 60 & echo $! >$D/heir;"
	                        "echo $$ >$D/self; wait", 10, 400, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, "deadline"));
	assert_in_range(clock_ms() - before, 400, 5000);
	assert_true(dies_soon(pid_in("self")));
	assert_true(dies_soon(pid_in("heir")));
}

static void test_ignores_term(void **state)
{
	struct err err;
	int64_t before = clock_ms();

	no_pidfd = *state != NULL;
	assert_int_equal(run_sh("trap '' TERM; cat >/dev/null; sleep 60 &"
	                        "echo $! >$D/heir; echo $$ >$D/self; wait",
	                        10, 400, &err), -1);
	assert_in_range(clock_ms() - before, 400 + CHILD_GRACE_MS,
	                400 + CHILD_GRACE_MS + 5000);
	assert_true(dies_soon(pid_in("self")));
	assert_true(dies_soon(pid_in("heir")));
}

static void test_a_0_after_our_term_is_no_promise(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(run_sh("trap 'exit 0' TERM; cat >/dev/null;"
	                        "while :; do sleep 0.1; done", 10, 400, &err), -1);
	assert_non_null(strstr(err.what, "deadline"));
	/* Nor did this one read all. */
	assert_int_equal(run_sh("trap 'exit 0' TERM;"
	                        "while :; do sleep 0.1; done", 10, 400, &err), -1);
}

static void test_never_reads(void **state)
{
	struct err err;
	int64_t before = clock_ms();

	(void)state;
	assert_int_equal(run_sh("sleep 60", sizeof big, 300, &err), -1);
	assert_non_null(strstr(err.what, "deadline"));
	assert_in_range(clock_ms() - before, 300, 5000);
}

/* A half message must not look whole: stdin ends after the reader. */
static void test_abort_shows_no_end(void **state)
{
	struct child *c = start_sh("trap '' TERM; cat >$D/half; echo done >$D/done",
	                           9000);
	struct err err;

	(void)state;
	assert_int_equal(child_write(c, big, 1000, &err), 0);
	child_free(&c);
	nanosleep(&(struct timespec){ 0, 200000000 }, NULL);
	assert_null(folder_read(folder, "done", NULL));
}

/* The same when we can't see any more whether it lives. */
static void test_failure_shows_no_end(void **state)
{
	struct child *c = start_sh("cat >$D/half; echo done >$D/done", 9000);
	struct err err;

	(void)state;
	no_waitid = true;
	assert_int_equal(child_write(c, big, 1000, &err), 1);
	assert_int_not_equal(child_finish(c, &err), 0);
	child_free(&c);
	nanosleep(&(struct timespec){ 0, 200000000 }, NULL);
	assert_null(folder_read(folder, "done", NULL));
}

/* What it left in the background is its own affair, and holds nobody up. */
static void test_background(void **state)
{
	struct err err;
	int64_t before = clock_ms();

	no_pidfd = *state != NULL;
	assert_int_equal(run_sh("cat >/dev/null; sleep 60 & echo $! >$D/heir",
	                        10, 9000, &err), 0);
	assert_true(clock_ms() - before < 5000);

	pid_t heir = pid_in("heir");

	assert_true(is_alive(heir));
	kill(heir, SIGKILL);
}

/* ---- our own end ------------------------------------------------------------------- */

static void test_dies_with_us(void **state)
{
	pid_t us = fork();

	(void)state;
	if (us == 0) {
		start_sh("echo $$ >$D/self; exec sleep 60", 60000);
		pid_in("self");
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(us, NULL, 0), us);
	assert_true(dies_soon(pid_in("self")));
}

static void test_stop_signal(void **state)
{
	pid_t us = fork();
	int status;

	(void)state;
	if (us == 0) {
		struct child *c = start_sh("echo $$ >$D/self; sleep 60", 60000);
		struct err err;

		pid_in("self");
		raise(SIGTERM);
		_exit(child_finish(c, &err) == -1 && strstr(err.what, "signal")
		      ? 0 : 1);
	}
	assert_int_equal(waitpid(us, &status, 0), us);
	assert_int_equal(status, 0);
	assert_true(dies_soon(pid_in("self")));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define TEST_NO_PIDFD(f) { #f " without pidfd", f, set_up, tear_down, &no_pidfd }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_missing),
		TEST(test_not_runnable),
		TEST(test_path),
		TEST(test_fed_whole),
		TEST(test_output_dropped),
		TEST(test_descriptors),
		TEST(test_signal_state),
		TEST(test_statuses),
		TEST(test_unread),
		TEST_NO_PIDFD(test_unread),
		TEST(test_write_after_end),
		TEST(test_deadline),
		TEST_NO_PIDFD(test_deadline),
		TEST(test_ignores_term),
		TEST_NO_PIDFD(test_ignores_term),
		TEST(test_a_0_after_our_term_is_no_promise),
		TEST(test_never_reads),
		TEST(test_abort_shows_no_end),
		TEST(test_failure_shows_no_end),
		TEST(test_background),
		TEST_NO_PIDFD(test_background),
		TEST(test_dies_with_us),
		TEST(test_stop_signal),
	};

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i * 7 + i / 251);
	signals_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
