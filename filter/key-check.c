/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-check - mailseal key check: what can be used now, what ends soon, for people and for monitoring
 *
 * --nagios is what monitoring plugins do: one line first, and exit codes 0 to 3.
 */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "filter/key-health.h"
#include "filter/outcome.h"

#define NAGIOS_WARN_DAYS 14

struct check {
	const struct key_run *run;
	int64_t warn_days; /* -1: nobody asked */
	bool nagios;
	struct buf lines;  /* what is printed of each entry */
	json_t *json;      /* NULL: lines */
	size_t count[KEY_HEALTH_COUNT];
	struct err unreadable; /* the first one's */
};

/* ---- one entry ------------------------------------------------------------------ */

static void add_next(const struct entry_cert *cert, int64_t now, struct buf *out)
{
	const struct health_change next = health_next(cert, now);

	if (!next.when)
		return;
	buf_adds(out, "; ");
	key_add_date(out, next.when);
	buf_addf(out, ": %s %s %s", next.primary ? "the primary key" : "the subkey",
	         next.fingerprint, next.begins ? "begins to be valid" : "expires");
}

static void add_subkeys(const struct entry_cert *cert, int64_t now, struct buf *out)
{
	for (size_t i = 0; i < cert->subkeys; i++) {
		enum usability u = entry_subkey_usability(cert, &cert->subkey[i], now);

		if (u != USABLE)
			buf_addf(out, "; %s %s is not used: %s", cert->subkey[i].algorithm,
			         cert->subkey[i].fingerprint, usability_word(u));
	}
}

static void add_cert(const struct check *c, const char *address,
                     const struct entry_cert *cert, struct buf *out)
{
	enum usability u = entry_cert_usability(cert, c->run->now);

	buf_addf(out, "%s ", address);
	key_describe(cert, out);
	buf_addf(out, ": %s", usability_word(u));
	if (u == USABLE)
		add_subkeys(cert, c->run->now, out);
	else
		buf_addf(out, "; %s", usability_advice(u));
	add_next(cert, c->run->now, out);
	buf_addc(out, '\n');
}

static json_t *next_json(const struct entry_cert *cert, int64_t now)
{
	const struct health_change next = health_next(cert, now);

	if (!next.when)
		return json_null();
	return json_pack("{s:I, s:s, s:s}", "when", (json_int_t)next.when,
		"fingerprint", next.fingerprint,
		"what", next.begins ? "begins" : "expires");
}

static json_t *entry_json(const struct check *c, const struct entry *entry,
                          enum key_health health)
{
	json_t *one = key_json(entry, c->run->now);
	json_t *certs = json_object_get(one, "certificates");
	int64_t end = health_entry_end(entry);

	json_object_set_new(one, "health", json_string(key_health_word(health)));
	json_object_set_new(one, "end", end > 0 ? json_integer(end) : json_null());
	for (size_t i = 0; i < entry->certs; i++)
		json_object_set_new(json_array_get(certs, i), "next",
		                    next_json(&entry->cert[i], c->run->now));
	return one;
}

static void add_entry(struct check *c, const struct entry *entry)
{
	enum key_health health = key_health(entry, c->run->now, c->warn_days);

	c->count[health]++;
	if (c->json) {
		json_array_append_new(c->json, entry_json(c, entry, health));
		return;
	}
	for (size_t i = 0; i < entry->certs; i++)
		if (!entry->cert[i].retired)
			add_cert(c, entry->address, &entry->cert[i], &c->lines);
}

static void add_unreadable(struct check *c, const char *address,
                           const struct err *err)
{
	if (!c->count[KEY_HEALTH_UNREADABLE]++)
		c->unreadable = *err;
	if (c->json)
		json_array_append_new(c->json, json_pack("{s:s, s:s, s:s}",
			"address", address,
			"health", key_health_word(KEY_HEALTH_UNREADABLE),
			"error", err->what));
	else
		buf_addf(&c->lines, "%s: %s\n", address, err->what);
}

/* A broken entry says nothing of the others. */
static void check_all(struct check *c, const struct key_addresses *chosen)
{
	for (size_t i = 0; i < chosen->count; i++) {
		struct entry *entry = NULL;
		struct err err = { .class = ERR_NONE };

		switch (store_get(c->run->store, chosen->address[i], &entry, &err)) {
		case STORE_FOUND:
			add_entry(c, entry);
			break;
		case STORE_COULD_NOT_ASK:
			add_unreadable(c, chosen->address[i], &err);
			break;
		case STORE_NOT_ENROLLED: /* removed meanwhile */
			break;
		}
		entry_free(&entry);
		/* Of a million entries not all lines are kept. */
		if (!c->nagios && c->lines.len > 0) {
			fwrite(c->lines.data, 1, c->lines.len, stdout);
			buf_cut(&c->lines, 0);
		}
	}
}

/* ---- the verdict ------------------------------------------------------------------ */

static int print_nagios(struct check *c)
{
	const size_t bad = c->count[KEY_HEALTH_UNUSABLE] + c->count[KEY_HEALTH_UNREADABLE];
	const size_t soon = c->count[KEY_HEALTH_ENDS];
	const size_t all = bad + soon + c->count[KEY_HEALTH_GOOD];

	printf("MAILSEAL %s - %zu recipients, %zu without a usable certificate, %zu whose certificate ends within %d days"
	       " | recipients=%zu unusable=%zu ending=%zu\n",
	       bad ? "CRITICAL" : soon ? "WARNING" : "OK", all, bad, soon,
	       (int)c->warn_days, all, bad, soon);
	fwrite(c->lines.data, 1, c->lines.len, stdout);
	if (bad)
		return OUTCOME_MONITOR_CRITICAL;
	return soon ? OUTCOME_MONITOR_WARNING : OUTCOME_MONITOR_OK;
}

static int conclude(const struct check *c, struct err *err)
{
	const size_t bad = c->count[KEY_HEALTH_UNUSABLE], soon = c->count[KEY_HEALTH_ENDS];

	if (c->count[KEY_HEALTH_UNREADABLE]) {
		*err = c->unreadable;
		return -1;
	}
	if (bad)
		return err_set(err, ERR_DATA,
		               "their mail is dealt with as on-unusable-key and on-expired say until it is renewed",
		               "%zu of %zu recipients have no usable certificate", bad,
		               bad + soon + c->count[KEY_HEALTH_GOOD]);
	if (soon)
		return err_set(err, ERR_DATA, "ask their owners to extend them, then import them again",
		               "the certificates of %zu recipients end within %d days",
		               soon, (int)c->warn_days);
	return 0;
}

static int parse(struct check *c, struct key_run *run, int argc, char **argv,
                 struct err *err)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "nagios", no_argument, NULL, 'n' },
		{ "warn-days", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 }
	};
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == '?')
			return key_bad_option(argv, err);
		if (o == 'w' && key_days(optarg, &c->warn_days, err))
			return -1;
		c->nagios |= o == 'n';
		run->json |= o == 'j';
	}
	if (c->nagios && run->json)
		return err_set(err, ERR_USAGE, "see mailseal(1)", "--nagios or --json?");
	if (c->nagios && c->warn_days < 0)
		c->warn_days = NAGIOS_WARN_DAYS;
	return 0;
}

int key_check(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct check c = { .run = run, .warn_days = -1, .lines = BUF_INIT };
	struct key_addresses chosen = { NULL, 0 };
	int rc = parse(&c, run, argc, argv, err);

	if (!rc)
		rc = key_addresses_choose(run, argv + optind, &chosen, err);
	if (!rc) {
		c.json = run->json ? json_array() : NULL;
		check_all(&c, &chosen);
		if (c.json)
			rc = key_print_json(c.json, err);
		if (!rc)
			rc = c.nagios ? print_nagios(&c) : conclude(&c, err);
	}
	buf_free(&c.lines);
	key_addresses_free(&chosen);
	return rc;
}
