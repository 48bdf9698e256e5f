/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-ldap-conf - any bytes as FILE.cf: what is taken can be asked, and an address adds nothing to
 * its filter but values
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "keystore/ldap-conf.h"
#include "keystore/ldap-filter.h"
#include "tests/fuzz/fuzz.h"

static size_t count(const char *text, char c)
{
	size_t n = 0;

	while ((text = strchr(text, c))) {
		n++;
		text++;
	}
	return n;
}

static void check_filter(const char *filter)
{
	static const char *const addresses[] = {
		"bob@example.org", "@example.org", "\"a)(uid=*\\\\\"@x", "\xc3\xa4*@[192.0.2.1]", NULL,
	};

	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		struct buf out = BUF_INIT;

		if (ldap_filter_fill(filter, addresses[i], &out)) {
			FUZZ_CHECK(count(buf_str(&out), '(') == count(filter, '('));
			FUZZ_CHECK(count(buf_str(&out), ')') == count(filter, ')'));
			if (addresses[i])
				FUZZ_CHECK(count(buf_str(&out), '*') == count(filter, '*'));
			else
				FUZZ_CHECK(!strstr(buf_str(&out), "**"));
		}
		buf_free(&out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = { 0 };
	char *text = mem_strndup((const char *)data, size);
	struct ldap_conf *conf = ldap_conf_parse("x.cf", text, strlen(text), &err);

	if (conf) {
		FUZZ_CHECK(conf->uri[0] && conf->owner[0] && conf->timeout_s > 0);
		FUZZ_CHECK(conf->cache_valid > 0 && conf->text[LDAP_CONF_CACHE][0] == '/');
		check_filter(conf->text[LDAP_CONF_QUERY_FILTER]);
	} else {
		FUZZ_CHECK(err.class == ERR_CONFIG && err.what[0]);
	}
	ldap_conf_free(&conf);
	free(text);
	return 0;
}
