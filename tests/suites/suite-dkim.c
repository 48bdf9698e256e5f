/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * suite-dkim - DKIM messages with keys and expected results
 *
 * A case: {id, file, now, dns, dns_errors?, expect: [{domain, selector, result_rfc}], attack?}; only
 * the signatures that the file states something about are looked at.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/suites/suite.h"

#include "auth/dkim.h"

/* Where no time is given the signatures are of any time. */
#define NOW_DEFAULT 1795600000

static struct zone *zone_of(const json_t *test)
{
	struct zone *zone = zone_new();
	const char *name;
	json_t *value, *record;
	size_t i;

	json_object_foreach(json_object_get(test, "dns"), name, value)
		json_array_foreach(value, i, record)
			zone_txt(zone, name, json_string_value(record), json_string_length(record));
	json_object_foreach(json_object_get(test, "dns_errors"), name, value)
		zone_fails(zone, name, 0, json_string_value(value));
	return zone;
}

static bool fits(const char *expected, const struct dkim_signature *got, bool attack)
{
	enum dkim_result result = got->result;

	if (strcmp(expected, "pass") == 0)
		return result == DKIM_PASS && (!attack || got->added);
	if (strcmp(expected, "notpass") == 0)
		return result != DKIM_PASS;
	if (strcmp(expected, "permerror") == 0)
		return result == DKIM_PERMERROR || result == DKIM_NEUTRAL ||
		       result == DKIM_POLICY || result == DKIM_FAIL;
	return strcmp(expected, dkim_word(result)) == 0;
}

static bool is_of(const struct dkim_signature *signature, const json_t *expect)
{
	const char *domain = suite_text(expect, "domain"), *selector = suite_text(expect, "selector");

	/* What can't be read is expected as it stands there. */
	return (!signature->domain || strcasecmp(signature->domain, domain) == 0) &&
	       (!signature->selector || strcasecmp(signature->selector, selector) == 0);
}

/* The signatures and what is expected of them are both in the order of the header. */
static void compare(struct suite *suite, const json_t *test, const struct dkim *dkim)
{
	bool attack = json_is_string(json_object_get(test, "attack"));
	const char *id = suite_text(test, "id");
	bool used[DKIM_SIGNATURES_MAX] = { false };
	json_t *expect;
	size_t n;

	json_array_foreach(json_object_get(test, "expect"), n, expect) {
		const char *expected = suite_text(expect, "result_rfc");
		const struct dkim_signature *got = NULL;

		for (size_t i = 0; i < dkim_count(dkim) && !got; i++)
			if (!used[i] && is_of(dkim_get(dkim, i), expect)) {
				got = dkim_get(dkim, i);
				used[i] = true;
			}
		if (got ? !fits(expected, got, attack) : strcmp(expected, "none") != 0) {
			suite_case(suite, id, false, "%s/%s is %s, not %s%s (%s)",
			           suite_text(expect, "selector"), suite_text(expect, "domain"),
			           got ? dkim_word(got->result) : "not there", expected,
			           attack ? ", with a field added" : "",
			           got && got->reason ? got->reason : "");
			return;
		}
	}
	suite_case(suite, id, true, "%s", "");
}

static void run(struct suite *suite, const json_t *test)
{
	struct dkim_policy policy = { .now = NOW_DEFAULT };
	struct body_hashes *hashes = body_hashes_new();
	struct lookups *lookups = lookups_new();
	struct zone *zone = zone_of(test);
	struct spool *spool = spool_new("/tmp", SPOOL_MEMORY_LIMIT);
	struct message message;
	struct header header;
	struct dkim *dkim;
	struct err err;
	size_t len;
	char *data = suite_file(suite, suite_text(test, "file"), &len);
	const char *lf = memchr(data, '\n', len);
	size_t skip = lf && message_is_from_line(data, (size_t)(lf - data) + 1) ? (size_t)(lf - data) + 1 : 0;

	if (json_is_number(json_object_get(test, "now")))
		policy.now = (int64_t)json_number_value(json_object_get(test, "now"));
	if (spool_add(spool, data + skip, len - skip, &err) || message_map(spool, &message, &err) ||
	    header_load(&message, &header, &err))
		abort();
	dkim = dkim_new(&header, &policy, hashes);
	if (body_hashes_run(hashes, &message, &err))
		abort();
	while (!dkim_step(dkim, lookups))
		zone_wait(zone, lookups, DEADLINE_NEVER);
	compare(suite, test, dkim);
	dkim_free(&dkim);
	header_free(&header);
	body_hashes_free(&hashes);
	lookups_free(&lookups);
	zone_free(&zone);
	spool_free(&spool);
	free(data);
}

void suite_dkim(struct suite *suite, const json_t *root)
{
	const json_t *test;
	size_t i;

	json_array_foreach(root, i, test)
		run(suite, test);
}
