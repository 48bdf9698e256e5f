/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * suite-authres - Authentication-Results fields and what they parse to
 *
 * strict: an error is a field that is not read, or that is flawed or has results that are not registered
 * (a reader may ignore these, RFC 8601 2.7); without smtputf8 a strict reader knows ASCII alone.
 * relaxed: what authres_glance reads. any: the same by what mailseal itself uses.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/authres.h"
#include "base/buf.h"
#include "tests/suites/suite.h"

/* What was read of a case. */
struct reading {
	struct authres *ar;
	unsigned instance;
	bool strict;
};

static bool is_ascii(const char *s)
{
	while (*s && (unsigned char)*s < 0x80)
		s++;
	return !*s;
}

static struct reading read_case(const json_t *test)
{
	const char *value = suite_text(test, "value"), *mode = suite_text(test, "mode");
	size_t len = json_string_length(json_object_get(test, "value"));
	struct token_text t = { value, value + len };
	struct reading r = { .strict = strcmp(mode, "strict") == 0 };

	if (r.strict && !json_is_true(json_object_get(test, "smtputf8")) &&
	    !is_ascii(value))
		return r;
	if (strncasecmp(suite_text(test, "field"), "ARC-", 4) == 0 &&
	    !authres_read_instance(&t, &r.instance))
		return r;
	len = (size_t)(t.end - t.at);
	r.ar = strcmp(mode, "relaxed") == 0 ? authres_glance(t.at, len)
	                                    : authres_parse(t.at, len);
	return r;
}

static bool is_error(const struct reading *r)
{
	if (!r->ar || (r->strict && (r->ar->flawed || r->ar->unregistered)))
		return true;
	return r->ar->flawed && !r->ar->count;
}

static bool same_word(const json_t *expected, const char *got)
{
	const char *word = json_string_value(expected);

	return !word || strcasecmp(word, got) == 0;
}

static bool has_property(const struct authres_result *r, const char *name,
                         const char *value)
{
	struct buf got = BUF_INIT;
	bool found = false;

	for (size_t i = 0; !found && i < r->properties_count; i++) {
		const struct authres_property *p = &r->properties[i];

		buf_cut(&got, 0);
		buf_addf(&got, "%s.%s", p->ptype, p->property);
		found = strcasecmp(got.data, name) == 0 && strcmp(p->value, value) == 0;
	}
	buf_free(&got);
	return found;
}

static bool matches(const struct authres_result *r, const json_t *expected)
{
	const json_t *version = json_object_get(expected, "method_version");
	const char *reason = json_string_value(json_object_get(expected, "reason"));
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(expected, "props"), name, value)
		if (!has_property(r, name, json_string_value(value)))
			return false;
	return same_word(json_object_get(expected, "method"), r->method) &&
	       same_word(json_object_get(expected, "result"), r->result) &&
	       (!version || json_integer_value(version) == (json_int_t)r->version) &&
	       (!reason || (r->reason && strcmp(reason, r->reason) == 0));
}

static bool includes(const struct authres *ar, const json_t *expected)
{
	for (size_t i = 0; i < ar->count; i++)
		if (matches(&ar->results[i], expected))
			return true;
	return false;
}

static bool number_is(const json_t *expected, size_t got)
{
	return !expected || json_integer_value(expected) == (json_int_t)got;
}

static bool as_expected(const struct reading *r, const json_t *expect)
{
	const json_t *id = json_object_get(expect, "authserv_id"), *one;
	const struct authres *ar = r->ar;
	size_t i;

	if (!json_object_size(expect))
		return true;
	if (!ar || (id && strcmp(json_string_value(id), ar->id) != 0) ||
	    !number_is(json_object_get(expect, "version"), ar->version) ||
	    !number_is(json_object_get(expect, "instance"), r->instance) ||
	    !number_is(json_object_get(expect, "count"), ar->count))
		return false;
	json_array_foreach(json_object_get(expect, "results"), i, one)
		if (i >= ar->count || !matches(&ar->results[i], one))
			return false;
	json_array_foreach(json_object_get(expect, "results_include"), i, one)
		if (!includes(ar, one))
			return false;
	return !r->strict || (!ar->flawed && !ar->unregistered);
}

/* What was read, in words. */
static void describe(const struct reading *r, struct buf *out)
{
	if (!r->ar) {
		buf_adds(out, "an error");
		return;
	}
	buf_addf(out, "%s%s[%s]", r->ar->flawed ? "flawed " : "",
	         r->ar->unregistered ? "unregistered " : "", r->ar->id);
	for (size_t i = 0; i < r->ar->count; i++)
		buf_addf(out, " %s=%s", r->ar->results[i].method,
		         r->ar->results[i].result);
}

static void run_case(struct suite *suite, const json_t *test)
{
	const json_t *expect = json_object_get(test, "expect");
	bool error = json_is_true(json_object_get(expect, "error"));
	struct reading r = read_case(test);
	struct buf got = BUF_INIT;
	char *expected = json_dumps(expect, JSON_COMPACT);

	describe(&r, &got);
	suite_case(suite, suite_text(test, "id"),
	           error ? is_error(&r) : as_expected(&r, expect),
	           "%s: %s instead of %s", suite_text(test, "mode"), buf_str(&got),
	           expected);
	free(expected);
	buf_free(&got);
	authres_free(&r.ar);
}

void suite_authres(struct suite *suite, const json_t *root)
{
	const json_t *test;
	size_t i;

	json_array_foreach(root, i, test)
		run_case(suite, test);
}
