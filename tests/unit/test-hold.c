/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-hold - the drop folder: whole and durable or not at all, bounded, and nobody else's */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "base/secret.h"
#include "deliver/deliver.h"
#include "deliver/hold-folder.h"
#include "tests/unit/folder.h"

static const char head[] = "mailseal-hold 1\n\n";
static const char text[] = "From: sam@example.com\n\nciphertext\n";
#define FILE_SIZE (sizeof head - 1 + sizeof text - 1)

static char *folder; /* of the running test */
static char *drop;   /* the hold folder in it, not made yet */
static char *own;    /* ours in that */
static struct {
	int calls, fail_at;
} syncs;

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
	if (++syncs.calls != syncs.fail_at)
		return __real_fsync(fd);
	errno = EIO;
	return -1;
}

static int set_up(void **state)
{
	(void)state;
	folder = folder_new();
	drop = mem_printf("%s/state/hold", folder);
	own = mem_printf("state/hold/%lu", (unsigned long)geteuid());
	memset(&syncs, 0, sizeof syncs);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(drop);
	free(own);
	folder_remove(folder);
	return 0;
}

/* One message; its ID into id. */
static int hold(uint64_t max_size, char id[static HOLD_FOLDER_ID_MAX], struct err *err)
{
	struct delivery *d;
	int rc;

	hold_folder_new_id(id);
	d = delivery_hold_new(drop, max_size, head, id);
	assert_true(delivery_wants_whole(d));
	assert_true(delivery_wants_from_line(d));
	rc = delivery_begin(d, sizeof text - 1, err);
	if (!rc)
		rc = sink_write(delivery_sink(d), text, sizeof text - 1, err);
	if (!rc)
		rc = delivery_commit(d, err);
	delivery_free(&d);
	return rc;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void test_held(void **state)
{
	char id[HOLD_FOLDER_ID_MAX], name[HOLD_FOLDER_NAME_MAX];
	const mode_t old = umask(0);
	struct err err;
	size_t len;

	(void)state;
	assert_int_equal(hold(1000, id, &err), 0);
	umask(old);
	hold_folder_name(name, id, FILE_SIZE);

	char *file = mem_printf("%s/%s", own, name);
	char *path = mem_printf("%s/%s", folder, file);
	char *ours = mem_printf("%s/%s", folder, own);
	char *data = folder_read(folder, file, &len);

	assert_non_null(data);
	assert_int_equal(len, FILE_SIZE);
	assert_memory_equal(data, head, sizeof head - 1);
	assert_memory_equal(data + sizeof head - 1, text, sizeof text - 1);
	assert_int_equal(mode_of(path), 0600);
	assert_int_equal(mode_of(ours), 0700);
	assert_int_equal(mode_of(drop), 01733);
	assert_int_equal(folder_count(folder, own), 1);
	assert_int_equal(syncs.calls, 3); /* the drop folder, the message, our folder */
	free(data);
	free(ours);
	free(path);
	free(file);
}

static void test_a_failed_sync_is_no_success(void **state)
{
	char id[HOLD_FOLDER_ID_MAX];
	struct err err;

	(void)state;
	for (int i = 1; i <= 3; i++) {
		memset(&syncs, 0, sizeof syncs);
		syncs.fail_at = i;
		if (hold(1000, id, &err) == 0)
			fail_msg("fsync number %d failed unseen", i);
		assert_int_equal(err.class, ERR_TEMPORARY);
	}
	/* The drop folder, the message, our folder: in that the message is already. */
	assert_int_equal(folder_count(folder, own), 1);
	assert_int_equal(syncs.calls, 3);
}

static void test_the_bound(void **state)
{
	char id[HOLD_FOLDER_ID_MAX];
	struct err err;

	(void)state;
	assert_int_equal(hold(2 * FILE_SIZE, id, &err), 0);
	assert_int_equal(hold(2 * FILE_SIZE, id, &err), 0);
	assert_int_equal(hold(2 * FILE_SIZE, id, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, "is full"));
	assert_int_equal(hold(3 * FILE_SIZE - 1, id, &err), -1);
	assert_int_equal(hold(3 * FILE_SIZE, id, &err), 0);
	assert_int_equal(folder_count(folder, own), 3);
}

static void test_folders_that_are_not_safe(void **state)
{
	char id[HOLD_FOLDER_ID_MAX];
	char *ours = mem_printf("%s/%s", folder, own);
	struct err err;

	(void)state;
	assert_int_equal(hold(1000, id, &err), 0);
	assert_int_equal(chmod(drop, 0733), 0);
	assert_int_equal(hold(1000, id, &err), -1);
	assert_int_equal(chmod(drop, 01733), 0);
	assert_int_equal(chmod(ours, 0770), 0);
	assert_int_equal(hold(1000, id, &err), -1);
	assert_int_equal(chmod(ours, 0700), 0);

	char *away = mem_printf("%s/away", folder);

	assert_int_equal(rename(ours, away), 0);
	assert_int_equal(symlink(away, ours), 0);
	assert_int_equal(hold(1000, id, &err), -1);
	assert_int_equal(unlink(ours), 0);
	assert_int_equal(rename(away, ours), 0);
	assert_int_equal(hold(1000, id, &err), 0);
	free(away);
	free(ours);
}

static void test_an_aborted_one_leaves_nothing(void **state)
{
	char id[HOLD_FOLDER_ID_MAX];
	struct delivery *d;
	struct err err;

	(void)state;
	hold_folder_new_id(id);
	d = delivery_hold_new(drop, 1000, head, id);
	assert_int_equal(delivery_begin(d, sizeof text - 1, &err), 0);
	assert_int_equal(folder_count(folder, own), 1);
	assert_int_equal(sink_write(delivery_sink(d), text, 4, &err), 0);
	assert_int_equal(delivery_commit(d, &err), -1);
	delivery_free(&d);
	assert_int_equal(folder_count(folder, own), 0);
}

/* ---- list, open, remove ---------------------------------------------------------------- */

static void test_list_and_remove(void **state)
{
	char id[2][HOLD_FOLDER_ID_MAX];
	struct hold_folder_file file, again;
	struct hold_folder_list list;
	struct err err;

	(void)state;
	assert_int_equal(hold_folder_list(drop, &list, &err), 0); /* no such folder */
	assert_int_equal(list.count, 0);
	hold_folder_list_free(&list);
	for (int i = 0; i < 2; i++)
		assert_int_equal(hold(1000, id[i], &err), 0);
	assert_int_equal(hold_folder_list(drop, &list, &err), 0);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.odd, 0);
	assert_int_equal(list.item[0].owner, geteuid());
	assert_int_equal(list.item[0].size, FILE_SIZE);

	assert_int_equal(hold_folder_open(drop, &list.item[0], true, &file, &err), 0);
	assert_int_equal(hold_folder_open(drop, &list.item[0], true, &again, &err), 1);
	hold_folder_close(&again);
	assert_int_equal(hold_folder_open(drop, &list.item[0], false, &again, &err), 0);
	assert_int_equal(hold_folder_remove(&file, &err), 0);
	hold_folder_close(&again);
	hold_folder_close(&file);
	assert_int_equal(hold_folder_open(drop, &list.item[0], true, &file, &err), 1);
	hold_folder_close(&file);
	assert_int_equal(folder_count(folder, own), 1);
	hold_folder_list_free(&list);
}

/* Locked by who removes it meanwhile. */
static void test_gone_while_it_was_opened(void **state)
{
	char id[HOLD_FOLDER_ID_MAX];
	struct hold_folder_file first, second;
	struct hold_folder_list list;
	struct err err;

	(void)state;
	assert_int_equal(hold(1000, id, &err), 0);
	assert_int_equal(hold_folder_list(drop, &list, &err), 0);
	assert_int_equal(hold_folder_open(drop, &list.item[0], false, &first, &err), 0);
	assert_int_equal(hold_folder_open(drop, &list.item[0], true, &second, &err), 0);
	assert_int_equal(hold_folder_remove(&second, &err), 0);
	assert_int_equal(hold_folder_remove(&first, &err), -1);
	hold_folder_close(&second);
	hold_folder_close(&first);
	hold_folder_list_free(&list);
}

static void test_what_is_no_message(void **state)
{
	static const char *const names[] = {
		"1-0123456789abcdef,S=1", "2-0123456789abcdef,S=1", "3-0123456789abcdef,S=1",
	};
	char id[HOLD_FOLDER_ID_MAX];
	char *path[4];
	struct hold_folder_list list;
	struct err err;

	(void)state;
	assert_int_equal(hold(1000, id, &err), 0);
	for (int i = 0; i < 3; i++)
		path[i] = mem_printf("%s/%s/%s", folder, own, names[i]);
	path[3] = mem_printf("%s/4294967294", drop); /* nobody's, so ours */
	assert_int_equal(symlink("/etc/passwd", path[0]), 0);
	assert_int_equal(mkfifo(path[1], 0600), 0);
	assert_int_equal(mkdir(path[2], 0700), 0);
	assert_int_equal(mkdir(path[3], 0700), 0);
	assert_int_equal(hold_folder_list(drop, &list, &err), 0);
	assert_int_equal(list.count, 4);
	assert_int_equal(list.odd, 1);
	for (int i = 0; i < 3; i++) {
		struct hold_folder_file file;

		if (hold_folder_open(drop, &list.item[i], false, &file, &err) != -1)
			fail_msg("%s was opened", names[i]);
		hold_folder_close(&file);
	}
	hold_folder_list_free(&list);
	for (int i = 0; i < 4; i++)
		free(path[i]);
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool good;
		int64_t since;
		uint64_t size;
	} names[] = {
		{ "1700000000-0123456789abcdef,S=42", true, 1700000000, 42 },
		{ "0-0000000000000000,S=0", true, 0, 0 },
		{ "01-0123456789abcdef,S=42", false, 0, 0 },
		{ "1-0123456789abcde,S=42", false, 0, 0 },
		{ "1-0123456789abcdeff,S=42", false, 0, 0 },
		{ "1-0123456789ABCDEF,S=42", false, 0, 0 },
		{ "1-0123456789abcdef,S=042", false, 0, 0 },
		{ "1-0123456789abcdef,S=", false, 0, 0 },
		{ "1-0123456789abcdef,S=42 ", false, 0, 0 },
		{ "1-0123456789abcdef,S=1234567890123456789", false, 0, 0 },
		{ "1-0123456789abcdef", false, 0, 0 },
		{ ".tmp-1-0123456789abcdef", false, 0, 0 },
		{ "-1-0123456789abcdef,S=1", false, 0, 0 },
		{ "", false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct hold_folder_item item;
		char again[HOLD_FOLDER_NAME_MAX];

		if (hold_folder_parse(names[i].name, &item) != names[i].good)
			fail_msg("%s", names[i].name);
		if (!names[i].good)
			continue;
		assert_int_equal(item.since, names[i].since);
		assert_int_equal(item.size, names[i].size);
		hold_folder_name(again, item.id, item.size);
		assert_string_equal(again, names[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_held, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_failed_sync_is_no_success, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_bound, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_folders_that_are_not_safe, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_aborted_one_leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_list_and_remove, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_gone_while_it_was_opened, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_no_message, set_up, tear_down),
		cmocka_unit_test(test_names),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
