/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-capture - what programs print is taken, whole, in time, and not too much of it */
#include <config.h>

#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/capture.h"
#include "base/signals.h"

#define MAX ((size_t)100000)

static char shell[] = "/bin/sh", option[] = "-c";

/* A shell script; what it printed is the caller's to clear. */
static int run(const char *script, int64_t ms, struct captured *out, struct err *err)
{
	char text[300];
	char *const argv[] = { shell, option, text, NULL };

	strncpy(text, script, sizeof text - 1);
	text[sizeof text - 1] = '\0';
	memset(out, 0, sizeof *out);
	err->class = ERR_NONE;
	return capture_run(argv, MAX, deadline_in(ms), out, err);
}

/* No child is left. */
static void assert_reaped(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_what_it_prints(void **state)
{
	struct captured out;
	struct err err;

	(void)state;
	assert_int_equal(run("printf 'one\\0two'; echo why >&2; echo not >&2; exit 3", 5000,
	                     &out, &err), 0);
	assert_int_equal(out.out.len, 7);
	assert_memory_equal(out.out.data, "one\0two", 7);
	assert_string_equal(buf_str(&out.word), "why\nnot");
	assert_int_equal(WEXITSTATUS(out.status), 3);
	captured_clear(&out);
	assert_int_equal(run("cat; kill -KILL $$", 5000, &out, &err), 0);
	assert_int_equal(out.out.len, 0);
	assert_int_equal(WTERMSIG(out.status), SIGKILL);
	captured_clear(&out);
	assert_reaped();
}

static void test_not_too_much(void **state)
{
	struct captured out;
	struct err err;

	(void)state;
	assert_int_equal(run("head -c 100000 /dev/zero", 5000, &out, &err), 0);
	assert_int_equal(out.out.len, MAX);
	captured_clear(&out);
	assert_int_equal(run("cat /dev/zero", 5000, &out, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	captured_clear(&out);
	assert_int_equal(run("head -c 5000000 /dev/zero | tr '\\0' x >&2", 5000, &out, &err), 0);
	assert_int_equal(out.word.len, CAPTURE_WORD_MAX);
	captured_clear(&out);
	assert_reaped();
}

static void test_in_time(void **state)
{
	static const char *const scripts[] = {
		"sleep 60", "trap '' TERM; sleep 60 & wait", "exec >&- 2>&-; sleep 60",
		"sleep 60 & exit 0", /* what it started holds the pipe */
	};
	struct captured out;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		const int64_t start = clock_ms();

		assert_int_equal(run(scripts[i], 200, &out, &err), -1);
		assert_int_equal(err.class, ERR_TEMPORARY);
		assert_true(clock_ms() - start < 5000);
		captured_clear(&out);
	}
	assert_reaped();
}

static void test_what_is_not_there(void **state)
{
	static char missing[] = "/nonexistent/program";
	char *const argv[] = { missing, NULL };
	struct captured out = { BUF_INIT, BUF_INIT, 0 };
	struct err err = { .class = ERR_NONE };

	(void)state;
	assert_int_equal(capture_run(argv, MAX, deadline_in(1000), &out, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, missing));
	captured_clear(&out);
	assert_reaped();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_it_prints),
		cmocka_unit_test(test_not_too_much),
		cmocka_unit_test(test_in_time),
		cmocka_unit_test(test_what_is_not_there),
	};

	signals_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
