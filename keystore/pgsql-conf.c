/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pgsql-conf - FILE.cf of `pgsql:FILE.cf` */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "keystore/cf.h"
#include "keystore/pgsql-conf.h"

static const struct cf_setting settings[PGSQL_SETTINGS] = {
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

static const char *const postfix[] = {
	"result_format", "expansion_limit", "idle_interval", "retry_interval", NULL,
};

static const struct cf_table table = { settings, PGSQL_SETTINGS, postfix };

/* ---- values ------------------------------------------------------------------- */

static int read_hosts(struct pgsql_conf *conf, struct err *err)
{
	size_t count = 0;

	conf->host = cf_words(conf->text[PGSQL_HOSTS], PGSQL_HOSTS_MAX);
	while (conf->host[count])
		count++;
	if (count == 0 || count > PGSQL_HOSTS_MAX)
		return err_set(err, ERR_CONFIG, NULL, "`hosts` names none, or more than %d",
		               PGSQL_HOSTS_MAX);
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

	if (check_together(conf, err) || read_hosts(conf, err) ||
	    cf_domains(conf->text[PGSQL_DOMAIN], &conf->domain, err) ||
	    cf_time("cache-valid", conf->text[PGSQL_CACHE_VALID], &conf->cache_valid, err) ||
	    cf_time("timeout", conf->text[PGSQL_TIMEOUT], &seconds, err))
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

	conf->path = mem_strdup(path);
	if (cf_parse(text, len, &table, conf->text, err) == 0 && read_values(conf, err) == 0)
		return conf;
	err_context(err, "%s", path);
	pgsql_conf_free(&conf);
	return NULL;
}

struct pgsql_conf *pgsql_conf_read(const char *path, struct err *err)
{
	struct pgsql_conf *conf;
	size_t len = 0;
	char *text = cf_read(path, &len, err);

	if (!text)
		return NULL;
	conf = pgsql_conf_parse(path, text, len, err);
	explicit_bzero(text, len);
	free(text);
	return conf;
}

void pgsql_conf_free(struct pgsql_conf **conf)
{
	struct pgsql_conf *c = *conf;

	if (!c)
		return;
	cf_free(c->text, PGSQL_SETTINGS);
	cf_words_free(c->host);
	cf_words_free(c->domain);
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

	*password = NULL;
	if (conf->text[PGSQL_PASSWORD])
		*password = mem_strdup(conf->text[PGSQL_PASSWORD]);
	if (path)
		*password = cf_password(path, err);
	return path && !*password ? -1 : 0;
}

bool pgsql_conf_covers(const struct pgsql_conf *conf, const char *address)
{
	return cf_covers(conf->domain, address);
}
