/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-maildir-name - names that no host, clock or size makes unfit */
#include <config.h>

#include <limits.h>
#include <string.h>

#include "base/secret.h"
#include "deliver/maildir-name.h"
#include "tests/unit/unit.h"

static void test_host(void **state)
{
	static const struct {
		const char *host, *escaped;
	} cases[] = {
		{ "mx.example.org", "mx.example.org" },
		{ "a-B_9", "a-B_9" },
		{ "a/b:c", "a\\057b\\072c" },
		{ "a,S=1", "a\\054S\\0751" },
		{ "\n \\\xc3\xa4", "\\012\\040\\134\\303\\244" },
		{ "", "" },
	};
	char out[MAILDIR_HOST_MAX], longest[400];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		maildir_name_host(out, cases[i].host);
		assert_string_equal(out, cases[i].escaped);
	}
	memset(longest, '/', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	maildir_name_host(out, longest);
	assert_int_equal(strlen(out), MAILDIR_HOST_MAX - 1);
}

static void test_longest_name(void **state)
{
	char name[MAILDIR_NAME_MAX];

	(void)state;
	maildir_name_new(name, UINT64_MAX);
	assert_non_null(strstr(name, ",S=18446744073709551615"));
	/* All numbers at their longest, and the longest host. */
	assert_true(20 + 8 + 21 + 17 + 1 + (MAILDIR_HOST_MAX - 1) + 23 <
	            MAILDIR_NAME_MAX);
	assert_true(MAILDIR_NAME_MAX <= NAME_MAX - 30);
}

/* The clock, the process and the host are the same: the rest differs. */
static void test_unique(void **state)
{
	static char names[1000][MAILDIR_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		maildir_name_tmp(names[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_unique),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
