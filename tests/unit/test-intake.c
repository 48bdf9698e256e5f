/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-intake - what comes in: the From line apart, the rest whole; the envelope */
#include <config.h>

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "filter/envelope.h"
#include "filter/intake.h"

static int file_of(const void *data, size_t len)
{
	char path[] = "/tmp/mailseal-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, data, len), len);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int take(const void *data, size_t len, uint64_t max,
                struct intake *intake, struct err *err)
{
	int fd = file_of(data, len);
	int rc = intake_read(fd, "/tmp", max, deadline_in(5000), intake, err);

	/* To the end, whatever happened. */
	assert_int_equal(lseek(fd, 0, SEEK_CUR), len);
	close(fd);
	return rc;
}

static void check(const char *text, size_t len, const char *from_line)
{
	struct intake intake;
	struct err err;
	size_t skip = from_line ? strlen(from_line) : 0;
	char back[8192];

	assert_int_equal(take(text, len, 0, &intake, &err), 0);
	if (from_line)
		assert_string_equal(intake.from_line, from_line);
	else
		assert_null(intake.from_line);
	assert_int_equal(spool_size(intake.spool), len - skip);
	assert_int_equal(spool_read(intake.spool, 0, back, len - skip, &err), 0);
	assert_memory_equal(back, text + skip, len - skip);
	intake_free(&intake);
}

static void test_from_line_is_kept_apart(void **state)
{
	char long_line[6000];

	(void)state;
	check("", 0, NULL);
	check("From a@b Tue\nSubject: x\n\nbody", 30, "From a@b Tue\n");
	check("From a@b Tue\r\nSubject: x\r\n", 26, "From a@b Tue\r\n");
	check("From a@b Tue\n", 13, "From a@b Tue\n");
	check("From a@b without an end", 23, NULL);
	check("From : a@b\nSubject: x\n", 22, NULL); /* a header field */
	check("From: a@b\n", 10, NULL);
	check("from a@b\n\n", 10, NULL);
	check("From a\0b\nSubject: x\n", 20, NULL);
	memset(long_line, 'x', sizeof long_line);
	memcpy(long_line, "From ", 5);
	long_line[sizeof long_line - 1] = '\n';
	check(long_line, sizeof long_line, NULL);
}

static void test_hash_is_of_the_original(void **state)
{
	struct intake intake;
	struct err err;

	(void)state;
	assert_int_equal(take("From x\nabc", 10, 0, &intake, &err), 0);
	assert_string_equal(intake.original.sha256,
	                    "ba7816bf8f01cfea414140de5dae2223"
	                    "b00361a396177a9cb410ff61f20015ad");
	intake_free(&intake);
}

static void test_a_larger_message_is_refused_and_read(void **state)
{
	struct intake intake;
	struct err err;
	static char big[300000];

	(void)state;
	assert_int_equal(take(big, sizeof big, 1000, &intake, &err), -1);
	assert_int_equal(err.class, ERR_POLICY);
	assert_int_equal(take(big, 1000, 1000, &intake, &err), 0);
	intake_free(&intake);
}

/* ---- envelope ------------------------------------------------------------- */

static struct config *config_of(const char *text)
{
	char path[] = "/tmp/mailseal-test-XXXXXX";
	int fd = mkstemp(path);
	struct err err;
	struct config *config;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	config = config_read(path, &err);
	unlink(path);
	assert_non_null(config);
	return config;
}

struct envelope_row {
	const char *config;
	const char *r, *f;                     /* options; NULL: none */
	const char *recipient, *user, *logname, *sender; /* environment */
	const char *expect;                    /* the recipient; NULL: deferred */
	const char *expect_sender;
};

static const struct envelope_row envelope_rows[] = {
	{ "", "Bob@Example.ORG", "s@x.example", "env@b.example", NULL, NULL, "e@x.example",
	  "bob@example.org", "s@x.example" },
	{ "", NULL, NULL, "env@b.example", "user", NULL, "", "env@b.example", "" },
	{ "", NULL, NULL, NULL, "user", NULL, NULL, NULL, NULL },
	{ "default-domain = d.example\n", NULL, NULL, NULL, "user", "log", NULL, "user@d.example", NULL },
	{ "default-domain = d.example\n", NULL, NULL, NULL, "", "log", NULL, "log@d.example", NULL },
	{ "default-domain = d.example\n", NULL, NULL, "", "", "", NULL, NULL, NULL },
	{ "default-domain = d.example\n", "", NULL, "env@b.example", "user", NULL, NULL, NULL, NULL },
	{ "", "bob", NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "default-domain = d.example\n", "bob", NULL, NULL, NULL, NULL, NULL, "bob@d.example", NULL },
	{ "", "a b@c", NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	/* The header is believed only where the configuration says so. */
	{ "", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "trusted-envelope-fields = Delivered-To\n", NULL, NULL, NULL, "user", NULL, NULL,
	  "real@c.example", NULL },
	{ "trusted-envelope-fields = X-Original-To Return-Path\n", NULL, NULL, NULL, NULL, NULL, NULL,
	  "orig@c.example", "back@c.example" },
	{ "trusted-envelope-fields = Return-Path\n", "a@b.example", NULL, NULL, NULL, NULL, "env@x.example",
	  "a@b.example", "env@x.example" },
	{ "", "a@b.example", "<>", NULL, NULL, NULL, "env@x.example", "a@b.example", "" },
	{ "", "a@b.example", "MAILER-DAEMON", NULL, NULL, NULL, NULL, "a@b.example", "" },
};

static void set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void test_envelope_precedence(void **state)
{
	static const char text[] =
		"Return-Path: <back@c.example>\n"
		"X-Original-To: orig@c.example\n"
		"Delivered-To: real@c.example\n"
		"Delivered-To: forged@c.example\n"
		"To: to@c.example\n\nbody\n";

	(void)state;
	for (size_t i = 0; i < sizeof envelope_rows / sizeof *envelope_rows; i++) {
		const struct envelope_row *row = &envelope_rows[i];
		struct config *config = config_of(row->config);
		struct envelope_options options = { .sender = row->f };
		struct envelope e;
		struct intake intake;
		struct message message;
		struct err err;
		int rc;

		set("RECIPIENT", row->recipient);
		set("USER", row->user);
		set("LOGNAME", row->logname);
		set("SENDER", row->sender);
		if (row->r)
			options.recipient[options.recipients++] = row->r;
		assert_int_equal(take(text, sizeof text - 1, 0, &intake, &err), 0);
		assert_int_equal(message_map(intake.spool, &message, &err), 0);
		rc = envelope_resolve(&options, config, &message, &e, &err);
		if ((rc == 0) != (row->expect != NULL))
			fail_msg("row %zu: %s", i, rc ? err.what : e.recipient[0]);
		if (rc)
			assert_int_equal(err.class, ERR_TEMPORARY);
		if (rc == 0) {
			assert_string_equal(e.recipient[0], row->expect);
			if (row->expect_sender)
				assert_string_equal(e.sender, row->expect_sender);
			else
				assert_null(e.sender);
			envelope_free(&e);
		}
		intake_free(&intake);
		config_free(&config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_line_is_kept_apart),
		cmocka_unit_test(test_hash_is_of_the_original),
		cmocka_unit_test(test_a_larger_message_is_refused_and_read),
		cmocka_unit_test(test_envelope_precedence),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
