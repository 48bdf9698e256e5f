/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pgsql-options - what libpq is told of one host of FILE.cf */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "keystore/pgsql-host.h"
#include "keystore/pgsql-options.h"

#define SOCKET_NAME "/.s.PGSQL."

static char **find(struct pgsql_options *o, const char *name)
{
	for (size_t i = 0; i < o->count; i++)
		if (strcmp(o->name[i], name) == 0)
			return &o->value[i];
	return NULL;
}

static const char *get(struct pgsql_options *o, const char *name)
{
	char **value = find(o, name);

	return value ? *value : NULL;
}

static void wipe(char *value)
{
	explicit_bzero(value, strlen(value));
	free(value);
}

/* A later value takes an earlier one's place. More than there can be are dropped. */
static void set(void *options, const char *name, const char *value)
{
	struct pgsql_options *o = options;
	char **old = find(o, name);

	if (old) {
		wipe(*old);
		*old = mem_strdup(value);
	} else if (o->count < PGSQL_OPTIONS_MAX) {
		o->name[o->count] = mem_strdup(name);
		o->value[o->count++] = mem_strdup(value);
	}
}

static void set_default(struct pgsql_options *o, const char *name, const char *value)
{
	if (value && !get(o, name))
		set(o, name, value);
}

void pgsql_options_clear(struct pgsql_options *o)
{
	for (size_t i = 0; i < o->count; i++) {
		free(o->name[i]);
		wipe(o->value[i]);
	}
	memset(o, 0, sizeof *o);
}

/* ---- a host as it is written ---------------------------------------------------- */

static bool is_uri(const char *host)
{
	return strncmp(host, "postgresql://", 13) == 0 || strncmp(host, "postgres://", 11) == 0;
}

/* HOST, HOST:PORT, [ADDRESS]:PORT, ADDRESS of IPv6. */
static void read_inet(struct pgsql_options *o, const char *text)
{
	const char *end = text + strlen(text), *colon = strrchr(text, ':');
	char *host;

	if (*text == '[' && strchr(text, ']')) {
		end = strchr(++text, ']');
		colon = end[1] == ':' ? end + 1 : NULL;
	} else if (colon && strchr(text, ':') == colon) {
		end = colon;
	} else {
		colon = NULL;
	}
	host = mem_strndup(text, (size_t)(end - text));
	set(o, "host", host);
	if (colon && colon[1])
		set(o, "port", colon + 1);
	free(host);
}

/* The folder, or the socket in it. */
static void read_unix(struct pgsql_options *o, const char *path)
{
	const char *name = strstr(path, SOCKET_NAME);
	char *folder = mem_strndup(path, name ? (size_t)(name - path) : strlen(path));

	set(o, "host", folder);
	if (name)
		set(o, "port", name + strlen(SOCKET_NAME));
	free(folder);
}

static int read_host(const struct pgsql_module *module, const char *host,
                     struct pgsql_options *o, struct err *err)
{
	char why[200];

	if (is_uri(host)) {
		if (module->parse(host, set, o, why, sizeof why))
			return err_set(err, ERR_CONFIG, "see `hosts`", "%s", why);
		if (get(o, "service"))
			return err_set(err, ERR_CONFIG, "write host and dbname",
			               "a URI with a service");
	} else if (strncmp(host, "unix:", 5) == 0 || *host == '/') {
		read_unix(o, *host == '/' ? host : host + 5);
	} else {
		read_inet(o, strncmp(host, "inet:", 5) == 0 ? host + 5 : host);
	}
	return 0;
}

void pgsql_options_describe(const char *host, char *out, size_t size)
{
	const char *from = host, *at;
	size_t len;

	if (is_uri(host)) {
		from = strstr(host, "//") + 2;
		len = strcspn(from, "/?");
		at = memrchr(from, '@', len);
		from = at ? at + 1 : from;
	}
	len = is_uri(host) ? strcspn(from, "/?") : strlen(from);
	snprintf(out, size, "%.*s", (int)(len < 200 ? len : 200), from);
}

/* ---- addresses -------------------------------------------------------------------- */

/* The nth of a list that has commas between its words, or the only one; the caller's. */
static char *nth(const char *list, size_t n)
{
	if (!strchr(list, ','))
		return mem_strdup(list);
	for (; n > 0 && list; n--) {
		list = strchr(list, ',');
		list = list ? list + 1 : NULL;
	}
	return list ? mem_strndup(list, strcspn(list, ",")) : mem_strdup("");
}

struct places {
	struct buf hosts, addresses, ports;
	bool resolved;
	size_t count;
};

static void add_place(struct places *p, const char *host, const char *address,
                      const char *port)
{
	const char *comma = p->count++ ? "," : "";

	buf_addf(&p->hosts, "%s%s", comma, host);
	buf_addf(&p->addresses, "%s%s", comma, address);
	buf_addf(&p->ports, "%s%s", comma, port);
}

static int add_host(struct places *p, const char *host, const char *port,
                    struct deadline deadline, struct err *err)
{
	struct buf addresses = BUF_INIT;
	size_t count = 1;
	int rc = 0;

	if (*host && !pgsql_host_is_address(host)) {
		rc = pgsql_host_resolve(host, &addresses, &count, deadline, err);
		p->resolved = true;
	}
	for (size_t i = 0; rc == 0 && i < count; i++) {
		char *address = nth(buf_str(&addresses), i);

		add_place(p, host, address, port);
		free(address);
	}
	buf_free(&addresses);
	return rc;
}

static int resolve(struct pgsql_options *o, struct deadline deadline, struct err *err)
{
	const char *hosts = get(o, "host"), *ports = get(o, "port");
	struct places p = { .count = 0 };
	size_t count = 1;
	int rc = 0;

	if (!hosts || get(o, "hostaddr"))
		return 0;
	for (const char *comma = hosts; (comma = strchr(comma, ',')); comma++)
		count++;
	for (size_t i = 0; rc == 0 && i < count && i < PGSQL_HOSTS_MAX; i++) {
		char *host = nth(hosts, i), *port = nth(ports ? ports : "", i);

		rc = add_host(&p, host, port, deadline, err);
		free(host);
		free(port);
	}
	if (rc == 0 && p.resolved) {
		set(o, "host", buf_str(&p.hosts));
		set(o, "hostaddr", buf_str(&p.addresses));
		set(o, "port", buf_str(&p.ports));
	}
	buf_free(&p.hosts);
	buf_free(&p.addresses);
	buf_free(&p.ports);
	return rc;
}

/* ---- the whole ---------------------------------------------------------------------- */

static int add_password(const struct pgsql_conf *conf, struct pgsql_options *o,
                        struct err *err)
{
	char *password = NULL;

	if (get(o, "password") || get(o, "passfile"))
		return 0;
	if (pgsql_conf_password(conf, &password, err))
		return -1;
	if (password) {
		set(o, "password", password);
		wipe(password);
	}
	return 0;
}

int pgsql_options_make(const struct pgsql_module *module,
                       const struct pgsql_conf *conf, const char *host,
                       bool writable, struct pgsql_options *out,
                       struct deadline deadline, struct err *err)
{
	memset(out, 0, sizeof *out);
	if (read_host(module, host, out, err) || add_password(conf, out, err))
		return -1;
	set_default(out, "user", conf->text[PGSQL_USER]);
	set_default(out, "dbname", conf->text[PGSQL_DBNAME]);
	set_default(out, "application_name", "mailseal");
	/* Kerberos waits for its own servers, and for how long nobody says. */
	set_default(out, "gssencmode", "disable");
	set(out, "client_encoding", "UTF8");
	if (writable)
		set(out, "target_session_attrs", "read-write");
	return resolve(out, deadline, err);
}
