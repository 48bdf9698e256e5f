/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-entry - the text form to the byte, damaged texts, usability */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "base/mem.h"
#include "keystore/entry.h"

#define PRIMARY "0123456789ABCDEF0123456789ABCDEF01234567"
#define SUBKEY "89ABCDEF0123456789ABCDEF0123456789ABCDEF"
#define LONG "FEDCBA9876543210FEDCBA9876543210FEDCBA9876543210FEDCBA9876543210"

static void set_data(unsigned char **data, size_t *size, const char *text)
{
	*size = strlen(text);
	*data = mem_alloc(*size + 1);
	memcpy(*data, text, *size);
}

static void add_subkey(struct entry_cert *cert, const char *fingerprint,
                       const char *algorithm, const char *data)
{
	struct entry_subkey *s = &cert->subkey[cert->subkeys++];

	memcpy(s->fingerprint, fingerprint, strlen(fingerprint) + 1);
	memcpy(s->algorithm, algorithm, strlen(algorithm) + 1);
	s->keyid = entry_keyid(fingerprint);
	s->created = 1700000000;
	set_data(&s->data, &s->size, data);
}

static struct entry *sample(void)
{
	struct entry *e = entry_new("bob@example.org");
	struct entry_cert *c = &e->cert[e->certs++];

	e->serial = 3;
	e->changed = 1732400000;
	memcpy(c->fingerprint, PRIMARY, sizeof PRIMARY);
	c->created = 1600000000;
	set_data(&c->data, &c->size, "whole");
	add_subkey(c, SUBKEY, "cv25519", "one");
	add_subkey(c, LONG, "rsa1024", "some more");
	c->subkey[1].expires = 1800000000;
	c->subkey[1].weak = true;
	return e;
}

static const char sample_text[] =
	"mailseal-entry 1\n"
	"Address: bob@example.org\n"
	"Serial: 3\n"
	"Changed: 1732400000\n"
	"Certificate: " PRIMARY "\n"
	"Created: 1600000000\n"
	"Expires: 0\n"
	"Revoked: no\n"
	"Data: d2hvbGU=\n"
	"Subkey: " SUBKEY "\n"
	"Created: 1700000000\n"
	"Expires: 0\n"
	"Revoked: no\n"
	"Weak: no\n"
	"Algorithm: cv25519\n"
	"Data: b25l\n"
	"Subkey: " LONG "\n"
	"Created: 1700000000\n"
	"Expires: 1800000000\n"
	"Revoked: no\n"
	"Weak: yes\n"
	"Algorithm: rsa1024\n"
	"Data: c29tZSBtb3Jl\n"
	"End: 488\n";

/* From a copy of just that size, so that reading beyond it is seen. */
static struct entry *parse(const char *text, size_t len, const char *address)
{
	struct err err = { 0 };
	char *copy = malloc(len ? len : 1);
	struct entry *e;

	assert_non_null(copy);
	memcpy(copy, text, len);
	e = entry_parse(copy, len, address, &err);
	free(copy);
	if (!e) {
		assert_int_equal(err.class, ERR_TEMPORARY);
		assert_string_not_equal(err.what, "");
		assert_string_not_equal(err.advice, "");
	}
	return e;
}

static bool parses(const char *text, size_t len)
{
	struct entry *e = parse(text, len, "bob@example.org");
	bool whole = e != NULL;

	entry_free(&e);
	return whole;
}

static void test_text(void **state)
{
	struct buf text = BUF_INIT;
	struct entry *e = sample();

	(void)state;
	entry_format(e, &text);
	assert_string_equal(buf_str(&text), sample_text);
	entry_free(&e);
	assert_null(e);

	e = parse(text.data, text.len, "bob@example.org");
	assert_non_null(e);
	assert_string_equal(e->address, "bob@example.org");
	assert_int_equal(e->serial, 3);
	assert_int_equal(e->changed, 1732400000);
	assert_int_equal(e->certs, 1);
	assert_string_equal(e->cert[0].fingerprint, PRIMARY);
	assert_int_equal(e->cert[0].size, 5);
	assert_memory_equal(e->cert[0].data, "whole", 5);
	assert_int_equal(e->cert[0].subkeys, 2);
	assert_true(e->cert[0].subkey[0].keyid == 0x0123456789ABCDEFu);
	assert_true(e->cert[0].subkey[1].keyid == 0xFEDCBA9876543210u);
	assert_true(e->cert[0].subkey[1].weak);
	assert_string_equal(e->cert[0].subkey[0].algorithm, "cv25519");
	entry_free(&e);
	buf_free(&text);
}

static void test_address(void **state)
{
	struct entry *e;

	(void)state;
	assert_null(parse(sample_text, sizeof sample_text - 1, "eve@example.org"));
	assert_null(parse(sample_text, sizeof sample_text - 1, "bob@example.or"));
	assert_null(parse(sample_text, sizeof sample_text - 1, "bob@example.org2"));
	e = parse(sample_text, sizeof sample_text - 1, NULL);
	assert_non_null(e);
	entry_free(&e);
}

/* No front of an entry is an entry; nor is one with something behind it. */
static void test_truncated(void **state)
{
	struct buf text = BUF_INIT;
	size_t whole = sizeof sample_text - 1;

	(void)state;
	for (size_t len = 0; len < whole; len++)
		assert_false(parses(sample_text, len));
	assert_true(parses(sample_text, whole));

	buf_adds(&text, sample_text);
	buf_adds(&text, "Signature: ed25519 AAAA\n");
	for (size_t len = whole + 1; len < text.len; len++)
		assert_false(parses(text.data, len));
	assert_true(parses(text.data, text.len));
	buf_addc(&text, '\n');
	assert_false(parses(text.data, text.len));
	buf_free(&text);
}

/* A text that is taken is the one text of what it says. */
static void check_stable(const char *text, size_t len)
{
	struct buf again = BUF_INIT;
	struct entry *e = parse(text, len, NULL);

	if (!e)
		return;
	entry_format(e, &again);
	assert_true(again.len == len && memcmp(again.data, text, len) == 0);
	buf_free(&again);
	entry_free(&e);
}

static void test_bit_flips(void **state)
{
	char text[sizeof sample_text];

	(void)state;
	for (size_t i = 0; i < sizeof text - 1; i++) {
		for (int bit = 0; bit < 8; bit++) {
			memcpy(text, sample_text, sizeof text);
			text[i] = (char)(text[i] ^ (1 << bit));
			check_stable(text, sizeof text - 1);
		}
	}
}

static void test_damaged(void **state)
{
	/* each replaces the first `from` in the sample; the length stays */
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "entry 1", "entry 2" },
		{ "entry 1\n", "entry 1 " },
		{ "Serial: 3\n", "Serial: 0\n" },
		{ "Serial: 3\n", "Serial: a\n" },
		{ "Serial: 3\n", "Serial: \n\n" },
		{ "Changed: 17", "Changed: 07" },
		{ "Changed: 17", "Changed: -7" },
		{ "Changed: 17", "Changed: +7" },
		{ "Changed: 17", "Changed:  7" },
		{ "Changed: 17", "changed: 17" },
		{ "0123456789ABCDEF01", "0123456789abcdef01" },
		{ "CDEF01234567\n", "CDEF0123456\n\n" },
		{ "Revoked: no\n", "Revoked: nO\n" },
		{ "d2hvbGU=\n", "d2hvbGV=\n" }, /* a bit that base64 does not use */
		{ "d2hvbGU=\n", "d2hvbG==\n" },
		{ "d2hvbGU=\n", "d2hvbGU\n\n" },
		{ "d2hvbGU=\n", "d2h bGU=\n" },
		{ "d2hvbGU=\n", "d2h\tbGU=\n" },
		{ "d2hvbGU=\n", "d2=vbGU=\n" },
		{ "d2hvbGU=\n", "d2-vbGU=\n" },
		{ "Data: b25l\n", "Data: \nb25l" },
		{ "cv25519\n", "cv 5519\n" },
		{ "Weak: no\nAlg", "Weak: no\rAlg" },
		{ "Algorithm: cv25519\n", "Algorithmus: cv255\n" },
		{ "End: 488", "End: 487" },
		{ "End: 488", "End: 0x8" },
	};
	char text[sizeof sample_text];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *at;

		memcpy(text, sample_text, sizeof text);
		at = strstr(text, cases[i].from);
		assert_non_null(at);
		assert_int_equal(strlen(cases[i].from), strlen(cases[i].to));
		memcpy(at, cases[i].to, strlen(cases[i].to));
		if (parses(text, sizeof text - 1))
			fail_msg("taken: %s", cases[i].to);
	}
}

static bool formatted_parses(const struct entry *e)
{
	struct buf text = BUF_INIT;
	bool whole;

	entry_format(e, &text);
	whole = parses(text.data, text.len);
	buf_free(&text);
	return whole;
}

/* Behind the fingerprint, and only what this version knows. */
static void test_origin(void **state)
{
	static const struct {
		const char *lines;
		bool whole;
		enum entry_source source;
		int64_t fetched;
	} cases[] = {
		{ "", true, ENTRY_SOURCE_UNKNOWN, 0 },
		{ "Source: import\nFetched: 1732400000\n", true, ENTRY_SOURCE_IMPORT, 1732400000 },
		{ "Source: wkd\nFetched: 7\n", true, ENTRY_SOURCE_WKD, 7 },
		{ "Source: vks\nFetched: 7\n", true, ENTRY_SOURCE_VKS, 7 },
		{ "Source: dane\nFetched: 0\n", true, ENTRY_SOURCE_DANE, 0 },
		{ "Source: hkp\nFetched: 7\n", false, 0, 0 },
		{ "Source: \nFetched: 7\n", false, 0, 0 },
		{ "Source: wkd\n", false, 0, 0 },
		{ "Fetched: 7\n", false, 0, 0 },
		{ "Retired: 0\n", false, 0, 0 },
		{ "Retired: 7\n", false, 0, 0 }, /* the only one can't be retired */
	};
	const char *at = strstr(sample_text, "Created: 1600000000\n");
	const size_t front = (size_t)(at - sample_text), end = strlen("End: 488\n");

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *text = mem_printf("%.*s%s%.*sEnd: %zu\n", (int)front, sample_text,
		                        cases[i].lines, (int)(strlen(at) - end), at,
		                        488 + strlen(cases[i].lines));
		struct entry *e = parse(text, strlen(text), "bob@example.org");

		if ((e != NULL) != cases[i].whole)
			fail_msg("case %zu", i);
		if (e) {
			assert_int_equal(e->cert[0].source, cases[i].source);
			assert_int_equal(e->cert[0].fetched, cases[i].fetched);
			assert_true(formatted_parses(e));
		}
		entry_free(&e);
		free(text);
	}
}

/* Beside one that is in use, it is kept and never sealed to. */
static void test_retired(void **state)
{
	const int64_t then = 1732400000;
	struct entry *e = sample(), *other = sample(), *back;
	struct buf text = BUF_INIT;

	(void)state;
	e->cert[e->certs++] = other->cert[0];
	memset(&other->cert[0], 0, sizeof other->cert[0]);
	memcpy(e->cert[1].fingerprint, LONG, sizeof LONG);
	e->cert[1].retired = then;
	assert_true(entry_is_whole(e));
	entry_format(e, &text);
	assert_non_null(strstr(buf_str(&text), "Retired: 1732400000\n"));
	back = parse(text.data, text.len, "bob@example.org");
	assert_non_null(back);
	assert_int_equal(back->cert[0].retired, 0);
	assert_int_equal(back->cert[1].retired, then);
	assert_int_equal(entry_cert_usability(&back->cert[0], then), USABLE);
	assert_int_equal(entry_cert_usability(&back->cert[1], then), CERT_RETIRED);
	assert_int_equal(entry_subkey_usability(&back->cert[1], &back->cert[1].subkey[0],
	                                        then), CERT_RETIRED);
	e->cert[0].retired = 1;
	assert_false(entry_is_whole(e));
	assert_false(formatted_parses(e));
	buf_free(&text);
	entry_free(&back);
	entry_free(&other);
	entry_free(&e);
}

static void test_limits(void **state)
{
	struct entry *e = sample();
	char *big = mem_alloc(ENTRY_MAX);

	(void)state;
	while (e->cert[0].subkeys < ENTRY_SUBKEYS_MAX)
		add_subkey(&e->cert[0], SUBKEY, "cv25519", "x");
	assert_true(formatted_parses(e));

	/* text of just the greatest size, then of 4 bytes more */
	struct buf text = BUF_INIT;
	struct entry_cert *c = &e->cert[0];

	entry_format(e, &text);
	memset(big, 'b', ENTRY_MAX - 1);
	free(c->data);
	set_data(&c->data, &c->size, big);
	c->size = (ENTRY_MAX - text.len - 4) / 4 * 3;
	assert_true(formatted_parses(e));
	c->size += 9;
	assert_false(formatted_parses(e));
	entry_free(&e);
	buf_free(&text);
	free(big);
}

/* One more than the struct has room for must not be written into it. */
static void test_too_many(void **state)
{
	const char *subkey = strstr(sample_text, "Subkey: ");
	const char *end = strstr(sample_text, "Subkey: " LONG);
	struct buf text = BUF_INIT;

	(void)state;
	buf_add(&text, sample_text, (size_t)(subkey - sample_text));
	for (int i = 0; i < ENTRY_SUBKEYS_MAX + 1; i++)
		buf_add(&text, subkey, (size_t)(end - subkey));
	buf_addf(&text, "End: %zu\n", text.len);
	assert_false(parses(text.data, text.len));
	buf_free(&text);

	const char *cert = strstr(sample_text, "Certificate: ");

	buf_add(&text, sample_text, (size_t)(cert - sample_text));
	buf_addf(&text, "End: %zu\n", text.len);
	assert_false(parses(text.data, text.len)); /* none at all */
	buf_cut(&text, (size_t)(cert - sample_text));
	for (int i = 0; i < ENTRY_CERTS_MAX; i++)
		buf_add(&text, cert, (size_t)(subkey - cert));

	size_t full = text.len;

	buf_addf(&text, "End: %zu\n", text.len);
	assert_true(parses(text.data, text.len));
	buf_cut(&text, full);
	buf_add(&text, cert, (size_t)(subkey - cert));
	buf_addf(&text, "End: %zu\n", text.len);
	assert_false(parses(text.data, text.len));
	buf_free(&text);
}

static void test_weak(void **state)
{
	static const struct {
		const char *algorithm;
		bool weak;
	} cases[] = {
		{ "rsa1024", true },  { "rsa2046", true },  { "rsa2047", false },
		{ "rsa2048", false }, { "rsa4096", false }, { "elg1024", true },
		{ "elg2048", false }, { "dsa1024", true },  { "rsa", true },
		{ "cv25519", false }, { "nistp256", false }, { "brainpoolP256r1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(entry_algorithm_weak(cases[i].algorithm),
		                 cases[i].weak);
}

/* What one certificate with up to two subkeys is; times are small numbers. */
struct health {
	struct { int created, expires; bool revoked; } primary;
	struct { int created, expires; bool revoked, weak; } subkey[2];
	size_t subkeys;
	int now;
	enum usability expected;
};

static void test_usability(void **state)
{
	static const struct health cases[] = {
		{ { 1, 0, 0 }, { { 1, 0, 0, 0 } }, 1, 5, USABLE },
		{ { 1, 9, 0 }, { { 1, 9, 0, 0 } }, 1, 8, USABLE },
		{ { 1, 9, 0 }, { { 1, 9, 0, 0 } }, 1, 9, CERT_EXPIRED },
		{ { 1, 9, 1 }, { { 1, 0, 0, 0 } }, 1, 9, CERT_REVOKED },
		{ { 5, 0, 0 }, { { 5, 0, 0, 0 } }, 1, 4, CERT_NOT_YET_VALID },
		{ { 5, 0, 0 }, { { 5, 0, 0, 0 } }, 1, 5, USABLE },
		{ { 1, 0, 0 }, { { 0 } }, 0, 5, NO_ENCRYPTION_SUBKEY },
		{ { 1, 0, 0 }, { { 1, 5, 0, 0 } }, 1, 5, SUBKEYS_EXPIRED },
		{ { 1, 0, 0 }, { { 6, 0, 0, 0 } }, 1, 5, CERT_NOT_YET_VALID },
		{ { 1, 0, 0 }, { { 1, 0, 1, 0 } }, 1, 5, SUBKEYS_REVOKED },
		{ { 1, 0, 0 }, { { 1, 0, 0, 1 } }, 1, 5, TOO_WEAK },
		{ { 1, 0, 0 }, { { 1, 2, 0, 1 } }, 1, 5, TOO_WEAK },
		{ { 1, 0, 0 }, { { 1, 2, 1, 1 } }, 1, 5, SUBKEYS_REVOKED },
		/* of two: one that is usable, else the reason easiest to cure */
		{ { 1, 0, 0 }, { { 1, 0, 1, 0 }, { 1, 0, 0, 0 } }, 2, 5, USABLE },
		{ { 1, 0, 0 }, { { 1, 0, 1, 0 }, { 1, 2, 0, 0 } }, 2, 5, SUBKEYS_EXPIRED },
		{ { 1, 0, 0 }, { { 1, 0, 0, 1 }, { 1, 0, 1, 0 } }, 2, 5, TOO_WEAK },
		{ { 1, 0, 0 }, { { 1, 2, 0, 0 }, { 1, 0, 0, 1 } }, 2, 5, SUBKEYS_EXPIRED },
		{ { 1, 0, 0 }, { { 1, 2, 0, 0 }, { 6, 0, 0, 0 } }, 2, 5, CERT_NOT_YET_VALID },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct health *h = &cases[i];
		struct entry_cert *c = mem_alloc(sizeof *c);

		c->created = h->primary.created;
		c->expires = h->primary.expires;
		c->revoked = h->primary.revoked;
		c->subkeys = h->subkeys;
		for (size_t k = 0; k < h->subkeys; k++) {
			c->subkey[k].created = h->subkey[k].created;
			c->subkey[k].expires = h->subkey[k].expires;
			c->subkey[k].revoked = h->subkey[k].revoked;
			c->subkey[k].weak = h->subkey[k].weak;
		}
		if (entry_cert_usability(c, h->now) != h->expected)
			fail_msg("case %zu: %s", i,
			         usability_word(entry_cert_usability(c, h->now)));
		free(c);
	}
}

static void test_words(void **state)
{
	(void)state;
	for (int u = USABLE; u <= CERT_RETIRED; u++) {
		assert_string_not_equal(usability_word((enum usability)u), "");
		assert_int_equal(usability_advice((enum usability)u)[0] == '\0',
		                 u == USABLE);
		for (int other = USABLE; other < u; other++)
			assert_string_not_equal(usability_word((enum usability)u),
			                        usability_word((enum usability)other));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_bit_flips),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_retired),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_usability),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
