/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-base - errors, buffers, deadlines, whole files, the spool */
#include <config.h>

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/sha256.h"
#include "base/spool.h"

/* ---- errors ------------------------------------------------------------- */

static void test_err_carries_class_and_text(void **state)
{
	struct err err;
	char line[600];

	(void)state;
	assert_int_equal(err_set(&err, ERR_DATA, "do that", "no %s", "good"), -1);
	assert_int_equal(err.class, ERR_DATA);
	err_context(&err, "file %d", 7);
	err_line(&err, line, sizeof line);
	assert_string_equal(line, "file 7: no good; do that");
	errno = ENOENT;
	err_sys(&err, ERR_TEMPORARY, NULL, "cannot open x");
	err_line(&err, line, sizeof line);
	assert_string_equal(line, "cannot open x: No such file or directory");
}

static void test_err_lets_no_control_character_through(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, ERR_DATA, NULL, "a\r\nb\033[31m\xff");
	assert_string_equal(err.what, "a??b?[31m?");
}

static void test_err_survives_long_text_and_itself(void **state)
{
	struct err err;
	char big[2000];

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	err_set(&err, ERR_DATA, big, "%s", big);
	assert_int_equal(strlen(err.what), ERR_WHAT_MAX - 1);
	assert_int_equal(strlen(err.advice), ERR_ADVICE_MAX - 1);
	err_set(&err, ERR_CONFIG, err.advice, "%.5s", err.what);
	assert_string_equal(err.what, "xxxxx");
	err_context(&err, "%s", big);
	assert_int_equal(strlen(err.what), ERR_WHAT_MAX - 1);
}

/* ---- buffers, hash, clock --------------------------------------------------- */

static void test_buf_grows_and_cuts(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%d,", i % 10);
	assert_int_equal(b.len, 2000);
	buf_cut(&b, 4);
	buf_addc(&b, '!');
	assert_string_equal(buf_str(&b), "0,1,!");
	buf_free(&b);
}

static void test_sha256_is_fips_180(void **state)
{
	struct sha256 h;
	char hex[SHA256_HEX];

	(void)state;
	sha256_start(&h);
	sha256_add(&h, "a", 1);
	sha256_add(&h, "bc", 2);
	sha256_hex(&h, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
	                         "b00361a396177a9cb410ff61f20015ad");
}

static void test_deadlines(void **state)
{
	(void)state;
	assert_false(deadline_passed(DEADLINE_NEVER));
	assert_true(deadline_passed(deadline_in(-1)));
	assert_false(deadline_passed(deadline_in(60000)));
	assert_int_equal(deadline_left_ms(deadline_in(-5), 100), 0);
	assert_int_equal(deadline_left_ms(DEADLINE_NEVER, 100), 100);
	assert_in_range(deadline_left_ms(deadline_in(50), 100), 1, 50);
}

/* ---- whole files --------------------------------------------------------------- */

static void test_a_file_is_read_whole_or_not(void **state)
{
	char path[] = "/tmp/mailseal-test-XXXXXX";
	int fd = mkstemp(path);
	struct err err;
	size_t len;
	char *text;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "two!", 4), 4);
	close(fd);
	text = io_read_file(AT_FDCWD, path, 4, &len, &err);
	assert_string_equal(text, "two!");
	assert_int_equal(len, 4);
	free(text);
	assert_null(io_read_file(AT_FDCWD, path, 3, &len, &err));
	assert_int_equal(errno, EFBIG);
	unlink(path);
}

static void test_a_fifo_is_no_file_to_wait_for(void **state)
{
	char dir[] = "/tmp/mailseal-test-XXXXXX";
	char path[100];
	struct err err;
	size_t len;
	char *text;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/f", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	text = io_read_file(AT_FDCWD, path, 10, &len, &err);
	if (text)
		assert_int_equal(len, 0);
	free(text);
	unlink(path);
	rmdir(dir);
}

static void test_reads_end_at_the_deadline(void **state)
{
	int pipefd[2];
	char c;
	struct err err;

	(void)state;
	assert_int_equal(pipe(pipefd), 0);
	assert_int_equal(io_read(pipefd[0], &c, 1, "a pipe", deadline_in(20), &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, "a pipe"));
	close(pipefd[1]);
	assert_int_equal(io_read(pipefd[0], &c, 1, "a pipe", deadline_in(1000), &err), 0);
	close(pipefd[0]);
}

/* ---- the spool ------------------------------------------------------------------- */

static unsigned char byte_at(uint64_t offset)
{
	return (unsigned char)(offset * 31 + offset / 65536 * 7 + offset / 251);
}

static void fill(struct spool *s, uint64_t size, size_t step)
{
	unsigned char piece[100000];
	struct err err;

	for (uint64_t at = spool_size(s); at < size;) {
		size_t n = size - at < step ? (size_t)(size - at) : step;

		for (size_t i = 0; i < n; i++)
			piece[i] = byte_at(at + i);
		assert_int_equal(spool_add(s, piece, n, &err), 0);
		at += n;
	}
}

static void check(struct spool *s, uint64_t size)
{
	struct err err;
	const char *data;
	size_t len;
	uint64_t at = 0;

	assert_int_equal(spool_size(s), size);
	while (at < size) {
		assert_int_equal(spool_peek(s, at, &data, &len, &err), 0);
		assert_in_range(len, 1, SPOOL_CHUNK);
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)data[i] != byte_at(at + i))
				fail_msg("byte %zu is wrong", (size_t)at + i);
		at += len;
	}
	assert_int_equal(spool_peek(s, size, &data, &len, &err), 0);
	assert_int_equal(len, 0);
	for (uint64_t back = size; back > 0; back -= back < 777 ? back : 777) {
		unsigned char c;

		assert_int_equal(spool_read(s, back - 1, &c, 1, &err), 0);
		assert_int_equal(c, byte_at(back - 1));
	}
}

static void test_spool_gives_back_what_it_got(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 65535, 65536, 65537, 131072,
	                                  200000, 262144, 262145, 1000000 };
	static const size_t limits[] = { 0, 65536, 131072, 262144, 8 << 20 };
	static const size_t steps[] = { 1000, 65536, 99999 };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		for (size_t j = 0; j < sizeof limits / sizeof *limits; j++) {
			struct spool *s = spool_new("/tmp", limits[j]);

			fill(s, sizes[i], steps[(i + j) % 3]);
			check(s, sizes[i]);
			/* Reading between writes must not disturb it. */
			fill(s, sizes[i] + 70000, 7000);
			check(s, sizes[i] + 70000);
			spool_free(&s);
			assert_null(s);
		}
	}
}

static void test_spool_refuses_a_read_beyond_its_end(void **state)
{
	struct spool *s = spool_new("/tmp", 0);
	char c[10];
	struct err err;

	(void)state;
	fill(s, 5, 5);
	assert_int_equal(spool_read(s, 0, c, 6, &err), -1);
	assert_int_equal(spool_read(s, UINT64_MAX, c, 2, &err), -1);
	spool_free(&s);
}

/* Finds the spool's file among our descriptors: it has no name. */
static int spool_file(void)
{
	for (int fd = 3; fd < 64; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		    st.st_nlink == 0 && st.st_size > 65536)
			return fd;
	}
	return -1;
}

static void test_spool_file_is_unreadable_and_guarded(void **state)
{
	struct spool *s = spool_new("/tmp", 65536);
	static char text[65536];
	char back[sizeof text];
	struct err err;
	int fd;

	(void)state;
	memset(text, 'P', sizeof text);
	for (int i = 0; i < 4; i++)
		assert_int_equal(spool_add(s, text, sizeof text, &err), 0);
	fd = spool_file();
	assert_true(fd >= 0);
	assert_true(pread(fd, back, sizeof back, 0) == sizeof back);
	assert_null(memmem(back, sizeof back, "PPPPPPPP", 8));

	back[100] ^= 1;
	assert_true(pwrite(fd, back, sizeof back, 0) == sizeof back);
	assert_int_equal(spool_read(s, 0, back, 10, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_int_equal(spool_read(s, 70000, back, 10, &err), 0);
	spool_free(&s);
}

static void test_spool_without_a_folder_fails(void **state)
{
	struct spool *s = spool_new("/nonexistent", 0);
	static char text[200000];
	struct err err;

	(void)state;
	assert_int_equal(spool_add(s, text, sizeof text, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	spool_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err_carries_class_and_text),
		cmocka_unit_test(test_err_lets_no_control_character_through),
		cmocka_unit_test(test_err_survives_long_text_and_itself),
		cmocka_unit_test(test_buf_grows_and_cuts),
		cmocka_unit_test(test_sha256_is_fips_180),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_a_file_is_read_whole_or_not),
		cmocka_unit_test(test_a_fifo_is_no_file_to_wait_for),
		cmocka_unit_test(test_reads_end_at_the_deadline),
		cmocka_unit_test(test_spool_gives_back_what_it_got),
		cmocka_unit_test(test_spool_refuses_a_read_beyond_its_end),
		cmocka_unit_test(test_spool_file_is_unreadable_and_guarded),
		cmocka_unit_test(test_spool_without_a_folder_fails),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
