/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd-hold - mailseal hold: the messages that wait for a usable certificate
 *
 * list and show are here; release is in hold-release.c.  Never a word of a message is printed.
 */
#include <config.h>

#include <getopt.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "filter/ask.h"
#include "filter/command.h"
#include "filter/hold.h"
#include "filter/key.h"
#include "filter/outcome.h"

int hold_bad_option(char **argv, struct err *err)
{
	return err_set(err, ERR_USAGE, "see mailseal(1)",
	               "hold %s: unknown option, or one without its argument: %s",
	               argv[0], argv[optind - 1]);
}

int hold_no_message(const char *id, struct err *err)
{
	return err_set(err, ERR_DATA, "see `mailseal hold list`",
	               "no held message is called %s", id);
}

/* ---- one message, printed ------------------------------------------------------------- */

/* What is printed of one; m is NULL where it could not be read. */
struct line {
	const struct hold_folder_item *item;
	const struct hold_message *m;
	bool trusted;
	const char *trouble; /* why m is NULL */
};

static const char *date(int64_t when, char out[static 32])
{
	time_t t = (time_t)when;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(out, 32, "-");
	return out;
}

static char *printable(const char *value)
{
	struct buf out = BUF_INIT;

	hold_envelope_escape(value, &out);
	return buf_steal(&out);
}

static json_t *line_json(const struct line *l)
{
	const struct hold_envelope *e = l->m ? &l->m->envelope : NULL;
	char *sender = e && e->sender ? printable(e->sender) : NULL;
	char *recipient = e ? printable(e->recipient) : NULL;
	json_t *json = json_pack("{s:s, s:I, s:I, s:I, s:b, s:s?, s:s?, s:s?, s:b, s:s?}",
		"id", l->item->id, "since", (json_int_t)l->item->since,
		"size", (json_int_t)l->item->size, "uid", (json_int_t)l->item->owner,
		"trusted", l->trusted, "recipient", recipient, "sender", sender,
		"reason", e ? e->reason : NULL, "junk", e && e->junk, "error", l->trouble);

	free(sender);
	free(recipient);
	return json;
}

static void print_line(const struct line *l)
{
	char when[32];

	printf("%s  %s  %" PRIu64 "  ", l->item->id, date(l->item->since, when), l->item->size);
	if (l->m) {
		char *recipient = printable(l->m->envelope.recipient);

		printf("%s  %s%s\n", recipient, l->m->envelope.reason,
		       l->trusted ? "" : "  (by a user whom hold-owners does not name)");
		free(recipient);
	} else {
		printf("-  %s\n", l->trouble);
	}
}

/* Could it be released? As release decides. */
static void print_now(const struct hold_run *run, const struct hold_envelope *e)
{
	struct decide_question q = { .now = time(NULL), .class = MIME_READABLE,
	                             .can_hold = true };
	struct ask ask;

	ask_open(&ask, run->config);
	ask_recipients(&ask, &(char *){ e->recipient }, 1, &q);

	struct decision d = decide(&q);
	char line[ERR_WHAT_MAX + ERR_ADVICE_MAX] = "not enrolled, or not sealed for";

	if (d.outcome == OUTCOME_SEALED)
		snprintf(line, sizeof line, "can be released");
	else if (d.why.class != ERR_NONE)
		err_line(&d.why, line, sizeof line);
	printf("now        %s\n", line);
	free(d.subkey);
	ask_close(&ask);
}

static void print_all(const struct hold_run *run, const struct line *l)
{
	const struct passwd *pw = getpwuid(l->item->owner);
	char when[32];

	printf("id         %s\nheld       %s\nsize       %" PRIu64 "\nput there  by %s (uid %lu)%s\n",
	       l->item->id, date(l->item->since, when), l->item->size,
	       pw ? pw->pw_name : "nobody known", (unsigned long)l->item->owner,
	       l->trusted || !l->m ? "" : ", whom hold-owners does not name: it will not be released");
	if (!l->m) {
		printf("trouble    %s\n", l->trouble);
		return;
	}

	const struct hold_envelope *e = &l->m->envelope;
	char *recipient = printable(e->given);
	char *sender = e->sender ? printable(e->sender) : NULL;

	printf("recipient  %s\nsender     %s%s%s\nwhy        %s%s\n", recipient,
	       sender ? "<" : "", sender ? sender : "not known", sender ? ">" : "",
	       e->reason, e->junk ? "\njunk       yes" : "");
	print_now(run, e);
	free(recipient);
	free(sender);
}

/* Prints one, or adds it to all (JSON). */
static void tell(const struct hold_run *run, const struct hold_folder_item *item,
                 bool whole, json_t *all)
{
	struct err err = { .class = ERR_NONE };
	struct hold_message m;
	struct line l = { .item = item };
	int rc = hold_open(run->path, item, false, &m, &err);

	if (rc == 0) {
		l.m = &m;
		l.trusted = hold_trusts(run->config, item->owner, &m.envelope);
	} else {
		l.trouble = rc > 0 ? "it was released meanwhile" : err.what;
	}
	if (all)
		json_array_append_new(all, line_json(&l));
	else if (whole)
		print_all(run, &l);
	else
		print_line(&l);
	hold_close(&m);
}

/* ---- list, show ---------------------------------------------------------------------------- */

static int parse(struct hold_run *run, int argc, char **argv, struct err *err)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j')
			return hold_bad_option(argv, err);
		run->json = true;
	}
	return 0;
}

int hold_list(struct hold_run *run, int argc, char **argv, struct err *err)
{
	struct hold_folder_list list;
	json_t *all;

	if (parse(run, argc, argv, err))
		return -1;
	if (optind < argc)
		return err_set(err, ERR_USAGE, "see mailseal(1)", "hold list takes no arguments");
	if (hold_folder_list(run->path, &list, err))
		return -1;
	all = run->json ? json_array() : NULL;
	for (size_t i = 0; i < list.count; i++)
		tell(run, &list.item[i], false, all);
	hold_folder_list_free(&list);
	return all ? key_print_json(all, err) : 0;
}

static int show_one(struct hold_run *run, const struct hold_folder_list *list,
                    const char *id, json_t *all, struct err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->item[i].id, id) != 0)
			continue;
		tell(run, &list->item[i], true, all);
		return 0;
	}
	return hold_no_message(id, err);
}

int hold_show(struct hold_run *run, int argc, char **argv, struct err *err)
{
	struct hold_folder_list list;
	json_t *all;
	int rc = 0;

	if (parse(run, argc, argv, err))
		return -1;
	if (optind == argc)
		return err_set(err, ERR_USAGE, "see mailseal(1)", "hold show: which ID?");
	if (hold_folder_list(run->path, &list, err))
		return -1;
	all = run->json ? json_array() : NULL;
	for (int i = optind; i < argc && !rc; i++)
		rc = show_one(run, &list, argv[i], all, err);
	hold_folder_list_free(&list);
	if (all && rc)
		json_decref(all);
	return all && !rc ? key_print_json(all, err) : rc;
}

/* ---- the command ---------------------------------------------------------------------------- */

static const struct subcommand {
	const char *name;
	int (*run)(struct hold_run *run, int argc, char **argv, struct err *err);
} subcommands[] = {
	{ "list", hold_list },
	{ "show", hold_show },
	{ "release", hold_release },
};

static int run_subcommand(const struct global *global, const struct log *log,
                          int argc, char **argv, struct err *err)
{
	const struct subcommand *sub = NULL;
	struct config *config;
	int rc;

	for (size_t i = 0; argc > 1 && i < sizeof subcommands / sizeof *subcommands; i++)
		if (strcmp(subcommands[i].name, argv[1]) == 0)
			sub = &subcommands[i];
	if (!sub)
		return err_set(err, ERR_USAGE, "hold list|show|release; see mailseal(1)",
		               "hold: %s%s", argc > 1 ? "no such subcommand: " : "which one?",
		               argc > 1 ? argv[1] : "");
	config = config_read(global->config_path, err);
	if (!config)
		return -1;
	if (global->keystore)
		config_override(config, SET_KEYSTORE, global->keystore);

	char *path = hold_path(config);
	struct hold_run run = { .config = config, .log = log, .path = path };

	rc = sub->run(&run, argc - 1, argv + 1, err);
	if (fflush(stdout) == EOF && !rc)
		rc = err_sys(err, ERR_TEMPORARY, NULL, "cannot write standard output");
	free(path);
	config_free(&config);
	return rc;
}

int cmd_hold(const struct global *global, int argc, char **argv)
{
	const struct log log = { .to_stderr = global->verbose, .to_syslog = true };
	struct err err = { .class = ERR_NONE };
	int rc = run_subcommand(global, &log, argc, argv, &err);

	if (rc)
		log_err(&(struct log){ .to_stderr = true }, &err);
	return rc ? outcome_exit_error(&err, false) : 0;
}
