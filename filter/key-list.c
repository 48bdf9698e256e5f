/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-list - mailseal key list, show, export: what the keystore says */
#include <config.h>

#include <getopt.h>
#include <stdio.h>

#include "filter/key-interchange.h"
#include "keystore/cert-armour.h"

/* ---- list ------------------------------------------------------------ */

static void print_policy(const struct key_run *run, const struct entry *entry)
{
	struct buf text = BUF_INIT;

	key_describe_policy(entry, run->now, &text);
	if (text.len)
		printf("%s: %s\n", entry->address, buf_str(&text));
	buf_free(&text);
}

static void print_entry(const struct key_run *run, const struct entry *entry,
                        json_t *json)
{
	if (!json)
		print_policy(run, entry);
	for (size_t i = 0; i < entry->certs; i++) {
		enum usability u = entry_cert_usability(&entry->cert[i], run->now);
		struct buf text = BUF_INIT;

		if (u == CERT_RETIRED)
			continue;

		key_describe(&entry->cert[i], &text);
		if (!json)
			printf("%s %s: %s%s%s\n", entry->address, buf_str(&text),
			       usability_word(u), u == USABLE ? "" : "; ",
			       u == USABLE ? "" : usability_advice(u));
		buf_free(&text);
	}
	if (json)
		json_array_append_new(json, key_json(entry, run->now));
}

static int print_addresses(const struct key_run *run,
                           const struct key_addresses *all, struct err *err)
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
		if (answer == STORE_FOUND)
			print_entry(run, entry, json);
		entry_free(&entry);
	}
	return json ? key_print_json(json, err) : 0;
}

int key_list(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct key_addresses all = { NULL, 0 };
	int rc = key_options(run, argc, argv, "", err);

	if (!rc)
		rc = key_addresses_all(run, &all, err);
	if (!rc)
		rc = print_addresses(run, &all, err);
	key_addresses_free(&all);
	return rc;
}

/* ---- show, export ------------------------------------------------------------- */

static void print_origin(const struct entry_cert *cert)
{
	struct buf text = BUF_INIT;

	if (cert->source != ENTRY_SOURCE_UNKNOWN) {
		buf_addf(&text, "from %s, ", entry_source_word(cert->source));
		key_add_date(&text, cert->fetched);
	}
	if (cert->retired) {
		buf_adds(&text, text.len ? "; retired since " : "retired since ");
		key_add_date(&text, cert->retired);
	}
	if (text.len)
		printf("    %s\n", buf_str(&text));
	buf_free(&text);
}

static void print_details(const struct key_run *run, const struct entry *entry)
{
	printf("%s\n", entry->address);
	print_policy(run, entry);
	for (size_t c = 0; c < entry->certs; c++) {
		const struct entry_cert *cert = &entry->cert[c];
		struct buf text = BUF_INIT;

		key_describe(cert, &text);
		printf("  %s: %s\n", buf_str(&text),
		       usability_word(entry_cert_usability(cert, run->now)));
		print_origin(cert);
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

int key_show(struct key_run *run, int argc, char **argv, struct err *err)
{
	json_t *json;

	if (key_options(run, argc, argv, "addresses", err))
		return -1;
	json = run->json ? json_array() : NULL;
	for (char **word = argv + optind; *word; word++) {
		struct entry *entry = NULL;

		if (key_look_up(run, *word, &entry, err)) {
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
		if (entry->cert[c].retired)
			continue;
		if (binary)
			buf_add(&text, entry->cert[c].data, entry->cert[c].size);
		else
			cert_armour(entry->cert[c].data,
			                   entry->cert[c].size, &text);
	}
	fwrite(text.data, 1, text.len, stdout);
	buf_free(&text);
}

int key_export(struct key_run *run, int argc, char **argv, struct err *err)
{
	static const struct option options[] = {
		{ "binary", no_argument, NULL, 'b' },
		{ "to", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 }
	};
	struct key_interchange to = { .kind = NULL };
	bool binary = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?')
			return key_bad_option(argv, err);
		binary |= c == 'b';
		if (c == 't')
			to.kind = optarg;
	}
	if (to.kind) {
		if (binary || key_arguments(argc, argv, "file or folder", err))
			return err_set(err, ERR_USAGE, "see mailseal(1)",
			               "key export: --to KIND PATH, without --binary");
		to.path = argv[optind];
		return key_interchange_export(run, &to, argv + optind + 1, err);
	}
	if (key_arguments(argc, argv, "addresses", err))
		return -1;
	for (char **word = argv + optind; *word; word++) {
		struct entry *entry = NULL;

		if (key_look_up(run, *word, &entry, err))
			return -1;
		write_certs(entry, binary);
		entry_free(&entry);
	}
	return 0;
}
