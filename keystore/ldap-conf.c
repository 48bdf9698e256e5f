/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ldap-conf - FILE.cf of `ldap:FILE.cf` */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "keystore/cf.h"
#include "keystore/ldap-conf.h"
#include "keystore/ldap-filter.h"
#include "keystore/ldap-module.h"

/* Revoked and disabled certificates stay in a GnuPG directory; gpg marks them there. */
#define GNUPG_FILTER \
	"(&(objectClass=pgpKeyInfo)(!(pgpRevoked=1))(!(pgpDisabled=1))" \
	"(|(gpgMailbox=%s)(pgpUserID=*<%s>*)))"
#define GNUPG_OWNER "gpgMailbox pgpUserID"
#define CA_FILE "/etc/ssl/certs/ca-certificates.crt"
#define TIMEOUT_MAX 3600 /* seconds */

static const struct cf_setting settings[LDAP_CONF_SETTINGS] = {
	[LDAP_CONF_SERVER_HOST] = { "server_host", "localhost" },
	[LDAP_CONF_SERVER_PORT] = { "server_port", "389" },
	[LDAP_CONF_SEARCH_BASE] = { "search_base", NULL },
	[LDAP_CONF_SCOPE] = { "scope", "sub" },
	[LDAP_CONF_QUERY_FILTER] = { "query_filter", GNUPG_FILTER },
	[LDAP_CONF_RESULT_ATTRIBUTE] = { "result_attribute", "pgpKey" },
	[LDAP_CONF_OWNER_ATTRIBUTE] = { "owner-attribute", NULL },
	[LDAP_CONF_DOMAIN] = { "domain", NULL },
	[LDAP_CONF_BIND] = { "bind", "yes" },
	[LDAP_CONF_BIND_DN] = { "bind_dn", NULL },
	[LDAP_CONF_BIND_PW] = { "bind_pw", NULL },
	[LDAP_CONF_BIND_PW_FILE] = { "bind-pw-file", NULL },
	[LDAP_CONF_START_TLS] = { "start_tls", "no" },
	[LDAP_CONF_TLS_CA_CERT_FILE] = { "tls_ca_cert_file", NULL },
	[LDAP_CONF_TLS_CA_CERT_DIR] = { "tls_ca_cert_dir", NULL },
	[LDAP_CONF_TLS_CERT] = { "tls_cert", NULL },
	[LDAP_CONF_TLS_KEY] = { "tls_key", NULL },
	[LDAP_CONF_TLS_REQUIRE_CERT] = { "tls_require_cert", "yes" },
	[LDAP_CONF_VERSION] = { "version", "3" },
	[LDAP_CONF_TIMEOUT] = { "timeout", "10s" },
	[LDAP_CONF_SIZE_LIMIT] = { "size_limit", "0" },
	[LDAP_CONF_DEREFERENCE] = { "dereference", "0" },
	[LDAP_CONF_CACHE] = { "cache", NULL },
	[LDAP_CONF_CACHE_VALID] = { "cache-valid", "1d" },
};

static const char *const postfix[] = {
	"result_format", "special_result_attribute", "terminal_result_attribute",
	"leaf_result_attribute", "recursion_limit", "expansion_limit", "chase_referrals",
	"debuglevel", "tls_random_file", "tls_cipher_suite", "sasl_mechs", "sasl_realm",
	"sasl_authz_id", "sasl_minssf", NULL,
};

static const struct cf_table table = { settings, LDAP_CONF_SETTINGS, postfix };

/* ---- values ------------------------------------------------------------------------ */

static int wrong(enum ldap_setting which, const char *want, struct err *err)
{
	return err_set(err, ERR_CONFIG, want, "`%s` is none", settings[which].name);
}

static int read_bool(const struct ldap_conf *conf, enum ldap_setting which, bool *value,
                     struct err *err)
{
	const char *text = conf->text[which];

	*value = strcasecmp(text, "yes") == 0;
	return *value || strcasecmp(text, "no") == 0 ? 0 : wrong(which, "write yes or no", err);
}

static int read_number(const struct ldap_conf *conf, enum ldap_setting which, int most,
                       int *value, struct err *err)
{
	const char *text = conf->text[which];
	char *end;
	long n = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || n > most)
		return wrong(which, "write a number", err);
	*value = (int)n;
	return 0;
}

/* Postfix's are seconds. */
static int read_timeout(struct ldap_conf *conf, struct err *err)
{
	const char *text = conf->text[LDAP_CONF_TIMEOUT];
	bool plain = text[strspn(text, "0123456789")] == '\0';
	char *with_unit = mem_printf("%.20s%s", text, plain ? "s" : "");
	int64_t seconds = 0;
	int rc = cf_time("timeout", with_unit, &seconds, err);

	free(with_unit);
	if (rc == 0 && seconds > TIMEOUT_MAX)
		rc = wrong(LDAP_CONF_TIMEOUT, "at most an hour", err);
	conf->timeout_s = (int)seconds;
	return rc;
}

static int read_scope(struct ldap_conf *conf, struct err *err)
{
	static const char *const scopes[] = {
		[LDAP_MODULE_SUB] = "sub", [LDAP_MODULE_ONE] = "one", [LDAP_MODULE_BASE] = "base",
	};

	for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
		if (strcasecmp(conf->text[LDAP_CONF_SCOPE], scopes[i]) == 0) {
			conf->scope = (int)i;
			return 0;
		}
	}
	return wrong(LDAP_CONF_SCOPE, "write sub, one or base", err);
}

/* ---- servers ------------------------------------------------------------------------- */

static bool begins(const char *text, const char *with)
{
	return strncasecmp(text, with, strlen(with)) == 0;
}

/* Nobody is between us and a server on this host. */
static bool is_local(const char *uri)
{
	static const char *const local[] = {
		"ldap://localhost", "ldap://127.0.0.1", "ldap://[::1]",
	};

	if (begins(uri, "ldapi://"))
		return true;
	for (size_t i = 0; i < sizeof local / sizeof local[0]; i++)
		if (begins(uri, local[i]) && strchr(":/", uri[strlen(local[i])]))
			return true;
	return false;
}

/* HOST, HOST:PORT or a URI. */
static char *uri_of(const char *host, int port)
{
	if (strstr(host, "://"))
		return mem_strdup(host);
	return strchr(host, ':') ? mem_printf("ldap://%s", host)
	                         : mem_printf("ldap://%s:%d", host, port);
}

/* What anybody on the way could change would decide to whom mail is sealed. */
static int check_uri(const struct ldap_conf *conf, const char *uri, struct err *err)
{
	if (!begins(uri, "ldap://") && !begins(uri, "ldaps://") && !begins(uri, "ldapi://"))
		return err_set(err, ERR_CONFIG, "write HOST, HOST:PORT, ldap://, ldaps:// or ldapi://",
		               "`server_host` names none: %.60s", uri);
	if (conf->start_tls && !begins(uri, "ldap://"))
		return err_set(err, ERR_CONFIG, "take start_tls out",
		               "`start_tls` goes with ldap:// alone, not %.60s", uri);
	if (begins(uri, "ldap://") && !conf->start_tls && !is_local(uri))
		return err_set(err, ERR_CONFIG, "set start_tls = yes, or use ldaps://",
		               "%.60s: anybody on the way could change its answers", uri);
	return 0;
}

static int read_servers(struct ldap_conf *conf, struct err *err)
{
	char **hosts = cf_words(conf->text[LDAP_CONF_SERVER_HOST], LDAP_CONF_HOSTS_MAX);
	size_t count = 0;
	int port = 0;
	int rc = read_number(conf, LDAP_CONF_SERVER_PORT, 65535, &port, err);

	conf->uri = mem_array(LDAP_CONF_HOSTS_MAX + 1, sizeof *conf->uri);
	for (; rc == 0 && hosts[count] && count < LDAP_CONF_HOSTS_MAX; count++) {
		conf->uri[count] = uri_of(hosts[count], port);
		rc = check_uri(conf, conf->uri[count], err);
	}
	if (rc == 0 && (count == 0 || hosts[count]))
		rc = wrong(LDAP_CONF_SERVER_HOST, "1 to 16 servers", err);
	cf_words_free(hosts);
	return rc;
}

/* ---- together ---------------------------------------------------------------------------- */

static int check_paths(const struct ldap_conf *conf, struct err *err)
{
	static const enum ldap_setting paths[] = {
		LDAP_CONF_BIND_PW_FILE, LDAP_CONF_TLS_CA_CERT_FILE, LDAP_CONF_TLS_CA_CERT_DIR,
		LDAP_CONF_TLS_CERT, LDAP_CONF_TLS_KEY, LDAP_CONF_CACHE,
	};

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (conf->text[paths[i]] && conf->text[paths[i]][0] != '/')
			return wrong(paths[i], "write an absolute path", err);
	return 0;
}

static int check_together(const struct ldap_conf *conf, bool bind, bool require,
                          struct err *err)
{
	char *const *text = conf->text;

	if (!text[LDAP_CONF_SEARCH_BASE])
		return err_set(err, ERR_CONFIG, "for example dc=example,dc=org",
		               "`search_base` is not set");
	if (!text[LDAP_CONF_CACHE])
		return err_set(err, ERR_CONFIG, "a folder that `mailseal key sync` keeps",
		               "`cache` is not set");
	if (text[LDAP_CONF_BIND_PW] && text[LDAP_CONF_BIND_PW_FILE])
		return err_set(err, ERR_CONFIG, "keep bind-pw-file", "both `bind_pw` and `bind-pw-file`");
	if (!bind && text[LDAP_CONF_BIND_DN])
		return err_set(err, ERR_CONFIG, "take one of them out", "both `bind = no` and `bind_dn`");
	/* A DN without a password is taken for anonymous (RFC 4513 section 5.1.2). */
	if (text[LDAP_CONF_BIND_DN] && !text[LDAP_CONF_BIND_PW] && !text[LDAP_CONF_BIND_PW_FILE])
		return err_set(err, ERR_CONFIG, "set bind-pw-file", "`bind_dn` without a password");
	if (!require)
		return err_set(err, ERR_CONFIG, "take the line out",
		               "`tls_require_cert = no`: servers' certificates are always checked");
	if (strcmp(text[LDAP_CONF_VERSION], "3") != 0)
		return err_set(err, ERR_CONFIG, "take the line out", "`version` is 3, and no other");
	if (strpbrk(text[LDAP_CONF_RESULT_ATTRIBUTE], ", \t"))
		return wrong(LDAP_CONF_RESULT_ATTRIBUTE, "write one attribute", err);
	return 0;
}

static int read_owner(struct ldap_conf *conf, struct err *err)
{
	const char *text = conf->text[LDAP_CONF_OWNER_ATTRIBUTE];
	size_t count = 0;

	conf->carried = !text;
	conf->owner = cf_words(text ? text : GNUPG_OWNER, LDAP_CONF_OWNERS_MAX);
	while (conf->owner[count])
		count++;
	return count >= 1 && count <= LDAP_CONF_OWNERS_MAX
		? 0 : wrong(LDAP_CONF_OWNER_ATTRIBUTE, "for example mail", err);
}

static int read_values(struct ldap_conf *conf, struct err *err)
{
	bool bind = false, require = false;

	return read_bool(conf, LDAP_CONF_BIND, &bind, err) ||
	       read_bool(conf, LDAP_CONF_TLS_REQUIRE_CERT, &require, err) ||
	       read_bool(conf, LDAP_CONF_START_TLS, &conf->start_tls, err) ||
	       check_together(conf, bind, require, err) || check_paths(conf, err) ||
	       read_scope(conf, err) || read_servers(conf, err) || read_owner(conf, err) ||
	       read_number(conf, LDAP_CONF_SIZE_LIMIT, 100000000, &conf->size_limit, err) ||
	       read_number(conf, LDAP_CONF_DEREFERENCE, 3, &conf->dereference, err) ||
	       read_timeout(conf, err) ||
	       cf_domains(conf->text[LDAP_CONF_DOMAIN], &conf->domain, err) ||
	       cf_time("cache-valid", conf->text[LDAP_CONF_CACHE_VALID], &conf->cache_valid, err) ||
	       ldap_filter_check(conf->text[LDAP_CONF_QUERY_FILTER], err) ? -1 : 0;
}

/* Where one is asked for TLS, and none of them is told, the system's. */
static void default_ca(struct ldap_conf *conf)
{
	if (!conf->text[LDAP_CONF_TLS_CA_CERT_FILE] && !conf->text[LDAP_CONF_TLS_CA_CERT_DIR])
		conf->text[LDAP_CONF_TLS_CA_CERT_FILE] = mem_strdup(CA_FILE);
}

/* ---- the whole ------------------------------------------------------------------------------ */

struct ldap_conf *ldap_conf_parse(const char *path, char *text, size_t len,
                                  struct err *err)
{
	struct ldap_conf *conf = mem_alloc(sizeof *conf);

	conf->path = mem_strdup(path);
	if (cf_parse(text, len, &table, conf->text, err) == 0 && read_values(conf, err) == 0) {
		default_ca(conf);
		return conf;
	}
	err_context(err, "%s", path);
	ldap_conf_free(&conf);
	return NULL;
}

struct ldap_conf *ldap_conf_read(const char *path, struct err *err)
{
	struct ldap_conf *conf;
	size_t len = 0;
	char *text = cf_read(path, &len, err);

	if (!text)
		return NULL;
	conf = ldap_conf_parse(path, text, len, err);
	explicit_bzero(text, len);
	free(text);
	return conf;
}

void ldap_conf_free(struct ldap_conf **conf)
{
	struct ldap_conf *c = *conf;

	if (!c)
		return;
	cf_free(c->text, LDAP_CONF_SETTINGS);
	cf_words_free(c->uri);
	cf_words_free(c->owner);
	cf_words_free(c->domain);
	free(c->path);
	free(c);
	*conf = NULL;
}

int ldap_conf_password(const struct ldap_conf *conf, char **password, struct err *err)
{
	const char *path = conf->text[LDAP_CONF_BIND_PW_FILE];

	*password = NULL;
	if (conf->text[LDAP_CONF_BIND_PW])
		*password = mem_strdup(conf->text[LDAP_CONF_BIND_PW]);
	if (path)
		*password = cf_password(path, err);
	if (path && *password && !**password) {
		free(*password);
		*password = NULL;
		return err_set(err, ERR_CONFIG, NULL, "%s holds no password", path);
	}
	return path && !*password ? -1 : 0;
}
