/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-change - mailseal key remove: entries changed by hand */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/key.h"
#include "keystore/address.h"

/* ---- remove --------------------------------------------------------------------- */

/* One exact address, once. An entry that can't be read can be removed. */
static int add_exact(const struct key_run *run, const char *word,
                     struct key_addresses *chosen, struct err *err)
{
	char *address = address_normalize_entry(word, err);
	struct entry *entry = NULL;
	struct err ignored;
	bool twice = false;
	int rc = address ? 0 : -1;

	if (address && store_get(run->store, address, &entry, &ignored) ==
	               STORE_NOT_ENROLLED)
		rc = key_no_entry(address, err);
	for (size_t i = 0; !rc && i < chosen->count; i++)
		twice |= strcmp(chosen->address[i], address) == 0;
	if (!rc && !twice)
		key_addresses_add(chosen, address);
	entry_free(&entry);
	free(address);
	return rc;
}

static int remove_all(struct key_run *run, const struct key_addresses *chosen,
                      struct err *err)
{
	for (size_t i = 0; i < chosen->count; i++) {
		const char *address = chosen->address[i];
		int removed = store_remove(run->store, address, err);

		if (removed <= 0)
			return removed < 0 ? -1 : key_no_entry(address, err);
		printf("removed %s; its mail is now stored as it comes\n",
		       address);
	}
	return 0;
}

/* All of them, or (a typing error) none. */
int key_remove(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct key_addresses chosen = { NULL, 0 };
	int rc = key_options(run, argc, argv, "addresses", err);

	for (char **word = argv + optind; !rc && *word; word++)
		rc = add_exact(run, *word, &chosen, err);
	if (!rc)
		rc = remove_all(run, &chosen, err);
	key_addresses_free(&chosen);
	return rc;
}
