/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-maildir-folder - into a folder of the Maildir, as Maildir++ has them */
#include <config.h>

#include "base/secret.h"
#include "deliver/deliver.h"
#include "tests/unit/folder.h"

static char *folder; /* of the running test */
static char *box;    /* a Maildir in it, not made yet */

static int set_up(void **state)
{
	(void)state;
	folder = folder_new();
	box = mem_printf("%s/Maildir", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(box);
	folder_remove(folder);
	return 0;
}

static int deliver_into(const char *into, struct err *err)
{
	struct delivery *d = delivery_maildir_new(box, NULL, into);
	int rc = 0;

	if (delivery_begin(d, 0, err) ||
	    sink_puts(delivery_sink(d), "A: b\n\nc\n", err) ||
	    delivery_commit(d, err))
		rc = -1;
	delivery_free(&d);
	return rc;
}

static mode_t mode_of(const char *sub)
{
	char *path = mem_printf("%s/%s", box, sub);
	struct stat st = { 0 };

	assert_int_equal(stat(path, &st), 0);
	free(path);
	return st.st_mode & 07777;
}

/* The Maildir itself is made, too, and gets nothing. */
static void test_made(void **state)
{
	static const char *const folders[] = {
		".", "cur", "new", "tmp", ".Junk", ".Junk/cur", ".Junk/new", ".Junk/tmp",
	};
	struct err err;

	(void)state;
	for (int i = 1; i <= 2; i++) {
		mode_t old = umask(i == 1 ? 0777 : 0);
		int rc = deliver_into(".Junk", &err);

		umask(old);
		assert_int_equal(rc, 0);
		assert_int_equal(folder_count(box, ".Junk/new"), i);
		assert_int_equal(folder_count(box, ".Junk/tmp"), 0);
		assert_int_equal(folder_count(box, "new"), 0);
		assert_int_equal(folder_count(box, "tmp"), 0);
	}
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		assert_int_equal(mode_of(folders[i]), 0700);
	assert_int_equal(mode_of(".Junk/maildirfolder"), 0600);
}

/* What stands in the mark's place is mark enough. */
static void test_marked(void **state)
{
	char *maildir = mem_printf("%s/.Junk", box);
	char *mark = mem_printf("%s/maildirfolder", maildir);
	struct err err;

	(void)state;
	assert_int_equal(mkdir(box, 0700), 0);
	assert_int_equal(mkdir(maildir, 0750), 0);
	assert_int_equal(symlink("/no/such/file", mark), 0);
	assert_int_equal(deliver_into(".Junk", &err), 0);
	assert_int_equal(folder_count(box, ".Junk/new"), 1);
	assert_int_equal(mode_of(".Junk"), 0750);
	free(mark);
	free(maildir);
}

static void test_in_the_way(void **state)
{
	char *file = mem_printf("%s/.Junk", box);
	struct err err = { .class = ERR_NONE };

	(void)state;
	assert_int_equal(mkdir(box, 0700), 0);
	close(open(file, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(deliver_into(".Junk", &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_int_equal(folder_count(box, "new"), 0);
	assert_int_equal(folder_count(box, "tmp"), 0);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_made, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_marked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_in_the_way, set_up, tear_down),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
