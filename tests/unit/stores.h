/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stores - a keystore for one test, and entries for it */
#ifndef MAILSEAL_TESTS_STORES_H
#define MAILSEAL_TESTS_STORES_H

#include <errno.h>
#include <stdbool.h>

#include "keystore/store.h"
#include "tests/unit/folder.h"

#define BOB "bob@example.org"
#define BOB_PATH "68/bob@example.org" /* by sha256sum */
#define FINGERPRINT "0123456789ABCDEF0123456789ABCDEF01234567"

/* A folder, and in it the path of a keystore that does not exist yet. */
struct stores_place {
	char *folder, *root;
};

static inline int stores_setup(void **state)
{
	struct stores_place *p = mem_alloc(sizeof *p);

	p->folder = folder_new();
	p->root = mem_printf("%s/a/keys", p->folder);
	*state = p;
	return chmod(p->folder, 0755);
}

static inline int stores_teardown(void **state)
{
	struct stores_place *p = *state;

	folder_remove(p->folder);
	free(p->root);
	free(p);
	return 0;
}

static inline struct entry *stores_entry(const char *address, uint64_t serial)
{
	struct entry *e = entry_new(address);
	struct entry_cert *c = &e->cert[e->certs++];

	e->serial = serial;
	memcpy(c->fingerprint, FINGERPRINT, sizeof FINGERPRINT);
	c->data = mem_alloc(3000);
	c->size = 3000;
	return e;
}

static inline struct store *stores_open(const char *root, bool create)
{
	struct err err = { 0 };
	const struct store_options options = { .create = create };
	struct store *s = store_open(root, &options, &err);

	if (!s)
		fail_msg("%s; %s", err.what, err.advice);
	return s;
}

static inline int stores_put(struct store *s, const char *address,
                             uint64_t serial, struct err *err)
{
	struct entry *e = stores_entry(address, serial);
	int rc = store_put(s, e, "test", err);

	entry_free(&e);
	return rc;
}

static inline void stores_must_put(struct store *s, const char *address,
                                   uint64_t serial)
{
	struct err err = { 0 };

	if (stores_put(s, address, serial, &err))
		fail_msg("%s; %s", err.what, err.advice);
}

static inline char *stores_below(const char *root, const char *path)
{
	return mem_printf("%s/%s", root, path);
}

static inline void stores_write(const char *root, const char *path,
                                const char *text)
{
	char *name = stores_below(root, path);
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	free(name);
}

static inline struct stat stores_stat(const char *root, const char *path)
{
	char *name = stores_below(root, path);
	struct stat st;

	if (lstat(name, &st))
		fail_msg("%s: %s", name, strerror(errno));
	free(name);
	return st;
}

#define STORES_TEST(name) \
	cmocka_unit_test_setup_teardown(name, stores_setup, stores_teardown)

#endif
