/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-ldap-conf - FILE.cf of `ldap:`: what it may say, and the filter that becomes of it */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "keystore/ldap-conf.h"
#include "keystore/ldap-filter.h"
#include "keystore/ldap-module.h"
#include "tests/unit/unit.h"

#define LEAST "search_base = dc=x\ncache = /c\n"

static struct ldap_conf *parse(const char *text, struct err *err)
{
	char *copy = mem_strdup(text);
	struct ldap_conf *conf;

	*err = (struct err){ .class = ERR_NONE };
	conf = ldap_conf_parse("x.cf", copy, strlen(copy), err);
	free(copy);
	return conf;
}

static void knows_defaults(void **state)
{
	struct err err;
	struct ldap_conf *conf = parse(LEAST, &err);

	(void)state;
	assert_non_null(conf);
	assert_string_equal(conf->uri[0], "ldap://localhost:389");
	assert_null(conf->uri[1]);
	assert_string_equal(conf->text[LDAP_CONF_RESULT_ATTRIBUTE], "pgpKey");
	assert_string_equal(conf->owner[0], "gpgMailbox");
	assert_true(conf->carried);
	assert_int_equal(conf->scope, LDAP_MODULE_SUB);
	assert_int_equal(conf->timeout_s, 10);
	assert_int_equal(conf->cache_valid, 86400);
	assert_false(conf->start_tls);
	assert_string_equal(conf->text[LDAP_CONF_TLS_CA_CERT_FILE],
	                    "/etc/ssl/certs/ca-certificates.crt");
	ldap_conf_free(&conf);
}

static void reads_values(void **state)
{
	struct err err;
	struct ldap_conf *conf = parse(LEAST
		"server_host = a.example b:1389, ldap://c/\nserver_port = 390\nstart_tls = yes\n"
		"scope = ONE\nquery_filter = (&(a=b)\n\t(mail=%s))\nresult_attribute = pgpCert\n"
		"owner-attribute = mail, alias\ntimeout = 7\ncache-valid = 2h\n"
		"bind_dn = cn=r\nbind_pw = secret=#\n", &err);

	(void)state;
	assert_non_null(conf);
	assert_string_equal(conf->uri[0], "ldap://a.example:390");
	assert_string_equal(conf->uri[1], "ldap://b:1389");
	assert_string_equal(conf->uri[2], "ldap://c/");
	assert_int_equal(conf->scope, LDAP_MODULE_ONE);
	assert_string_equal(conf->owner[1], "alias");
	assert_false(conf->carried);
	assert_int_equal(conf->timeout_s, 7);
	assert_int_equal(conf->cache_valid, 7200);
	assert_string_equal(conf->text[LDAP_CONF_BIND_PW], "secret=#");
	ldap_conf_free(&conf);
}

static void refuses(void **state)
{
	static const struct {
		const char *text, *why;
	} wrong[] = {
		{ "cache = /c\n", "search_base" },
		{ "search_base = dc=x\n", "cache" },
		{ LEAST "hosts = a\n", "hosts" },
		{ LEAST "cache = /d\n", "twice" },
		{ LEAST "result_format = %s\n", "result_format" },
		{ LEAST "server_host = ldap://dir.example.org\n", "on the way" },
		{ LEAST "server_host = dir.example.org\n", "on the way" },
		{ LEAST "server_host = ldap://127.0.0.1.example.org\n", "on the way" },
		{ LEAST "server_host = localhost.example.org\n", "on the way" },
		{ LEAST "server_host = http://x\n", "names none" },
		{ LEAST "server_host = ldaps://x\nstart_tls = yes\n", "start_tls" },
		{ LEAST "server_port = 70000\n", "server_port" },
		{ LEAST "tls_require_cert = no\n", "always checked" },
		{ LEAST "tls_ca_cert_file = ca.pem\n", "tls_ca_cert_file" },
		{ LEAST "version = 2\n", "version" },
		{ LEAST "scope = all\n", "scope" },
		{ LEAST "timeout = 2h\n", "timeout" },
		{ LEAST "timeout = 0\n", "timeout" },
		{ LEAST "timeout = soon\n", "timeout" },
		{ LEAST "bind_dn = cn=r\n", "without a password" },
		{ LEAST "bind_dn = cn=r\nbind_pw = a\nbind-pw-file = /f\n", "both" },
		{ LEAST "bind = no\nbind_dn = cn=r\nbind_pw = a\n", "both" },
		{ LEAST "start_tls = maybe\n", "start_tls" },
		{ LEAST "result_attribute = a b\n", "result_attribute" },
		{ LEAST "query_filter = (mail=bob)\n", "no address" },
		{ LEAST "query_filter = mail=%s\n", "one filter" },
		{ LEAST "query_filter = (mail=%s)(uid=%u)\n", "one filter" },
		{ LEAST "query_filter = ((mail=%s)\n", "one filter" },
		{ LEAST "query_filter = (mail=%s))\n", "one filter" },
		{ LEAST "query_filter = (mail=%x)\n", "stands for nothing" },
		{ LEAST "query_filter = (mail=%s)%\n", "stands for nothing" },
		{ LEAST "domain = /etc/domains\n", "domain" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct err err;
		struct ldap_conf *conf = parse(wrong[i].text, &err);

		if (conf || err.class != ERR_CONFIG || !strstr(err.what, wrong[i].why))
			fail_msg("%s: %s", wrong[i].text, conf ? "taken" : err.what);
	}
}

static void fills_filters(void **state)
{
	static const struct {
		const char *filter, *address, *filled; /* NULL: nobody fits */
	} cases[] = {
		{ "(mail=%s)", "bob@example.org", "(mail=bob@example.org)" },
		{ "(&(uid=%u)(dc=%D))", "bob@example.org", "(&(uid=bob)(dc=example.org))" },
		{ "(mail=%s)", "a)(uid=*@x", "(mail=a\\29\\28uid=\\2a@x)" },
		{ "(mail=%s)", "\"a\\\\b\"@x", "(mail=\"a\\5c\\5cb\"@x)" },
		{ "(mail=%s)", "\xc3\xa4@x", "(mail=\\c3\\a4@x)" },
		{ "(x=50%%%u)", "b@x", "(x=50%b)" },
		{ "(uid=%u)", "@example.org", NULL },
		{ "(mail=%s)", "@example.org", "(mail=@example.org)" },
		{ "(mail=%s)", NULL, "(mail=*)" },
		{ "(id=*<%s>*)", NULL, "(id=*<*>*)" },
		{ "(id=*%u%d*)", NULL, "(id=*)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out = BUF_INIT;
		bool fits = ldap_filter_fill(cases[i].filter, cases[i].address, &out);

		assert_int_equal(fits, cases[i].filled != NULL);
		if (fits)
			assert_string_equal(buf_str(&out), cases[i].filled);
		buf_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_defaults),
		cmocka_unit_test(reads_values),
		cmocka_unit_test(refuses),
		cmocka_unit_test(fills_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
