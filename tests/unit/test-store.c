/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-store - making a store, whose the files are, the three answers */
#include <config.h>

#include <sys/wait.h>

#include "tests/unit/stores.h"

#define NOBODY 65534

/* The answer; the address found into found where that is not NULL. */
static enum store_answer lookup(struct store *s, const char *address,
                                const char *delimiters, char found[64])
{
	struct entry *e = NULL;
	struct err err = { 0 };
	enum store_answer answer = store_lookup(s, address, delimiters, &e, &err);

	if (answer == STORE_FOUND && found)
		snprintf(found, 64, "%s", e->address);
	if (answer == STORE_COULD_NOT_ASK) {
		assert_int_equal(err.class, ERR_TEMPORARY);
		assert_string_not_equal(err.what, "");
		assert_string_not_equal(err.advice, "");
	}
	assert_int_equal(e != NULL, answer == STORE_FOUND);
	entry_free(&e);
	return answer;
}

static void assert_mode(const char *root, const char *path, mode_t mode)
{
	struct stat st = stores_stat(root, path);

	if ((st.st_mode & 07777) != mode)
		fail_msg("%s: mode %o", path, st.st_mode & 07777);
}

/* ---- specs, making, marker --------------------------------------------- */

static void test_spec(void **state)
{
	struct stores_place *p = *state;
	static const char *const bad[] = { "", "dir", "dir:", "keys", "./keys",
	                                   "sql:/x", "DIR:/x", ":/x" };
	struct err err = { 0 };
	struct store *s;
	char *spec = mem_printf("dir:%s", p->root);

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_null(store_open(bad[i], NULL, &err));
		assert_int_equal(err.class, ERR_CONFIG);
	}
	s = stores_open(spec, true);
	assert_true(store_created(s));
	assert_string_equal(store_spec(s), spec);
	store_free(&s);
	assert_null(s);
	s = stores_open(p->root, true);
	assert_false(store_created(s));
	assert_string_equal(store_spec(s), spec);
	store_free(&s);
	store_free(&s);
	free(spec);
}

static void assert_no_store(const char *root, bool create)
{
	struct err err = { 0 };
	const struct store_options options = { .create = create };
	struct store *s = store_open(root, &options, &err);

	assert_null(s);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_string_not_equal(err.advice, "");
}

static void test_unmarked(void **state)
{
	struct stores_place *p = *state;
	struct store *s;
	struct err err = { 0 };
	char *marker = stores_below(p->root, "mailseal-keystore");

	assert_null(store_open(p->root, NULL, &err));
	assert_non_null(strstr(err.advice, "mailseal key import"));
	assert_int_equal(folder_count(p->folder, "."), 0); /* nothing was made */

	s = stores_open(p->root, true);
	stores_must_put(s, BOB, 1);
	store_free(&s);
	s = stores_open(p->root, false);
	store_free(&s);

	/* a keystore without its marker is no new one either */
	assert_int_equal(unlink(marker), 0);
	assert_no_store(p->root, false);
	assert_no_store(p->root, true);
	stores_write(p->root, "mailseal-keystore", "");
	assert_no_store(p->root, true);
	stores_write(p->root, "mailseal-keystore", "mailseal-keystore 2\n");
	assert_no_store(p->root, true);
	stores_write(p->root, "mailseal-keystore", "mailseal-keystore 1");
	assert_no_store(p->root, false);
	stores_write(p->root, "mailseal-keystore", "mailseal-keystore 1\nmore\n");
	s = stores_open(p->root, false);
	store_free(&s);
	assert_int_equal(unlink(marker), 0);
	assert_int_equal(symlink(BOB_PATH, marker), 0);
	assert_no_store(p->root, false);
	free(marker);
}

static void test_empty_folder(void **state)
{
	struct stores_place *p = *state;
	char *x = stores_below(p->folder, "x");
	struct store *s;

	assert_no_store(p->folder, false);
	stores_write(p->folder, "x", "x");
	assert_no_store(p->folder, true);
	assert_int_equal(folder_count(p->folder, "."), 1); /* nothing was added */
	assert_int_equal(chmod(p->folder, 0700), 0);
	assert_int_equal(unlink(x), 0);
	free(x);
	s = stores_open(p->folder, true);
	assert_true(store_created(s));
	stores_must_put(s, BOB, 1);
	store_free(&s);
	assert_mode(p->folder, ".", 0700);
	assert_mode(p->folder, "68", 0700);
	assert_mode(p->folder, BOB_PATH, 0600);
}

/* ---- whose the files are ------------------------------------------------ */

static void test_umask(void **state)
{
	struct stores_place *p = *state;
	static const mode_t masks[] = { 0, 022, 077, 0277, 0777 };

	for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
		char *root = mem_printf("%s/%zu/b/keys", p->folder, i);
		char *parent = mem_printf("%s/%zu", p->folder, i);
		mode_t old = umask(masks[i]);
		struct store *s = stores_open(root, true);

		stores_must_put(s, BOB, 1);
		stores_must_put(s, BOB, 2);
		store_free(&s);
		assert_int_equal(umask(old), masks[i]);
		assert_mode(parent, ".", 0755);
		assert_mode(parent, "b", 0755);
		assert_mode(root, ".", 0755);
		assert_mode(root, "mailseal-keystore", 0644);
		assert_mode(root, "68", 0755);
		assert_mode(root, BOB_PATH, 0644);
		assert_mode(root, ".lock", 0600);
		free(parent);
		free(root);
	}
}

static void test_modes_follow(void **state)
{
	struct stores_place *p = *state;
	static const struct {
		mode_t root, file, lock;
	} cases[] = {
		{ 0755, 0644, 0600 },  { 0750, 0640, 0600 },  { 0700, 0600, 0600 },
		{ 0711, 0644, 0600 },  { 02770, 0660, 0660 }, { 02775, 0664, 0660 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *root = mem_printf("%s/%zu", p->folder, i);
		struct store *s;

		assert_int_equal(mkdir(root, 0700), 0);
		assert_int_equal(chmod(root, cases[i].root), 0);
		s = stores_open(root, true);
		stores_must_put(s, BOB, 1);
		store_free(&s);
		assert_mode(root, ".", cases[i].root);
		assert_mode(root, "mailseal-keystore", cases[i].file);
		assert_mode(root, "68", cases[i].root);
		assert_mode(root, BOB_PATH, cases[i].file);
		assert_mode(root, ".lock", cases[i].lock);
		free(root);
	}
}

static void assert_owner(const char *root, const char *path, uid_t uid, gid_t gid)
{
	struct stat st = stores_stat(root, path);

	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
}

static void test_owner_follows(void **state)
{
	static const char *const paths[] = { "mailseal-keystore", "68", BOB_PATH,
	                                     ".lock" };
	struct stores_place *p = *state;
	struct store *s;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(p->folder, 0750), 0);
	assert_int_equal(chown(p->folder, 1234, 4321), 0);
	s = stores_open(p->folder, true);
	stores_must_put(s, BOB, 1);
	store_free(&s);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		assert_owner(p->folder, paths[i], 1234, 4321);
}

/* ---- answers ------------------------------------------------------------ */

static void test_lookup(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	char found[64];

	assert_int_equal(lookup(s, BOB, "+", found), STORE_NOT_ENROLLED);
	stores_must_put(s, BOB, 1);
	stores_must_put(s, "bob+lists@example.org", 1);
	stores_must_put(s, "@example.net", 1);
	assert_int_equal(lookup(s, BOB, "+", found), STORE_FOUND);
	assert_string_equal(found, BOB);
	assert_int_equal(lookup(s, "bob+x@example.org", "+", found), STORE_FOUND);
	assert_string_equal(found, BOB);
	assert_int_equal(lookup(s, "bob+lists@example.org", "+", found), STORE_FOUND);
	assert_string_equal(found, "bob+lists@example.org");
	assert_int_equal(lookup(s, "bob+x@example.org", "-", found), STORE_NOT_ENROLLED);
	assert_int_equal(lookup(s, "bob+x@example.org", "", found), STORE_NOT_ENROLLED);
	assert_int_equal(lookup(s, "obob@example.org", "+", found), STORE_NOT_ENROLLED);
	assert_int_equal(lookup(s, "eve+x@example.net", "+", found), STORE_FOUND);
	assert_string_equal(found, "@example.net");
	assert_int_equal(lookup(s, "eve@sub.example.net", "+", found), STORE_NOT_ENROLLED);
	store_free(&s);
}

static void assert_could_not(const char *root)
{
	struct store *s = stores_open(root, false);

	assert_int_equal(lookup(s, BOB, "+", NULL), STORE_COULD_NOT_ASK);
	/* nor is a broken exact one passed over for a less exact one */
	assert_int_equal(lookup(s, "bob+x@example.org", "+", NULL),
	                 STORE_COULD_NOT_ASK);
	store_free(&s);
}

static void test_broken_entries(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	char *bob = stores_below(p->root, BOB_PATH);
	struct err err = { 0 };
	char *text;
	size_t len = 0;

	stores_must_put(s, "@example.org", 1);
	stores_must_put(s, BOB, 1);
	text = folder_read(p->root, BOB_PATH, &len);
	assert_non_null(text);
	stores_write(p->root, BOB_PATH, "");
	assert_could_not(p->root);
	/* a broken one is not written over, but can be removed */
	assert_int_equal(stores_put(s, BOB, 1, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	text[len / 2] = '\0';
	stores_write(p->root, BOB_PATH, text);
	assert_could_not(p->root);
	assert_int_equal(store_remove(s, BOB, &err), 1);
	assert_int_equal(unlink(bob), 0); /* the tombstone */
	assert_int_equal(mkdir(bob, 0755), 0);
	assert_could_not(p->root);
	assert_int_equal(rmdir(bob), 0);
	assert_int_equal(mkfifo(bob, 0644), 0); /* must not hang */
	assert_could_not(p->root);
	assert_int_equal(unlink(bob), 0);
	assert_int_equal(symlink("nowhere", bob), 0);
	assert_could_not(p->root);
	assert_int_equal(unlink(bob), 0);
	stores_write(p->root, BOB_PATH, "x");
	assert_int_equal(truncate(bob, ENTRY_MAX + 1), 0);
	assert_could_not(p->root);
	free(text);
	free(bob);
	store_free(&s);
}

/* Another address's entry in its place. */
static void test_swapped(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	size_t len;
	char *text;

	stores_must_put(s, BOB, 1);
	text = folder_read(p->root, BOB_PATH, &len);
	assert_non_null(text);
	memcpy(strstr(text, BOB), "eve", 3);
	stores_write(p->root, BOB_PATH, text);
	assert_could_not(p->root);
	free(text);
	store_free(&s);
}

static void test_broken_folders(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	char *folder = stores_below(p->root, "68"), *away = stores_below(p->root, "away");

	stores_must_put(s, BOB, 1);
	assert_int_equal(rename(folder, away), 0);
	assert_int_equal(lookup(s, BOB, "+", NULL), STORE_NOT_ENROLLED);
	assert_int_equal(symlink("nowhere", folder), 0);
	assert_could_not(p->root);
	assert_int_equal(unlink(folder), 0);
	stores_write(p->root, "68", "x");
	assert_could_not(p->root);
	free(folder);
	free(away);
	store_free(&s);
}

/* In a child, as one who is not root. */
static int as_nobody(const char *root, bool (*does)(const char *root))
{
	pid_t pid = fork();
	int status = -1;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(NOBODY) || setuid(NOBODY)))
			_exit(2);
		_exit(does(root) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool finds_bob(const char *root)
{
	struct err err;
	struct store *s = store_open(root, NULL, &err);
	struct entry *e = NULL;
	bool found = s && store_get(s, BOB, &e, &err) == STORE_FOUND;

	entry_free(&e);
	store_free(&s);
	return found;
}

/* Not even asked, or the answer is that it could not be. */
static bool could_not_ask(const char *root)
{
	struct err err;
	struct store *s = store_open(root, NULL, &err);
	struct entry *e = NULL;
	bool could_not = !s || store_get(s, BOB, &e, &err) == STORE_COULD_NOT_ASK;

	store_free(&s);
	return could_not;
}

static bool can_write(const char *root)
{
	struct err err;
	const struct store_options options = { .create = true };
	struct store *s = store_open(root, &options, &err);
	bool could = s && stores_put(s, BOB, 2, &err) == 0;

	store_free(&s);
	return could;
}

static void test_permissions(void **state)
{
	static const struct {
		const char *path;
		mode_t mode;
		bool found;
	} cases[] = {
		{ ".", 0755, true },       { ".", 0711, true },
		{ ".", 0700, false },      { ".", 0744, false },
		{ "mailseal-keystore", 0600, false },
		{ "68", 0711, true },      { "68", 0700, false },
		{ BOB_PATH, 0600, false },
	};
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);

	if (geteuid() != 0) {
		store_free(&s);
		skip();
	}
	stores_must_put(s, BOB, 1);
	store_free(&s);
	assert_int_equal(as_nobody(p->root, can_write), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *path = stores_below(p->root, cases[i].path);
		mode_t old = stores_stat(p->root, cases[i].path).st_mode & 07777;

		assert_int_equal(chmod(path, cases[i].mode), 0);
		assert_int_equal(as_nobody(p->root, finds_bob), cases[i].found);
		assert_int_equal(as_nobody(p->root, could_not_ask), !cases[i].found);
		assert_int_equal(chmod(path, old), 0);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORES_TEST(test_spec),
		STORES_TEST(test_unmarked),
		STORES_TEST(test_empty_folder),
		STORES_TEST(test_umask),
		STORES_TEST(test_modes_follow),
		STORES_TEST(test_owner_follows),
		STORES_TEST(test_lookup),
		STORES_TEST(test_broken_entries),
		STORES_TEST(test_swapped),
		STORES_TEST(test_broken_folders),
		STORES_TEST(test_permissions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
