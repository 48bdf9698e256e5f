/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-deliver - the order of a delivery; stdout and commands */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/signals.h"
#include "deliver/backend.h"
#include "tests/unit/folder.h"

static char *folder; /* of the running test; $D for its shell scripts */
static char big[300000];

static int fsync_error; /* what fsync says; 0: what it means */

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
	errno = fsync_error;
	return fsync_error ? -1 : __real_fsync(fd);
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
	fsync_error = 0;
	folder_remove(folder);
	return 0;
}

/* Begins, writes data in two pieces, commits, frees. */
static int deliver(struct delivery *d, const void *data, size_t len,
                   struct err *err)
{
	struct sink sink = delivery_sink(d);
	size_t half = len / 2;
	int rc = 0;

	*err = (struct err){ .class = ERR_NONE };
	if (delivery_begin(d, len, err) || sink_write(sink, data, half, err) ||
	    sink_write(sink, (const char *)data + half, len - half, err) ||
	    delivery_commit(d, err))
		rc = -1;
	delivery_free(&d);
	assert_null(d);
	return rc;
}

/* ---- the order, whatever the back end ------------------------------------- */

struct fake {
	int begun, written, committed, freed;
	bool fails;
};

static int fake_begin(void *ctx, uint64_t size, struct err *err)
{
	(void)size;
	((struct fake *)ctx)->begun++;
	return ((struct fake *)ctx)->fails
		? err_set(err, ERR_TEMPORARY, NULL, "fake") : 0;
}

static int fake_write(void *ctx, const void *data, size_t len, struct err *err)
{
	(void)data;
	((struct fake *)ctx)->written += (int)len;
	return ((struct fake *)ctx)->fails
		? err_set(err, ERR_TEMPORARY, NULL, "fake") : 0;
}

static int fake_commit(void *ctx, struct err *err)
{
	(void)err;
	((struct fake *)ctx)->committed++;
	return 0;
}

static void fake_free(void *ctx)
{
	((struct fake *)ctx)->freed++;
}

static const struct delivery_ops fake_whole = {
	true, false, fake_begin, fake_write, fake_commit, fake_free,
};
static const struct delivery_ops fake_streamed = {
	false, true, fake_begin, fake_write, fake_commit, fake_free,
};

static void test_order(void **state)
{
	struct fake fake = { 0 };
	struct delivery *d = delivery_new(&fake_whole, &fake);
	struct sink sink = delivery_sink(d);
	struct err err;

	(void)state;
	assert_true(delivery_wants_whole(d));
	assert_false(delivery_wants_from_line(d));
	assert_int_equal(sink_write(sink, "x", 1, &err), -1);
	assert_int_equal(delivery_commit(d, &err), -1);
	assert_int_equal(delivery_begin(d, 3, &err), 0);
	assert_int_equal(delivery_begin(d, 3, &err), -1);
	delivery_free(&d);
	delivery_free(&d);
	assert_int_equal(fake.begun, 1);
	assert_int_equal(fake.written + fake.committed, 0);
	assert_int_equal(fake.freed, 1);
}

static void test_after_failure(void **state)
{
	struct fake fake = { .fails = true };
	struct delivery *d = delivery_new(&fake_whole, &fake);
	struct err err;

	(void)state;
	assert_int_equal(delivery_begin(d, 3, &err), -1);
	assert_string_equal(err.what, "fake");
	assert_int_equal(sink_write(delivery_sink(d), "abc", 3, &err), -1);
	assert_int_equal(delivery_commit(d, &err), -1);
	delivery_free(&d);

	d = delivery_new(&fake_whole, &fake);
	fake.fails = false;
	assert_int_equal(delivery_begin(d, 3, &err), 0);
	fake.fails = true;
	assert_int_equal(sink_write(delivery_sink(d), "abc", 3, &err), -1);
	fake.fails = false;
	assert_int_equal(sink_write(delivery_sink(d), "abc", 3, &err), -1);
	assert_int_equal(delivery_commit(d, &err), -1);
	delivery_free(&d);
	assert_int_equal(fake.committed, 0);
}

static void test_sizes(void **state)
{
	static const struct {
		const struct delivery_ops *ops;
		uint64_t size;
		const char *text;
		int begin, write, commit;
	} cases[] = {
		{ &fake_whole, 0, "", -1, 0, -1 },
		{ &fake_whole, 3, "", 0, 0, -1 },
		{ &fake_whole, 3, "ab", 0, 0, -1 },
		{ &fake_whole, 3, "abc", 0, 0, 0 },
		{ &fake_whole, 3, "abcd", 0, -1, -1 },
		{ &fake_streamed, 0, "", 0, 0, -1 },
		{ &fake_streamed, 0, "abc", 0, 0, 0 },
		{ &fake_streamed, 3, "ab", 0, 0, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fake fake = { 0 };
		struct delivery *d = delivery_new(cases[i].ops, &fake);
		struct err err;

		assert_int_equal(delivery_begin(d, cases[i].size, &err),
		                 cases[i].begin);
		assert_int_equal(sink_puts(delivery_sink(d), cases[i].text, &err),
		                 cases[i].write);
		assert_int_equal(delivery_commit(d, &err), cases[i].commit);
		assert_int_equal(fake.committed, cases[i].commit + 1);
		delivery_free(&d);
	}
}

/* ---- stdout ------------------------------------------------------------------ */

static int to_fd(int fd, size_t len, int64_t ms, struct err *err)
{
	return deliver(delivery_stdout_new(fd, deadline_in(ms)), big, len, err);
}

static int open_out(int flags)
{
	char *path = mem_printf("%s/out", folder);
	int fd = open(path, flags | O_CREAT, 0600);

	free(path);
	assert_true(fd >= 0);
	return fd;
}

static void test_stdout_file(void **state)
{
	int fd = open_out(O_WRONLY);
	struct delivery *d = delivery_stdout_new(fd, DEADLINE_NEVER);
	struct err err;
	size_t len;

	(void)state;
	assert_true(delivery_wants_whole(d));
	assert_true(delivery_wants_from_line(d));
	delivery_free(&d);
	assert_int_equal(to_fd(fd, sizeof big, 5000, &err), 0);

	char *out = folder_read(folder, "out", &len);

	assert_int_equal(len, sizeof big);
	assert_memory_equal(out, big, len);
	free(out);
	fsync_error = EIO;
	assert_int_equal(to_fd(fd, 10, 5000, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_int_equal(close(fd), 0); /* it is still ours */
}

static void test_stdout_fails(void **state)
{
	int full = open("/dev/full", O_WRONLY);
	int unwritable = open_out(O_RDONLY);
	int pipes[2];
	struct err err;

	(void)state;
	assert_int_equal(to_fd(full, 10, 5000, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, "No space"));
	assert_int_equal(to_fd(unwritable, 10, 5000, &err), -1);
	assert_int_equal(to_fd(-1, 10, 300, &err), -1);
	assert_int_equal(pipe(pipes), 0);
	close(pipes[0]);
	assert_int_equal(to_fd(pipes[1], 10, 5000, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, "pipe"));
	close(pipes[1]);
	close(full);
	close(unwritable);
}

/* A reader that stops reading; our end blocks, as it does for procmail. */
static void test_stdout_stuck(void **state)
{
	int64_t before = clock_ms();
	int pipes[2];
	struct err err;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	assert_int_equal(to_fd(pipes[1], sizeof big, 300, &err), -1);
	assert_non_null(strstr(err.what, "deadline"));
	assert_in_range(clock_ms() - before, 300, 5000);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_stdout_limit(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		const struct rlimit limit = { 100000, 100000 };
		struct err err;

		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(to_fd(open_out(O_WRONLY), sizeof big, 5000, &err) == -1 &&
		      err.class == ERR_TEMPORARY ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* ---- a command ---------------------------------------------------------------- */

static int to_sh(const char *script, bool refuse, int64_t ms, size_t len,
                 struct err *err)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	struct delivery *d = delivery_command_new(argv, environ, refuse,
	                                          deadline_in(ms));

	assert_true(delivery_wants_whole(d));
	assert_true(delivery_wants_from_line(d));
	return deliver(d, big, len, err);
}

static void test_command_stores(void **state)
{
	struct err err;
	size_t len;

	(void)state;
	assert_int_equal(to_sh("cat >$D/out", false, 9000, sizeof big, &err), 0);

	char *out = folder_read(folder, "out", &len);

	assert_int_equal(len, sizeof big);
	assert_memory_equal(out, big, len);
	free(out);
}

static void test_command_surroundings(void **state)
{
	char here[PATH_MAX];
	struct err err;

	(void)state;
	assert_non_null(getcwd(here, sizeof here));
	setenv("RECIPIENT", "bob@example.org", 1);
	assert_int_equal(to_sh("cat >/dev/null; pwd >$D/cwd; "
	                       "test \"$RECIPIENT\" = bob@example.org",
	                       false, 9000, 100, &err), 0);

	char *cwd = folder_read(folder, "cwd", NULL);

	assert_int_equal(strncmp(cwd, here, strlen(here)), 0);
	free(cwd);
}

static void test_command_codes(void **state)
{
	static const struct {
		int code;
		enum err_class deferring, refusing;
	} cases[] = {
		{ 0, ERR_NONE, ERR_NONE },
		{ 1, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 2, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 64, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 65, ERR_TEMPORARY, ERR_POLICY },
		{ 66, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 67, ERR_TEMPORARY, ERR_POLICY },
		{ 68, ERR_TEMPORARY, ERR_POLICY },
		{ 69, ERR_TEMPORARY, ERR_POLICY },
		{ 70, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 71, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 72, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 73, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 74, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 75, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 76, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 77, ERR_TEMPORARY, ERR_POLICY },
		{ 78, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 100, ERR_TEMPORARY, ERR_TEMPORARY },
		{ 127, ERR_TEMPORARY, ERR_TEMPORARY },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
		bool refuse = i % 2;
		enum err_class want = refuse ? cases[i / 2].refusing
		                             : cases[i / 2].deferring;
		char *script = mem_printf("cat >/dev/null; exit %d",
		                          cases[i / 2].code);
		struct err err;

		assert_int_equal(to_sh(script, refuse, 9000, 100, &err),
		                 want == ERR_NONE ? 0 : -1);
		assert_int_equal(err.class, want);
		free(script);
	}
}

static void test_command_fails(void **state)
{
	static const struct {
		const char *script, *text;
		size_t size;
		enum err_class class;
	} cases[] = {
		{ "kill -KILL $$", "signal 9", 100, ERR_TEMPORARY },
		{ "kill -KILL $$", "signal 9", sizeof big, ERR_TEMPORARY },
		{ "exit 0", "unread", 100, ERR_TEMPORARY },
		{ "exit 0", "unread", sizeof big, ERR_TEMPORARY },
		{ "exit 75", "75", sizeof big, ERR_TEMPORARY },
		/* What it says counts, although it did not read on. */
		{ "exit 67", "67", sizeof big, ERR_POLICY },
		{ "head -c 9 >/dev/null; exit 67", "67", sizeof big, ERR_POLICY },
		{ "cat >/dev/null; sleep 60", "deadline", 100, ERR_TEMPORARY },
		{ "sleep 60", "deadline", sizeof big, ERR_TEMPORARY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool late = strcmp(cases[i].text, "deadline") == 0;
		int64_t before = clock_ms();
		struct err err;

		assert_int_equal(to_sh(cases[i].script, true, late ? 300 : 9000,
		                       cases[i].size, &err), -1);
		assert_int_equal(err.class, cases[i].class);
		assert_non_null(strstr(err.what, cases[i].text));
		assert_non_null(strstr(err.what, "sh"));
		assert_true(err.advice[0] != '\0');
		assert_true(clock_ms() - before < 5000);
	}
}

static void test_command_missing(void **state)
{
	char *const argv[] = { (char *)"/no/such/program", NULL };
	struct err err;

	(void)state;
	assert_int_equal(deliver(delivery_command_new(argv, environ, true,
	                         deadline_in(5000)), big, 10, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, "/no/such/program: No such file"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order),
		TEST(test_after_failure),
		TEST(test_sizes),
		TEST(test_stdout_file),
		TEST(test_stdout_fails),
		TEST(test_stdout_stuck),
		TEST(test_stdout_limit),
		TEST(test_command_stores),
		TEST(test_command_surroundings),
		TEST(test_command_codes),
		TEST(test_command_fails),
		TEST(test_command_missing),
	};

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i * 7 + i / 251);
	signals_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
