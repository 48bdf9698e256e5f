/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-remind - mailseal key remind: owners are told that their certificate ends, the administrator of all
 *
 * A reminder is sent while its owner's mail still arrives.  Once it would wait for the very
 * certificate that it is about, only the digest tells of it.
 */
#include <config.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/hold.h"
#include "filter/key-health.h"
#include "filter/key-letter.h"
#include "filter/remind-mail.h"
#include "filter/reminders.h"
#include "keystore/address.h"

#define THRESHOLDS_MAX 16
#define LISTED_MAX 1000 /* of each kind, in a digest */
#define AFTER_S (30 * KEY_DAY_S) /* how long after the end an owner is still told of it */
#define NO_THRESHOLD (-1)

/* One part of the digest. */
struct part {
	const char *title;
	struct buf lines;
	size_t count;
};

enum { PART_UNREADABLE, PART_UNUSABLE, PART_ENDS, PART_TOLD, PART_FAILED, PARTS };

struct remind {
	struct key_run *run;
	int64_t threshold[THRESHOLDS_MAX]; /* days, the most first */
	size_t thresholds;
	const char *sendmail;
	char *from;   /* address, or NULL */
	char *digest; /* address, or NULL: to stdout */
	bool dry;
	struct reminders *reminders;
	struct part part[PARTS];
	size_t recipients;
	struct err failure; /* the last one's */
};

static void add_line(struct part *part, const char *address, const char *text)
{
	if (part->count++ < LISTED_MAX)
		buf_addf(&part->lines, "  %s: %s\n", address, text);
}

/* ---- who is told ------------------------------------------------------------------- */

static int send_reminder(const struct remind *r, const struct entry *entry,
                         int64_t end, struct err *err)
{
	struct buf subject = BUF_INIT, body = BUF_INIT;
	int rc;

	key_letter(r->run, entry, end, r->from, &subject, &body);
	rc = remind_mail_send(r->sendmail, &(struct remind_mail){
		.from = r->from, .to = entry->address, .subject = buf_str(&subject),
		.body = buf_str(&body), .now = r->run->now }, err);
	buf_free(&subject);
	buf_free(&body);
	return rc;
}

/* Will a message reach the owner once the certificate has ended? */
static bool still_arrives(const struct remind *r, const struct entry *entry)
{
	const struct policy policy = config_policy(r->run->config, entry->address);

	return policy.on_expired == UNUSABLE_SEAL || !entry_seals(entry, r->run->now);
}

/* The fewest days before the end that have begun; 0 after it. */
static int64_t threshold_of(const struct remind *r, const struct entry *entry, int64_t end)
{
	const int64_t left = end - r->run->now;
	int64_t found = NO_THRESHOLD;

	if (end <= 0 || entry->address[0] == '@')
		return NO_THRESHOLD;
	if (left <= 0)
		return left > -AFTER_S && still_arrives(r, entry) ? 0 : NO_THRESHOLD;
	for (size_t i = 0; i < r->thresholds; i++)
		if (left <= r->threshold[i] * KEY_DAY_S)
			found = r->threshold[i];
	return found;
}

/* -1 with *err: nothing can be noted any more, so nobody else is told. */
static int tell_owner(struct remind *r, const struct entry *entry, int64_t end,
                      struct err *err)
{
	const int64_t days = threshold_of(r, entry, end);
	struct buf text = BUF_INIT;
	int rc = 0;

	if (days == NO_THRESHOLD ||
	    reminders_told(r->reminders, entry->address, end, days))
		return 0;
	buf_adds(&text, end > r->run->now ? "ends on " : "ended on ");
	key_add_date(&text, end);
	if (!r->dry && send_reminder(r, entry, end, &r->failure)) {
		add_line(&r->part[PART_FAILED], entry->address, r->failure.what);
	} else {
		add_line(&r->part[PART_TOLD], entry->address, buf_str(&text));
		if (!r->dry)
			rc = reminders_note(r->reminders, entry->address, end, days, err);
	}
	buf_free(&text);
	return rc;
}

/* ---- one entry, all entries ----------------------------------------------------------- */

static void list_unusable(struct remind *r, const struct entry *entry)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < entry->certs; i++) {
		const struct entry_cert *cert = &entry->cert[i];
		enum usability u = entry_cert_usability(cert, r->run->now);

		if (cert->retired)
			continue;
		buf_cut(&text, 0);
		buf_addf(&text, "%s %s; %s", cert->fingerprint, usability_word(u),
		         usability_advice(u));
		add_line(&r->part[PART_UNUSABLE], entry->address, buf_str(&text));
	}
	buf_free(&text);
}

static void list_ending(struct remind *r, const struct entry *entry, int64_t end)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "%s ends on ", key_letter_about(entry, end));
	key_add_date(&text, end);
	add_line(&r->part[PART_ENDS], entry->address, buf_str(&text));
	buf_free(&text);
}

static int visit_entry(struct remind *r, const struct entry *entry, struct err *err)
{
	const int64_t end = health_entry_end(entry);

	r->recipients++;
	switch (key_health(entry, r->run->now, r->threshold[0])) {
	case KEY_HEALTH_UNUSABLE:
		list_unusable(r, entry);
		return tell_owner(r, entry, end, err);
	case KEY_HEALTH_ENDS:
		list_ending(r, entry, end);
		return tell_owner(r, entry, end, err);
	case KEY_HEALTH_GOOD:
	case KEY_HEALTH_UNREADABLE:
	case KEY_HEALTH_COUNT:
		break;
	}
	return 0;
}

static int visit(struct remind *r, const char *address, struct err *err)
{
	struct entry *entry = NULL;
	struct err trouble;
	int rc = 0;

	switch (store_get(r->run->store, address, &entry, &trouble)) {
	case STORE_FOUND:
		rc = visit_entry(r, entry, err);
		break;
	case STORE_COULD_NOT_ASK:
		add_line(&r->part[PART_UNREADABLE], address, trouble.what);
		break;
	case STORE_NOT_ENROLLED: /* removed meanwhile */
		break;
	}
	entry_free(&entry);
	return rc;
}

static int visit_all(struct remind *r, struct err *err)
{
	struct key_addresses all = { NULL, 0 };
	int rc = key_addresses_all(r->run, &all, err);

	for (size_t i = 0; !rc && i < all.count; i++)
		rc = visit(r, all.address[i], err);
	key_addresses_free(&all);
	return rc;
}

/* ---- the digest -------------------------------------------------------------------------- */

/* Mail that waits for a certificate is what it is all about. */
static size_t add_held(const struct remind *r, struct buf *out)
{
	struct hold_count held;
	struct err err;

	if (hold_count(r->run->config, &held, &err)) {
		buf_addf(out, "\nMessages that are held can't be counted: %s\n", err.what);
		return 1;
	}
	if (held.messages == 0)
		return 0;
	buf_addf(out, "\nMessages that are held: %zu, %" PRIu64 " bytes, the oldest since ",
	         held.messages, held.bytes);
	key_add_date(out, held.oldest);
	buf_adds(out, "\n  see `mailseal hold list`\n");
	return 1;
}

static size_t compose_digest(const struct remind *r, struct buf *out)
{
	size_t parts = 0;

	buf_addf(out, "mailseal keystore %s, %zu recipients\n",
	         store_spec(r->run->store), r->recipients);
	for (size_t i = 0; i < PARTS; i++) {
		const struct part *part = &r->part[i];

		if (part->count == 0)
			continue;
		parts++;
		buf_addf(out, "\n%s: %zu\n%s", part->title, part->count, buf_str(&part->lines));
		if (part->count > LISTED_MAX)
			buf_addf(out, "  and %zu more\n", part->count - LISTED_MAX);
	}
	parts += add_held(r, out);
	if (!parts)
		buf_adds(out, "\nAll is well.\n");
	return parts;
}

/* By mail only when there is something in it. */
static int give_digest(const struct remind *r, struct err *err)
{
	struct buf text = BUF_INIT;
	size_t parts = compose_digest(r, &text);
	int rc = 0;

	if (!r->digest || r->dry)
		fwrite(text.data, 1, text.len, stdout);
	else if (parts)
		rc = remind_mail_send(r->sendmail, &(struct remind_mail){
			.from = r->from, .to = r->digest, .now = r->run->now,
			.subject = "mailseal: certificates that need attention",
			.body = buf_str(&text) }, err);
	buf_free(&text);
	return rc;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int descending(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x < *y) - (*x > *y);
}

/* `30,14,3,1` */
static int read_thresholds(struct remind *r, const char *text, struct err *err)
{
	char *words = strdup(text), *rest = NULL;
	int rc = words ? 0 : -1;

	r->thresholds = 0;
	for (char *word = words ? strtok_r(words, ",", &rest) : NULL; !rc && word;
	     word = strtok_r(NULL, ",", &rest)) {
		if (r->thresholds == THRESHOLDS_MAX)
			rc = err_set(err, ERR_USAGE, NULL, "--warn-days: at most %d numbers",
			             THRESHOLDS_MAX);
		else
			rc = key_days(word, &r->threshold[r->thresholds++], err);
	}
	free(words);
	if (!rc && r->thresholds == 0)
		rc = err_set(err, ERR_USAGE, "for example 30,14,3,1", "--warn-days: no number");
	qsort(r->threshold, r->thresholds, sizeof *r->threshold, descending);
	return rc;
}

static int set_address(char **address, const char *word, struct err *err)
{
	free(*address);
	*address = address_normalize(word, err);
	return *address ? 0 : -1;
}

static int set_option(struct remind *r, int option, const char *value, struct err *err)
{
	switch (option) {
	case 'w': return read_thresholds(r, value, err);
	case 'd': return set_address(&r->digest, value, err);
	case 'f': return set_address(&r->from, value, err);
	case 's': r->sendmail = value; break;
	case 'n': r->dry = true; break;
	}
	return 0;
}

static int parse(struct remind *r, int argc, char **argv, struct err *err)
{
	static const struct option options[] = {
		{ "warn-days", required_argument, NULL, 'w' },
		{ "digest", required_argument, NULL, 'd' },
		{ "sendmail", required_argument, NULL, 's' },
		{ "from", required_argument, NULL, 'f' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	if (read_thresholds(r, "30,14,3,1", err))
		return -1;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?')
			return key_bad_option(argv, err);
		if (set_option(r, c, optarg, err))
			return -1;
	}
	if (r->sendmail[0] != '/')
		return err_set(err, ERR_USAGE, "write an absolute path", "--sendmail %s", r->sendmail);
	return key_arguments(argc, argv, "", err);
}

static int work(struct remind *r, struct err *err)
{
	const char *folder = config_text(r->run->config, SET_STATE_DIR);
	int rc;

	r->reminders = reminders_open(folder, r->dry, r->run->now, err);
	rc = r->reminders ? visit_all(r, err) : -1;
	if (!rc)
		rc = give_digest(r, err);
	if (!rc && r->part[PART_FAILED].count) {
		*err = r->failure;
		rc = err_context(err, "%zu reminders were not sent, the next run tries again; the last one",
		                 r->part[PART_FAILED].count);
	}
	reminders_free(&r->reminders);
	return rc;
}

int key_remind(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct remind r = {
		.run = run, .sendmail = config_text(run->config, SET_SENDMAIL),
		.part = {
			[PART_UNREADABLE] = { .title = "Entries that can't be read; mail for them waits" },
			[PART_UNUSABLE] = { .title = "Certificates that can't be used now" },
			[PART_ENDS] = { .title = "Certificates that end soon" },
			[PART_TOLD] = { .title = "Owners who were told of it in this run" },
			[PART_FAILED] = { .title = "Reminders that could not be sent" },
		},
	};
	int rc = parse(&r, argc, argv, err);

	if (r.dry)
		r.part[PART_TOLD].title = "Owners who would be told of it";
	if (!rc)
		rc = work(&r, err);
	for (size_t i = 0; i < PARTS; i++)
		buf_free(&r.part[i].lines);
	free(r.digest);
	free(r.from);
	return rc;
}
