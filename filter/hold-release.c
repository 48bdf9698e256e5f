/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hold-release - mailseal hold release: held messages go on to their recipients
 *
 * Each is locked, opened with the recovery key, sealed to what the keystore has for its
 * recipient now, delivered, and only then removed: a crash doubles a message and loses none.
 */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/signals.h"
#include "filter/ask.h"
#include "filter/held.h"
#include "filter/hold-target.h"
#include "filter/intake.h"

#define RECIPIENTS_MAX 100 /* -r */

struct release {
	const struct hold_run *run;
	struct ask ask;
	struct hold_target target;
	bool all, as_held;
	char *recipient[RECIPIENTS_MAX]; /* normal forms */
	size_t recipients;
	char *const *id; /* the IDs asked for */
	size_t ids;
	size_t released, waiting, failed;
	struct err worst; /* of those that failed */
};

/* ---- what became of it --------------------------------------------------------------- */

/* A missing secret key concerns all of them; what may work later goes before what won't. */
static int rank(enum err_class class)
{
	switch (class) {
	case ERR_NONE: return 0;
	case ERR_DATA: return 1;
	case ERR_UNAVAILABLE: return 3;
	default: return 2;
	}
}

static void note_failure(struct release *r, const char *id, struct err *err)
{
	const struct log log = { .to_stderr = true, .to_syslog = r->run->log->to_syslog };

	err_context(err, "%s", id);
	log_err(&log, err);
	r->failed++;
	if (rank(err->class) > rank(r->worst.class))
		r->worst = *err;
}

static void note_release(struct release *r, const char *id,
                         const struct hold_envelope *e)
{
	struct buf to = BUF_INIT;

	hold_envelope_escape(e->recipient, &to);
	log_info(r->run->log, "hold=%s to=%s outcome=%s", id, buf_str(&to),
	         r->as_held ? "released-as-held" : "released");
	buf_free(&to);
	r->released++;
}

/* ---- one message ------------------------------------------------------------------------ */

/* As hold_target's back ends take it: only a command is given the mbox From line. */
static int write_as_held(const struct release *r, const struct hold_message *m,
                         struct sink to, struct err *err)
{
	struct intake in;
	int rc = intake_read(m->file.fd, config_text(r->run->config, SET_SPOOL_DIR), 0,
	                     DEADLINE_NEVER, &in, err);

	if (rc)
		return rc;
	if (r->target.command && in.from_line)
		rc = sink_puts(to, in.from_line, err);
	if (!rc)
		rc = spool_copy(in.spool, 0, spool_size(in.spool), to, err);
	intake_free(&in);
	return rc;
}

static struct deadline deadline_of(const struct release *r)
{
	return deadline_in(config_number(r->run->config, SET_DEADLINE));
}

static int write_sealed(const struct release *r, const struct hold_message *m,
                        const struct decision *decision, struct sink to,
                        struct err *err)
{
	struct held *held = held_open(r->run->config, m, err);
	int rc = -1;

	if (held)
		rc = held_seal(held, decision, r->target.command != NULL, deadline_of(r),
		               to, err);
	held_free(&held);
	return rc;
}

static int hand_over(const struct release *r, const struct hold_message *m,
                     struct spool *whole, struct err *err)
{
	struct hold_way way;
	int rc = hold_way_new(&r->target, r->run->config, &m->envelope, deadline_of(r),
	                      &way, err);

	if (!rc)
		rc = delivery_begin(way.delivery, spool_size(whole), err);
	if (!rc)
		rc = spool_copy(whole, 0, spool_size(whole), delivery_sink(way.delivery), err);
	if (!rc)
		rc = delivery_commit(way.delivery, err);
	hold_way_free(&way);
	return rc;
}

/* decision NULL: as it is held. */
static int deliver(const struct release *r, const struct hold_message *m,
                   const struct decision *decision, struct err *err)
{
	struct spool *whole = spool_new(config_text(r->run->config, SET_SPOOL_DIR),
	                                SPOOL_MEMORY_LIMIT);
	int rc = decision ? write_sealed(r, m, decision, spool_sink(whole), err)
	                  : write_as_held(r, m, spool_sink(whole), err);

	if (!rc)
		rc = hand_over(r, m, whole, err);
	spool_free(&whole);
	return rc;
}

static int untrusted(const struct hold_folder_item *item, struct err *err)
{
	return err_set(err, ERR_DATA, "if deliveries run as that user, name it in hold-owners",
	               "uid %lu put it there, and is none of hold-owners",
	               (unsigned long)item->owner);
}

/* What keeps it from going on: *err, ERR_TEMPORARY. */
static void explain_waiting(const struct decision *d, struct err *err)
{
	if (d->why.class != ERR_NONE)
		*err = d->why;
	else
		err_set(err, ERR_TEMPORARY, "enrol the recipient, or take the stop off the entry",
		        "mail for its recipient is not sealed now");
	err->class = ERR_TEMPORARY;
}

/* Locked, and its envelope read. 1: it waits, *err says for what. */
static int release_open(struct release *r, const struct hold_folder_item *item,
                        struct hold_message *m, struct err *err)
{
	/* Where it would be held once more, it waits. */
	struct decide_question q = { .now = time(NULL), .class = MIME_READABLE,
	                             .can_hold = true };
	struct decision d;
	int rc;

	if (!hold_trusts(r->run->config, item->owner, &m->envelope))
		return untrusted(item, err);
	if (r->as_held) {
		rc = deliver(r, m, NULL, err);
	} else {
		ask_recipients(&r->ask, &m->envelope.recipient, 1, &q);
		d = decide(&q);
		rc = d.outcome == OUTCOME_SEALED ? deliver(r, m, &d, err) : 1;
		if (rc > 0)
			explain_waiting(&d, err);
		free(d.subkey);
	}
	return rc ? rc : hold_folder_remove(&m->file, err);
}

static void release_one(struct release *r, const struct hold_folder_item *item)
{
	struct err err = { .class = ERR_NONE };
	struct hold_message m;
	int rc = hold_open(r->run->path, item, true, &m, &err);

	if (rc == 0) {
		rc = release_open(r, item, &m, &err);
		if (rc == 0)
			note_release(r, item->id, &m.envelope);
		else if (rc > 0 && r->all)
			r->waiting++;
		else
			note_failure(r, item->id, &err);
	} else if (rc < 0) {
		note_failure(r, item->id, &err);
	} else if (!r->all) {
		err_set(&err, ERR_TEMPORARY, NULL, "another process releases it");
		note_failure(r, item->id, &err);
	}
	hold_close(&m);
}

/* ---- which ones ---------------------------------------------------------------------------- */

static bool is_recipient(const struct release *r, const char *address)
{
	char *plain = address_without_extension(address,
		config_text(r->run->config, SET_RECIPIENT_DELIMITER));
	bool is = false;

	for (size_t i = 0; i < r->recipients && !is; i++)
		is = strcmp(r->recipient[i], address) == 0 ||
		     (plain && strcmp(r->recipient[i], plain) == 0);
	free(plain);
	return is;
}

static bool is_chosen(const struct release *r, const struct hold_folder_item *item)
{
	struct hold_message m;
	struct err err;
	bool chosen = r->all;

	for (size_t i = 0; i < r->ids && !chosen; i++)
		chosen = strcmp(r->id[i], item->id) == 0;
	if (chosen || !r->recipients)
		return chosen;
	chosen = hold_open(r->run->path, item, false, &m, &err) == 0 &&
	         is_recipient(r, m.envelope.recipient);
	hold_close(&m);
	return chosen;
}

static int check_ids(const struct release *r, const struct hold_folder_list *list,
                     struct err *err)
{
	for (size_t i = 0; i < r->ids; i++) {
		size_t at = 0;

		while (at < list->count && strcmp(list->item[at].id, r->id[i]) != 0)
			at++;
		if (at == list->count)
			return hold_no_message(r->id[i], err);
	}
	return 0;
}

static int release_chosen(struct release *r, struct err *err)
{
	struct hold_folder_list list;

	if (hold_folder_list(r->run->path, &list, err))
		return -1;
	if (check_ids(r, &list, err)) {
		hold_folder_list_free(&list);
		return -1;
	}
	ask_open(&r->ask, r->run->config);
	for (size_t i = 0; i < list.count && !signals_stop(); i++)
		if (is_chosen(r, &list.item[i]))
			release_one(r, &list.item[i]);
	ask_close(&r->ask);
	hold_folder_list_free(&list);
	if (r->released || r->failed)
		printf("released %zu, waiting %zu, failed %zu\n", r->released,
		       r->waiting, r->failed);
	if (signals_stop())
		return err_set(err, ERR_TEMPORARY, NULL, "stopped by signal %d", signals_stop());
	if (!r->failed)
		return 0;
	return err_set(err, r->worst.class, NULL, "%zu of the messages could not be released",
	               r->failed);
}

/* ---- the command line ------------------------------------------------------------------------ */

static int add_recipient(struct release *r, const char *word, struct err *err)
{
	char *normal;

	if (r->recipients == RECIPIENTS_MAX)
		return err_set(err, ERR_USAGE, NULL, "more than %d times -r", RECIPIENTS_MAX);
	normal = address_normalize(word, err);
	if (!normal) {
		err->class = ERR_USAGE;
		return -1;
	}
	r->recipient[r->recipients++] = normal;
	return 0;
}

/* The command begins behind `--`; returns how many words stand in front of that. */
static int split_command(struct release *r, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		r->target.command = (const char *const *)argv + i + 1;
		return i;
	}
	return argc;
}

static int parse(struct release *r, int argc, char **argv, struct err *err)
{
	static const struct option options[] = {
		{ "recipient", required_argument, NULL, 'r' },
		{ "all", no_argument, NULL, 'a' },
		{ "as-held", no_argument, NULL, 'h' },
		{ "maildir", required_argument, NULL, 'm' },
		{ "lmtp", required_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "r:", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			if (add_recipient(r, optarg, err))
				return -1;
			break;
		case 'a': r->all = true; break;
		case 'h': r->as_held = true; break;
		case 'm': r->target.maildir = optarg; break;
		case 'l': r->target.lmtp = optarg; break;
		default: return hold_bad_option(argv, err);
		}
	}
	r->id = argv + optind;
	r->ids = (size_t)(argc - optind);
	if ((r->ids || r->recipients) == r->all)
		return err_set(err, ERR_USAGE, "give IDs, -r ADDRESS, or --all alone",
		               "hold release: which messages?");
	if (r->target.maildir && (r->all || r->recipients > 1))
		return err_set(err, ERR_USAGE, "give one -r ADDRESS, or IDs",
		               "hold release: one Maildir is not for all recipients");
	return hold_target_choose(&r->target, r->run->config, err);
}

int hold_release(struct hold_run *run, int argc, char **argv, struct err *err)
{
	struct release r = { .run = run };
	const int words = split_command(&r, argc, argv);
	int rc = parse(&r, words, argv, err);

	if (!rc)
		rc = release_chosen(&r, err);
	for (size_t i = 0; i < r.recipients; i++)
		free(r.recipient[i]);
	return rc;
}
