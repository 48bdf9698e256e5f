/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-address - normal forms, extensions, and what is no address */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "keystore/address.h"

static const struct {
	const char *given, *normal;
} good[] = {
	{ "bob@example.org", "bob@example.org" },
	{ "Bob.Smith@Example.ORG", "bob.smith@example.org" },
	{ "<bob@example.org>", "bob@example.org" },
	{ "bob@example.org.", "bob@example.org" },
	{ "bob@localhost", "bob@localhost" },
	{ "bob@a--b.example", "bob@a--b.example" },
	{ "bob@_x.example", "bob@_x.example" },
	{ "bob+Tag@example.org", "bob+tag@example.org" },
	{ "..b..ob..@example.org", "..b..ob..@example.org" },
	{ "!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org" },
	/* quotes */
	{ "\"bob\"@example.org", "bob@example.org" },
	{ "\"b\\ob\"@example.org", "bob@example.org" },
	{ "\"Bob Smith\"@example.org", "\"bob smith\"@example.org" },
	{ "\"a@b\"@example.org", "\"a@b\"@example.org" },
	{ "\"a\\\"b\\\\c\"@example.org", "\"a\\\"b\\\\c\"@example.org" },
	{ "\"<x>\"@example.org", "\"<x>\"@example.org" },
	{ "\".\"@example.org", ".@example.org" },
	/* what looks like something else */
	{ "--output=x@example.org", "--output=x@example.org" },
	{ "../../etc/passwd@example.org", "../../etc/passwd@example.org" },
	{ "%s%n@example.org", "%s%n@example.org" },
	/* address literals */
	{ "bob@[192.0.2.1]", "bob@[192.0.2.1]" },
	{ "bob@[IPv6:2001:DB8::1]", "bob@[ipv6:2001:db8::1]" },
	/* internationalised */
	{ "bob@B\xc3\xbc" "cher.example", "bob@xn--bcher-kva.example" },
	{ "bob@b\xc3\x9c" "cher.example", "bob@xn--bcher-kva.example" },
	{ "bob@bu\xcc\x88" "cher.example", "bob@xn--bcher-kva.example" }, /* NFD */
	{ "bob@XN--Bcher-KVA.example", "bob@xn--bcher-kva.example" },
	{ "bob@fa\xc3\x9f.example", "bob@xn--fa-hia.example" },
	{ "bob@b\xc3\xbc" "cher\xe3\x80\x82" "example\xe3\x80\x82",
	  "bob@xn--bcher-kva.example" }, /* ideographic full stops */
	{ "J\xc3\xb6rg@example.org", "j\xc3\xb6rg@example.org" },
	{ "\xe7\x94\xa8\xe6\x88\xb7@example.org", "\xe7\x94\xa8\xe6\x88\xb7@example.org" },
};

static const char *const bad[] = {
	"", "@", "bob", "bob@", "@example.org", "<>", "<bob>", "bob@.", "bob@..",
	"<bob@example.org", "bob@example.org>", "Bob <bob@example.org>",
	"$(id)@example.org", "bob@@example.org", "bob@a@b", "bob@a..b", "bob@.a", "bob@a b",
	"bob smith@example.org", " bob@example.org", "bob@example.org ",
	"bob@example.org,eve@example.net", "bob,eve@example.org",
	"bob\\@example.org", "a\"b\"@example.org", "\"bob@example.org",
	"\"bob\"", "\"bob\"x@example.org", "\"\"@example.org", "\"bob\\",
	"\"bob\\\"@example.org", "\"", "bob(comment)@example.org",
	"bob\n@example.org", "bob@example.org\n", "\"b\nb\"@example.org",
	"\"b\\\nb\"@example.org", "\"b\tb\"@example.org", "bob\x7f@example.org",
	"bob@[192.0.2.1", "bob@[]", "bob@[", "bob@[1.2.3.4]x", "bob@[a/b]",
	"bob@exa/mple.org", "bob@-%.org", "bob@exam%70le.org",
	/* bad UTF-8, C1 controls, surrogates, overlong */
	"b\xf6" "b@example.org", "b\xc2\x85@example.org", "b\xc0\xaf@example.org",
	"b\xe0\x80\xaf@example.org", "b\xed\xa0\x80@example.org",
	"b\xf4\x90\x80\x80@example.org", "b\xc3", "b\xe2\x82", "bob@\xff",
	/* mapped by UTS 46 to what no domain has: a/c, a space */
	"bob@\xe2\x84\x80.example", "bob@a\xc2\xa0" "b.example",
	"bob@\xc2\xad", /* nothing left */
	"@a,@b:bob@example.org",
};

static void test_normal_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct err err = { 0 };
		char *normal = address_normalize(good[i].given, &err);

		if (!normal)
			fail_msg("%s: %s", good[i].given, err.what);
		assert_string_equal(normal, good[i].normal);
		assert_true(address_is_normal(normal));
		free(normal);
	}
}

static void test_no_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err err = { 0 };
		char *normal = address_normalize(bad[i], &err);

		if (normal)
			fail_msg("%zu: taken as %s", i, normal);
		assert_int_equal(err.class, ERR_DATA);
		assert_null(strchr(err.what, '\n'));
		assert_string_not_equal(err.advice, "");
	}
}

/* local copies of c, then @domain; the caller frees */
static char *long_address(size_t local, const char *domain)
{
	char *address = calloc(1, local + strlen(domain) + 2);

	assert_non_null(address);
	memset(address, 'a', local);
	address[local] = '@';
	memcpy(address + local + 1, domain, strlen(domain));
	return address;
}

static bool is_taken(size_t local, const char *domain)
{
	struct err err;
	char *address = long_address(local, domain);
	char *normal = address_normalize(address, &err);
	bool taken = normal != NULL;

	free(normal);
	free(address);
	return taken;
}

static void test_lengths(void **state)
{
	char label[65], domain[256];

	(void)state;
	assert_true(is_taken(ADDRESS_MAX - 2, "x"));
	assert_false(is_taken(ADDRESS_MAX - 1, "x"));
	/* the A-label is longer than what was given */
	assert_false(is_taken(ADDRESS_MAX - 8, "b\xc3\xbc.de"));
	memset(label, 'd', 64);
	label[64] = '\0';
	assert_false(is_taken(1, label));
	label[63] = '\0';
	assert_true(is_taken(1, label));
	memset(domain, 'd', 255);
	for (size_t i = 50; i < 255; i += 51)
		domain[i] = '.';
	domain[254] = '\0';
	assert_false(is_taken(1, domain));
	domain[253] = '\0';
	assert_true(is_taken(1, domain));
}

static void test_domain_default(void **state)
{
	struct err err;
	char *normal;

	(void)state;
	normal = address_normalize_entry("@Example.org.", &err);
	assert_string_equal(normal, "@example.org");
	assert_true(address_is_normal(normal));
	free(normal);
	normal = address_normalize_entry("Bob@Example.org", &err);
	assert_string_equal(normal, "bob@example.org");
	assert_string_equal(address_domain_default(normal), "@example.org");
	free(normal);
	assert_null(address_normalize_entry("@", &err));
	assert_null(address_normalize_entry("\"\"@example.org", &err));
	assert_string_equal(address_domain_default("\"a@b\"@c"), "@c");
	assert_false(address_is_normal("Bob@example.org"));
	assert_false(address_is_normal("\"bob\"@example.org"));
	assert_false(address_is_normal("example.org"));
}

static void test_extension(void **state)
{
	static const struct {
		const char *address, *delimiters, *stem;
	} cases[] = {
		{ "bob+x@d", "+", "bob@d" },
		{ "bob+x+y@d", "+", "bob@d" },
		{ "bob+@d", "+", "bob@d" },
		{ "bob-x+y@d", "+-", "bob@d" },
		{ "bob-x+y@d", "+", "bob-x@d" },
		{ "bob@d", "+", NULL },
		{ "bob+x@d", "", NULL },
		{ "bob+x@d", "-", NULL },
		{ "+x@d", "+", NULL },
		{ "+x+y@d", "+", NULL },
		{ "bob@d+e", "+", NULL }, /* no address */
		{ "@d", "+", NULL },
		{ "\"bob smith+x\"@d", "+", "\"bob smith\"@d" },
		{ "\"bob+a b\"@d", "+", "bob@d" },
		{ "mailer-daemon@d", "-", NULL },
		{ "double-bounce@d", "-", NULL },
		{ "owner-list@d", "-", NULL },
		{ "list-request@d", "-", NULL },
		{ "-request@d", "-", NULL },
		{ "list-request@d", "+", NULL },
		{ "owner-list+x@d", "+", "owner-list@d" },
		{ "list-requests@d", "-", "list@d" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *stem = address_without_extension(cases[i].address,
		                                       cases[i].delimiters);

		if (cases[i].stem) {
			assert_non_null(stem);
			assert_string_equal(stem, cases[i].stem);
			assert_true(address_is_normal(stem));
		} else {
			assert_null(stem);
		}
		free(stem);
	}
}

/* Whatever is taken: its normal form is one, and splits into one. */
static void check_random(const char *text)
{
	struct err err;
	char *normal = address_normalize_entry(text, &err);
	char *stem;

	if (!normal)
		return;
	assert_true(address_is_normal(normal));
	stem = address_without_extension(normal, "+");
	assert_true(!stem || address_is_normal(stem));
	free(stem);
	free(normal);
}

static void test_random_bytes(void **state)
{
	static const char alphabet[] = "aB1+.\"\\@ <>[]:%/\xc3\xbc\xe3\x80\x82-\n";
	unsigned seed = 1;
	char text[16];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t len = 0;

		do {
			seed = seed * 1103515245u + 12345u;
			text[len++] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
		} while (len < sizeof text - 1 && (seed >> 28) != 0);
		text[len] = '\0';
		check_random(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normal_forms),
		cmocka_unit_test(test_no_addresses),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_domain_default),
		cmocka_unit_test(test_extension),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
