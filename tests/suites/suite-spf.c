/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * suite-spf - the form of the openspf suite: scenarios, each with a zone and tests
 *
 * Records of type SPF are ignored: the type is obsolete (RFC 7208 3.1), and the data has them as
 * TXT too.  `*` is each type of which the name has no record.  By the suite's rule names that
 * begin with `error.` time out.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/spf.h"
#include "base/buf.h"
#include "base/mem.h"
#include "tests/suites/suite.h"

static const enum dns_type types[] = {
	DNS_A, DNS_AAAA, DNS_MX, DNS_PTR, DNS_TXT, DNS_CNAME,
};
#define TYPES (sizeof types / sizeof *types)

static int type_of(const char *word)
{
	for (size_t i = 0; i < TYPES; i++)
		if (strcmp(word, dns_type_word(types[i])) == 0)
			return (int)types[i];
	return -1;
}

static bool has_type(const json_t *records, enum dns_type type)
{
	const json_t *record;
	size_t i;

	json_array_foreach(records, i, record)
		if (strcmp(suite_text(record, "type"), dns_type_word(type)) == 0)
			return true;
	return false;
}

static void fail_others(struct zone *zone, const char *name, const json_t *records)
{
	for (size_t i = 0; i < TYPES; i++)
		if (!has_type(records, types[i]))
			zone_fails(zone, name, (int)types[i], "timed out");
}

/* An alias gets what its target has, as a resolver would answer; a loop fails. */
static void add_records(struct zone *zone, const char *name, const json_t *all,
                        const char *owner, unsigned depth);

static void add_record(struct zone *zone, const char *name, const json_t *all,
                       const json_t *record, unsigned depth)
{
	const char *word = suite_text(record, "type"), *value = suite_text(record, "value");
	int type = type_of(word);
	const char *rcode = json_string_value(json_object_get(record, "rcode"));

	if (type < 0)
		return;
	if (rcode)
		zone_fails(zone, name, type, "timed out");
	else if (type == DNS_TXT)
		suite_txt(zone, name, json_object_get(record, "value"));
	else if (type == DNS_CNAME && depth < 8)
		add_records(zone, name, all, value, depth + 1);
	else if (type == DNS_CNAME)
		zone_fails(zone, name, 0, "aliases form a loop");
	else if (type == DNS_A || type == DNS_AAAA)
		zone_address(zone, name, value);
	else
		zone_host(zone, name, (enum dns_type)type, value,
		          (unsigned)json_integer_value(json_object_get(record, "pref")));
}

static void add_records(struct zone *zone, const char *name, const json_t *all,
                        const char *owner, unsigned depth)
{
	const char *key;
	json_t *records, *record;
	size_t i, len = strlen(owner);

	if (len && owner[len - 1] == '.')
		len--;
	json_object_foreach((json_t *)(uintptr_t)all, key, records)
		if (strncasecmp(key, owner, len) == 0 && !key[len])
			json_array_foreach(records, i, record) {
				if (strcmp(suite_text(record, "type"), "*") == 0)
					fail_others(zone, name, records);
				else
					add_record(zone, name, all, record, depth);
			}
}

static struct zone *zone_of(const json_t *records)
{
	struct zone *zone = zone_new();
	const char *name;
	json_t *unused;

	zone_prefix_fails(zone, "error.");
	json_object_foreach((json_t *)(uintptr_t)records, name, unused) {
		(void)unused;
		zone_name(zone, name);
		add_records(zone, name, records, name, 0);
	}
	return zone;
}

/* DEFAULT, and no explanation in the test, are ours: none. */
static bool right(const json_t *test, const struct spf *spf)
{
	const char *expected = json_string_value(json_object_get(test, "explanation"));
	const json_t *result;
	bool found = false;
	size_t i;

	json_array_foreach(json_object_get(test, "result"), i, result)
		found = found || strcmp(json_string_value(result), spf_word(spf->result)) == 0;
	if (!found || !expected)
		return found;
	if (strcmp(expected, "DEFAULT") == 0)
		return !spf->explanation;
	return spf->explanation && strcmp(expected, spf->explanation) == 0;
}

static void run_test(struct suite *suite, struct zone *zone, const json_t *test)
{
	const struct spf_request request = {
		.client_address = suite_text(test, "host"),
		.helo = suite_text(test, "helo"),
		.sender = suite_text(test, "mailfrom"),
		.receiver = "receiver.example",
	};
	struct lookups *lookups = lookups_new();
	struct spf spf;
	char *expected = json_dumps(json_object_get(test, "result"), 0);

	while (!spf_step(&request, lookups, &spf))
		zone_wait(zone, lookups, DEADLINE_NEVER);
	suite_case(suite, suite_text(test, "id"), right(test, &spf), "%s %s, was %s `%s' (%s)",
	           expected, suite_text(test, "explanation"), spf_word(spf.result),
	           spf.explanation ? spf.explanation : "", spf.reason);
	spf_free(&spf);
	lookups_free(&lookups);
	free(expected);
}

void suite_spf(struct suite *suite, const json_t *root)
{
	const json_t *scenario, *test;
	size_t i, j;

	json_array_foreach(root, i, scenario) {
		struct zone *zone = zone_of(json_object_get(scenario, "records"));

		json_array_foreach(json_object_get(scenario, "tests"), j, test)
			run_test(suite, zone, test);
		zone_free(&zone);
	}
}
