/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store - entries by address: which back end, what is believed, what is written */
#include <config.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "keystore/address.h"
#include "keystore/store-private.h"

struct store {
	const struct store_backend *backend;
	void *ctx;
	char *spec;
	bool created;
	const struct signing_public *pinned;
	const struct signing_secret *secret;
};

static const struct store_backend *const backends[] = {
	&store_dir_backend, &store_pgsql_backend, &store_ldap_backend,
};

/* ---- opening ----------------------------------------------------------- */

const struct store_backend *store_backend_of(const char *spec, const char **where,
                                             struct err *err)
{
	if (spec[0] == '/') {
		*where = spec;
		return &store_dir_backend;
	}
	for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++) {
		size_t len = strlen(backends[i]->kind);

		if (strncmp(spec, backends[i]->kind, len) == 0 &&
		    spec[len] == ':' && spec[len + 1] != '\0') {
			*where = spec + len + 1;
			return backends[i];
		}
	}
	err_set(err, ERR_CONFIG, "write dir:FOLDER, pgsql:FILE.cf or ldap:FILE.cf",
	        "no keystore that this mailseal knows: %s", spec);
	return NULL;
}

struct store *store_open(const char *spec, const struct store_options *options,
                         struct err *err)
{
	static const struct store_options none = { .create = false };
	const char *where = NULL;
	const struct store_backend *backend = store_backend_of(spec, &where, err);
	bool created = false;

	if (!options)
		options = &none;
	if (!backend)
		return NULL;

	void *ctx = backend->open(where, options->create, &created, err);

	if (!ctx)
		return NULL;
	if (options->at_source && backend->at_source)
		backend->at_source(ctx);

	struct store *store = mem_alloc(sizeof *store);

	store->backend = backend;
	store->ctx = ctx;
	store->spec = mem_printf("%s:%s", backend->kind, where);
	store->created = created;
	store->pinned = options->pinned;
	store->secret = options->secret;
	return store;
}

void store_free(struct store **store)
{
	struct store *s = *store;

	if (!s)
		return;
	s->backend->close(s->ctx);
	free(s->spec);
	free(s);
	*store = NULL;
}

const char *store_spec(const struct store *store)
{
	return store->spec;
}

bool store_created(const struct store *store)
{
	return store->created;
}

/* ---- reading ----------------------------------------------------------- */

enum store_answer store_text(struct store *store, const char *address,
                             struct buf *text, struct err *err)
{
	return store->backend->get(store->ctx, address, text, err);
}

/* NULL with *err: it can't be read back, or is signed by nobody who is pinned. */
static struct entry *believe(const struct store *store, const char *address,
                             const struct buf *text, struct err *err)
{
	struct entry *entry = entry_parse(buf_str(text), text->len, address, err);

	if (!entry) {
		err_context(err, "%s", store->spec);
		return NULL;
	}
	if (store->pinned &&
	    !signing_verify(store->pinned, text->data, entry->signed_len,
	                    entry->signature)) {
		err_set(err, ERR_TEMPORARY,
		        "see `mailseal key audit`: somebody else changed the keystore, or keystore-public-key is another one",
		        "the keystore's entry of %s is %s", address, entry->signature ?
		        "signed by a key that is not pinned" : "not signed");
		entry_free(&entry);
	}
	return entry;
}

enum store_answer store_get_version(struct store *store, const char *address,
                                    struct entry **entry, struct err *err)
{
	struct buf text = BUF_INIT;
	enum store_answer answer = store_text(store, address, &text, err);

	if (answer == STORE_FOUND) {
		*entry = believe(store, address, &text, err);
		if (!*entry)
			answer = STORE_COULD_NOT_ASK;
	}
	buf_free(&text);
	return answer;
}

enum store_answer store_get(struct store *store, const char *address,
                            struct entry **entry, struct err *err)
{
	enum store_answer answer = store_get_version(store, address, entry, err);

	if (answer == STORE_FOUND && (*entry)->removed) {
		entry_free(entry);
		answer = STORE_NOT_ENROLLED;
	}
	return answer;
}

/* ---- looking up ---------------------------------------------------------- */

/* What the more general entry does not say itself, moved from the special one. */
static void override(struct entry *entry, struct entry *special)
{
	if (special->seal != ENTRY_SEAL_UNSET) {
		entry->seal = special->seal;
		entry->pause_until = special->pause_until;
		free(entry->reason);
		entry->reason = special->reason;
		special->reason = NULL;
	}
	if (special->publish != ENTRY_PUBLISH_UNSET)
		entry->publish = special->publish;
}

/* More general behind *found, which has no certificates; *found becomes the two together. */
static void join(struct entry **found, struct entry *more)
{
	if (*found)
		override(more, *found);
	entry_free(found);
	*found = more;
}

static enum store_answer astray(const char *address, const char *why,
                                struct err *err)
{
	err_set(err, ERR_TEMPORARY, "set it anew with `mailseal key alias`, or remove it",
	        "the alias %s %s", address, why);
	return STORE_COULD_NOT_ASK;
}

/* The alias that *found is, to its end. */
static enum store_answer follow(struct store *store, struct entry **found,
                                struct err *err)
{
	for (int i = 0; (*found)->alias; i++) {
		struct entry *target = NULL;
		enum store_answer answer;

		if (i == STORE_ALIASES_MAX)
			return astray((*found)->address, "leads to too many others", err);
		answer = store_get(store, (*found)->alias, &target, err);
		if (answer == STORE_COULD_NOT_ASK)
			return answer;
		if (answer == STORE_NOT_ENROLLED)
			return astray((*found)->address, "leads to an address that is not enrolled", err);
		join(found, target);
	}
	return STORE_FOUND;
}

/* Asks for one more name, as long as there are no certificates. */
static enum store_answer look_further(struct store *store, const char *address,
                                      struct entry **found, struct err *err)
{
	struct entry *more = NULL;
	enum store_answer answer;

	if (!address || (*found && (*found)->certs))
		return STORE_FOUND;
	answer = store_get(store, address, &more, err);
	if (answer == STORE_FOUND)
		answer = follow(store, &more, err);
	if (answer == STORE_FOUND)
		join(found, more);
	else
		entry_free(&more);
	return answer;
}

/* A policy without certificates counts if it says whether to seal. */
static enum store_answer conclude(struct entry **found, struct entry **entry)
{
	if (*found && !(*found)->certs && (*found)->seal == ENTRY_SEAL_UNSET)
		entry_free(found);
	*entry = *found;
	return *entry ? STORE_FOUND : STORE_NOT_ENROLLED;
}

enum store_answer store_lookup(struct store *store, const char *address,
                               const char *delimiters, struct entry **entry,
                               struct err *err)
{
	char *stem = address_without_extension(address, delimiters);
	const char *const asked[] = { address, stem, address_domain_default(address) };
	enum store_answer answer = STORE_FOUND;
	struct entry *found = NULL;

	for (size_t i = 0; answer != STORE_COULD_NOT_ASK &&
	                   i < sizeof asked / sizeof asked[0]; i++)
		answer = look_further(store, asked[i], &found, err);
	free(stem);
	if (answer != STORE_COULD_NOT_ASK)
		return conclude(&found, entry);
	entry_free(&found);
	return answer;
}

/* ---- writing ----------------------------------------------------------- */

uint64_t store_serial_of(const struct buf *text, const char *address)
{
	struct err ignored;
	struct entry *entry = entry_parse(buf_str(text), text->len, address, &ignored);
	uint64_t serial = entry ? entry->serial : 0;

	entry_free(&entry);
	return serial;
}

/* What a delivery could not read must never be stored. */
static int check_text(const struct entry *entry, const struct buf *text,
                      struct err *err)
{
	struct entry *back = NULL;

	if (address_is_normal(entry->address))
		back = entry_parse(text->data, text->len, entry->address, err);
	else
		err_set(err, ERR_DATA, NULL, "not in normal form: %.100s",
		        entry->address);
	if (!back)
		return err_set(err, ERR_DATA,
		               text->len <= ENTRY_MAX ? NULL :
		               "export it without images and others' signatures",
		               "this cannot be stored: %s", err->what);
	entry_free(&back);
	return 0;
}

/* With the pinned key's other half, or whoever wrote it could not read it back. */
static int sign(const struct store *store, struct buf *text, struct err *err)
{
	struct buf public = BUF_INIT, signature = BUF_INIT;
	bool fits;

	if (!store->secret)
		return store->pinned ? err_set(err, ERR_CONFIG,
			"do it where the signing key is, or set keystore-signing-key",
			"the keystore is signed, and there is no key to sign a change with") : 0;
	signing_secret_public(store->secret, &public);
	fits = !store->pinned || signing_public_has(store->pinned, buf_str(&public));
	buf_free(&public);
	if (!fits)
		return err_set(err, ERR_CONFIG, "see keystore-public-key",
		               "keystore-signing-key is not the pinned one");
	signing_sign(store->secret, text->data, text->len, &signature);
	buf_addf(text, "Signature: %s\n", buf_str(&signature));
	buf_free(&signature);
	return 0;
}

/* USER@HOST, for the log. */
static char *who_am_i(void)
{
	const struct passwd *pw = getpwuid(getuid());
	char host[64] = "localhost";

	gethostname(host, sizeof host - 1);
	return pw ? mem_printf("%.60s@%s", pw->pw_name, host)
	          : mem_printf("%lu@%s", (unsigned long)getuid(), host);
}

/* serial: what the stored one must have and one more, or 0 for whatever is there. */
static int put(struct store *store, const struct entry *entry, uint64_t serial,
               const char *action, struct err *err)
{
	struct buf text = BUF_INIT;
	struct change change = { .time = time(NULL), .serial = entry->serial };
	int rc;

	entry_format(entry, &text);
	rc = check_text(entry, &text, err);
	if (rc == 0)
		rc = sign(store, &text, err);
	if (rc == 0) {
		const struct store_entry_text new = {
			entry->address, serial, &text, &change, store->secret,
		};

		change.who = who_am_i();
		change.address = mem_strdup(entry->address);
		snprintf(change.action, sizeof change.action, "%s", action);
		change_hash(text.data, text.len, change.entry);
		rc = store->backend->put(store->ctx, &new, err);
		change_clear(&change);
	}
	buf_free(&text);
	return rc;
}

int store_put(struct store *store, const struct entry *entry,
              const char *action, struct err *err)
{
	return put(store, entry, entry->serial, action, err);
}

struct last_serial {
	const char *address;
	uint64_t serial;
};

static int note_serial(void *ctx, const char *line, size_t len)
{
	struct last_serial *last = ctx;
	struct change change;

	if (!change_parse(line, len, NULL, &change) &&
	    strcmp(change.address, last->address) == 0)
		last->serial = change.serial;
	change_clear(&change);
	return 0;
}

/* Of an entry that can't be read: what the log says. */
static uint64_t logged_serial(struct store *store, const char *address)
{
	struct last_serial last = { address, 0 };
	struct err ignored;

	store_changes(store, 1, note_serial, &last, &ignored);
	return last.serial;
}

int store_remove(struct store *store, const char *address, struct err *err)
{
	struct entry *stored = NULL, *tombstone;
	enum store_answer answer = store_get_version(store, address, &stored, err);
	int rc;

	if (answer == STORE_NOT_ENROLLED || (stored && stored->removed)) {
		entry_free(&stored);
		return 0;
	}
	tombstone = entry_new(address);
	tombstone->removed = true;
	tombstone->changed = time(NULL);
	tombstone->serial = 1 + (stored ? stored->serial
	                                : logged_serial(store, address));
	rc = put(store, tombstone, stored ? tombstone->serial : 0, "remove", err);
	entry_free(&tombstone);
	entry_free(&stored);
	return rc ? -1 : 1;
}

int store_changes(struct store *store, uint64_t since,
                  int (*each)(void *ctx, const char *line, size_t len),
                  void *ctx, struct err *err)
{
	return store->backend->changes(store->ctx, since, each, ctx, err);
}

int store_each(struct store *store, int (*each)(void *ctx, const char *address),
               void *ctx, struct err *err)
{
	return store->backend->each(store->ctx, each, ctx, err);
}
