/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-pgsql-conf - any bytes as FILE.cf: what is taken can be asked, and no byte of an address
 * comes into its SQL
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "keystore/pgsql-conf.h"
#include "tests/fuzz/fuzz.h"

static void check_query(const struct pgsql_query *query)
{
	static const char *const addresses[] = {
		"bob@example.org", "@example.org", "\"a' OR ''='\\\\\"@x", "b@[192.0.2.1]",
	};

	FUZZ_CHECK(query->params <= PGSQL_QUERY_PARAMS_MAX);
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		char *value[PGSQL_QUERY_PARAMS_MAX];

		if (!pgsql_query_fill(query, addresses[i], value))
			continue;
		for (size_t v = 0; v < query->params; v++)
			free(value[v]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = { 0 };
	char *text = mem_strndup((const char *)data, size);
	struct pgsql_conf *conf = pgsql_conf_parse("x.cf", text, strlen(text), &err);

	if (conf) {
		FUZZ_CHECK(conf->host[0] && conf->timeout_ms > 0 && conf->cache_valid > 0);
		if (conf->query.sql)
			check_query(&conf->query);
		pgsql_conf_covers(conf, "bob@example.org");
	} else {
		FUZZ_CHECK(err.class == ERR_CONFIG && err.what[0]);
	}
	pgsql_conf_free(&conf);
	free(text);
	return 0;
}
