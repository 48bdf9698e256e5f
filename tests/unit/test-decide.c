/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-decide - every way in which a message can fare, as a table */
#include <config.h>

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/mem.h"
#include "filter/decide.h"

#define NOW 1000000

static const char *const no_words[] = { NULL };

static struct policy policy(int enroll, int unusable, int expired)
{
	return (struct policy){
		.enroll = enroll,
		.on_unusable_key = unusable,
		.on_expired = expired,
		.hide_fields = no_words,
		.archive_certificates = no_words,
		.recovery_certificate = no_words,
	};
}

/* A certificate with one subkey; its letter makes the fingerprints. */
static struct entry *entry_of(char letter, int64_t expires, bool revoked)
{
	struct entry *e = entry_new("someone@example.org");
	struct entry_cert *c = &e->cert[e->certs++];

	memset(c->fingerprint, letter, 40);
	c->created = 1;
	c->revoked = revoked;
	c->subkeys = 1;
	memset(c->subkey[0].fingerprint, letter + 1, 40);
	c->subkey[0].created = 1;
	c->subkey[0].expires = expires;
	snprintf(c->subkey[0].algorithm, sizeof c->subkey[0].algorithm, "cv25519");
	return e;
}

enum key { NONE, GOOD, OTHER, EXPIRED, REVOKED, UNREACHABLE, NEWER, EXPIRED_WEAK, EXPIRED_REVOKED };

static struct entry *odd_entry(enum key key)
{
	struct entry *e = entry_of('I', key == NEWER ? 0 : NOW, false);
	struct entry_subkey *s = &e->cert[0].subkey[0];

	s->weak = key == EXPIRED_WEAK;
	s->revoked = key == EXPIRED_REVOKED;
	s->created = key == NEWER ? NOW : 1; /* when the other one was expired */
	return e;
}

static struct decide_address address_of(enum key key, struct policy p)
{
	static struct err down = { ERR_TEMPORARY, "the store is down", "" };
	struct decide_address a = { .address = "a@example.org", .policy = p,
	                            .answer = STORE_FOUND, .could_not = &down };

	switch (key) {
	case NONE: a.answer = STORE_NOT_ENROLLED; break;
	case UNREACHABLE: a.answer = STORE_COULD_NOT_ASK; break;
	case GOOD: a.entry = entry_of('A', 0, false); break;
	case OTHER: a.entry = entry_of('C', NOW + 1, false); break;
	case EXPIRED: a.entry = entry_of('E', NOW, false); break;
	case REVOKED: a.entry = entry_of('G', 0, true); break;
	case NEWER: case EXPIRED_WEAK: case EXPIRED_REVOKED:
		a.entry = odd_entry(key);
		break;
	}
	return a;
}

static void free_address(struct decide_address *a)
{
	struct entry *entry = (struct entry *)a->entry;

	entry_free(&entry);
}

struct row {
	const char *name;
	enum key key[2];
	size_t recipients;
	enum mime_class class;
	int enroll, unusable, expired;
	enum outcome outcome;
	size_t subkeys;
};

static const struct row rows[] = {
	{ "sealed", { GOOD }, 1, MIME_READABLE, 0, 0, 0, OUTCOME_SEALED, 1 },
	{ "sealed to both", { GOOD, OTHER }, 2, MIME_READABLE, 0, 0, 0, OUTCOME_SEALED, 2 },
	{ "the same key twice", { GOOD, GOOD }, 2, MIME_READABLE, 0, 0, 0, OUTCOME_SEALED, 1 },
	{ "ciphertext passes", { GOOD }, 1, MIME_PGP_MIME, 0, 0, 0, OUTCOME_PASSED_ENCRYPTED, 0 },
	{ "also with an expired key", { EXPIRED }, 1, MIME_SMIME, 0, 0, 0, OUTCOME_PASSED_ENCRYPTED, 0 },
	{ "not enrolled", { NONE }, 1, MIME_READABLE, 0, 0, 0, OUTCOME_NOT_ENROLLED, 0 },
	{ "enroll = required", { NONE }, 1, MIME_READABLE, ENROLL_REQUIRED, 0, 0, OUTCOME_DEFERRED, 0 },
	{ "could not ask", { UNREACHABLE }, 1, MIME_READABLE, 0, 0, 0, OUTCOME_DEFERRED, 0 },
	{ "could not ask for one", { GOOD, UNREACHABLE }, 2, MIME_READABLE, 0, 0, 0, OUTCOME_DEFERRED, 0 },
	{ "some enrolled", { GOOD, NONE }, 2, MIME_READABLE, 0, 0, 0, OUTCOME_DEFERRED, 0 },
	{ "some enrolled, ciphertext", { NONE, GOOD }, 2, MIME_PGP_MIME, 0, 0, 0, OUTCOME_DEFERRED, 0 },
	{ "expired defers", { EXPIRED }, 1, MIME_READABLE, 0, 0, 0, OUTCOME_DEFERRED, 0 },
	{ "on-expired = refuse", { EXPIRED }, 1, MIME_READABLE, 0, 0, UNUSABLE_REFUSE, OUTCOME_REFUSED, 0 },
	{ "on-expired overrides", { EXPIRED }, 1, MIME_READABLE, 0, UNUSABLE_REFUSE, 0, OUTCOME_DEFERRED, 0 },
	{ "on-expired is not for revoked", { REVOKED }, 1, MIME_READABLE, 0, 0, UNUSABLE_REFUSE, OUTCOME_DEFERRED, 0 },
	{ "on-unusable-key = refuse", { REVOKED }, 1, MIME_READABLE, 0, UNUSABLE_REFUSE, 0, OUTCOME_REFUSED, 0 },
	{ "one of two refused waits", { GOOD, EXPIRED }, 2, MIME_READABLE, 0, UNUSABLE_REFUSE, UNUSABLE_REFUSE, OUTCOME_DEFERRED, 0 },
	{ "on-expired = seal", { EXPIRED }, 1, MIME_READABLE, 0, 0, UNUSABLE_SEAL, OUTCOME_SEALED, 1 },
	{ "on-expired = seal, beside another", { GOOD, EXPIRED }, 2, MIME_READABLE, 0, 0, UNUSABLE_SEAL, OUTCOME_SEALED, 2 },
	{ "on-expired = seal, never both valid", { EXPIRED, NEWER }, 2, MIME_READABLE, 0, 0, UNUSABLE_SEAL, OUTCOME_DEFERRED, 0 },
	{ "on-expired = seal is not for weak", { EXPIRED_WEAK }, 1, MIME_READABLE, 0, 0, UNUSABLE_SEAL, OUTCOME_DEFERRED, 0 },
	{ "nor for revoked subkeys", { EXPIRED_REVOKED }, 1, MIME_READABLE, 0, 0, UNUSABLE_SEAL, OUTCOME_DEFERRED, 0 },
	{ "which is as on-unusable-key says", { EXPIRED_REVOKED }, 1, MIME_READABLE, 0, UNUSABLE_REFUSE, UNUSABLE_SEAL, OUTCOME_REFUSED, 0 },
	{ "nor for revoked", { REVOKED }, 1, MIME_READABLE, 0, 0, UNUSABLE_SEAL, OUTCOME_DEFERRED, 0 },
	{ "one of two unusable", { GOOD, EXPIRED }, 2, MIME_READABLE, 0, 0, 0, OUTCOME_DEFERRED, 0 },
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		struct policy p = policy(r->enroll, r->unusable, r->expired);
		struct decide_address a[2] = { address_of(r->key[0], p),
		                               address_of(r->key[1], p) };
		struct decide_question q = { .recipient = a,
		                             .recipients = r->recipients,
		                             .class = r->class, .now = NOW };
		struct decision d = decide(&q);

		if (d.outcome != r->outcome || d.subkeys != r->subkeys)
			fail_msg("%s: %s with %zu subkeys", r->name,
			         outcome_word(d.outcome), d.subkeys);
		if (d.outcome == OUTCOME_DEFERRED)
			assert_int_equal(d.why.class, ERR_TEMPORARY);
		if (d.outcome == OUTCOME_REFUSED)
			assert_int_equal(d.why.class, ERR_POLICY);
		free(d.subkey);
		free_address(&a[0]);
		free_address(&a[1]);
	}
}

static void test_policies_that_differ_defer(void **state)
{
	struct decide_address a[2] = {
		address_of(GOOD, policy(0, 0, 0)),
		address_of(GOOD, policy(0, 0, 0)),
	};
	const struct decide_question q = { .recipient = a, .recipients = 2,
	                                   .class = MIME_READABLE, .now = NOW };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct decision d;

		a[1].policy.protect_subject = i == 0;
		a[1].policy.on_dmarc_fail = i == 1 ? DMARC_FAIL_JUNK : DMARC_FAIL_RECORD;
		d = decide(&q);
		assert_int_equal(d.outcome, OUTCOME_DEFERRED);
		assert_non_null(strstr(d.why.what, "differ"));
		free(d.subkey);
	}
	free_address(&a[0]);
	free_address(&a[1]);
}

/* As of the last second, and only where one is expired. */
static void test_then(void **state)
{
	static const struct {
		enum key key;
		int64_t then;
	} cases[] = { { GOOD, 0 }, { OTHER, 0 }, { EXPIRED, NOW - 1 } };
	char date[DECIDE_DATE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct decide_address a = address_of(cases[i].key, policy(0, 0, UNUSABLE_SEAL));
		struct decision d = decide(&(struct decide_question){
			.recipient = &a, .recipients = 1, .class = MIME_READABLE, .now = NOW });

		assert_int_equal(d.outcome, OUTCOME_SEALED);
		assert_int_equal(d.then, cases[i].then);
		free(d.subkey);
		free_address(&a);
	}
	assert_string_equal(decide_expired(1609459199, date), "2021-01-01");
}

/* What was found out about the sender, by what the policy says to that. */
struct sender_row {
	const char *name;
	int on_dmarc_fail, on_temperror;
	enum dmarc_policy disposition;
	bool temperror;
	enum key key;
	enum mime_class class;
	enum outcome outcome;
	bool junk;
};

static const struct sender_row senders[] = {
	{ "record, reject", DMARC_FAIL_RECORD, 0, DMARC_P_REJECT, false, GOOD, MIME_READABLE, OUTCOME_SEALED, false },
	{ "record, quarantine", DMARC_FAIL_RECORD, 0, DMARC_P_QUARANTINE, false, GOOD, MIME_READABLE, OUTCOME_SEALED, false },
	{ "junk, none", DMARC_FAIL_JUNK, 0, DMARC_P_NONE, false, GOOD, MIME_READABLE, OUTCOME_SEALED, false },
	{ "junk, quarantine", DMARC_FAIL_JUNK, 0, DMARC_P_QUARANTINE, false, GOOD, MIME_READABLE, OUTCOME_SEALED, true },
	{ "junk, reject", DMARC_FAIL_JUNK, 0, DMARC_P_REJECT, false, GOOD, MIME_READABLE, OUTCOME_SEALED, true },
	{ "junk that passes", DMARC_FAIL_JUNK, 0, DMARC_P_REJECT, false, GOOD, MIME_PGP_MIME, OUTCOME_PASSED_ENCRYPTED, true },
	{ "junk for who is not enrolled", DMARC_FAIL_JUNK, 0, DMARC_P_REJECT, false, NONE, MIME_READABLE, OUTCOME_NOT_ENROLLED, true },
	{ "refuse, none", DMARC_FAIL_REFUSE, 0, DMARC_P_NONE, false, GOOD, MIME_READABLE, OUTCOME_SEALED, false },
	{ "refuse, quarantine", DMARC_FAIL_REFUSE, 0, DMARC_P_QUARANTINE, false, GOOD, MIME_READABLE, OUTCOME_SEALED, true },
	{ "refuse, reject", DMARC_FAIL_REFUSE, 0, DMARC_P_REJECT, false, GOOD, MIME_READABLE, OUTCOME_REFUSED, false },
	{ "refused though it is ciphertext", DMARC_FAIL_REFUSE, 0, DMARC_P_REJECT, false, GOOD, MIME_SMIME, OUTCOME_REFUSED, false },
	{ "refused for who is not enrolled", DMARC_FAIL_REFUSE, 0, DMARC_P_REJECT, false, NONE, MIME_READABLE, OUTCOME_REFUSED, false },
	{ "the store comes first", DMARC_FAIL_REFUSE, 0, DMARC_P_REJECT, false, UNREACHABLE, MIME_READABLE, OUTCOME_DEFERRED, false },
	{ "temperror, record", 0, TEMPERROR_RECORD, DMARC_P_NONE, true, GOOD, MIME_READABLE, OUTCOME_SEALED, false },
	{ "temperror, defer", 0, TEMPERROR_DEFER, DMARC_P_NONE, true, GOOD, MIME_READABLE, OUTCOME_DEFERRED, false },
	{ "no temperror, defer", 0, TEMPERROR_DEFER, DMARC_P_NONE, false, GOOD, MIME_READABLE, OUTCOME_SEALED, false },
	{ "temperror of ciphertext, defer", 0, TEMPERROR_DEFER, DMARC_P_NONE, true, GOOD, MIME_PGP_MIME, OUTCOME_DEFERRED, false },
	{ "refused for sure", DMARC_FAIL_REFUSE, TEMPERROR_DEFER, DMARC_P_REJECT, true, GOOD, MIME_READABLE, OUTCOME_REFUSED, false },
	{ "junk waits for the rest", DMARC_FAIL_JUNK, TEMPERROR_DEFER, DMARC_P_REJECT, true, GOOD, MIME_READABLE, OUTCOME_DEFERRED, false },
};

static void test_sender(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) {
		const struct sender_row *r = &senders[i];
		struct policy p = policy(0, 0, 0);
		struct decide_address a;
		struct decision d;

		p.on_dmarc_fail = r->on_dmarc_fail;
		a = address_of(r->key, p);
		d = decide(&(struct decide_question){
			.recipient = &a, .recipients = 1, .class = r->class, .now = NOW,
			.disposition = r->disposition, .temperror = r->temperror,
			.on_temperror = r->on_temperror });
		if (d.outcome != r->outcome || d.junk != r->junk)
			fail_msg("%s: %s%s", r->name, outcome_word(d.outcome),
			         d.junk ? ", junk" : "");
		if (d.outcome == OUTCOME_REFUSED)
			assert_non_null(strstr(d.why.what, "DMARC"));
		free(d.subkey);
		free_address(&a);
	}
}

static void test_archive_joins_or_defers(void **state)
{
	static const enum key keys[] = { OTHER, NONE, EXPIRED, UNREACHABLE };

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct decide_address r = address_of(GOOD, policy(0, 0, 0));
		struct decide_address a = address_of(keys[i], policy(0, 0, 0));
		struct decide_question q = { .recipient = &r, .recipients = 1,
		                             .archive = &a, .archives = 1,
		                             .class = MIME_READABLE, .now = NOW };
		struct decision d = decide(&q);

		assert_int_equal(d.outcome, keys[i] == OTHER ? OUTCOME_SEALED
		                                             : OUTCOME_DEFERRED);
		assert_int_equal(d.subkeys, keys[i] == OTHER ? 2 : 0);
		free(d.subkey);
		free_address(&r);
		free_address(&a);
	}
}

/* on-unusable-key = hold, unless expired says otherwise. */
struct hold_row {
	const char *name;
	enum key key, recovery[2];
	size_t recoveries;
	bool can_hold;
	int expired;
	size_t recipients;
	enum outcome outcome;
	size_t subkeys;
};

static const struct hold_row held[] = {
	{ "held", REVOKED, { OTHER }, 1, true, UNUSABLE_HOLD, 1, OUTCOME_HELD, 1 },
	{ "expired is held, too", EXPIRED, { OTHER }, 1, true, UNUSABLE_HOLD, 1, OUTCOME_HELD, 1 },
	{ "unless on-expired says otherwise", EXPIRED, { OTHER }, 1, true, UNUSABLE_DEFER, 1, OUTCOME_DEFERRED, 0 },
	{ "or seals it", EXPIRED, { OTHER }, 1, true, UNUSABLE_SEAL, 1, OUTCOME_SEALED, 1 },
	{ "what is usable is sealed", GOOD, { OTHER }, 1, true, UNUSABLE_HOLD, 1, OUTCOME_SEALED, 1 },
	{ "to both", REVOKED, { OTHER, GOOD }, 2, true, UNUSABLE_HOLD, 1, OUTCOME_HELD, 2 },
	{ "to the one that can be used", REVOKED, { EXPIRED, GOOD }, 2, true, UNUSABLE_HOLD, 1, OUTCOME_HELD, 1 },
	{ "to the one that could be asked for", REVOKED, { UNREACHABLE, GOOD }, 2, true, UNUSABLE_HOLD, 1, OUTCOME_HELD, 1 },
	{ "to none", REVOKED, { EXPIRED }, 1, true, UNUSABLE_HOLD, 1, OUTCOME_DEFERRED, 0 },
	{ "to nobody", REVOKED, { NONE }, 1, true, UNUSABLE_HOLD, 1, OUTCOME_DEFERRED, 0 },
	{ "none is configured", REVOKED, { NONE }, 0, true, UNUSABLE_HOLD, 1, OUTCOME_DEFERRED, 0 },
	{ "this command can't", REVOKED, { OTHER }, 1, false, UNUSABLE_HOLD, 1, OUTCOME_DEFERRED, 0 },
	{ "not for two", REVOKED, { OTHER }, 1, true, UNUSABLE_HOLD, 2, OUTCOME_DEFERRED, 0 },
	{ "not who is not enrolled", NONE, { OTHER }, 1, true, UNUSABLE_HOLD, 1, OUTCOME_NOT_ENROLLED, 0 },
	{ "nor who could not be asked for", UNREACHABLE, { OTHER }, 1, true, UNUSABLE_HOLD, 1, OUTCOME_DEFERRED, 0 },
};

static void test_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof held / sizeof *held; i++) {
		const struct hold_row *r = &held[i];
		const struct policy p = policy(0, UNUSABLE_HOLD, r->expired);
		struct decide_address a[] = { address_of(r->key, p), address_of(r->key, p),
		                              address_of(r->recovery[0], p),
		                              address_of(r->recovery[1], p) };
		struct decision d = decide(&(struct decide_question){
			.recipient = a, .recipients = r->recipients,
			.recovery = a + 2, .recoveries = r->recoveries,
			.can_hold = r->can_hold, .class = MIME_READABLE, .now = NOW });

		if (d.outcome != r->outcome || d.subkeys != r->subkeys)
			fail_msg("%s: %s with %zu subkeys", r->name,
			         outcome_word(d.outcome), d.subkeys);
		if (d.outcome == OUTCOME_HELD)
			assert_int_equal(d.unusable, r->key == EXPIRED ? SUBKEYS_EXPIRED : CERT_REVOKED);
		free(d.subkey);
		for (size_t k = 0; k < 4; k++)
			free_address(&a[k]);
	}
}

static void test_exit_codes(void **state)
{
	static const enum err_class all[] = {
		ERR_TEMPORARY, ERR_USAGE, ERR_CONFIG, ERR_DATA, ERR_NO_INPUT,
		ERR_UNAVAILABLE,
	};
	struct err err = { .class = ERR_POLICY };

	(void)state;
	assert_int_equal(outcome_exit(OUTCOME_SEALED), 0);
	assert_int_equal(outcome_exit(OUTCOME_PASSED_ENCRYPTED), 0);
	assert_int_equal(outcome_exit(OUTCOME_NOT_ENROLLED), 0);
	assert_int_equal(outcome_exit(OUTCOME_HELD), 0);
	assert_int_equal(outcome_exit(OUTCOME_DEFERRED), EX_TEMPFAIL);
	assert_int_equal(outcome_exit(OUTCOME_REFUSED), EX_NOPERM);
	assert_int_equal(outcome_exit_error(&err, true), EX_NOPERM);
	/* For an MTA, whatever is not a refusal is "try again". */
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		err.class = all[i];
		assert_int_equal(outcome_exit_error(&err, true), EX_TEMPFAIL);
	}
	err.class = ERR_USAGE;
	assert_int_equal(outcome_exit_error(&err, false), EX_USAGE);
	err.class = ERR_CONFIG;
	assert_int_equal(outcome_exit_error(&err, false), EX_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_policies_that_differ_defer),
		cmocka_unit_test(test_then),
		cmocka_unit_test(test_sender),
		cmocka_unit_test(test_archive_joins_or_defers),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_exit_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
