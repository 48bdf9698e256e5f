/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-refresh - mailseal key refresh: certificates anew, each from where it came
 *
 * New expiry dates, subkeys and revocations are merged as by an import; another primary key is not
 * taken.  What goes wrong with one address does not stop the others.  Addresses are asked domain by
 * domain, so that of one whose server is away only the first waits for it.
 */
#include <config.h>

#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/signals.h"
#include "filter/config-value.h"
#include "filter/key-offer.h"
#include "filter/key-source.h"

#define SOURCES (ENTRY_SOURCE_DANE + 1)

/* Whose server did not answer: a domain, or "" for the one keyserver; and what it was. */
struct away {
	char *domain; /* NULL: none yet */
	struct err why;
};

struct refresh {
	bool all;
	int64_t jitter_ms;
	struct key_source source;
	struct away away[SOURCES];
	size_t asked, updated, unchanged, failed, skipped; /* addresses */
	bool temporary;   /* of the failures: one may be gone at another try */
	json_t *failures; /* for --json */
	json_t *updates;
};

static const struct log to_stderr = { .to_stderr = true };

/* ---- one address --------------------------------------------------------------------- */

static const char *domain_of(const char *address, enum entry_source from)
{
	return from == ENTRY_SOURCE_VKS ? "" : strrchr(address, '@') + 1;
}

static bool is_away(const struct refresh *refresh, const char *address,
                    enum entry_source from, struct err *err)
{
	const struct away *away = &refresh->away[from];

	if (!away->domain || strcmp(away->domain, domain_of(address, from)) != 0)
		return false;
	*err = away->why;
	return true;
}

static void note_away(struct refresh *refresh, const char *address, enum entry_source from,
                      const struct err *why)
{
	struct away *away = &refresh->away[from];

	free(away->domain);
	away->domain = mem_strdup(domain_of(address, from));
	away->why = *why;
}

static enum key_source_answer ask(struct refresh *refresh, const char *address,
                                  enum entry_source from, struct buf *found,
                                  struct err *err)
{
	enum key_source_answer answer;

	if (is_away(refresh, address, from, err))
		return KEY_SOURCE_FAILED;
	answer = key_source_ask(&refresh->source, from, address, NULL, found, err);
	if (answer == KEY_SOURCE_FAILED && err->class == ERR_TEMPORARY)
		note_away(refresh, address, from, err);
	return answer;
}

static int refresh_from(struct key_run *run, struct refresh *refresh, const char *address,
                        enum entry_source from, struct key_batch *done, struct err *err)
{
	struct buf found = BUF_INIT;
	const struct key_offer offer = {
		.address = address,
		.how = { KEY_IMPORT, from },
		.found = &found,
	};
	int rc = -1;

	switch (ask(refresh, address, from, &found, err)) {
	case KEY_SOURCE_FOUND:
		rc = key_offer_take(run, &offer, done, err);
		break;
	case KEY_SOURCE_NONE:
		err_set(err, ERR_DATA, "ask the owner; the stored certificate stays",
		        "it is no longer there");
		break;
	case KEY_SOURCE_FAILED:
		break;
	}
	buf_free(&found);
	return rc ? err_context(err, "%s: %s", address, entry_source_word(from)) : 0;
}

static void count_failure(struct refresh *refresh, const char *address,
                          const struct err *err)
{
	refresh->failed++;
	refresh->temporary |= err->class == ERR_TEMPORARY;
	if (refresh->failures)
		json_array_append_new(refresh->failures,
			json_pack("{s:s, s:s}", "address", address, "error", err->what));
	else
		log_err(&to_stderr, err);
}

static int count_done(struct key_run *run, struct refresh *refresh,
                      const struct key_batch *done, struct err *err)
{
	bool updated = false;

	for (size_t i = 0; i < done->count; i++) {
		const struct key_batch one = { &done->item[i], 1 };

		if (done->item[i].unchanged)
			continue;
		updated = true;
		if (refresh->updates)
			json_array_append_new(refresh->updates,
			                      key_json(done->item[i].entry, run->now));
		else if (key_batch_print(run, &one, err))
			return -1;
	}
	refresh->updated += updated;
	refresh->unchanged += !updated;
	return 0;
}

/* -1 only when nothing can go on. */
static int refresh_entry(struct key_run *run, struct refresh *refresh,
                         const struct entry *entry, struct err *err)
{
	struct key_batch done = { NULL, 0 };
	bool wanted[SOURCES] = { false };
	bool any = false, failed = false;
	int rc = 0;

	for (size_t i = 0; i < entry->certs; i++)
		if (!entry->cert[i].retired && entry->cert[i].source > ENTRY_SOURCE_IMPORT)
			any = wanted[entry->cert[i].source] = true;
	if (!any) {
		refresh->skipped++;
		if (run->verbose)
			log_info(&to_stderr, "%s was not fetched, but imported: skipped",
			         entry->address);
		return 0;
	}
	refresh->asked++;
	for (enum entry_source s = ENTRY_SOURCE_WKD; !failed && s < SOURCES; s++)
		failed = wanted[s] && refresh_from(run, refresh, entry->address, s, &done, err);
	if (failed)
		count_failure(refresh, entry->address, err);
	else
		rc = count_done(run, refresh, &done, err);
	key_batch_free(&done);
	return rc;
}

static int refresh_address(struct key_run *run, struct refresh *refresh,
                           const char *address, struct err *err)
{
	struct entry *entry = NULL;
	int rc = 0;

	switch (store_get(run->store, address, &entry, err)) {
	case STORE_FOUND:
		rc = refresh_entry(run, refresh, entry, err);
		break;
	case STORE_NOT_ENROLLED: /* removed meanwhile */
		break;
	case STORE_COULD_NOT_ASK:
		refresh->asked++;
		count_failure(refresh, address, err);
		break;
	}
	entry_free(&entry);
	return rc;
}

/* ---- all of them ------------------------------------------------------------------------ */

static int by_domain(const void *a, const void *b)
{
	const char *one = *(char *const *)a, *other = *(char *const *)b;
	int order = strcmp(strrchr(one, '@'), strrchr(other, '@'));

	return order ? order : strcmp(one, other);
}

/* So that not all hosts of the world ask at the full hour. */
static int wait_a_while(int64_t jitter_ms, struct err *err)
{
	uint32_t random = 0;
	struct deadline end;

	if (jitter_ms <= 0)
		return 0;
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return err_sys(err, ERR_TEMPORARY, NULL, "no random bytes");
	end = deadline_in((int64_t)((double)random / UINT32_MAX * (double)jitter_ms));
	while (!deadline_passed(end) && !signals_stop())
		poll(NULL, 0, deadline_left_ms(end, 1000));
	return 0;
}

static void show_progress(size_t at, size_t count, const char *address)
{
	fprintf(stderr, "\r\033[K%zu/%zu %.60s", at + 1, count, address);
	fflush(stderr);
}

static int refresh_all(struct key_run *run, struct refresh *refresh,
                       struct key_addresses *chosen, struct err *err)
{
	const bool progress = chosen->count > 1 && isatty(STDERR_FILENO);
	int rc = wait_a_while(refresh->jitter_ms, err);

	if (chosen->count)
		qsort(chosen->address, chosen->count, sizeof *chosen->address, by_domain);
	for (size_t i = 0; !rc && i < chosen->count; i++) {
		run->now = time(NULL); /* it may take hours */
		if (signals_stop()) {
			rc = err_set(err, ERR_TEMPORARY, NULL, "stopped by a signal");
			break;
		}
		if (progress)
			show_progress(i, chosen->count, chosen->address[i]);
		rc = refresh_address(run, refresh, chosen->address[i], err);
	}
	if (progress)
		fputs("\r\033[K", stderr);
	return rc;
}

static int sum_up(struct refresh *refresh, struct err *err)
{
	if (refresh->failures) {
		json_t *sum = json_pack("{s:I, s:I, s:I, s:I, s:O, s:O}",
			"asked", (json_int_t)refresh->asked,
			"unchanged", (json_int_t)refresh->unchanged,
			"failed", (json_int_t)refresh->failed,
			"skipped", (json_int_t)refresh->skipped,
			"updated", refresh->updates, "failures", refresh->failures);

		if (key_print_json(sum, err))
			return -1;
	} else {
		printf("refreshed: %zu asked for, %zu updated, %zu unchanged, %zu failed; %zu were not fetched\n",
		       refresh->asked, refresh->updated, refresh->unchanged, refresh->failed,
		       refresh->skipped);
	}
	if (!refresh->failed)
		return 0;
	return err_set(err, refresh->temporary ? ERR_TEMPORARY : ERR_DATA, NULL,
	               "%zu of %zu addresses could not be refreshed", refresh->failed,
	               refresh->asked);
}

/* ---- options ------------------------------------------------------------------------------ */

static int set_jitter(struct refresh *refresh, const char *text, struct err *err)
{
	struct config_value value = { 0 };
	int rc = 0;

	refresh->jitter_ms = 0;
	if (strcmp(text, "0") == 0)
		return 0;
	rc = config_value_parse(KIND_TIME, NULL, text, &value, err);
	refresh->jitter_ms = value.number;
	config_value_clear(&value);
	if (rc)
		err->class = ERR_USAGE;
	return rc ? err_context(err, "--jitter %.40s", text) : 0;
}

static int parse(struct key_run *run, struct refresh *refresh, int argc, char **argv,
                 struct err *err)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "jitter", required_argument, NULL, 'w' },
		{ "ca-file", required_argument, NULL, 'c' },
		{ "connect-to", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	int c, rc = 0;

	while (!rc && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'a': refresh->all = true; break;
		case 'w': rc = set_jitter(refresh, optarg, err); break;
		case 'c': refresh->source.fetch.ca_file = optarg; break;
		case 't': rc = key_source_connect_to(&refresh->source, optarg, err); break;
		case 'j': run->json = true; break;
		default: return key_bad_option(argv, err);
		}
	}
	return rc ? rc : key_arguments(argc, argv, refresh->all ? "" : "addresses, or --all", err);
}

static void release(struct refresh *refresh)
{
	for (size_t i = 0; i < SOURCES; i++)
		free(refresh->away[i].domain);
	json_decref(refresh->failures);
	json_decref(refresh->updates);
	key_source_close(&refresh->source);
}

int key_refresh(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct refresh refresh = { 0 };
	struct key_addresses chosen = { NULL, 0 };
	int rc;

	key_source_open(&refresh.source, run->config);
	rc = parse(run, &refresh, argc, argv, err);
	if (!rc && run->json) {
		refresh.failures = json_array();
		refresh.updates = json_array();
	}
	if (!rc)
		rc = key_addresses_choose(run, argv + optind, &chosen, err);
	if (!rc)
		rc = refresh_all(run, &refresh, &chosen, err);
	if (!rc)
		rc = sum_up(&refresh, err);
	key_addresses_free(&chosen);
	release(&refresh);
	return rc;
}
