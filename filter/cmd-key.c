/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd-key - mailseal key: recipients' certificates
 */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "filter/command.h"
#include "filter/key.h"
#include "filter/outcome.h"
#include "keystore/address.h"
#include "keystore/cert-armour.h"

struct arguments {
	struct key_import import;
	bool json, binary;
	char **word; /* addresses, domains or files; NULL-terminated */
	size_t words;
};

struct subcommand {
	const char *name;
	const char *takes; /* NULL: no arguments; else what they are, at least one */
	bool optional;     /* may do without */
	int (*run)(struct key_run *run, const struct arguments *args,
	           struct err *err);
};

/* ---- entries that were asked for ------------------------------------------------- */

static int no_entry(const char *address, struct err *err)
{
	return err_set(err, ERR_DATA, "see `mailseal key list`",
	               "%s is not enrolled", address);
}

/* The entry that a delivery to this address would use. */
static int look_up(const struct key_run *run, const char *word,
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
		no_entry(address, err);
	free(address);
	return rc;
}

/* ---- list ------------------------------------------------------------------------- */

struct addresses {
	char **address;
	size_t count;
};

static int collect(void *ctx, const char *address)
{
	struct addresses *all = ctx;

	all->address = mem_grow(all->address, all->count + 1,
	                        sizeof *all->address);
	all->address[all->count++] = mem_strdup(address);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int all_addresses(const struct key_run *run, struct addresses *all,
                         struct err *err)
{
	if (store_each(run->store, collect, all, err))
		return -1;
	if (all->count)
		qsort(all->address, all->count, sizeof *all->address, by_name);
	return 0;
}

static void free_addresses(struct addresses *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->address[i]);
	free(all->address);
}

/* What list and check print of one entry; true when it can be sealed to. */
static bool print_entry(const struct key_run *run, const struct entry *entry,
                        json_t *json)
{
	bool usable = false;

	for (size_t i = 0; i < entry->certs; i++) {
		enum usability u = entry_cert_usability(&entry->cert[i], run->now);
		struct buf text = BUF_INIT;

		usable |= u == USABLE;
		key_describe(&entry->cert[i], &text);
		if (!json)
			printf("%s %s: %s%s%s\n", entry->address, buf_str(&text),
			       usability_word(u), u == USABLE ? "" : "; ",
			       u == USABLE ? "" : usability_advice(u));
		buf_free(&text);
	}
	if (json)
		json_array_append_new(json, key_json(entry, run->now));
	return usable;
}

/* Some addresses' entries, read and printed; *unusable counts what is wrong. */
static int print_addresses(const struct key_run *run,
                           const struct addresses *all, size_t *unusable,
                           struct err *err)
{
	json_t *json = run->json ? json_array() : NULL;

	for (size_t i = 0; i < all->count; i++) {
		struct entry *entry = NULL;
		enum store_answer answer = store_get(run->store,
			all->address[i], &entry, err);

		if (answer == STORE_COULD_NOT_ASK) {
			json_decref(json);
			return -1;
		}
		if (answer == STORE_FOUND && !print_entry(run, entry, json))
			++*unusable;
		entry_free(&entry);
	}
	return json ? key_print_json(json, err) : 0;
}

static int run_list(struct key_run *run, const struct arguments *args,
                    struct err *err)
{
	struct addresses all = { NULL, 0 };
	size_t unusable = 0;
	int rc = all_addresses(run, &all, err);

	(void)args;
	if (!rc)
		rc = print_addresses(run, &all, &unusable, err);
	free_addresses(&all);
	return rc;
}

/* ---- check -------------------------------------------------------------------------- */

/* A word without an @ is a domain: all of its addresses. */
static bool matches(const char *address, const char *word)
{
	const char *at = strrchr(address, '@');

	return at && strcasecmp(at + 1, word) == 0;
}

static int add_word(const struct key_run *run, const struct addresses *all,
                    const char *word, struct addresses *chosen,
                    struct err *err)
{
	size_t before = chosen->count;

	if (strchr(word, '@')) {
		struct entry *entry = NULL;

		if (look_up(run, word, &entry, err))
			return -1;
		collect(chosen, entry->address);
		entry_free(&entry);
		return 0;
	}
	for (size_t i = 0; i < all->count; i++)
		if (matches(all->address[i], word))
			collect(chosen, all->address[i]);
	return chosen->count > before ? 0 : no_entry(word, err);
}

static int choose(const struct key_run *run, const struct arguments *args,
                  struct addresses *chosen, struct err *err)
{
	struct addresses all = { NULL, 0 };
	int rc;

	if (args->words == 0)
		return all_addresses(run, chosen, err);
	rc = all_addresses(run, &all, err);
	for (size_t i = 0; !rc && i < args->words; i++)
		rc = add_word(run, &all, args->word[i], chosen, err);
	free_addresses(&all);
	return rc;
}

static int run_check(struct key_run *run, const struct arguments *args,
                     struct err *err)
{
	struct addresses chosen = { NULL, 0 };
	size_t unusable = 0;
	int rc = choose(run, args, &chosen, err);

	if (!rc)
		rc = print_addresses(run, &chosen, &unusable, err);
	if (!rc && unusable)
		rc = err_set(err, ERR_DATA,
		             "their mail is deferred until it is renewed",
		             "%zu of %zu recipients have no usable certificate",
		             unusable, chosen.count);
	free_addresses(&chosen);
	return rc;
}

/* ---- show, export, remove ------------------------------------------------------------- */

static void print_details(const struct key_run *run, const struct entry *entry)
{
	printf("%s\n", entry->address);
	for (size_t c = 0; c < entry->certs; c++) {
		const struct entry_cert *cert = &entry->cert[c];
		struct buf text = BUF_INIT;

		key_describe(cert, &text);
		printf("  %s: %s\n", buf_str(&text),
		       usability_word(entry_cert_usability(cert, run->now)));
		for (size_t s = 0; s < cert->subkeys; s++) {
			const struct entry_subkey *sub = &cert->subkey[s];

			buf_cut(&text, 0);
			key_add_date(&text, sub->expires);
			printf("    %s %s, expires %s: %s\n", sub->fingerprint,
			       sub->algorithm, buf_str(&text),
			       usability_word(entry_subkey_usability(cert, sub,
				       run->now)));
		}
		buf_free(&text);
	}
}

static int run_show(struct key_run *run, const struct arguments *args,
                    struct err *err)
{
	json_t *json = run->json ? json_array() : NULL;

	for (size_t i = 0; i < args->words; i++) {
		struct entry *entry = NULL;

		if (look_up(run, args->word[i], &entry, err)) {
			json_decref(json);
			return -1;
		}
		if (json)
			json_array_append_new(json, key_json(entry, run->now));
		else
			print_details(run, entry);
		entry_free(&entry);
	}
	return json ? key_print_json(json, err) : 0;
}

static void write_certs(const struct entry *entry, bool binary)
{
	struct buf text = BUF_INIT;

	for (size_t c = 0; c < entry->certs; c++) {
		if (binary)
			buf_add(&text, entry->cert[c].data, entry->cert[c].size);
		else
			cert_armour(entry->cert[c].data,
			                   entry->cert[c].size, &text);
	}
	fwrite(text.data, 1, text.len, stdout);
	buf_free(&text);
}

static int run_export(struct key_run *run, const struct arguments *args,
                      struct err *err)
{
	for (size_t i = 0; i < args->words; i++) {
		struct entry *entry = NULL;

		if (look_up(run, args->word[i], &entry, err))
			return -1;
		write_certs(entry, args->binary);
		entry_free(&entry);
	}
	return 0;
}

/* One exact address, once. An entry that can't be read can be removed. */
static int add_exact(const struct key_run *run, const char *word,
                     struct addresses *chosen, struct err *err)
{
	char *address = address_normalize_entry(word, err);
	struct entry *entry = NULL;
	struct err ignored;
	bool twice = false;
	int rc = address ? 0 : -1;

	if (address && store_get(run->store, address, &entry, &ignored) ==
	               STORE_NOT_ENROLLED)
		rc = no_entry(address, err);
	for (size_t i = 0; !rc && i < chosen->count; i++)
		twice |= strcmp(chosen->address[i], address) == 0;
	if (!rc && !twice)
		collect(chosen, address);
	entry_free(&entry);
	free(address);
	return rc;
}

static int remove_all(struct key_run *run, const struct addresses *chosen,
                      struct err *err)
{
	for (size_t i = 0; i < chosen->count; i++) {
		const char *address = chosen->address[i];
		int removed = store_remove(run->store, address, err);

		if (removed <= 0)
			return removed < 0 ? -1 : no_entry(address, err);
		printf("removed %s; its mail is now stored as it comes\n",
		       address);
	}
	return 0;
}

/* All of them, or (a typing error) none. */
static int run_remove(struct key_run *run, const struct arguments *args,
                      struct err *err)
{
	struct addresses chosen = { NULL, 0 };
	int rc = 0;

	for (size_t i = 0; !rc && i < args->words; i++)
		rc = add_exact(run, args->word[i], &chosen, err);
	if (!rc)
		rc = remove_all(run, &chosen, err);
	free_addresses(&chosen);
	return rc;
}

static int run_import(struct key_run *run, const struct arguments *args,
                      struct err *err)
{
	struct key_import import = args->import;

	import.file = args->word;
	return key_import(run, &import, err);
}

/* ---- the command ------------------------------------------------------------------------ */

static const struct subcommand subcommands[] = {
	{ "import", "files", true, run_import },
	{ "list", NULL, true, run_list },
	{ "show", "addresses", false, run_show },
	{ "remove", "addresses", false, run_remove },
	{ "export", "addresses", false, run_export },
	{ "check", "addresses or domains", true, run_check },
	{ NULL, NULL, false, NULL }
};

static int add_address(struct arguments *args, const char *word,
                       struct err *err)
{
	struct key_import *import = &args->import;
	char *address = address_normalize_entry(word, err);

	if (!address)
		return -1;
	import->address = mem_grow(import->address, import->addresses + 2,
	                           sizeof *import->address);
	import->address[import->addresses++] = address;
	import->address[import->addresses] = NULL;
	return 0;
}

static int parse(struct arguments *args, int argc, char **argv,
                 const struct subcommand *sub, struct err *err)
{
	static const struct option options[] = {
		{ "address", required_argument, NULL, 'a' },
		{ "all-addresses", no_argument, NULL, 'A' },
		{ "json", no_argument, NULL, 'j' },
		{ "binary", no_argument, NULL, 'b' },
		{ NULL, 0, NULL, 0 }
	};
	const bool import = sub->run == run_import;
	int c;

	while ((c = getopt_long(argc, argv, "a:", options, NULL)) != -1) {
		if (c == 'a' && import) {
			if (add_address(args, optarg, err))
				return -1;
		} else if (c == 'A' && import)
			args->import.all_addresses = true;
		else if (c == 'j')
			args->json = true;
		else if (c == 'b' && sub->run == run_export)
			args->binary = true;
		else
			return err_set(err, ERR_USAGE, "see mailseal(1)",
			               "key %s: unknown option, or one without its argument: %s",
			               sub->name, argv[optind - 1]);
	}
	args->word = argv + optind;
	args->words = (size_t)(argc - optind);
	if (!sub->takes && args->words)
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "key %s takes no arguments", sub->name);
	if (!sub->optional && !args->words)
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "key %s: which %s?", sub->name, sub->takes);
	return 0;
}

static int run_subcommand(const struct global *global,
                          const struct subcommand *sub,
                          const struct arguments *args, struct err *err)
{
	struct config *config = config_read(global->config_path, err);
	struct key_run run = { .config = config, .json = args->json,
	                       .now = time(NULL) };
	int rc = -1;

	if (!config)
		return -1;
	if (global->keystore)
		config_override(config, SET_KEYSTORE, global->keystore);
	run.engine.program = config_text(config, SET_GPG_PROGRAM);
	run.store = store_open(config_text(config, SET_KEYSTORE), NULL, err);
	if (run.store || sub->run == run_import)
		rc = sub->run(&run, args, err);
	if (!rc && fflush(stdout) == EOF)
		rc = err_sys(err, ERR_TEMPORARY, NULL,
		             "cannot write standard output");
	store_free(&run.store);
	config_free(&config);
	return rc;
}

static const struct subcommand *find_subcommand(const char *name)
{
	for (const struct subcommand *s = subcommands; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

int cmd_key(const struct global *global, int argc, char **argv)
{
	const struct log log = { .to_stderr = true };
	const struct subcommand *sub = argc > 1 ? find_subcommand(argv[1]) : NULL;
	struct arguments args = { .word = NULL };
	struct err err = { .class = ERR_NONE };
	int rc;

	if (!sub)
		rc = err_set(&err, ERR_USAGE,
		             "key import|list|show|remove|export|check; see mailseal(1)",
		             "key: %s%s", argc > 1 ? "no such subcommand: " : "which one?",
		             argc > 1 ? argv[1] : "");
	else if (!(rc = parse(&args, argc - 1, argv + 1, sub, &err)))
		rc = run_subcommand(global, sub, &args, &err);
	if (rc)
		log_err(&log, &err);
	for (size_t i = 0; i < args.import.addresses; i++)
		free(args.import.address[i]);
	free(args.import.address);
	return rc ? outcome_exit_error(&err, false) : 0;
}
