/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cf - FILE.cf of `pgsql:FILE.cf` and `ldap:FILE.cf` */
#include <config.h>

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "keystore/cf.h"

/* ---- lines ------------------------------------------------------------------- */

struct reading {
	const struct cf_table *table;
	char **value;
	struct err *err;
};

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		text[--len] = '\0';
	return text;
}

static int set(struct reading *r, const char *name, const char *value)
{
	const struct cf_table *table = r->table;

	for (size_t i = 0; i < table->count; i++) {
		if (strcmp(table->setting[i].name, name) != 0)
			continue;
		if (r->value[i])
			return err_set(r->err, ERR_CONFIG, "keep one of them",
			               "`%s` is set twice", name);
		if (!*value)
			return err_set(r->err, ERR_CONFIG, "take the line out",
			               "`%s` is empty", name);
		r->value[i] = mem_strdup(value);
		return 0;
	}
	for (const char *const *p = table->postfix; *p; p++)
		if (strcmp(*p, name) == 0)
			return err_set(r->err, ERR_CONFIG, "take the line out",
			               "`%s` means nothing to a keystore", name);
	return err_set(r->err, ERR_CONFIG, "see mailseal.conf(5)", "unknown setting `%.60s`", name);
}

/* A logical line, its continuations joined. */
static int read_line(struct reading *r, char *line)
{
	char *equals = strchr(line, '=');

	if (!equals)
		return err_set(r->err, ERR_CONFIG, "see mailseal.conf(5)",
		               "not a `name = value` line: %.40s", trim(line));
	*equals = '\0';
	return set(r, trim(line), trim(equals + 1));
}

static int flush_line(struct reading *r, struct buf *line)
{
	int rc = line->len ? read_line(r, line->data) : 0;

	buf_cut(line, 0);
	return rc;
}

static int read_lines(struct reading *r, char *text)
{
	struct buf line = BUF_INIT;
	int rc = 0;

	for (char *at = text, *next; rc == 0 && at; at = next) {
		const char *first = at + strspn(at, " \t\r");

		next = strchr(at, '\n');
		if (next)
			*next++ = '\0';
		if (!*first || *first == '#')
			continue;
		if (first == at)
			rc = flush_line(r, &line);
		buf_adds(&line, at);
		buf_addc(&line, '\n');
	}
	if (rc == 0)
		rc = flush_line(r, &line);
	buf_free(&line);
	return rc;
}

int cf_parse(char *text, size_t len, const struct cf_table *table, char **value,
             struct err *err)
{
	struct reading r = { table, value, err };

	if (memchr(text, '\0', len))
		return err_set(err, ERR_CONFIG, NULL, "it holds a NUL byte");
	if (read_lines(&r, text))
		return -1;
	for (size_t i = 0; i < table->count; i++)
		if (!value[i] && table->setting[i].initial)
			value[i] = mem_strdup(table->setting[i].initial);
	return 0;
}

char *cf_read(const char *path, size_t *len, struct err *err)
{
	char *text = io_read_file(AT_FDCWD, path, CF_MAX, len, err);

	if (!text) {
		err->class = ERR_TEMPORARY;
		err_context(err, "keystore");
	}
	return text;
}

void cf_free(char **value, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (value[i])
			explicit_bzero(value[i], strlen(value[i]));
		free(value[i]);
		value[i] = NULL;
	}
}

/* ---- values ------------------------------------------------------------------- */

char **cf_words(const char *text, size_t max)
{
	char **list = mem_array(max + 2, sizeof *list);
	size_t count = 0, len;

	for (;; text += len) {
		text += strspn(text, ", \t\r\n");
		len = strcspn(text, ", \t\r\n");
		if (len == 0 || count > max)
			return list;
		list[count++] = mem_strndup(text, len);
	}
}

void cf_words_free(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

int cf_time(const char *name, const char *text, int64_t *seconds, struct err *err)
{
	static const struct { char unit; int64_t factor; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400 },
	};
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (!isdigit((unsigned char)*text) || n == 0 || n > 100000)
			break;
		if (*end == units[i].unit && !end[1]) {
			*seconds = (int64_t)n * units[i].factor;
			return 0;
		}
	}
	return err_set(err, ERR_CONFIG, "for example 10s, 30m, 12h, 1d",
	               "`%s` is no time: %.40s", name, text);
}

int cf_domains(const char *text, char ***domains, struct err *err)
{
	/* A file or table, as Postfix takes too, is none of ours. */
	if (text && strpbrk(text, "/:"))
		return err_set(err, ERR_CONFIG, "name the domains themselves",
		               "`domain` with a table in it");
	*domains = cf_words(text ? text : "", text ? strlen(text) : 0);
	for (char **d = *domains; *d; d++)
		for (char *c = *d; *c; c++)
			*c = (char)tolower((unsigned char)*c);
	return 0;
}

bool cf_covers(char *const *domains, const char *address)
{
	const char *at = strrchr(address, '@');

	for (char *const *d = domains; *d; d++)
		if (at && strcmp(*d, at + 1) == 0)
			return true;
	return !domains[0];
}

char *cf_password(const char *path, struct err *err)
{
	struct stat st;
	size_t len = 0;
	char *password;

	if (stat(path, &st) == 0 && (st.st_mode & 0007)) {
		err_set(err, ERR_CONFIG, "chmod 600",
		        "everybody may read the password in %s", path);
		return NULL;
	}
	password = io_read_file(AT_FDCWD, path, CF_PASSWORD_MAX, &len, err);
	if (password)
		password[strcspn(password, "\r\n")] = '\0';
	else
		err_context(err, "the keystore's password");
	return password;
}
