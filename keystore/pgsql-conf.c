/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pgsql-conf - FILE.cf of `pgsql:FILE.cf` */
#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "keystore/pgsql-conf.h"

static const struct {
	const char *name, *initial;
} settings[PGSQL_SETTINGS] = {
	[PGSQL_HOSTS] = { "hosts", "localhost" },
	[PGSQL_USER] = { "user", NULL },
	[PGSQL_PASSWORD] = { "password", NULL },
	[PGSQL_PASSWORD_FILE] = { "password-file", NULL },
	[PGSQL_DBNAME] = { "dbname", NULL },
	[PGSQL_ENCODING] = { "encoding", "UTF8" },
	[PGSQL_DOMAIN] = { "domain", NULL },
	[PGSQL_QUERY] = { "query", NULL },
	[PGSQL_LIST] = { "list", NULL },
	[PGSQL_CACHE] = { "cache", NULL },
	[PGSQL_CACHE_VALID] = { "cache-valid", "1d" },
	[PGSQL_TIMEOUT] = { "timeout", "10s" },
};

/* ---- lines ------------------------------------------------------------------- */

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		text[--len] = '\0';
	return text;
}

static int set(struct pgsql_conf *conf, const char *name, const char *value,
               struct err *err)
{
	static const char *const postfix[] = {
		"result_format", "expansion_limit", "idle_interval", "retry_interval",
	};

	for (int i = 0; i < PGSQL_SETTINGS; i++) {
		if (strcmp(settings[i].name, name) != 0)
			continue;
		if (conf->text[i])
			return err_set(err, ERR_CONFIG, "keep one of them", "`%s` is set twice", name);
		if (!*value)
			return err_set(err, ERR_CONFIG, "take the line out", "`%s` is empty", name);
		conf->text[i] = mem_strdup(value);
		return 0;
	}
	for (size_t i = 0; i < sizeof postfix / sizeof postfix[0]; i++)
		if (strcmp(postfix[i], name) == 0)
			return err_set(err, ERR_CONFIG, "take the line out",
			               "`%s` means nothing to a keystore", name);
	return err_set(err, ERR_CONFIG, "see mailseal.conf(5)", "unknown setting `%.60s`", name);
}

/* A logical line, its continuations joined. */
static int read_line(struct pgsql_conf *conf, char *line, struct err *err)
{
	char *equals = strchr(line, '=');

	if (!equals)
		return err_set(err, ERR_CONFIG, "see mailseal.conf(5)",
		               "not a `name = value` line: %.40s", trim(line));
	*equals = '\0';
	return set(conf, trim(line), trim(equals + 1), err);
}

static int flush_line(struct pgsql_conf *conf, struct buf *line, struct err *err)
{
	int rc = line->len ? read_line(conf, line->data, err) : 0;

	buf_cut(line, 0);
	return rc;
}

static int read_lines(struct pgsql_conf *conf, char *text, struct err *err)
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
			rc = flush_line(conf, &line, err);
		buf_adds(&line, at);
		buf_addc(&line, '\n');
	}
	if (rc == 0)
		rc = flush_line(conf, &line, err);
	buf_free(&line);
	return rc;
}

/* ---- values ------------------------------------------------------------------- */

/* Words between blanks and commas. */
static char **split(const char *text, size_t max)
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

static void free_list(char **list)
{
	for (char **word = list; word && *word; word++)
		free(*word);
	free(list);
}

static int read_time(const struct pgsql_conf *conf, enum pgsql_setting which,
                     int64_t *seconds, struct err *err)
{
	static const struct { char unit; int64_t factor; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400 },
	};
	const char *text = conf->text[which];
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
	               "`%s` is no time: %.40s", settings[which].name, text);
}

static int read_hosts(struct pgsql_conf *conf, struct err *err)
{
	size_t count = 0;

	conf->host = split(conf->text[PGSQL_HOSTS], PGSQL_HOSTS_MAX);
	while (conf->host[count])
		count++;
	if (count == 0 || count > PGSQL_HOSTS_MAX)
		return err_set(err, ERR_CONFIG, NULL, "`hosts` names none, or more than %d",
		               PGSQL_HOSTS_MAX);
	return 0;
}

static int read_domains(struct pgsql_conf *conf, struct err *err)
{
	const char *text = conf->text[PGSQL_DOMAIN];

	/* A file or table, as Postfix takes too, is none of ours. */
	if (text && strpbrk(text, "/:"))
		return err_set(err, ERR_CONFIG, "name the domains themselves",
		               "`domain` with a table in it");
	conf->domain = split(text ? text : "", text ? strlen(text) : 0);
	for (char **d = conf->domain; *d; d++)
		for (char *c = *d; *c; c++)
			*c = (char)tolower((unsigned char)*c);
	return 0;
}

static bool is_absolute(const struct pgsql_conf *conf, enum pgsql_setting which)
{
	return !conf->text[which] || conf->text[which][0] == '/';
}

static int check_together(const struct pgsql_conf *conf, struct err *err)
{
	char *const *text = conf->text;

	if (text[PGSQL_PASSWORD] && text[PGSQL_PASSWORD_FILE])
		return err_set(err, ERR_CONFIG, "keep password-file",
		               "both `password` and `password-file`");
	if (!is_absolute(conf, PGSQL_PASSWORD_FILE) || !is_absolute(conf, PGSQL_CACHE))
		return err_set(err, ERR_CONFIG, NULL,
		               "`password-file` and `cache` are absolute paths");
	if (strcasecmp(text[PGSQL_ENCODING], "UTF8") != 0 &&
	    strcasecmp(text[PGSQL_ENCODING], "UTF-8") != 0)
		return err_set(err, ERR_CONFIG, NULL, "`encoding` is UTF8, and no other");
	if (text[PGSQL_LIST] && !(text[PGSQL_QUERY] && text[PGSQL_CACHE]))
		return err_set(err, ERR_CONFIG, NULL, "`list` goes with `query` and `cache`");
	if (text[PGSQL_QUERY] && text[PGSQL_CACHE] && !text[PGSQL_LIST])
		return err_set(err, ERR_CONFIG, "add `list`, a query for all addresses and what they have",
		               "`cache` needs to know everybody");
	return 0;
}

static int read_values(struct pgsql_conf *conf, struct err *err)
{
	int64_t seconds = 0;

	for (int i = 0; i < PGSQL_SETTINGS; i++)
		if (!conf->text[i] && settings[i].initial)
			conf->text[i] = mem_strdup(settings[i].initial);
	if (check_together(conf, err) || read_hosts(conf, err) || read_domains(conf, err) ||
	    read_time(conf, PGSQL_CACHE_VALID, &conf->cache_valid, err) ||
	    read_time(conf, PGSQL_TIMEOUT, &seconds, err))
		return -1;
	conf->timeout_ms = seconds * 1000;
	if (conf->text[PGSQL_QUERY] &&
	    pgsql_query_parse(conf->text[PGSQL_QUERY], &conf->query, err))
		return err_context(err, "`query`");
	return 0;
}

/* ---- the whole ------------------------------------------------------------------- */

struct pgsql_conf *pgsql_conf_parse(const char *path, char *text, size_t len,
                                    struct err *err)
{
	struct pgsql_conf *conf = mem_alloc(sizeof *conf);
	int rc;

	conf->path = mem_strdup(path);
	if (memchr(text, '\0', len))
		rc = err_set(err, ERR_CONFIG, NULL, "it holds a NUL byte");
	else
		rc = read_lines(conf, text, err) || read_values(conf, err) ? -1 : 0;
	if (rc == 0)
		return conf;
	err_context(err, "%s", path);
	pgsql_conf_free(&conf);
	return NULL;
}

struct pgsql_conf *pgsql_conf_read(const char *path, struct err *err)
{
	struct pgsql_conf *conf;
	size_t len = 0;
	char *text = io_read_file(AT_FDCWD, path, PGSQL_CONF_MAX, &len, err);

	if (!text) {
		err->class = ERR_TEMPORARY;
		err_context(err, "keystore");
		return NULL;
	}
	conf = pgsql_conf_parse(path, text, len, err);
	explicit_bzero(text, len);
	free(text);
	return conf;
}

static void wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void pgsql_conf_free(struct pgsql_conf **conf)
{
	struct pgsql_conf *c = *conf;

	if (!c)
		return;
	wipe(c->text[PGSQL_PASSWORD]);
	c->text[PGSQL_PASSWORD] = NULL;
	for (int i = 0; i < PGSQL_SETTINGS; i++)
		free(c->text[i]);
	free_list(c->host);
	free_list(c->domain);
	pgsql_query_clear(&c->query);
	free(c->path);
	free(c);
	*conf = NULL;
}

/* ---- what is asked of it ------------------------------------------------------------- */

int pgsql_conf_password(const struct pgsql_conf *conf, char **password,
                        struct err *err)
{
	const char *path = conf->text[PGSQL_PASSWORD_FILE];
	struct stat st;
	size_t len = 0;

	*password = NULL;
	if (conf->text[PGSQL_PASSWORD])
		*password = mem_strdup(conf->text[PGSQL_PASSWORD]);
	if (!path)
		return 0;
	if (stat(path, &st) == 0 && (st.st_mode & 0007))
		return err_set(err, ERR_CONFIG, "chmod 600",
		               "everybody may read the password in %s", path);
	*password = io_read_file(AT_FDCWD, path, PGSQL_PASSWORD_MAX, &len, err);
	if (!*password)
		return err_context(err, "the keystore's password");
	(*password)[strcspn(*password, "\r\n")] = '\0';
	return 0;
}

bool pgsql_conf_covers(const struct pgsql_conf *conf, const char *address)
{
	const char *at = strrchr(address, '@');

	for (char *const *d = conf->domain; *d; d++)
		if (at && strcmp(*d, at + 1) == 0)
			return true;
	return !conf->domain[0];
}
