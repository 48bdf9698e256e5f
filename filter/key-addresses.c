/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-addresses - the addresses that a subcommand of `mailseal key` is about */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "filter/key.h"
#include "keystore/address.h"

int key_no_entry(const char *address, struct err *err)
{
	return err_set(err, ERR_DATA, "see `mailseal key list`",
	               "%s is not enrolled", address);
}

int key_look_up(const struct key_run *run, const char *word,
                struct entry **entry, struct err *err)
{
	char *address = address_normalize_entry(word, err);
	enum store_answer answer;
	int rc = -1;

	if (!address)
		return -1;
	answer = store_lookup(run->store, address,
		config_text(run->config, SET_RECIPIENT_DELIMITER), entry, err);
	if (answer == STORE_FOUND)
		rc = 0;
	else if (answer == STORE_NOT_ENROLLED)
		key_no_entry(address, err);
	free(address);
	return rc;
}

int key_addresses_add(void *ctx, const char *address)
{
	struct key_addresses *all = ctx;

	all->address = mem_grow(all->address, all->count + 1,
	                        sizeof *all->address);
	all->address[all->count++] = mem_strdup(address);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int key_addresses_all(const struct key_run *run, struct key_addresses *all,
                      struct err *err)
{
	if (store_each(run->store, key_addresses_add, all, err))
		return -1;
	if (all->count)
		qsort(all->address, all->count, sizeof *all->address, by_name);
	return 0;
}

void key_addresses_free(struct key_addresses *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->address[i]);
	free(all->address);
	all->address = NULL;
	all->count = 0;
}

/* A word without an @ is a domain: all of its addresses. */
static bool matches(const char *address, const char *word)
{
	const char *at = strrchr(address, '@');

	return at && strcasecmp(at + 1, word) == 0;
}

static int add_word(const struct key_run *run, const struct key_addresses *all,
                    const char *word, struct key_addresses *chosen,
                    struct err *err)
{
	size_t before = chosen->count;

	if (strchr(word, '@')) {
		struct entry *entry = NULL;

		if (key_look_up(run, word, &entry, err))
			return -1;
		key_addresses_add(chosen, entry->address);
		entry_free(&entry);
		return 0;
	}
	for (size_t i = 0; i < all->count; i++)
		if (matches(all->address[i], word))
			key_addresses_add(chosen, all->address[i]);
	return chosen->count > before ? 0 : key_no_entry(word, err);
}

int key_addresses_choose(const struct key_run *run, char *const *word,
                         struct key_addresses *chosen, struct err *err)
{
	struct key_addresses all = { NULL, 0 };
	int rc;

	if (!*word)
		return key_addresses_all(run, chosen, err);
	rc = key_addresses_all(run, &all, err);
	for (; !rc && *word; word++)
		rc = add_word(run, &all, *word, chosen, err);
	key_addresses_free(&all);
	return rc;
}
