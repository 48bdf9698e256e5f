/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-store-change - serials, paths, listing, many writers at once */
#include <config.h>

#include <sys/wait.h>

#include "tests/unit/stores.h"

#define WRITERS 4
#define CHANGES 15 /* by each */

/* ---- changes ------------------------------------------------------------ */

static void test_serials(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	struct entry *e = NULL;
	struct err err = { 0 };

	assert_int_equal(stores_put(s, BOB, 2, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	stores_must_put(s, BOB, 1);
	assert_int_equal(stores_put(s, BOB, 1, &err), -1);
	assert_int_equal(stores_put(s, BOB, 3, &err), -1);
	stores_must_put(s, BOB, 2);
	assert_int_equal(store_get(s, BOB, &e, &err), STORE_FOUND);
	assert_int_equal(e->serial, 2);
	entry_free(&e);
	assert_int_equal(store_remove(s, BOB, &err), 1);
	assert_int_equal(store_remove(s, BOB, &err), 0);
	assert_int_equal(store_remove(s, "eve@example.org", &err), 0);
	assert_int_equal(store_get(s, BOB, &e, &err), STORE_NOT_ENROLLED);
	/* the tombstone counts on, so that what stood there can't come back */
	assert_int_equal(stores_put(s, BOB, 1, &err), -1);
	assert_int_equal(store_get_version(s, BOB, &e, &err), STORE_FOUND);
	assert_true(e->removed);
	assert_int_equal(e->serial, 3);
	entry_free(&e);
	stores_must_put(s, BOB, 4);
	store_free(&s);
}

static void assert_refused(struct store *s, struct entry *e)
{
	struct err err = { 0 };

	assert_int_equal(store_put(s, e, "test", &err), -1);
	assert_int_equal(err.class, ERR_DATA);
	entry_free(&e);
}

static void test_unstorable(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	struct entry *e;

	assert_refused(s, stores_entry(BOB, 0));
	assert_refused(s, stores_entry("Bob@example.org", 1));
	assert_refused(s, stores_entry("example.org", 1));
	assert_refused(s, entry_new(BOB));
	e = stores_entry(BOB, 1);
	e->cert[0].created = -1;
	assert_refused(s, e);
	e = stores_entry(BOB, 1);
	free(e->cert[0].data);
	e->cert[0].data = mem_alloc(ENTRY_MAX);
	e->cert[0].size = ENTRY_MAX;
	assert_refused(s, e);
	assert_int_equal(folder_count(p->root, "."), 2); /* marker, lock */
	store_free(&s);
}

/* What one that was killed leaves, a file or a folder, is in nobody's way. */
static void test_stale(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	char *stale = stores_below(p->root, ".new");

	stores_write(p->root, ".new", "half");
	stores_must_put(s, BOB, 1);
	assert_int_equal(access(stale, F_OK), -1);
	assert_int_equal(mkdir(stale, 0700), 0);
	stores_must_put(s, BOB, 2);
	assert_int_equal(access(stale, F_OK), -1);
	assert_int_equal(folder_count(p->root, "68"), 1);
	free(stale);
	store_free(&s);
}

static void test_paths(void **state)
{
	static const struct {
		const char *address, *path;
	} cases[] = {
		{ BOB, BOB_PATH },
		{ "--output=x@example.org", "70/%2d-output=x@example.org" },
		{ "../../etc/passwd@example.org", "b9/%2e.%2f..%2fetc%2fpasswd@example.org" },
		{ "a%2fb@example.org", "86/a%252fb@example.org" },
		{ "\"bob smith\"@example.org", "87/%22bob%20smith%22@example.org" },
		{ "j\xc3\xb6rg@example.org", "90/j%c3%b6rg@example.org" },
		{ "@example.org", "64/@example.org" },
		{ "bob@[192.0.2.1]", "81/bob@%5b192.0.2.1%5d" },
	};
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		stores_must_put(s, cases[i].address, 1);
		assert_true(S_ISREG(stores_stat(p->root, cases[i].path).st_mode));
	}
	store_free(&s);
}

struct seen {
	const char *address[8];
	int times[8];
	size_t count;
	int others, stop_at, calls;
};

static int see(void *ctx, const char *address)
{
	struct seen *seen = ctx;
	bool known = false;

	for (size_t i = 0; i < seen->count; i++) {
		if (strcmp(seen->address[i], address) == 0) {
			seen->times[i]++;
			known = true;
		}
	}
	seen->others += !known;
	return ++seen->calls == seen->stop_at ? 7 : 0;
}

static void test_each(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	char *long_one = mem_printf("%0250d@example.org", 7);
	struct seen seen = {
		.address = { BOB, "@example.net", "../x@example.org", long_one },
		.count = 4,
	};
	struct err err = { 0 };

	for (size_t i = 0; i < seen.count; i++)
		stores_must_put(s, seen.address[i], 1);
	/* not ours, half-way copies, and a copy in another's place */
	stores_write(p->root, "README", "x");
	stores_write(p->root, "68/bob@example.org~", "x");
	stores_write(p->root, "68/.bob@example.org.Xy12", "x");
	stores_write(p->root, "68/eve@example.org", "x");
	stores_write(p->root, "68/%zz", "x");
	stores_write(p->root, "68/%", "x");
	stores_write(p->root, "68/a%00b@example.org", "x");

	assert_int_equal(store_each(s, see, &seen, &err), 0);
	assert_int_equal(seen.others, 0);
	for (size_t i = 0; i < seen.count; i++)
		assert_int_equal(seen.times[i], 1);
	seen.stop_at = seen.calls + 2;
	assert_int_equal(store_each(s, see, &seen, &err), 7);
	assert_int_equal(seen.calls, seen.stop_at);

	/* what can't be listed is told, the rest is listed */
	stores_write(p->root, "ff", "x");
	seen.stop_at = 0;
	seen.calls = 0;
	assert_int_equal(store_each(s, see, &seen, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, "/ff"));
	assert_int_equal(seen.calls, 4);
	free(long_one);
	store_free(&s);
}

/* ---- at the same time --------------------------------------------------- */

/* Puts CHANGES new versions, trying again when another was faster. */
static bool writes(const char *root)
{
	struct err err;
	struct store *s = store_open(root, NULL, &err);
	int done = 0;

	for (int tries = 0; s && done < CHANGES && tries < 100000; tries++) {
		struct entry *e = NULL;

		if (store_get(s, BOB, &e, &err) != STORE_FOUND)
			break;
		e->serial++;
		done += store_put(s, e, "test", &err) == 0;
		entry_free(&e);
	}
	store_free(&s);
	return done == CHANGES;
}

static void start_writers(const char *root, pid_t pids[WRITERS])
{
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(writes(root) ? 0 : 1);
	}
}

/* Reads until all writers ended; each read must find a whole entry, none older than the last. */
static uint64_t read_meanwhile(struct store *s)
{
	uint64_t serial = 0;
	int status, left = WRITERS;

	while (left > 0) {
		struct entry *e = NULL;
		struct err err = { 0 };

		if (store_get(s, BOB, &e, &err) != STORE_FOUND)
			fail_msg("%s", err.what);
		assert_true(e->serial >= serial);
		serial = e->serial;
		entry_free(&e);
		while (left > 0 && waitpid(-1, &status, WNOHANG) > 0) {
			assert_int_equal(status, 0);
			left--;
		}
	}
	return serial;
}

static void test_concurrent(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	struct entry *e = NULL;
	struct err err = { 0 };
	pid_t pids[WRITERS];

	stores_must_put(s, BOB, 1);
	start_writers(p->root, pids);
	(void)read_meanwhile(s);
	assert_int_equal(store_get(s, BOB, &e, &err), STORE_FOUND);
	assert_int_equal(e->serial, 1 + WRITERS * CHANGES);
	entry_free(&e);
	store_free(&s);
}

/* Two that make the same store at once both get it. */
static bool makes(const char *root)
{
	struct err err;
	const struct store_options options = { .create = true };
	struct store *s = store_open(root, &options, &err);
	bool made = s != NULL;

	store_free(&s);
	return made;
}

static void test_made_at_once(void **state)
{
	struct stores_place *p = *state;
	pid_t pids[WRITERS];
	int status;

	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(makes(p->root) ? 0 : 1);
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(folder_count(p->root, "."), 2); /* marker, lock */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORES_TEST(test_serials),
		STORES_TEST(test_unstorable),
		STORES_TEST(test_stale),
		STORES_TEST(test_paths),
		STORES_TEST(test_each),
		STORES_TEST(test_concurrent),
		STORES_TEST(test_made_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
