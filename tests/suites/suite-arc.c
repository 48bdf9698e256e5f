/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * suite-arc - chains of ARC, validated: the form of ValiMail's suite
 *
 * A list of scenarios with `dns` (names and TXT records) and `tests`.  A test has `message` and
 * `cv`, or `cv_effective` where that is empty.  A test of signing has the set that is to be made
 * (`AS`, `AMS`, `AAR`) instead: nothing seals here, but that set on top of the message must be
 * found valid, or failed where it says cv=fail.  Where no set is to be made there is nothing to count.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/suites/suite.h"

#include "auth/arc.h"
#include "base/buf.h"
#include "tests/unit/spools.h"

#define NOW 1500000000 /* the suite's signatures are of 1970, without an end */

static struct zone *zone_of(const json_t *scenario)
{
	struct zone *zone = zone_new();
	const char *name;
	json_t *records, *record;
	size_t i;

	json_object_foreach(json_object_get(scenario, "dns"), name, records) {
		if (json_is_string(records))
			zone_txt(zone, name, json_string_value(records),
			         json_string_length(records));
		json_array_foreach(records, i, record)
			zone_txt(zone, name, json_string_value(record),
			         json_string_length(record));
	}
	return zone;
}

/* The result; *why: its reason, the caller's, or NULL. */
static enum arc_result validate(const char *text, size_t len, struct zone *zone, char **why)
{
	struct spool *spool = spools_with(text, len);
	struct body_hashes *hashes = body_hashes_new();
	struct lookups *lookups = lookups_new();
	enum arc_result result;
	struct message message;
	struct header header;
	struct arc *arc;
	struct err err;

	spools_check(message_map(spool, &message, &err), &err);
	spools_check(header_load(&message, &header, &err), &err);
	arc = arc_new(&header, NOW, hashes, NULL);
	spools_check(body_hashes_run(hashes, &message, &err), &err);
	while (!arc_step(arc, lookups))
		zone_wait(zone, lookups, DEADLINE_NEVER);
	result = arc_result(arc);
	*why = arc_reason(arc) ? strdup(arc_reason(arc)) : NULL;
	arc_free(&arc);
	lookups_free(&lookups);
	body_hashes_free(&hashes);
	header_free(&header);
	spool_free(&spool);
	return result;
}

/* The file folds b= of the signature for its reader; it was not when the seal was made. */
static void add_field(struct buf *out, const char *name, const char *value)
{
	const char *b = strstr(value, "b="), *b_end = b ? strchr(b, ';') : NULL;
	size_t len = strlen(value);

	while (len && value[len - 1] == '\n')
		len--;
	buf_addf(out, "%s: ", name);
	for (const char *at = value; at < value + len; at++) {
		if (*at == '\n' && b_end && at > b && at < b_end)
			continue;
		buf_addc(out, *at);
		if (*at == '\n' && at[1] != ' ')
			buf_addc(out, ' ');
	}
	buf_addc(out, '\n');
}

/* What is expected of a test of signing; NULL: nothing. */
static const char *add_set(struct buf *out, const json_t *test)
{
	const char *seal = suite_text(test, "AS");

	if (!*seal) {
		printf("not counted %s: no set is to be made\n", suite_text(test, "id"));
		return NULL;
	}
	add_field(out, "ARC-Seal", seal);
	add_field(out, "ARC-Message-Signature", suite_text(test, "AMS"));
	add_field(out, "ARC-Authentication-Results", suite_text(test, "AAR"));
	return strstr(seal, "cv=fail") ? "fail" : "pass";
}

static void run_test(struct suite *suite, const json_t *test, struct zone *zone)
{
	const json_t *message = json_object_get(test, "message");
	const char *expected = suite_text(test, "cv"), *got;
	struct buf text = BUF_INIT;
	char *why;

	if (!*expected)
		expected = suite_text(test, "cv_effective");
	if (!*expected)
		expected = add_set(&text, test);
	if (expected) {
		buf_add(&text, json_string_value(message), json_string_length(message));
		got = arc_word(validate(text.data, text.len, zone, &why));
		suite_case(suite, suite_text(test, "id"), strcasecmp(expected, got) == 0,
		           "expected %s, got %s (%s)", expected, got, why ? why : "-");
		free(why);
	}
	buf_free(&text);
}

void suite_arc(struct suite *suite, const json_t *root)
{
	const json_t *scenario, *test;
	size_t i, k;

	json_array_foreach(root, i, scenario) {
		struct zone *zone = zone_of(scenario);

		json_array_foreach(json_object_get(scenario, "tests"), k, test)
			run_test(suite, test, zone);
		zone_free(&zone);
	}
}
