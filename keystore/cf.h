/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cf - FILE.cf of `pgsql:FILE.cf` and `ldap:FILE.cf`, written as Postfix's tables are
 *
 * `name = value` lines; one that begins with a blank goes on with the line before, one whose first
 * character is `#` is a comment.  An unknown name, or one that stands twice, is an error.
 */
#ifndef MAILSEAL_KEYSTORE_CF_H
#define MAILSEAL_KEYSTORE_CF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CF_MAX ((size_t)64 * 1024) /* bytes of the file */
#define CF_PASSWORD_MAX ((size_t)1024)

struct cf_setting {
	const char *name, *initial; /* NULL: it has no default */
};

struct cf_table {
	const struct cf_setting *setting;
	size_t count;
	const char *const *postfix; /* names of Postfix's that mean nothing here; NULL-terminated */
};

/* The text of a file; the caller wipes and frees. NULL with *err (ERR_TEMPORARY). */
char *cf_read(const char *path, size_t *len, struct err *err);

/*
 * Values as written, trimmed, or the defaults: value[i] is that of table->setting[i], the
 * caller's, or NULL.  The text is changed.  -1 with *err (ERR_CONFIG); what was read until then is there.
 */
int cf_parse(char *text, size_t len, const struct cf_table *table, char **value,
             struct err *err);
void cf_free(char **value, size_t count); /* wipes them, too */

/* Words between blanks and commas, NULL-terminated; of more than max, max + 1. */
char **cf_words(const char *text, size_t max);
void cf_words_free(char **words);

/* `10s`, `30m`, `12h`, `1d`, `2w`; name is for *err. */
int cf_time(const char *name, const char *text, int64_t *seconds, struct err *err);

/* `domain`: those whose addresses the table knows, lower case; text NULL: all. */
int cf_domains(const char *text, char ***domains, struct err *err);
bool cf_covers(char *const *domains, const char *address);

/* The first line of a file that not everybody may read; the caller's. NULL with *err. */
char *cf_password(const char *path, struct err *err);

#endif
