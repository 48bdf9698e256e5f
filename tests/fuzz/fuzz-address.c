/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-address - any text as an address: a normal form is its own, and its
 * extension and domain split off into others
 */
#include <config.h>

#include <string.h>

#include "base/mem.h"
#include "keystore/address.h"
#include "keystore/wkd.h"
#include "tests/fuzz/fuzz.h"

/* What is asked of servers by an address is a URL, a file's name, a name in DNS, whatever it is. */
static void check_places(const char *normal)
{
	struct buf url = BUF_INIT;
	char hash[WKD_HASH], name[DANE_NAME_MAX];

	if (!wkd_has_domain(normal))
		return;
	wkd_hash(normal, hash);
	FUZZ_CHECK(wkd_is_hash(hash));
	wkd_url(WKD_ADVANCED, normal, NULL, &url);
	wkd_url(WKD_DIRECT, normal, NULL, &url);
	wkd_vks_url("https://keys.example", normal, &url);
	for (const char *p = buf_str(&url); *p; p++)
		FUZZ_CHECK(*p > ' ' && *p < 0x7f && !strchr("\"<>\\^`{|}#@", *p));
	FUZZ_CHECK(strlen(buf_str(&url)) == url.len);
	wkd_dane_name(normal, name);
	FUZZ_CHECK(strlen(name) > 56 && strspn(name, "0123456789abcdef") == 56);
	buf_free(&url);
}

static void check(const char *address)
{
	struct err err = { 0 };
	char *normal = address_normalize(address, &err);
	char *stem;

	if (!normal) {
		FUZZ_CHECK(err.class == ERR_DATA && err.what[0]);
		return;
	}
	FUZZ_CHECK(strlen(normal) <= ADDRESS_MAX);
	FUZZ_CHECK(address_is_normal(normal));
	FUZZ_CHECK(address_is_normal(address_domain_default(normal)));
	for (const char *p = normal; *p; p++)
		FUZZ_CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
	check_places(normal);
	stem = address_without_extension(normal, "+-");
	FUZZ_CHECK(!stem || (address_is_normal(stem) &&
	                     strlen(stem) < strlen(normal)));
	free(stem);
	free(normal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);

	check(text);
	free(text);
	return 0;
}
