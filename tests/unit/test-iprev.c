/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-iprev - iprev's results (RFC 8601 2.7.3), and the addresses it and SPF take */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "auth/ip.h"
#include "auth/iprev.h"
#include "auth/reverse.h"
#include "base/mem.h"
#include "tests/suites/zone.h"

#define COUNT(a) (sizeof a / sizeof a[0])

static const char *const address_cases[][4] = {
	{ "192.0.2.1", "192.0.2.1", "192.0.2.1", "1.2.0.192.in-addr.arpa" },
	{ "::FFFF:192.0.2.1", "192.0.2.1", "192.0.2.1", "1.2.0.192.in-addr.arpa" },
	{ "::ffff:c000:201", "192.0.2.1", "192.0.2.1", "1.2.0.192.in-addr.arpa" },
	{ "2001:DB8::aF", "2001:db8::af",
	  "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.A.F",
	  "f.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa" },
	{ "192.0.2", NULL, NULL, NULL },
	{ "192.0.02.1", NULL, NULL, NULL },
	{ " 192.0.2.1", NULL, NULL, NULL },
	{ "::1%lo", NULL, NULL, NULL },
	{ "", NULL, NULL, NULL },
};

static void test_addresses(void **state)
{
	char text[INET6_ADDRSTRLEN], dotted[IP_DOTTED_MAX], reverse[IP_REVERSE_MAX];
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < COUNT(address_cases); i++) {
		const char *const *c = address_cases[i];

		assert_int_equal(ip_parse(c[0], &ip), c[1] != NULL);
		if (!c[1])
			continue;
		ip_text(&ip, text);
		ip_dotted(&ip, dotted);
		ip_reverse(&ip, reverse);
		assert_string_equal(text, c[1]);
		assert_string_equal(dotted, c[2]);
		assert_string_equal(reverse, c[3]);
	}
}

static bool within(const char *address, const char *network, unsigned prefix)
{
	struct ip a, b;

	assert_true(ip_parse(address, &a) && ip_parse(network, &b));
	return ip_within(&a, &b, prefix);
}

static void test_networks(void **state)
{
	(void)state;
	assert_true(within("192.0.2.255", "192.0.2.0", 24));
	assert_false(within("192.0.3.0", "192.0.2.0", 24));
	assert_true(within("192.0.3.0", "192.0.2.0", 23));
	assert_true(within("192.0.2.1", "192.0.2.1", 32));
	assert_false(within("192.0.2.1", "192.0.2.0", 32));
	assert_true(within("192.0.2.1", "10.0.0.0", 0));
	assert_false(within("192.0.2.1", "192.0.2.1", 33));
	assert_false(within("2001:db8::1", "0.0.0.0", 0));
	assert_false(within("192.0.2.1", "::", 0));
	assert_true(within("2001:db8:8000::", "2001:db8:ffff::", 33));
	assert_false(within("2001:db8:7000::", "2001:db8:ffff::", 33));
	assert_true(within("2001:db8::1", "2001:db8::1", 128));
}

static struct zone *make_zone(void)
{
	struct zone *zone = zone_new();

	zone_host(zone, "1.2.0.192.in-addr.arpa", DNS_PTR, "liar.example", 0);
	zone_host(zone, "1.2.0.192.in-addr.arpa", DNS_PTR, "dead.example", 0);
	zone_host(zone, "1.2.0.192.in-addr.arpa", DNS_PTR, "host.example", 0);
	zone_host(zone, "2.2.0.192.in-addr.arpa", DNS_PTR, "liar.example", 0);
	zone_host(zone, "3.2.0.192.in-addr.arpa", DNS_PTR, "dead.example", 0);
	zone_fails(zone, "4.2.0.192.in-addr.arpa", 0, "timed out");
	zone_host(zone, "6.2.0.192.in-addr.arpa", DNS_PTR, "nowhere.example", 0);
	for (int i = 0; i <= REVERSE_NAMES_MAX; i++) {
		char *name = mem_printf("h%d.example", i);

		zone_host(zone, "7.2.0.192.in-addr.arpa", DNS_PTR, name, 0);
		free(name);
	}
	zone_address(zone, "h10.example", "192.0.2.7"); /* the eleventh */
	zone_host(zone, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
	          DNS_PTR, "host.example", 0);
	zone_address(zone, "liar.example", "198.51.100.1");
	zone_fails(zone, "dead.example", 0, "timed out");
	zone_address(zone, "host.example", "192.0.2.1");
	zone_address(zone, "host.example", "2001:db8::1");
	return zone;
}

static const struct {
	const char *address, *word, *name, *reason;
	size_t asked;
} cases[] = {
	{ NULL, "none", "", "no client address is known", 0 },
	{ "localhost", "none", "", "the client address is malformed", 0 },
	{ "192.0.2.1", "pass", "host.example", NULL, 4 },
	{ "::ffff:192.0.2.1", "pass", "host.example", NULL, 4 },
	{ "2001:db8::1", "pass", "host.example", NULL, 2 },
	{ "192.0.2.2", "fail", "", "no name of the address has the address", 2 },
	{ "192.0.2.3", "temperror", "", "the addresses of a name could not be asked", 2 },
	{ "192.0.2.4", "temperror", "", "the names of the address could not be asked", 1 },
	{ "192.0.2.5", "permerror", "", "the address has no name", 1 },
	{ "192.0.2.6", "fail", "", "no name of the address has the address", 2 },
	{ "192.0.2.7", "fail", "", "no name of the address has the address", 11 },
};

static void test_results(void **state)
{
	struct zone *zone = make_zone();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lookups *lookups = lookups_new();
		struct buf explain = BUF_INIT;
		struct iprev iprev;

		while (!iprev_step(cases[i].address, lookups, &iprev, &explain))
			zone_wait(zone, lookups, DEADLINE_NEVER);
		assert_string_equal(iprev_word(iprev.result), cases[i].word);
		assert_string_equal(iprev.name, cases[i].name);
		assert_string_equal(iprev.reason ? iprev.reason : "",
		                    cases[i].reason ? cases[i].reason : "");
		assert_int_equal(lookups_count(lookups), cases[i].asked);
		assert_int_equal(explain.len > 0, cases[i].asked > 0);
		buf_free(&explain);
		lookups_free(&lookups);
	}
	zone_free(&zone);
}

static void feed(struct lookups *lookups, enum dns_security security, const void *data, size_t len)
{
	struct dns_answer *answer = dns_answer_new(DNS_NO_DATA, security);
	struct lookup lookup;

	assert_true(lookups_take(lookups, &lookup));
	if (security == DNS_BOGUS) {
		dns_answer_free(&answer);
		answer = dns_answer_failed(security, "bogus");
	} else {
		dns_answer_add(answer, data, len, 0);
	}
	lookups_feed(lookups, lookup.id, answer);
}

static void expect_security(enum dns_security ptr, enum dns_security address,
                            enum dns_security expected, enum iprev_result result)
{
	struct lookups *lookups = lookups_new();
	struct iprev iprev;

	assert_false(iprev_step("192.0.2.1", lookups, &iprev, NULL));
	feed(lookups, ptr, "host.example", strlen("host.example"));
	if (ptr != DNS_BOGUS) {
		assert_false(iprev_step("192.0.2.1", lookups, &iprev, NULL));
		feed(lookups, address, "\xc0\x00\x02\x01", 4);
	}
	assert_true(iprev_step("192.0.2.1", lookups, &iprev, NULL));
	assert_int_equal(iprev.security, expected);
	assert_int_equal(iprev.result, result);
	lookups_free(&lookups);
}

static void test_security(void **state)
{
	(void)state;
	expect_security(DNS_SECURE, DNS_SECURE, DNS_SECURE, IPREV_PASS);
	expect_security(DNS_SECURE, DNS_INSECURE, DNS_INSECURE, IPREV_PASS);
	expect_security(DNS_BOGUS, DNS_SECURE, DNS_BOGUS, IPREV_TEMPERROR);
	expect_security(DNS_SECURE, DNS_BOGUS, DNS_BOGUS, IPREV_TEMPERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_security),
	};

	return cmocka_run_group_tests_name("iprev", tests, NULL, NULL);
}
