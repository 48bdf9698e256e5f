/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-wkd - where a certificate is asked for: URLs and names */
#include <config.h>

#include "tests/unit/unit.h"

#include <string.h>

#include "keystore/keyblock.h"
#include "keystore/wkd.h"

static void test_hash(void **state)
{
	static const struct {
		const char *address, *hash;
	} cases[] = {
		/* The example of draft-koch-openpgp-webkey-service, section 3.1. */
		{ "joe.doe@example.org", "iy9q119eutrkn8s1mk4r39qejnbu3n5q" },
		{ "joe.doe@example.net", "iy9q119eutrkn8s1mk4r39qejnbu3n5q" },
		/* python3: tests/lib/https.sh has the function */
		{ "rita@example.org", "p9og9dco85opyjbcpha51tmaskkz3f41" },
		{ "bob@example.org", "jycbiujnsxs47xrkethgtj69xuunurok" },
	};
	char hash[WKD_HASH];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		wkd_hash(cases[i].address, hash);
		assert_string_equal(hash, cases[i].hash);
		assert_true(wkd_is_hash(hash));
	}
	assert_false(wkd_is_hash(""));
	assert_false(wkd_is_hash("iy9q119eutrkn8s1mk4r39qejnbu3n5"));
	assert_false(wkd_is_hash("iy9q119eutrkn8s1mk4r39qejnbu3n5qq"));
	assert_false(wkd_is_hash("iy9q119eutrkn8s1mk4r39qejnbu3n5l")); /* no l in z-base-32 */
	assert_false(wkd_is_hash("../../../../../../../etc/passwd1"));
}

static void test_urls(void **state)
{
	static const struct {
		enum wkd_method method;
		const char *address, *local_part, *url;
	} cases[] = {
		{ WKD_ADVANCED, "joe.doe@example.org", "Joe.Doe",
		  "https://openpgpkey.example.org/.well-known/openpgpkey/example.org/hu/"
		  "iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe" },
		{ WKD_DIRECT, "joe.doe@example.org", NULL,
		  "https://example.org/.well-known/openpgpkey/hu/"
		  "iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=joe.doe" },
		{ WKD_DIRECT, "joe.doe@xn--bcher-kva.example", "a b&c#d%\xc3\xbc/..",
		  "https://xn--bcher-kva.example/.well-known/openpgpkey/hu/"
		  "iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=a%20b%26c%23d%25%C3%BC%2F.." },
	};
	struct buf url = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_cut(&url, 0);
		wkd_url(cases[i].method, cases[i].address, cases[i].local_part, &url);
		assert_string_equal(buf_str(&url), cases[i].url);
	}
	buf_cut(&url, 0);
	wkd_vks_url("https://keys.example/", "\"a/b\"@example.org", &url);
	assert_string_equal(buf_str(&url),
		"https://keys.example/vks/v1/by-email/%22a%2Fb%22%40example.org");
	buf_free(&url);
	assert_true(wkd_has_domain("bob@example.org"));
	assert_false(wkd_has_domain("@example.org"));
	assert_false(wkd_has_domain("bob@[192.0.2.1]"));
}

static void test_dane(void **state)
{
	/* hugh@example.com is the example of RFC 7929 section 3. */
	static const char hugh[] = "c93f1e400f26708f98cb19d936620da35eec8f72e57f9eec01c1afd6"
	                           "._openpgpkey.example.com";
	char name[DANE_NAME_MAX], quoted[DANE_NAME_MAX];

	(void)state;
	wkd_dane_name("hugh@example.com", name);
	assert_string_equal(name, hugh);
	/* Quotes and backslashes are not part of the name. */
	wkd_dane_name("\"hu\\gh\"@example.com", quoted);
	assert_string_equal(quoted, hugh);
}

static int count(void *ctx, const char *user_id, size_t len)
{
	(*(int *)ctx)++;
	assert_true(len == 0 || user_id[0] == 'a');
	return len == 5 ? 7 : 0;
}

static void test_user_ids(void **state)
{
	static const char packets[] =
		"\xc6\x02\x04x" "\xcd\x01" "a" "\xb4\x02" "ab" "\xcd\x00" "\xc2\x01z"
		"\xcd\x05" "abcde" "\xcd\x01" "a";
	int seen = 0;

	(void)state;
	assert_int_equal(keyblock_user_ids(packets, sizeof packets - 1, count, &seen), 7);
	assert_int_equal(seen, 4); /* the last was not asked for */
	seen = 0;
	assert_int_equal(keyblock_user_ids(packets, 6, count, &seen), 0); /* cut off */
	assert_int_equal(seen, 0);
	assert_int_equal(keyblock_user_ids(packets, 0, count, &seen), 0);
	assert_int_equal(seen, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_dane),
		cmocka_unit_test(test_user_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
