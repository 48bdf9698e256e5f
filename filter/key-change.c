/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-change - mailseal key remove, policy, alias: entries changed by hand */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "filter/key-notify.h"
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

static int remove_one(struct key_run *run, const char *address, struct err *err)
{
	struct entry *before = NULL;
	struct err ignored;
	int removed;

	if (store_get(run->store, address, &before, &ignored) != STORE_FOUND)
		before = NULL; /* broken ones are removed, too */
	removed = store_remove(run->store, address, err);
	if (removed > 0) {
		printf("removed %s; its mail is now stored as it comes\n", address);
		key_notify(run, address, before, NULL);
	}
	entry_free(&before);
	if (removed > 0)
		return 0;
	return removed < 0 ? -1 : key_no_entry(address, err);
}

static int remove_all(struct key_run *run, const struct key_addresses *chosen,
                      struct err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < chosen->count; i++)
		rc = remove_one(run, chosen->address[i], err);
	return rc;
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

/* ---- the next version of an entry ------------------------------------------------- */

/* To be changed and put: the stored one, or a new one where nobody is enrolled. NULL with *err. */
static struct entry *next_version(struct key_run *run, const char *address,
                                  struct err *err)
{
	struct entry *entry = NULL;
	enum store_answer answer = store_get_version(run->store, address, &entry, err);
	uint64_t serial = entry ? entry->serial : 0;

	if (answer == STORE_COULD_NOT_ASK)
		return NULL;
	if (!entry || entry->removed) {
		entry_free(&entry);
		entry = entry_new(address);
	}
	entry->serial = serial + 1;
	entry->changed = run->now;
	return entry;
}

/* An entry that says nothing any more is removed. */
static int put_version(struct key_run *run, const struct entry *entry,
                       const char *action, struct err *err)
{
	if (entry_is_whole(entry))
		return store_put(run->store, entry, action, err);
	return store_remove(run->store, entry->address, err) < 0 ? -1 : 0;
}

/* ---- policy ------------------------------------------------------------------------ */

struct policy_change {
	const char *seal, *publish, *until, *reason; /* NULL: as it is */
};

/* `2026-12-31`, `2026-12-31T12:00:00Z`, or from now on `30d`, `12h`. */
static int read_moment(const char *text, int64_t now, int64_t *out,
                       struct err *err)
{
	static const char *const forms[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ" };
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct tm tm = { 0 };
		const char *rest = strptime(text, forms[i], &tm);

		if (rest && !*rest) {
			*out = timegm(&tm);
			return 0;
		}
	}
	if (n > 0 && n < 100000 && (*end == 'd' || *end == 'h') && !end[1]) {
		*out = now + (int64_t)n * (*end == 'd' ? 86400 : 3600);
		return 0;
	}
	return err_set(err, ERR_USAGE, "for example 2026-12-31, or 30d",
	               "no moment: %.40s", text);
}

static int set_pause(struct entry *entry, const struct policy_change *change,
                     int64_t now, struct err *err)
{
	if (!change->until)
		return err_set(err, ERR_USAGE, "add --until 2026-12-31, or 30d",
		               "a pause has an end");
	if (!change->reason)
		return err_set(err, ERR_USAGE, "add --reason TEXT", "a pause has a reason");
	entry->seal = ENTRY_SEAL_PAUSE;
	return read_moment(change->until, now, &entry->pause_until, err);
}

static int set_seal(struct entry *entry, const struct policy_change *change,
                    int64_t now, struct err *err)
{
	const char *word = change->seal;
	int rc = 0;

	free(entry->reason);
	entry->reason = NULL;
	entry->pause_until = 0;
	if (strcmp(word, "pause") == 0)
		rc = set_pause(entry, change, now, err);
	else if (change->until)
		rc = err_set(err, ERR_USAGE, NULL, "--until goes with --seal pause");
	else if (strcmp(word, "on") == 0)
		entry->seal = ENTRY_SEAL_ON;
	else if (strcmp(word, "off") == 0)
		entry->seal = ENTRY_SEAL_OFF;
	else if (strcmp(word, "unset") == 0)
		entry->seal = ENTRY_SEAL_UNSET;
	else
		rc = err_set(err, ERR_USAGE, "on, off, pause or unset",
		             "--seal %.40s", word);
	if (rc || !change->reason)
		return rc;
	if (entry->seal == ENTRY_SEAL_ON || entry->seal == ENTRY_SEAL_UNSET)
		return err_set(err, ERR_USAGE, NULL, "--reason goes with --seal off or pause");
	entry->reason = mem_strdup(change->reason);
	return entry_reason_valid(entry->reason) ? 0 :
	       err_set(err, ERR_USAGE, "printable ASCII without quotes, at most 200 characters",
	               "this can't be a reason");
}

static int set_publish(struct entry *entry, const char *word, struct err *err)
{
	if (strcmp(word, "yes") == 0)
		entry->publish = ENTRY_PUBLISH_YES;
	else if (strcmp(word, "no") == 0)
		entry->publish = ENTRY_PUBLISH_NO;
	else if (strcmp(word, "unset") == 0)
		entry->publish = ENTRY_PUBLISH_UNSET;
	else
		return err_set(err, ERR_USAGE, "yes, no or unset", "--publish %.40s", word);
	return 0;
}

static int change_policy(struct key_run *run, const struct policy_change *change,
                         const char *word, struct err *err)
{
	char *address = address_normalize_entry(word, err);
	struct entry *entry = address ? next_version(run, address, err) : NULL;
	int rc = entry ? 0 : -1;

	if (!rc && change->seal)
		rc = set_seal(entry, change, run->now, err);
	if (!rc && change->publish)
		rc = set_publish(entry, change->publish, err);
	if (!rc)
		rc = put_version(run, entry, "policy", err);
	if (!rc) {
		struct buf text = BUF_INIT;

		key_describe_policy(entry, run->now, &text);
		printf("%s: %s\n", address, text.len ? buf_str(&text) : "no policy of its own");
		buf_free(&text);
	}
	entry_free(&entry);
	free(address);
	return rc;
}

int key_policy(struct key_run *run, int argc, char **argv, struct err *err)
{
	static const struct option options[] = {
		{ "seal", required_argument, NULL, 's' },
		{ "until", required_argument, NULL, 'u' },
		{ "reason", required_argument, NULL, 'r' },
		{ "publish", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 }
	};
	struct policy_change change = { NULL, NULL, NULL, NULL };
	int c, rc = 0;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's': change.seal = optarg; break;
		case 'u': change.until = optarg; break;
		case 'r': change.reason = optarg; break;
		case 'p': change.publish = optarg; break;
		default: return key_bad_option(argv, err);
		}
	}
	if (key_arguments(argc, argv, "addresses", err))
		return -1;
	if (!change.seal && !change.publish)
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "key policy: --seal or --publish?");
	for (char **word = argv + optind; !rc && *word; word++)
		rc = change_policy(run, &change, *word, err);
	return rc;
}

/* ---- alias ------------------------------------------------------------------------- */

static int make_alias(struct key_run *run, const char *alias, const char *of,
                      struct err *err)
{
	struct entry *target = NULL, *entry = NULL;
	int rc = -1;

	switch (store_get(run->store, of, &target, err)) {
	case STORE_NOT_ENROLLED:
		key_no_entry(of, err);
		break;
	case STORE_FOUND:
		entry = next_version(run, alias, err);
		break;
	case STORE_COULD_NOT_ASK:
		break;
	}
	if (entry && entry->certs) {
		err_set(err, ERR_DATA, "`mailseal key remove` it first",
		        "%s has certificates of its own", alias);
	} else if (entry) {
		free(entry->alias);
		entry->alias = mem_strdup(of);
		rc = store_put(run->store, entry, "alias", err);
	}
	entry_free(&entry);
	entry_free(&target);
	return rc;
}

int key_alias(struct key_run *run, int argc, char **argv, struct err *err)
{
	char *of = NULL, *alias = NULL;
	int rc = key_options(run, argc, argv, "alias and address", err);

	if (!rc && argc - optind != 2)
		rc = err_set(err, ERR_USAGE, "see mailseal(1)",
		             "key alias: an alias, and the address that it stands for");
	if (!rc)
		alias = address_normalize_entry(argv[optind], err);
	if (alias)
		of = address_normalize(argv[optind + 1], err);
	rc = alias && of ? make_alias(run, alias, of, err) : -1;
	if (!rc)
		printf("%s is an alias of %s\n", alias, of);
	free(of);
	free(alias);
	return rc;
}
