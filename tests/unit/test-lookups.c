/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-lookups - questions asked once, answers kept and bounded; names and answers themselves */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/lookups.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

static struct dns_answer *text(const char *data, enum dns_security security)
{
	struct dns_answer *answer = dns_answer_new(DNS_NO_DATA, security);

	assert_true(dns_answer_add(answer, data, strlen(data), 0));
	return answer;
}

/* ---- dns ---------------------------------------------------------------------- */

static void test_name_valid(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} rows[] = {
		{ "example.org", true }, { "example.org.", true }, { ".", true }, { "", false },
		{ "..", false }, { ".a", false }, { "a..", false }, { "a..b", false },
		{ "_a.b c.\xff\x01", true }, { "a\\.b", true },
	};
	char name[260];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(dns_name_valid(rows[i].name), rows[i].valid);
	memset(name, 'x', sizeof name);
	for (int i = 63; i < 259; i += 64)
		name[i] = '.';
	name[253] = '\0';
	assert_true(dns_name_valid(name));
	name[253] = '.';
	name[254] = '\0';
	assert_true(dns_name_valid(name));
	name[253] = 'x';
	assert_false(dns_name_valid(name));
	name[63] = 'x';
	name[200] = '\0';
	assert_false(dns_name_valid(name)); /* a label of 127 */
}

static void test_answer_bounds(void **state)
{
	struct dns_answer *answer = dns_answer_new(DNS_NO_DATA, DNS_SECURE);
	char *large = mem_alloc(DNS_ANSWER_MAX);

	(void)state;
	assert_true(dns_answer_add(answer, large, DNS_ANSWER_MAX - 1, 0));
	assert_false(dns_answer_add(answer, "ab", 2, 0));
	assert_true(dns_answer_add(answer, "a", 1, 7));
	assert_false(dns_answer_add(answer, "a", 1, 0));
	assert_int_equal(answer->count, 2);
	assert_int_equal(answer->record[1].preference, 7);
	assert_string_equal(answer->record[1].data, "a");
	assert_int_equal(answer->status, DNS_FOUND);
	dns_answer_free(&answer);
	assert_null(answer);
	answer = dns_answer_new(DNS_NO_DATA, DNS_SECURE);
	for (int i = 0; i < DNS_RECORDS_MAX; i++)
		assert_true(dns_answer_add(answer, "", 0, 0));
	assert_false(dns_answer_add(answer, "", 0, 0));
	dns_answer_free(&answer);
	free(large);
}

static void test_security(void **state)
{
	/* in the order of trust, the least one first; unknown says nothing */
	static const enum dns_security order[] = { DNS_BOGUS, DNS_INSECURE, DNS_SECURE, DNS_UNKNOWN };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 4; k++)
			assert_int_equal(dns_security_least(order[i], order[k]),
			                 order[i < k ? i : k]);
	assert_null(dns_security_word(DNS_UNKNOWN));
	assert_string_equal(dns_security_word(DNS_BOGUS), "bogus");
	assert_string_equal(dns_type_word(DNS_AAAA), "AAAA");
}

/* ---- lookups --------------------------------------------------------------------- */

static void test_once(void **state)
{
	struct lookups *l = lookups_new();
	struct lookup q;

	(void)state;
	assert_null(lookups_ask(l, "Example.ORG", DNS_TXT));
	assert_null(lookups_ask(l, "example.org.", DNS_TXT));
	assert_null(lookups_ask(l, "example.org", DNS_A));
	assert_int_equal(lookups_count(l), 2);
	assert_true(lookups_take(l, &q));
	assert_string_equal(q.name, "example.org");
	assert_int_equal(q.type, DNS_TXT);
	assert_true(lookups_take(l, &q));
	assert_int_equal(q.type, DNS_A);
	assert_false(lookups_take(l, &q));
	lookups_feed(l, 0, text("one", DNS_SECURE));
	assert_int_equal(lookups_answered(l), 1);
	assert_string_equal(lookups_ask(l, "EXAMPLE.org", DNS_TXT)->record[0].data, "one");
	lookups_feed(l, 0, text("two", DNS_SECURE)); /* dropped */
	lookups_feed(l, 2, text("nobody asked", DNS_SECURE));
	assert_string_equal(lookups_ask(l, "example.org", DNS_TXT)->record[0].data, "one");
	assert_int_equal(lookups_answered(l), 1);
	assert_null(lookups_ask(l, "example.org", DNS_A));
	lookups_free(&l);
	assert_null(l);
}

/* Non-ASCII letters are different ones, and the root is a name. */
static void test_case(void **state)
{
	struct lookups *l = lookups_new();
	struct lookup q;

	(void)state;
	assert_null(lookups_ask(l, "\xc3\x84.example", DNS_TXT));
	assert_null(lookups_ask(l, "\xc3\xa4.example", DNS_TXT));
	assert_null(lookups_ask(l, ".", DNS_SOA));
	assert_null(lookups_ask(l, ".", DNS_SOA));
	assert_int_equal(lookups_count(l), 3);
	q = lookups_get(l, 2);
	assert_string_equal(q.name, "");
	lookups_free(&l);
}

static void test_cannot_be_asked(void **state)
{
	static const char *const names[] = { "", "a..b", ".a",
		"0123456789012345678901234567890123456789012345678901234567890123.example" };
	struct lookups *l = lookups_new();

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(lookups_ask(l, names[i], DNS_TXT)->status, DNS_NO_NAME);
	assert_int_equal(lookups_count(l), 0);
	lookups_free(&l);
}

/* A question that has its answer before it was taken needs not be sent. */
static void test_answered_before(void **state)
{
	struct lookups *l = lookups_new();
	struct lookup q;

	(void)state;
	lookups_ask(l, "a", DNS_TXT);
	lookups_ask(l, "b", DNS_TXT);
	lookups_feed(l, 0, text("a", DNS_SECURE));
	assert_true(lookups_take(l, &q));
	assert_string_equal(q.name, "b");
	assert_false(lookups_take(l, &q));
	lookups_free(&l);
}

static void test_close(void **state)
{
	struct lookups *l = lookups_new();
	const struct dns_answer *answer;
	struct lookup q;

	(void)state;
	lookups_ask(l, "a", DNS_TXT);
	lookups_ask(l, "b", DNS_TXT);
	lookups_feed(l, 0, text("a", DNS_SECURE));
	lookups_close(l, "timed out");
	lookups_close(l, "again");
	assert_string_equal(lookups_ask(l, "a", DNS_TXT)->record[0].data, "a");
	answer = lookups_ask(l, "b", DNS_TXT);
	assert_int_equal(answer->status, DNS_FAILED);
	assert_string_equal(answer->why, "timed out");
	answer = lookups_ask(l, "c", DNS_TXT);
	assert_int_equal(answer->status, DNS_FAILED);
	assert_string_equal(answer->why, "timed out");
	assert_int_equal(lookups_answered(l), 3);
	assert_false(lookups_take(l, &q));
	lookups_feed(l, 1, text("late", DNS_SECURE));
	assert_int_equal(lookups_ask(l, "b", DNS_TXT)->count, 0);
	lookups_free(&l);
}

static void test_too_many(void **state)
{
	struct lookups *l = lookups_new();
	char name[32];

	(void)state;
	for (int i = 0; i < LOOKUPS_MAX; i++) {
		snprintf(name, sizeof name, "n%d", i);
		assert_null(lookups_ask(l, name, DNS_TXT));
	}
	assert_int_equal(lookups_ask(l, "one more", DNS_TXT)->status, DNS_FAILED);
	assert_null(lookups_ask(l, "n0", DNS_TXT));
	assert_int_equal(lookups_count(l), LOOKUPS_MAX);
	lookups_close(l, "late");
	assert_int_equal(lookups_ask(l, "one more", DNS_TXT)->status, DNS_FAILED);
	assert_int_equal(lookups_count(l), LOOKUPS_MAX);
	lookups_free(&l);
}

/* However large the answers: no new question above the bound. */
static void test_too_large(void **state)
{
	struct lookups *l = lookups_new();
	char *large = mem_alloc(DNS_ANSWER_MAX), name[32];
	size_t asked = 0;

	(void)state;
	for (; asked < LOOKUPS_MAX; asked++) {
		struct dns_answer *answer;

		snprintf(name, sizeof name, "n%zu", asked);
		if (lookups_ask(l, name, DNS_TXT))
			break;
		answer = dns_answer_new(DNS_NO_DATA, DNS_SECURE);
		assert_true(dns_answer_add(answer, large, DNS_ANSWER_MAX, 0));
		lookups_feed(l, asked, answer);
	}
	assert_int_equal(asked, LOOKUPS_BYTES_MAX / DNS_ANSWER_MAX + 1);
	assert_int_equal(lookups_ask(l, name, DNS_TXT)->status, DNS_FAILED);
	assert_int_equal(lookups_ask(l, "n0", DNS_TXT)->status, DNS_FOUND);
	lookups_free(&l);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_valid),      cmocka_unit_test(test_answer_bounds),
		cmocka_unit_test(test_security),        cmocka_unit_test(test_once),
		cmocka_unit_test(test_case),            cmocka_unit_test(test_cannot_be_asked),
		cmocka_unit_test(test_answered_before), cmocka_unit_test(test_close),
		cmocka_unit_test(test_too_many),        cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
