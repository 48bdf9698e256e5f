/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-wire - what goes over the wire to a server, and what comes back */
#include <config.h>

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "deliver/dot.h"
#include "deliver/reply.h"
#include "tests/unit/unit.h"

#define TEXT(s) s, sizeof s - 1

/* ---- dots and line ends ------------------------------------------------------ */

static int to_buf(void *ctx, const void *data, size_t len, struct err *err)
{
	(void)err;
	buf_add(ctx, data, len);
	return 0;
}

static const struct {
	const char *in;
	size_t in_len;
	const char *out;
	size_t out_len;
} dots[] = {
	{ TEXT(""), TEXT(".\r\n") },
	{ TEXT("a\n"), TEXT("a\r\n.\r\n") },
	{ TEXT("a\r\n"), TEXT("a\r\n.\r\n") },
	{ TEXT("a"), TEXT("a\r\n.\r\n") },
	{ TEXT("\n\r\n\n"), TEXT("\r\n\r\n\r\n.\r\n") },
	{ TEXT("a\n.\nb\r\n.\r\n.c\n..\n"),
	  TEXT("a\r\n..\r\nb\r\n..\r\n..c\r\n...\r\n.\r\n") },
	{ TEXT("."), TEXT("..\r\n.\r\n") },
	{ TEXT("a.b\n"), TEXT("a.b\r\n.\r\n") },
	{ TEXT("a\rb\r\r\nc\r"), TEXT("a\rb\r\r\nc\r\r\n.\r\n") },
	{ TEXT("a\r.\r\nb\n"), TEXT("a\r.\r\nb\r\n.\r\n") },
	{ TEXT("\0\n\0.\n"), TEXT("\0\r\n\0.\r\n.\r\n") },
};

/* Whatever the pieces in which it comes. */
static void test_dots(void **state)
{
	static struct dot dot;

	(void)state;
	for (size_t i = 0; i < sizeof dots / sizeof *dots; i++) {
		for (size_t cut = 0; cut <= dots[i].in_len; cut++) {
			struct buf buf = BUF_INIT;
			struct err err;

			dot_start(&dot, (struct sink){ to_buf, &buf });
			assert_int_equal(dot_add(&dot, dots[i].in, cut, &err), 0);
			assert_int_equal(dot_add(&dot, dots[i].in + cut,
			                         dots[i].in_len - cut, &err), 0);
			assert_int_equal(dot_end(&dot, &err), 0);
			assert_int_equal(buf.len, dots[i].out_len);
			assert_memory_equal(buf.data, dots[i].out, buf.len);
			buf_free(&buf);
		}
	}
}

static void test_dots_long(void **state)
{
	static struct dot dot;
	struct buf in = BUF_INIT, out = BUF_INIT;
	struct err err;

	(void)state;
	for (int i = 0; i < DOT_BUFFER; i++)
		buf_adds(&in, ".\n");
	dot_start(&dot, (struct sink){ to_buf, &out });
	assert_int_equal(dot_add(&dot, in.data, in.len, &err), 0);
	assert_int_equal(dot_end(&dot, &err), 0);
	assert_int_equal(out.len, 4 * DOT_BUFFER + 3);
	for (size_t i = 0; i < DOT_BUFFER; i++)
		assert_memory_equal(out.data + 4 * i, "..\r\n", 4);
	buf_free(&in);
	buf_free(&out);
}

/* ---- replies -------------------------------------------------------------------- */

static void note_line(void *ctx, const char *text)
{
	buf_addf(ctx, "[%s]", text);
}

static int read_reply(const char *bytes, size_t len, struct reply *reply,
                      struct buf *lines, struct err *err)
{
	struct reply_lines each = { note_line, lines };
	struct reply_reader reader = { .name = "peer",
		                       .deadline = deadline_in(5000) };
	int fds[2], rc;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], bytes, len), (ssize_t)len);
	close(fds[1]);
	reader.fd = fds[0];
	rc = reply_read(&reader, reply, each, err);
	close(fds[0]);
	return rc;
}

static void test_replies(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int code; /* -1: an error */
		const char *status, *lines;
	} cases[] = {
		{ TEXT("250 ok\r\n"), 250, "", "[ok]" },
		{ TEXT("250\r\n"), 250, "", "[]" },
		{ TEXT("250 \n"), 250, "", "[]" },
		{ TEXT("250-a\r\n250-b\r\n250 c\r\n"), 250, "", "[a][b][c]" },
		{ TEXT("550 5.1.1 no such user\r\n"), 550, "5.1.1", "[5.1.1 no such user]" },
		{ TEXT("550 5.123.456\r\n"), 550, "5.123.456", "[5.123.456]" },
		{ TEXT("550-5.1.1 a\r\n550 5.7.1 b\r\n"), 550, "5.7.1", "[5.1.1 a][5.7.1 b]" },
		{ TEXT("550 4.1.1 other class\r\n"), 550, "", "[4.1.1 other class]" },
		{ TEXT("550 5.1234.1 x\r\n"), 550, "", "[5.1234.1 x]" },
		{ TEXT("550 5.1.1x\r\n"), 550, "", "[5.1.1x]" },
		{ TEXT("550 5.\r\n"), 550, "", "[5.]" },
		{ TEXT("550 5.1.\r\n"), 550, "", "[5.1.]" },
		{ TEXT("250 a\0b\r\n"), 250, "", "[a]" },
		{ TEXT("250-a\r\n251 b\r\n"), -1, "", "" },
		{ TEXT("150 x\r\n"), -1, "", "" },
		{ TEXT("650 x\r\n"), -1, "", "" },
		{ TEXT("25x\r\n"), -1, "", "" },
		{ TEXT("2500 x\r\n"), -1, "", "" },
		{ TEXT("hello\r\n"), -1, "", "" },
		{ TEXT("\r\n"), -1, "", "" },
		{ TEXT("250 ok"), -1, "", "" },
		{ TEXT("250-ok\r\n"), -1, "", "" },
		{ TEXT(""), -1, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf lines = BUF_INIT;
		struct reply reply;
		struct err err;
		int rc = read_reply(cases[i].bytes, cases[i].len, &reply, &lines,
		                    &err);

		assert_int_equal(rc, cases[i].code < 0 ? -1 : 0);
		if (rc == 0) {
			assert_int_equal(reply.code, cases[i].code);
			assert_string_equal(reply.status, cases[i].status);
			assert_string_equal(buf_str(&lines), cases[i].lines);
		} else {
			assert_int_equal(err.class, ERR_TEMPORARY);
		}
		buf_free(&lines);
	}
}

static void test_reply_bounds(void **state)
{
	struct buf in = BUF_INIT, lines = BUF_INIT;
	struct reply reply;
	struct err err;

	(void)state;
	for (int i = 0; i < REPLY_LINES_MAX; i++)
		buf_adds(&in, "250-a\r\n");
	buf_adds(&in, "250 b\r\n");
	assert_int_equal(read_reply(in.data, in.len, &reply, &lines, &err), -1);
	buf_free(&in);
	buf_free(&lines);

	buf_adds(&in, "250 ");
	for (int i = 0; i < 20000; i++)
		buf_addc(&in, 'x');
	buf_adds(&in, "\r\n");
	assert_int_equal(read_reply(in.data, in.len, &reply, &lines, &err), 0);
	assert_int_equal(lines.len, 2 + REPLY_LINE_MAX - 1 - 4);
	buf_free(&in);
	buf_free(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dots),
		cmocka_unit_test(test_dots_long),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_reply_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
