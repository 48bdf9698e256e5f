/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-store-log - policy, aliases, signatures and the log of changes */
#include <config.h>

#include "tests/unit/unit.h"

#include "tests/unit/stores.h"

#include "keystore/change.h"

#define LISTS "bob+lists@example.org"
#define INFO "info@example.org"

/* ---- policy and aliases --------------------------------------------------- */

static void must_store(struct store *s, struct entry *e)
{
	struct err err = { 0 };

	if (store_put(s, e, "policy", &err))
		fail_msg("%s", err.what);
	entry_free(&e);
}

static struct entry *policy(const char *address, enum entry_seal seal)
{
	struct entry *e = entry_new(address);

	e->serial = 1;
	e->seal = seal;
	return e;
}

static struct entry *alias(const char *address, const char *of)
{
	struct entry *e = entry_new(address);

	e->serial = 1;
	e->alias = mem_strdup(of);
	return e;
}

static struct entry *must_find(struct store *s, const char *address)
{
	struct entry *e = NULL;
	struct err err = { 0 };

	if (store_lookup(s, address, "+", &e, &err) != STORE_FOUND)
		fail_msg("%s: %s", address, err.what);
	return e;
}

static void test_policy(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	struct entry *e = policy(LISTS, ENTRY_SEAL_PAUSE);
	struct err err = { 0 };

	e->pause_until = 1000;
	e->reason = mem_strdup("the archive is being moved");
	must_store(s, e);
	/* alone it says that nothing is sealed, not that nobody is enrolled */
	e = must_find(s, LISTS);
	assert_int_equal(e->certs, 0);
	assert_false(entry_seals(e, 999));
	assert_true(entry_seals(e, 1000));
	entry_free(&e);
	assert_int_equal(store_lookup(s, BOB, "+", &e, &err), STORE_NOT_ENROLLED);
	/* certificates from the address without its extension, policy its own */
	stores_must_put(s, BOB, 1);
	e = must_find(s, LISTS);
	assert_string_equal(e->address, BOB);
	assert_int_equal(e->certs, 1);
	assert_int_equal(e->seal, ENTRY_SEAL_PAUSE);
	assert_string_equal(e->reason, "the archive is being moved");
	entry_free(&e);
	e = must_find(s, "bob+other@example.org");
	assert_int_equal(e->seal, ENTRY_SEAL_UNSET);
	entry_free(&e);
	store_free(&s);
}

static void test_alias(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	struct entry *e;
	struct err err = { 0 };

	must_store(s, alias(INFO, BOB));
	assert_int_equal(store_lookup(s, INFO, "+", &e, &err), STORE_COULD_NOT_ASK);
	assert_non_null(strstr(err.what, "not enrolled"));
	stores_must_put(s, BOB, 1);
	e = must_find(s, INFO);
	assert_string_equal(e->address, BOB);
	entry_free(&e);
	e = must_find(s, "info+x@example.org");
	assert_string_equal(e->address, BOB);
	entry_free(&e);
	must_store(s, alias("a@example.org", "b@example.org"));
	must_store(s, alias("b@example.org", "a@example.org"));
	assert_int_equal(store_lookup(s, "a@example.org", "+", &e, &err), STORE_COULD_NOT_ASK);
	store_free(&s);
}

static void test_whole(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	struct entry *e = policy(BOB, ENTRY_SEAL_UNSET);
	struct err err = { 0 };

	assert_int_equal(store_put(s, e, "policy", &err), -1); /* says nothing */
	e->alias = mem_strdup("@example.org");
	assert_int_equal(store_put(s, e, "alias", &err), -1);
	entry_free(&e);
	e = stores_entry(BOB, 1);
	e->removed = true;
	assert_int_equal(store_put(s, e, "remove", &err), -1);
	entry_free(&e);
	e = policy(BOB, ENTRY_SEAL_OFF);
	e->reason = mem_strdup("two\nlines");
	assert_int_equal(store_put(s, e, "policy", &err), -1);
	entry_free(&e);
	store_free(&s);
}

/* ---- signatures ------------------------------------------------------------- */

struct keys {
	struct signing_secret *secret;
	struct signing_public *public;
	struct store_options options;
};

static void make_keys(struct keys *keys, const struct stores_place *p,
                      const char *name)
{
	char *path = stores_below(p->folder, name);
	struct buf text = BUF_INIT;
	struct err err = { 0 };

	assert_int_equal(signing_make(path, &err), 0);
	assert_int_equal(signing_make(path, &err), -1); /* never over another */
	keys->secret = signing_secret_read(path, &err);
	assert_non_null(keys->secret);
	signing_secret_public(keys->secret, &text);
	keys->public = signing_public_read(buf_str(&text), &err);
	assert_non_null(keys->public);
	keys->options = (struct store_options){ true, keys->public, keys->secret };
	buf_free(&text);
	free(path);
}

static void free_keys(struct keys *keys)
{
	signing_secret_free(&keys->secret);
	signing_public_free(&keys->public);
}

static enum store_answer get(const char *root, const struct store_options *options)
{
	struct err err = { 0 };
	struct store *s = store_open(root, options, &err);
	struct entry *e = NULL;
	enum store_answer answer = store_get(s, BOB, &e, &err);

	entry_free(&e);
	store_free(&s);
	return answer;
}

static void test_signed(void **state)
{
	struct stores_place *p = *state;
	struct keys ours, others;
	struct store_options no_secret;
	struct store *s;
	struct err err = { 0 };
	size_t len;
	char *text, *serial;

	make_keys(&ours, p, "ours");
	make_keys(&others, p, "others");
	s = store_open(p->root, &ours.options, &err);
	assert_non_null(s);
	stores_must_put(s, BOB, 1);
	store_free(&s);
	assert_int_equal(get(p->root, &ours.options), STORE_FOUND);
	assert_int_equal(get(p->root, NULL), STORE_FOUND); /* nothing pinned */
	assert_int_equal(get(p->root, &others.options), STORE_COULD_NOT_ASK);
	/* one byte of it changed */
	text = folder_read(p->root, BOB_PATH, &len);
	serial = strstr(text, "Changed: 0");
	assert_non_null(serial);
	serial[9] = '1';
	stores_write(p->root, BOB_PATH, text);
	assert_int_equal(get(p->root, NULL), STORE_FOUND);
	assert_int_equal(get(p->root, &ours.options), STORE_COULD_NOT_ASK);
	free(text);
	/* nobody writes what he could not read */
	no_secret = (struct store_options){ false, ours.public, NULL };
	s = store_open(p->root, &no_secret, &err);
	assert_int_equal(store_remove(s, BOB, &err), -1);
	assert_int_equal(err.class, ERR_CONFIG);
	store_free(&s);
	no_secret.secret = others.secret;
	s = store_open(p->root, &no_secret, &err);
	assert_int_equal(store_remove(s, BOB, &err), -1);
	store_free(&s);
	/* a removal is signed, too */
	s = store_open(p->root, &ours.options, &err);
	assert_int_equal(store_remove(s, BOB, &err), 1);
	store_free(&s);
	assert_int_equal(get(p->root, &ours.options), STORE_NOT_ENROLLED);
	assert_int_equal(get(p->root, &others.options), STORE_COULD_NOT_ASK);
	free_keys(&ours);
	free_keys(&others);
}

static void test_private_key(void **state)
{
	static const char *const bad[] = { "", "ed25519:", "ed25519:AAAA",
		"x25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"/nowhere/at/all" };
	struct stores_place *p = *state;
	char *path = stores_below(p->folder, "key");
	struct err err = { 0 };

	assert_int_equal(signing_make(path, &err), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_null(signing_secret_read(path, &err));
	assert_int_equal(err.class, ERR_CONFIG);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_null(signing_public_read(bad[i], &err));
		assert_int_equal(err.class, ERR_CONFIG);
	}
	free(path);
}

/* ---- the log ------------------------------------------------------------------ */

struct chain {
	const struct signing_public *keys;
	uint64_t count;
	char head[SHA256_HEX];
	struct change last;
};

static int check_line(void *ctx, const char *line, size_t len)
{
	struct chain *chain = ctx;
	struct change change;

	assert_null(change_parse(line, len, chain->keys, &change));
	assert_int_equal(change.number, chain->count + 1);
	if (chain->count)
		assert_string_equal(change.previous, chain->head);
	change_hash(line, len, chain->head);
	chain->count++;
	change_clear(&chain->last);
	chain->last = change;
	return 0;
}

static uint64_t check_log(struct store *s, struct chain *chain)
{
	struct err err = { 0 };

	chain->count = 0;
	assert_int_equal(store_changes(s, 1, check_line, chain, &err), 0);
	return chain->count;
}

static int count_line(void *ctx, const char *line, size_t len)
{
	(void)line;
	(void)len;
	++*(int *)ctx;
	return 0;
}

static void test_log(void **state)
{
	struct stores_place *p = *state;
	struct keys keys;
	struct chain chain = { 0 };
	struct err err = { 0 };
	struct store *s;
	int since = 0;

	make_keys(&keys, p, "key");
	chain.keys = keys.public;
	s = store_open(p->root, &keys.options, &err);
	assert_int_equal(check_log(s, &chain), 0);
	for (uint64_t serial = 1; serial <= 30; serial++)
		stores_must_put(s, BOB, serial);
	assert_int_equal(stores_put(s, BOB, 30, &err), -1); /* leaves no line */
	stores_must_put(s, "\"b o\"@example.org", 1);
	assert_int_equal(store_remove(s, BOB, &err), 1);
	assert_int_equal(check_log(s, &chain), 32);
	assert_string_equal(chain.last.action, "remove");
	assert_string_equal(chain.last.address, BOB);
	assert_int_equal(chain.last.serial, 31);
	assert_int_equal(store_changes(s, 31, count_line, &since, &err), 0);
	assert_int_equal(since, 2);
	change_clear(&chain.last);
	store_free(&s);
	free_keys(&keys);
}

/* What writers that were killed leave: half a line, and a change not yet in its place. */
static void test_killed(void **state)
{
	struct stores_place *p = *state;
	struct store *s = stores_open(p->root, true);
	char *new = stores_below(p->root, ".new");
	char *bob = stores_below(p->root, BOB_PATH);
	struct chain chain = { 0 };
	struct entry *e = NULL;
	struct err err = { 0 };
	size_t len = 0;
	char *log;

	stores_must_put(s, BOB, 1);
	log = folder_read(p->root, "changes", &len);
	log = mem_grow(log, len + 8, 1);
	memcpy(log + len, "mailsea", 8);
	stores_write(p->root, "changes", log);
	free(log);
	stores_must_put(s, "eve@example.org", 1);
	assert_int_equal(check_log(s, &chain), 2);
	/* between the log and the entry's place */
	stores_must_put(s, BOB, 2);
	assert_int_equal(rename(bob, new), 0);
	stores_must_put(s, "eve@example.org", 2);
	assert_int_equal(store_get(s, BOB, &e, &err), STORE_FOUND);
	assert_int_equal(e->serial, 2);
	entry_free(&e);
	assert_int_equal(check_log(s, &chain), 4);
	/* before the log: what waits was never a change */
	assert_int_equal(rename(bob, new), 0);
	stores_must_put(s, "eve@example.org", 3);
	assert_int_equal(store_get(s, BOB, &e, &err), STORE_NOT_ENROLLED);
	change_clear(&chain.last);
	free(new);
	free(bob);
	store_free(&s);
}

static void test_lines(void **state)
{
	static const char *const bad[] = {
		"", "mailseal-change 1 ", "mailseal-change 2 1 0 root import b@x.org 1 A B",
		"mailseal-change 1 01 0 root enrol b@x.org 1 A B",
	};
	struct change change;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_non_null(change_parse(bad[i], strlen(bad[i]), NULL, &change));
		change_clear(&change);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORES_TEST(test_policy),
		STORES_TEST(test_alias),
		STORES_TEST(test_whole),
		STORES_TEST(test_signed),
		STORES_TEST(test_private_key),
		STORES_TEST(test_log),
		STORES_TEST(test_killed),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
