/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-fetch - mailseal key fetch: certificates of WKD, a keyserver or DNS, by address
 *
 * The first source that has something for the address decides; one that can't be asked, or is not
 * to be believed, is told and passed over.
 */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "filter/key-offer.h"
#include "filter/key-source.h"
#include "keystore/address.h"

#define SOURCES 3

struct key_fetch {
	enum entry_source from[SOURCES];
	size_t sources;
	bool dry_run, replace;
	struct key_source source;
	struct key_batch done;
};

static const struct log to_stderr = { .to_stderr = true };

/* ---- one address --------------------------------------------------------------------- */

/* The local part as it was written, for who serves it, where the address is nothing but that
 * in other case. The caller frees; NULL: as the address has it. */
static char *local_part_of(const char *word, const char *address)
{
	const char *at = strrchr(word, '@');
	const char *end = strrchr(address, '@');
	size_t len = (size_t)(at - word);

	if (len != (size_t)(end - address) || strncasecmp(word, address, len) != 0)
		return NULL;
	return mem_strndup(word, len);
}

static const char *would(const struct key_pending *p)
{
	if (p->unchanged)
		return "unchanged";
	if (!p->before)
		return "would enrol";
	return p->replaced ? "would replace" : "would update";
}

static void print_plan(const struct key_run *run, const struct key_batch *done, size_t from)
{
	struct buf text = BUF_INIT;

	for (size_t i = from; i < done->count; i++) {
		const struct entry *entry = done->item[i].entry;

		for (size_t c = 0; c < entry->certs; c++) {
			enum usability u = entry_cert_usability(&entry->cert[c], run->now);

			buf_cut(&text, 0);
			key_describe(&entry->cert[c], &text);
			printf("%s %s %s%s%s\n", would(&done->item[i]), entry->address,
			       buf_str(&text), u == USABLE ? "" : ": ",
			       u == USABLE ? "" : usability_word(u));
		}
	}
	buf_free(&text);
}

/* What was done with one answer; for JSON all of it is printed at last. */
static int print_done(struct key_run *run, const struct key_fetch *fetch, size_t from,
                      const char *address, enum entry_source source, struct err *err)
{
	const struct key_batch part = { fetch->done.item + from, fetch->done.count - from };

	if (run->json)
		return 0;
	printf("found %s by %s\n", address, entry_source_word(source));
	if (!fetch->dry_run)
		return key_batch_print(run, &part, err);
	print_plan(run, &fetch->done, from);
	return 0;
}

static int take(struct key_run *run, struct key_fetch *fetch, const char *address,
                enum entry_source source, const struct buf *found, struct err *err)
{
	const struct key_offer offer = {
		.address = address,
		.how = { fetch->replace ? KEY_REPLACE : KEY_IMPORT, source },
		.dry_run = fetch->dry_run,
		.found = found,
	};
	const size_t before = fetch->done.count;

	if (key_offer_take(run, &offer, &fetch->done, err))
		return err_context(err, "%s", entry_source_word(source));
	return print_done(run, fetch, before, address, source, err);
}

/* No source had it: the failure that another try may cure goes before one that it can't. */
static int none_found(const struct key_fetch *fetch, const char *address,
                      const struct err *failed, struct err *err)
{
	struct buf words = BUF_INIT;

	for (size_t i = 0; i < fetch->sources; i++)
		buf_addf(&words, "%s%s", i ? ", " : "", entry_source_word(fetch->from[i]));
	if (failed->class != ERR_NONE)
		*err = *failed;
	else
		err_set(err, ERR_DATA, "ask the owner for it, and `mailseal key import` it",
		        "no certificate for %s was found by %s", address, buf_str(&words));
	buf_free(&words);
	return -1;
}

static int fetch_address(struct key_run *run, struct key_fetch *fetch, const char *address,
                         const char *local_part, struct err *err)
{
	struct err failed = { .class = ERR_NONE };

	for (size_t i = 0; i < fetch->sources; i++) {
		const enum entry_source from = fetch->from[i];
		struct buf found = BUF_INIT;
		int rc = 1;

		switch (key_source_ask(&fetch->source, from, address, local_part, &found, err)) {
		case KEY_SOURCE_FOUND:
			rc = take(run, fetch, address, from, &found, err);
			break;
		case KEY_SOURCE_NONE:
			break;
		case KEY_SOURCE_FAILED:
			err_context(err, "%s: %s", address, entry_source_word(from));
			if (fetch->sources > 1)
				log_info(&to_stderr, "note: %s", err->what);
			if (failed.class != ERR_TEMPORARY)
				failed = *err;
			break;
		}
		buf_free(&found);
		if (rc <= 0)
			return rc;
	}
	return none_found(fetch, address, &failed, err);
}

static int fetch_word(struct key_run *run, struct key_fetch *fetch, const char *word,
                      struct err *err)
{
	char *address = address_normalize(word, err);
	char *local_part = address ? local_part_of(word, address) : NULL;
	int rc = address ? fetch_address(run, fetch, address, local_part, err) : -1;

	free(local_part);
	free(address);
	return rc;
}

/* ---- all of them ------------------------------------------------------------------------ */

/* What one address comes to does not stop the others. */
static int fetch_all(struct key_run *run, struct key_fetch *fetch, char *const *word,
                     struct err *err)
{
	struct err worst = { .class = ERR_NONE };
	size_t failed = 0, count = 0;

	for (; word[count]; count++) {
		if (fetch_word(run, fetch, word[count], err) == 0)
			continue;
		failed++;
		if (word[1] || count)
			log_err(&to_stderr, err);
		if (worst.class != ERR_TEMPORARY)
			worst = *err;
	}
	*err = worst;
	if (failed && count > 1)
		err_set(err, worst.class, NULL, "%zu of %zu addresses have no certificate from there",
		        failed, count);
	return failed ? -1 : 0;
}

static int print_json(const struct key_run *run, const struct key_fetch *fetch,
                      struct err *err)
{
	json_t *all = json_array();

	if (!fetch->dry_run) {
		json_decref(all);
		return key_batch_print(run, &fetch->done, err);
	}
	for (size_t i = 0; i < fetch->done.count; i++) {
		json_t *one = key_json(fetch->done.item[i].entry, run->now);

		json_object_set_new(one, "would", json_string(would(&fetch->done.item[i])));
		json_array_append_new(all, one);
	}
	return key_print_json(all, err);
}

/* ---- options ------------------------------------------------------------------------------ */

static int add_source(struct key_fetch *fetch, const char *word, size_t len, struct err *err)
{
	for (enum entry_source s = ENTRY_SOURCE_WKD; s <= ENTRY_SOURCE_DANE; s++) {
		if (strlen(entry_source_word(s)) != len ||
		    strncmp(entry_source_word(s), word, len) != 0)
			continue;
		if (fetch->sources < SOURCES) {
			fetch->from[fetch->sources++] = s;
			return 0;
		}
	}
	return err_set(err, ERR_USAGE, "give wkd, vks and dane, separated by commas",
	               "key fetch: no source: %.*s", (int)(len < 40 ? len : 40), word);
}

static int set_sources(struct key_fetch *fetch, const char *list, struct err *err)
{
	fetch->sources = 0;
	for (;;) {
		size_t len = strcspn(list, ",");

		if (add_source(fetch, list, len, err))
			return -1;
		if (!list[len])
			return 0;
		list += len + 1;
	}
}

static int parse(struct key_run *run, struct key_fetch *fetch, int argc, char **argv,
                 struct err *err)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "replace", no_argument, NULL, 'r' },
		{ "ca-file", required_argument, NULL, 'c' },
		{ "connect-to", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	int c, rc = 0;

	while (!rc && (c = getopt_long(argc, argv, "n", options, NULL)) != -1) {
		switch (c) {
		case 'f': rc = set_sources(fetch, optarg, err); break;
		case 't': rc = key_source_connect_to(&fetch->source, optarg, err); break;
		case 'c': fetch->source.fetch.ca_file = optarg; break;
		case 'n': fetch->dry_run = true; break;
		case 'r': fetch->replace = true; break;
		case 'j': run->json = true; break;
		default: return key_bad_option(argv, err);
		}
	}
	return rc ? rc : key_arguments(argc, argv, "addresses", err);
}

int key_fetch(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct key_fetch fetch = {
		.from = { ENTRY_SOURCE_WKD, ENTRY_SOURCE_VKS, ENTRY_SOURCE_DANE },
		.sources = key_source_has_resolver(run->config) ? SOURCES : SOURCES - 1,
	};
	struct err printing;
	int rc;

	key_source_open(&fetch.source, run->config);
	if (parse(run, &fetch, argc, argv, err))
		return -1;
	rc = fetch_all(run, &fetch, argv + optind, err);
	if (run->json && print_json(run, &fetch, &printing) && !rc) {
		*err = printing;
		rc = -1;
	}
	key_batch_free(&fetch.done);
	key_source_close(&fetch.source);
	return rc;
}
