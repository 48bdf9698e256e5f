/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doctor-hook - is mailseal called by the MTA or MDA of this machine?
 *
 * Reads the usual configuration files; docs/recipes.md has what belongs in them.
 */
#include <config.h>

#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "filter/doctor.h"

#define FILE_BYTES_MAX ((size_t)1024 * 1024)

/* What an agent's presence is known by, and where its hook would stand. */
static const struct agent {
	const char *name, *program;
	const char *files; /* glob(7) patterns, separated by blanks */
} agents[] = {
	{ "procmail", "/usr/bin/procmail", "/etc/procmailrc" },
	{ "maildrop", "/usr/bin/maildrop", "/etc/maildroprc /etc/courier/maildroprc" },
	{ "Dovecot", "/usr/lib/dovecot/dovecot-lda",
	  "/etc/dovecot/dovecot.conf /etc/dovecot/conf.d/*.conf /etc/dovecot/local.conf" },
	{ "Postfix", "/usr/sbin/postfix",
	  "/etc/postfix/main.cf /etc/postfix/master.cf" },
};

static char *read_text(const char *path)
{
	size_t len;
	struct err err;

	return io_read_file(AT_FDCWD, path, FILE_BYTES_MAX, &len, &err);
}

/* A line that is no comment and holds the word; borrowed from text, or NULL. */
static const char *find_line(const char *text, const char *word)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		size_t len;
		const char *found;

		line += *line == '\n';
		len = strcspn(line, "\n");
		found = strstr(line, word);
		if (found && found < line + len &&
		    line[strspn(line, " \t")] != '#')
			return line;
	}
	return NULL;
}

/* The file of the agent that names mailseal; the caller frees. */
static char *find_hook(const struct agent *agent)
{
	char *patterns = mem_strdup(agent->files);
	char *save = NULL, *hook = NULL;
	glob_t found;

	for (char *p = strtok_r(patterns, " ", &save); p && !hook;
	     p = strtok_r(NULL, " ", &save)) {
		if (glob(p, 0, NULL, &found))
			continue;
		for (size_t i = 0; i < found.gl_pathc && !hook; i++) {
			char *text = read_text(found.gl_pathv[i]);

			if (text && find_line(text, "mailseal"))
				hook = mem_strdup(found.gl_pathv[i]);
			free(text);
		}
		globfree(&found);
	}
	free(patterns);
	return hook;
}

/* Mixed fates of several recipients can't be told to the MTA in one exit code. */
static void check_recipient_limit(struct doctor *d)
{
	char *master = read_text("/etc/postfix/master.cf");
	char *main_cf = read_text("/etc/postfix/main.cf");
	const char *service = "mailseal";

	if (master && main_cf && find_line(master, service) &&
	    !find_line(main_cf, "mailseal_destination_recipient_limit"))
		doctor_add(d, LEVEL_FAIL, "hook",
		           "main.cf: SERVICE_destination_recipient_limit = 1, SERVICE being the name in master.cf (docs/recipes.md calls it mailseal)",
		           "Postfix may hand over several recipients at once");
	free(master);
	free(main_cf);
}

/* Over quota, Dovecot by default bounces with the stored header and says 0. */
static void check_quota(struct doctor *d)
{
	glob_t found;
	bool closed = false;

	if (glob("/etc/dovecot/*.conf", 0, NULL, &found) |
	    glob("/etc/dovecot/conf.d/*.conf", GLOB_APPEND, NULL, &found)) {
		globfree(&found);
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *text = read_text(found.gl_pathv[i]);

		closed |= text && find_line(text, "quota_full_tempfail");
		free(text);
	}
	globfree(&found);
	if (!closed)
		doctor_add(d, LEVEL_WARN, "hook",
		           "Dovecot: quota_full_tempfail = yes",
		           "over quota, Dovecot bounces with the message's header and reports success");
}

void doctor_hook(struct doctor *d)
{
	bool any = false;

	for (size_t i = 0; i < sizeof agents / sizeof *agents; i++) {
		const struct agent *agent = &agents[i];
		char *hook;

		if (access(agent->program, X_OK))
			continue;
		hook = find_hook(agent);
		if (hook)
			doctor_add(d, LEVEL_OK, "hook", NULL, "%s: %s names mailseal",
			           agent->name, hook);
		any |= hook != NULL;
		if (strcmp(agent->name, "Postfix") == 0)
			check_recipient_limit(d);
		if (hook && strcmp(agent->name, "Dovecot") == 0)
			check_quota(d);
		free(hook);
	}
	if (!any)
		doctor_add(d, LEVEL_WARN, "hook",
		           "see docs/recipes.md for procmail, maildrop, Dovecot, Sieve and Postfix",
		           "no system-wide file of an MTA or MDA here names mailseal");
}
