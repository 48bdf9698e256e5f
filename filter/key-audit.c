/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-audit - mailseal key sign-init, audit, checkpoint: who changed the keystore, and was it he */
#include <config.h>

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/io.h"
#include "base/mem.h"
#include "filter/key.h"
#include "keystore/audit.h"

#define CHECKPOINT_MAX ((size_t)4096) /* bytes of its file */

/* ---- sign-init -------------------------------------------------------------- */

int key_sign_init(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct signing_secret *secret = NULL;
	struct buf public = BUF_INIT;
	char *path; /* a setting has it from / on */

	if (key_options(run, argc, argv, "file for the signing key", err))
		return -1;
	if (argc - optind != 1)
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "key sign-init: one file");
	if (signing_make(argv[optind], err) == 0)
		secret = signing_secret_read(argv[optind], err);
	if (!secret)
		return -1;
	signing_secret_public(secret, &public);
	path = realpath(argv[optind], NULL);
	printf("keystore-signing-key = %s\nkeystore-public-key = %s\n",
	       path ? path : argv[optind], buf_str(&public));
	free(path);
	signing_secret_free(&secret);
	buf_free(&public);
	return 0;
}

/* ---- audit -------------------------------------------------------------------- */

struct listing {
	json_t *json; /* NULL: for people */
};

static void print_finding(void *ctx, const struct audit_finding *finding)
{
	struct listing *listing = ctx;

	if (listing->json)
		json_array_append_new(listing->json, json_pack("{s:s, s:s, s:s}",
			"kind", audit_word(finding->kind),
			"address", finding->address, "text", finding->text));
	else
		printf("%s%s%s: %s\n", audit_word(finding->kind),
		       *finding->address ? " " : "", finding->address, finding->text);
}

static json_t *change_json(const struct change *change)
{
	return json_pack("{s:I, s:I, s:s, s:s, s:s, s:I}",
		"number", (json_int_t)change->number,
		"time", (json_int_t)change->time, "who", change->who,
		"action", change->action, "address", change->address,
		"serial", (json_int_t)change->serial);
}

static void print_change(const struct change *change)
{
	char when[32] = "?";
	time_t t = (time_t)change->time;
	struct tm tm;

	if (gmtime_r(&t, &tm))
		strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
	printf("%s %s %s %s\n", when, change->who, change->action, change->address);
}

static int see_change(void *ctx, const char *line, size_t len)
{
	struct listing *listing = ctx;
	struct change change;

	if (!change_parse(line, len, NULL, &change)) {
		if (listing->json)
			json_array_append_new(listing->json, change_json(&change));
		else
			print_change(&change);
	}
	change_clear(&change);
	return 0;
}

static int conclude(const struct key_run *run, const struct audit *audit,
                    json_t *changes, json_t *findings, struct err *err)
{
	if (run->json) {
		json_t *all = json_pack("{s:I, s:I, s:o, s:o}", "entries",
			(json_int_t)audit->entries, "log", (json_int_t)audit->changes,
			"changes", changes ? changes : json_array(),
			"findings", findings);

		if (key_print_json(all, err))
			return -1;
	} else if (!audit->findings) {
		printf("%zu entries are what the log's %ju changes made of them\n",
		       audit->entries, (uintmax_t)audit->changes);
	}
	return audit->findings == 0 ? 0 :
	       err_set(err, ERR_DATA, "find out who did it before mail is sealed to it",
	               "the keystore is not what its log says (%zu findings)",
	               audit->findings);
}

struct audit_options {
	bool changes;           /* list them, too */
	const char *checkpoint; /* a file, or NULL */
};

static int parse_audit(struct key_run *run, struct audit_options *out, int argc,
                       char **argv, struct err *err)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "changes", no_argument, NULL, 'c' },
		{ "checkpoint", required_argument, NULL, 'k' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'j': run->json = true; break;
		case 'c': out->changes = true; break;
		case 'k': out->checkpoint = optarg; break;
		default: return key_bad_option(argv, err);
		}
	}
	return key_arguments(argc, argv, "", err);
}

static int read_checkpoint(const char *path, char **line, struct err *err)
{
	size_t len = 0;

	*line = io_read_file(AT_FDCWD, path, CHECKPOINT_MAX, &len, err);
	if (!*line)
		return -1;
	(*line)[strcspn(*line, "\n")] = '\0';
	return 0;
}

int key_audit(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct audit_options options = { false, NULL };
	struct listing changes = { NULL }, findings = { NULL };
	struct audit audit = { .store = run->store, .keys = run->site.pinned,
	                       .found = print_finding, .ctx = &findings };
	char *checkpoint = NULL;
	int rc = parse_audit(run, &options, argc, argv, err);

	if (!rc && options.checkpoint)
		rc = read_checkpoint(options.checkpoint, &checkpoint, err);
	audit.checkpoint = checkpoint;
	if (!rc && run->json) {
		changes.json = json_array();
		findings.json = json_array();
	}
	if (!rc && options.changes)
		rc = store_changes(run->store, 1, see_change, &changes, err);
	if (!rc)
		rc = audit_run(&audit, err);
	if (!rc)
		rc = conclude(run, &audit, changes.json, findings.json, err);
	free(checkpoint);
	return rc;
}

/* ---- checkpoint ------------------------------------------------------------------ */

int key_checkpoint(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct buf line = BUF_INIT;
	int rc = key_options(run, argc, argv, "", err);

	if (!rc)
		rc = audit_checkpoint(run->store, run->site.secret, run->now, &line, err);
	if (!rc)
		fputs(buf_str(&line), stdout);
	buf_free(&line);
	return rc;
}
