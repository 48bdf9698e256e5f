/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-hold-envelope - one text for each envelope, and no other is read; who put it there */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "filter/hold-envelope.h"
#include "tests/unit/unit.h"

struct row {
	const char *name;
	const char *recipient, *given, *sender, *reason;
	bool junk;
	const char *text;
};

/* Borrows all of it. */
static struct hold_envelope envelope_of(const struct row *r)
{
	struct hold_envelope e = {
		.held = 1700000000,
		.recipient = (char *)r->recipient,
		.given = (char *)r->given,
		.sender = (char *)r->sender,
		.junk = r->junk,
	};

	snprintf(e.reason, sizeof e.reason, "%s", r->reason);
	return e;
}

#define FRONT "mailseal-hold 1\nHeld: 1700000000\nRecipient: "

static const struct row rows[] = {
	{ "plain", "bob@example.org", "bob@example.org", "sam@example.com", "expired", false,
	  FRONT "bob@example.org\nGiven: bob@example.org\nSender: <sam@example.com>\nReason: expired\n\n" },
	{ "null sender, junk", "bob@example.org", "Bob@Example.ORG.", "", "too weak", true,
	  FRONT "bob@example.org\nGiven: Bob@Example.ORG.\nSender: <>\nReason: too weak\nJunk: yes\n\n" },
	{ "unknown sender", "bob@example.org", "bob@example.org", NULL, "revoked", false,
	  FRONT "bob@example.org\nGiven: bob@example.org\nReason: revoked\n\n" },
	{ "odd bytes", "\"b b\"@example.org", "\"b b\"@example.org", "100%\n>\xc3\xb6@x", "expired", false,
	  FRONT "\"b%20b\"@example.org\nGiven: \"b%20b\"@example.org\nSender: <100%25%0A>%C3%B6@x>\nReason: expired\n\n" },
};

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void test_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		const struct hold_envelope from = envelope_of(r);
		struct buf text = BUF_INIT;
		struct hold_envelope e;
		struct err err;
		size_t size;

		assert_int_equal(hold_envelope_format(&from, &text, &err), 0);
		if (strcmp(buf_str(&text), r->text) != 0)
			fail_msg("%s: %s", r->name, buf_str(&text));
		buf_adds(&text, "X-Mailseal: v=1; at-rest\n\n");
		if (hold_envelope_parse(text.data, text.len, &e, &size, &err))
			fail_msg("%s: %s", r->name, err.what);
		assert_int_equal(size, strlen(r->text));
		assert_true(same(e.recipient, r->recipient));
		assert_true(same(e.given, r->given));
		assert_true(same(e.sender, r->sender));
		assert_string_equal(e.reason, r->reason);
		assert_int_equal(e.junk, r->junk);
		assert_int_equal(e.held, from.held);
		hold_envelope_free(&e);
		buf_free(&text);
	}
}

/* Each of its texts cut short, or with a byte changed to one that means something. */
static void test_half_of_it_is_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const size_t len = strlen(rows[i].text);

		for (size_t cut = 0; cut < len; cut++) {
			struct hold_envelope e;
			struct err err;
			size_t size;

			if (hold_envelope_parse(rows[i].text, cut, &e, &size, &err) == 0)
				fail_msg("%s: cut to %zu", rows[i].name, cut);
			assert_int_equal(err.class, ERR_DATA);
			hold_envelope_free(&e);
		}
	}
}

static void test_other_texts_are_none(void **state)
{
	static const char *const bad[] = {
		"mailseal-hold 2\nHeld: 1700000000\nRecipient: a@b.example\nGiven: a@b.example\nReason: expired\n\n",
		"mailseal-hold 1\nHeld: 01\nRecipient: a@b.example\nGiven: a@b.example\nReason: expired\n\n",
		"mailseal-hold 1\nHeld: -1\nRecipient: a@b.example\nGiven: a@b.example\nReason: expired\n\n",
		"mailseal-hold 1\nHeld: 0\nRecipient: a@b.example\nGiven: a@b.example\nReason: expired\n\n",
		FRONT "A@b.example\nGiven: A@b.example\nReason: expired\n\n",
		FRONT "a@b.example\nGiven: other@b.example\nReason: expired\n\n",
		FRONT "@b.example\nGiven: @b.example\nReason: expired\n\n",
		FRONT "a\nGiven: a\nReason: expired\n\n",
		FRONT "a@b.example\nGiven: a@b.example%0D%0ADATA\nReason: expired\n\n",
		FRONT "a@b.example\nGiven: a@b.example\nSender: sam\nReason: expired\n\n",
		FRONT "a@b.example\nGiven: a@b.example\nSender: <a b>\nReason: expired\n\n",
		FRONT "a@b.example\nGiven: a@b.example\nSender: <%61>\nReason: expired\n\n",
		FRONT "a@b.example\nGiven: a@b.example\nSender: <%0a>\nReason: expired\n\n",
		FRONT "a@b.example\nGiven: a@b.example\nSender: <%00>\nReason: expired\n\n",
		FRONT "a@b.example\nGiven: a@b.example\nSender: <%2>\nReason: expired\n\n",
		FRONT "a@b.example\nGiven: a@b.example\nReason: \033[2J\n\n",
		FRONT "a@b.example\nGiven: a@b.example\nReason: \n\n",
		FRONT "a@b.example\nGiven: a@b.example\nReason: expired\nJunk: no\n\n",
		FRONT "a@b.example\nGiven: a@b.example\nReason: expired\nOther: x\n\n",
		FRONT "a@b.example\nGiven: a@b.example\nReason: expired\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct hold_envelope e;
		struct err err;
		size_t size;

		if (hold_envelope_parse(bad[i], strlen(bad[i]), &e, &size, &err) == 0)
			fail_msg("accepted: %s", bad[i]);
		hold_envelope_free(&e);
	}
}

static void test_too_long_is_told(void **state)
{
	char *sender = mem_alloc(ADDRESS_MAX + 2);
	const struct row row = { "", "a@b.example", "a@b.example", sender, "expired", false, "" };
	const struct hold_envelope e = envelope_of(&row);
	struct hold_envelope again;
	struct buf text = BUF_INIT;
	struct err err;
	size_t size;

	(void)state;
	memset(sender, '%', ADDRESS_MAX + 1);
	assert_int_equal(hold_envelope_format(&e, &text, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	sender[ADDRESS_MAX] = '\0';
	assert_int_equal(hold_envelope_format(&e, &text, &err), 0);
	assert_true(text.len < HOLD_ENVELOPE_MAX);
	assert_int_equal(hold_envelope_parse(text.data, text.len, &again, &size, &err), 0);
	assert_string_equal(again.sender, sender);
	hold_envelope_free(&again);
	buf_free(&text);
	free(sender);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_half_of_it_is_none),
		cmocka_unit_test(test_other_texts_are_none),
		cmocka_unit_test(test_too_long_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
