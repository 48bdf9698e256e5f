/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd-doctor - mailseal doctor: is everything set up, and what to do if not
 */
#include <config.h>

#include <getopt.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "filter/doctor.h"
#include "filter/key.h"
#include "filter/outcome.h"

static void (*const checks[])(struct doctor *d) = {
	doctor_config, doctor_keystore, doctor_gpg, doctor_mime, doctor_spool,
	doctor_dns, doctor_hold, doctor_host, doctor_hook,
};

static const char *const level_words[] = { "ok", "warn", "FAIL" };

void doctor_add(struct doctor *d, enum level level, const char *check,
                const char *advice, const char *fmt, ...)
{
	char what[ERR_WHAT_MAX];
	struct finding *f;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	d->finding = mem_grow(d->finding, d->findings + 1, sizeof *d->finding);
	f = &d->finding[d->findings++];
	f->level = level;
	f->check = check;
	err_set(&f->text, ERR_CONFIG, advice, "%s", what);
}

static void print_text(const struct doctor *d)
{
	for (size_t i = 0; i < d->findings; i++) {
		const struct finding *f = &d->finding[i];
		char line[ERR_WHAT_MAX + ERR_ADVICE_MAX];

		err_line(&f->text, line, sizeof line);
		printf("%-4s  %s: %s\n", level_words[f->level], f->check, line);
	}
}

static int print_json(const struct doctor *d, struct err *err)
{
	json_t *all = json_array();

	for (size_t i = 0; i < d->findings; i++) {
		const struct finding *f = &d->finding[i];

		json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s}",
			"check", f->check,
			"level", f->level == LEVEL_FAIL ? "fail"
			                                : level_words[f->level],
			"what", f->text.what, "advice", f->text.advice));
	}
	return key_print_json(all, err);
}

/* What can't be written must not look like "nothing to say". */
static int flush(struct err *err)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		return err_sys(err, ERR_TEMPORARY, NULL,
		               "cannot write standard output");
	return 0;
}

static int failures(const struct doctor *d, struct err *err)
{
	size_t count = 0;

	for (size_t i = 0; i < d->findings; i++)
		count += d->finding[i].level == LEVEL_FAIL;
	if (!count)
		return 0;
	return err_set(err, ERR_CONFIG, "see the lines that begin FAIL",
	               "%zu checks failed", count);
}

int cmd_doctor(const struct global *global, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	const struct log log = { .to_stderr = true };
	struct doctor d = { .global = global };
	struct err err = { .class = ERR_NONE };
	bool json = false;
	int c, rc = 0;

	while ((c = getopt_long(argc, argv, "", options, NULL)) == 'j')
		json = true;
	if (c != -1 || optind < argc) {
		rc = err_set(&err, ERR_USAGE, "see mailseal(1)",
		             "doctor takes --json alone");
	} else {
		for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
			checks[i](&d);
		if (json)
			rc = print_json(&d, &err);
		else
			print_text(&d);
		if (!rc)
			rc = flush(&err);
		if (!rc)
			rc = failures(&d, &err);
	}
	if (rc)
		log_err(&log, &err);
	entry_free(&d.sample);
	config_free(&d.config);
	free(d.finding);
	return rc ? outcome_exit_error(&err, false) : 0;
}
