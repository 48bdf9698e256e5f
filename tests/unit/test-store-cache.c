/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-store-cache - a copy of another store answers only while it is complete */
#include <config.h>

#include <string.h>

#include "keystore/store-cache.h"
#include "tests/unit/stores.h"

static struct store_cache *make(const struct stores_place *p)
{
	struct err err = { 0 };
	struct store_cache *cache = store_cache_make(p->root, &err);

	if (!cache)
		fail_msg("%s", err.what);
	return cache;
}

static void put(const struct store_cache *cache, const char *address, uint64_t serial)
{
	struct entry *entry = stores_entry(address, serial);
	struct buf text = BUF_INIT;
	struct err err = { 0 };

	entry_format(entry, &text);
	assert_int_equal(store_cache_put(cache, address, &text, &err), 0);
	buf_free(&text);
	entry_free(&entry);
}

static void seal(const struct store_cache *cache, uint64_t number, int64_t time)
{
	struct store_cache_stamp stamp = { .number = number, .time = time };
	struct err err = { 0 };

	memset(stamp.head, 'a', SHA256_HEX - 1);
	assert_int_equal(store_cache_seal(cache, &stamp, &err), 0);
}

static enum store_answer get(const struct store_cache *cache, const char *address)
{
	struct buf text = BUF_INIT;
	struct err err = { 0 };
	enum store_answer answer = store_cache_get(cache, address, &text, &err);

	assert_int_equal(err.class, answer == STORE_COULD_NOT_ASK ? ERR_TEMPORARY : ERR_NONE);
	buf_free(&text);
	return answer;
}

static void test_complete(void **state)
{
	struct stores_place *p = *state;
	struct store_cache *writer = make(p), *reader;
	struct store_cache_stamp stamp;
	struct err err = { 0 };

	put(writer, BOB, 3);
	assert_int_equal(store_cache_stamp(writer, &stamp, &err), STORE_NOT_ENROLLED);
	reader = store_cache_open(p->root, &err);
	assert_non_null(reader);
	assert_int_equal(get(reader, BOB), STORE_FOUND);
	assert_int_equal(get(reader, "eve@example.org"), STORE_COULD_NOT_ASK);
	seal(writer, 7, 1000);
	assert_int_equal(get(reader, "eve@example.org"), STORE_NOT_ENROLLED);
	assert_int_equal(store_cache_stamp(reader, &stamp, &err), STORE_FOUND);
	assert_int_equal(stamp.number, 7);
	assert_int_equal(stamp.time, 1000);
	put(writer, BOB, 4);
	assert_int_equal(get(reader, BOB), STORE_FOUND);
	assert_int_equal(stores_stat(p->root, BOB_PATH).st_mode & 0777, 0644);
	store_cache_free(&reader);
	store_cache_free(&writer);
}

/* Whoever takes it away takes the stamp first: a reader that is in it must not say that nobody is there. */
static void test_taken_away(void **state)
{
	struct stores_place *p = *state;
	struct store_cache *cache = make(p);
	char *stamp = stores_below(p->root, STORE_CACHE_STAMP), *bob = stores_below(p->root, BOB_PATH);

	put(cache, BOB, 1);
	seal(cache, 1, 1000);
	assert_int_equal(unlink(stamp), 0);
	assert_int_equal(unlink(bob), 0);
	assert_int_equal(get(cache, BOB), STORE_COULD_NOT_ASK);
	store_cache_free(&cache);
	free(stamp);
	free(bob);
}

static void test_stamp_text(void **state)
{
	static const char *const bad[] = {
		"mailseal-cache 2 1 HASH 1\n", "mailseal-cache 1 1 HASH 1", "mailseal-cache 1 01 HASH 1\n",
		"mailseal-cache 1 -1 HASH 1\n", "mailseal-cache 1 1 HASH 1\n\n", "mailseal-cache 1 1 abc 1\n",
		"mailseal-cache 1 1  HASH 1\n", "mailseal-cache 1 1 HASH x\n", "x",
		"mailseal-cache 1 99999999999999999999999 HASH 1\n",
	};
	struct stores_place *p = *state;
	struct store_cache *cache = make(p);

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const char *hash = strstr(bad[i], "HASH");
		struct store_cache_stamp stamp;
		struct err err = { 0 };
		char *text = !hash ? mem_strdup(bad[i]) :
			mem_printf("%.*s%064d%s", (int)(hash - bad[i]), bad[i], 0, hash + 4);

		stores_write(p->root, STORE_CACHE_STAMP, text);
		if (store_cache_stamp(cache, &stamp, &err) != STORE_COULD_NOT_ASK)
			fail_msg("%s", text);
		free(text);
	}
	store_cache_free(&cache);
}

static void test_fresh(void **state)
{
	const struct store_cache_stamp stamp = { .time = 100000 };

	(void)state;
	assert_true(store_cache_fresh(&stamp, 100000, 60));
	assert_true(store_cache_fresh(&stamp, 100060, 60));
	assert_false(store_cache_fresh(&stamp, 100061, 60));
	assert_true(store_cache_fresh(&stamp, 99900, 60));
	assert_false(store_cache_fresh(&stamp, 90000, 60));
}

static void test_own(void **state)
{
	struct stores_place *p = *state;
	struct store *store = stores_open(p->root, true);
	struct err err = { 0 };

	stores_must_put(store, BOB, 1);
	store_free(&store);
	assert_null(store_cache_make(p->root, &err));
	assert_int_equal(err.class, ERR_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORES_TEST(test_complete),
		STORES_TEST(test_taken_away),
		STORES_TEST(test_stamp_text),
		STORES_TEST(test_own),
		cmocka_unit_test(test_fresh),
	};

	return cmocka_run_group_tests_name("store-cache", tests, NULL, NULL);
}
