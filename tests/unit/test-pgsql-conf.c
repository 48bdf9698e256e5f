/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-pgsql-conf - FILE.cf, and a query with an address in it */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "keystore/pgsql-conf.h"
#include "keystore/pgsql-options.h"
#include "tests/unit/unit.h"

/* ---- queries -------------------------------------------------------------------- */

/* SQL|first parameter|second ...; `-`: it is not asked; `!`: it is no query. */
static char *asked(const char *text, const char *address)
{
	struct pgsql_query query;
	struct buf out = BUF_INIT;
	struct err err = { 0 };
	char *value[PGSQL_QUERY_PARAMS_MAX];

	if (pgsql_query_parse(text, &query, &err)) {
		assert_int_equal(err.class, ERR_CONFIG);
		buf_adds(&out, "!");
	} else if (!pgsql_query_fill(&query, address, value)) {
		buf_adds(&out, "-");
	} else {
		buf_adds(&out, query.sql);
		for (size_t i = 0; i < query.params; i++) {
			buf_addf(&out, "|%s", value[i]);
			free(value[i]);
		}
	}
	pgsql_query_clear(&query);
	return buf_steal(&out);
}

static void test_query(void **state)
{
	static const struct { const char *text, *address, *want; } cases[] = {
		{ "SELECT k FROM u WHERE mail='%s'", "a@b.example", "SELECT k FROM u WHERE mail=$1|a@b.example" },
		{ "SELECT 1 WHERE a='%u' AND b = '%d'", "a@b.example", "SELECT 1 WHERE a=$1 AND b = $2|a|b.example" },
		{ "SELECT '%U@x.%D/%S'", "a@b", "SELECT $1|a@x.b/a@b" },
		{ "SELECT '%1 %2'", "a@b.example", "SELECT $1|example b" },
		{ "SELECT '%3'", "a@b.example", "-" },
		{ "SELECT '%2'", "a@b", "-" },
		{ "SELECT '%s'", "@b.example", "SELECT $1|@b.example" },
		{ "SELECT '%d'", "@b.example", "SELECT $1|b.example" },
		{ "SELECT '%u'", "@b.example", "-" },
		/* What an address holds is never SQL. */
		{ "SELECT '%u'", "\"a' OR 'x\"@b", "SELECT $1|\"a' OR 'x\"" },
		{ "SELECT '%u'", "\"\\\\%s\"@b", "SELECT $1|\"\\\\%s\"" },
		/* Quotes and percent signs. */
		{ "SELECT 'it''s', '%u''s'", "a@b", "SELECT 'it''s', $1|a's" },
		{ "SELECT 5 %% 2, '50%%', '%%%u'", "a@b", "SELECT 5 % 2, '50%', $1|%a" },
		{ "SELECT ''", "a@b", "SELECT ''" },
		{ "SELECT \"a'b\" FROM \"%%\"", "a@b", "!" },
		{ "SELECT \"a'b\", '%u'", "a@b", "SELECT \"a'b\", $1|a" },
		{ "SELECT 1", "a@b", "SELECT 1" },
		/* What could be something else than it seems. */
		{ "SELECT %s", "a@b", "!" },
		{ "SELECT \"%s\"", "a@b", "!" },
		{ "SELECT E'%s'", "a@b", "!" },
		{ "SELECT U&'%s'", "a@b", "!" },
		{ "SELECT E'\\'%s'", "a@b", "!" },
		{ "SELECT $$'%s'$$", "a@b", "!" },
		{ "SELECT $1", "a@b", "!" },
		{ "SELECT 1 -- '\n '%s'", "a@b", "!" },
		{ "SELECT 1 /* ' */ '%s'", "a@b", "!" },
		{ "SELECT '%s", "a@b", "!" },
		{ "SELECT \"x", "a@b", "!" },
		{ "SELECT '%'", "a@b", "!" },
		{ "SELECT '%x'", "a@b", "!" },
		{ "SELECT '%0'", "a@b", "!" },
		{ "", "a@b", "!" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *got = asked(cases[i].text, cases[i].address);

		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s instead of %s", cases[i].text, got, cases[i].want);
		free(got);
	}
}

static void test_query_params(void **state)
{
	struct buf text = BUF_INIT;
	char *got;

	(void)state;
	buf_adds(&text, "SELECT 1");
	for (int i = 0; i < PGSQL_QUERY_PARAMS_MAX; i++)
		buf_adds(&text, ",'%u'");
	got = asked(buf_str(&text), "a@b");
	assert_non_null(strstr(got, ",$16|a|"));
	free(got);
	buf_adds(&text, ",'%u'");
	got = asked(buf_str(&text), "a@b");
	assert_string_equal(got, "!");
	free(got);
	buf_free(&text);
}

/* ---- the file ------------------------------------------------------------------------ */

static struct pgsql_conf *parse(const char *text, struct err *err)
{
	char *copy = mem_strdup(text);
	struct pgsql_conf *conf = pgsql_conf_parse("x.cf", copy, strlen(text), err);

	free(copy);
	return conf;
}

static void test_conf(void **state)
{
	struct err err = { 0 };
	struct pgsql_conf *conf;

	(void)state;
	conf = parse("# Postfix's own\nhosts = inet:db1 unix:/run/x,\n  postgresql://db2/y\n\n"
	             "user=me\n   # a comment between\ndbname = mail\n"
	             "query = SELECT key FROM users\n\tWHERE mail = '%s'\n"
	             "domain = Example.org, example.net\ntimeout = 3s\n", &err);
	if (!conf)
		fail_msg("%s", err.what);
	assert_string_equal(conf->host[0], "inet:db1");
	assert_string_equal(conf->host[1], "unix:/run/x");
	assert_string_equal(conf->host[2], "postgresql://db2/y");
	assert_null(conf->host[3]);
	assert_string_equal(conf->text[PGSQL_USER], "me");
	assert_string_equal(conf->query.sql, "SELECT key FROM users\n\tWHERE mail = $1");
	assert_int_equal(conf->timeout_ms, 3000);
	assert_int_equal(conf->cache_valid, 86400);
	assert_true(pgsql_conf_covers(conf, "a@example.org"));
	assert_true(pgsql_conf_covers(conf, "@example.net"));
	assert_false(pgsql_conf_covers(conf, "a@sub.example.org"));
	pgsql_conf_free(&conf);

	conf = parse("", &err);
	assert_non_null(conf);
	assert_string_equal(conf->host[0], "localhost");
	assert_null(conf->query.sql);
	assert_true(pgsql_conf_covers(conf, "a@example.org"));
	pgsql_conf_free(&conf);
	assert_null(conf);
}

static void test_conf_wrong(void **state)
{
	static const struct { const char *text, *what; } cases[] = {
		{ "host = db\n", "unknown setting `host`" },
		{ "result_format = %s\n", "means nothing" },
		{ "user = a\nuser = b\n", "twice" },
		{ "user =\n", "empty" },
		{ "user\n", "not a `name = value` line" },
		{ "hosts = ,\n", "names none" },
		{ "hosts = a b c d e f g h i j k l m n o p q\n", "more than" },
		{ "timeout = 10\n", "no time" },
		{ "timeout = 0s\n", "no time" },
		{ "timeout = -1s\n", "no time" },
		{ "timeout = 1000000d\n", "no time" },
		{ "cache-valid = 1y\n", "no time" },
		{ "encoding = LATIN1\n", "UTF8" },
		{ "password = a\npassword-file = /b\n", "both" },
		{ "password-file = b\n", "absolute" },
		{ "cache = b\n", "absolute" },
		{ "domain = hash:/etc/x\n", "table" },
		{ "query = SELECT %s\n", "`query`" },
		{ "list = SELECT 1\n", "`list` goes with" },
		{ "query = SELECT '%s'\ncache = /x\n", "everybody" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = { 0 };
		struct pgsql_conf *conf = parse(cases[i].text, &err);

		assert_null(conf);
		assert_int_equal(err.class, ERR_CONFIG);
		if (!strstr(err.what, cases[i].what))
			fail_msg("%s: %s", cases[i].text, err.what);
	}
}

static void test_conf_nul(void **state)
{
	char text[] = "user = a\0b\n";
	struct err err = { 0 };

	(void)state;
	assert_null(pgsql_conf_parse("x.cf", text, sizeof text - 1, &err));
	assert_int_equal(err.class, ERR_CONFIG);
	assert_null(pgsql_conf_read("/nowhere/x.cf", &err));
	assert_int_equal(err.class, ERR_TEMPORARY);
}

/* ---- hosts ------------------------------------------------------------------------------- */

static void test_describe(void **state)
{
	static const struct { const char *host, *want; } cases[] = {
		{ "db1", "db1" },
		{ "unix:/run/postgresql", "unix:/run/postgresql" },
		{ "postgresql://me:secret@db1:5433/x?password=secret", "db1:5433" },
		{ "postgres://a@b:c@db1,db2/x", "db1,db2" },
		{ "postgresql:///x?host=/tmp", "" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		pgsql_options_describe(cases[i].host, out, sizeof out);
		assert_string_equal(out, cases[i].want);
	}
}

/* A list of options as libpq would find them in a URI; the module itself is for the end-to-end test. */
static int parse_uri(const char *uri, void (*each)(void *ctx, const char *name, const char *value),
                     void *ctx, char *why, size_t size)
{
	(void)why;
	(void)size;
	if (strstr(uri, "user"))
		each(ctx, "user", "uri-user");
	if (strstr(uri, "service"))
		each(ctx, "service", "x");
	each(ctx, "host", "/tmp,127.0.0.1");
	each(ctx, "port", "1,2");
	return 0;
}

static void add_options(const char *cf, const char *host, bool writable, struct buf *out)
{
	const struct pgsql_module module = { .parse = parse_uri };
	struct err err = { 0 };
	struct pgsql_conf *conf = parse(cf, &err);
	struct pgsql_options options;

	assert_non_null(conf);
	if (pgsql_options_make(&module, conf, host, writable, &options, deadline_in(5000), &err))
		buf_addf(out, "!%s", err.what);
	for (size_t i = 0; i < options.count; i++)
		if (strcmp(options.name[i], "gssencmode") != 0 &&
		    strcmp(options.name[i], "client_encoding") != 0 &&
		    strcmp(options.name[i], "application_name") != 0)
			buf_addf(out, "%s=%s ", options.name[i], options.value[i]);
	pgsql_options_clear(&options);
	pgsql_conf_free(&conf);
}

static void test_options(void **state)
{
	static const struct { const char *cf, *host; bool writable; const char *want; } cases[] = {
		{ "", "127.0.0.1", false, "host=127.0.0.1 " },
		{ "", "inet:127.0.0.1:5433", false, "host=127.0.0.1 port=5433 " },
		{ "", "[::1]:5433", false, "host=::1 port=5433 " },
		{ "", "::1", false, "host=::1 " },
		{ "", "[::1]", false, "host=::1 " },
		{ "", "unix:/run/pg", false, "host=/run/pg " },
		{ "", "/run/pg", false, "host=/run/pg " },
		{ "", "unix:/run/pg/.s.PGSQL.5433", false, "host=/run/pg port=5433 " },
		{ "user = a\npassword = b\ndbname = c\n", "/x", true,
		  "host=/x password=b user=a dbname=c target_session_attrs=read-write " },
		{ "user = a\n", "postgresql://user", false,
		  "user=uri-user host=/tmp,127.0.0.1 port=1,2 " },
		{ "user = a\n", "postgres://", false, "host=/tmp,127.0.0.1 port=1,2 user=a " },
		{ "", "postgresql://service", false, "!a URI with a service" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf got = BUF_INIT;

		add_options(cases[i].cf, cases[i].host, cases[i].writable, &got);
		if (strncmp(buf_str(&got), cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s: %s", cases[i].host, buf_str(&got));
		buf_free(&got);
	}
}

/* Names become addresses, each with its port. */
static void test_resolve(void **state)
{
	struct buf got = BUF_INIT;

	(void)state;
	add_options("", "localhost:5433", false, &got);
	assert_non_null(strstr(buf_str(&got), "host=localhost"));
	assert_non_null(strstr(buf_str(&got), "port=5433"));
	assert_non_null(strstr(buf_str(&got), "hostaddr="));
	buf_cut(&got, 0);
	add_options("", "no-such-host.invalid", false, &got);
	assert_non_null(strstr(buf_str(&got), "!it has no address"));
	buf_free(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_query_params),
		cmocka_unit_test(test_conf),
		cmocka_unit_test(test_conf_wrong),
		cmocka_unit_test(test_conf_nul),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_resolve),
	};

	return cmocka_run_group_tests_name("pgsql-conf", tests, NULL, NULL);
}
