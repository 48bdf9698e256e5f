/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-address - any text as an address: a normal form is its own, and its
 * extension and domain split off into others
 */
#include <config.h>

#include <string.h>

#include "base/mem.h"
#include "keystore/address.h"
#include "tests/fuzz/fuzz.h"

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
