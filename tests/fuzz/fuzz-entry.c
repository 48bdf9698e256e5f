/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-entry - any bytes as an entry: what is taken is, to the byte, the one
 * text of what it says
 */
#include <config.h>

#include <string.h>

#include "keystore/address.h"
#include "keystore/entry.h"
#include "tests/fuzz/fuzz.h"

#define SIGNATURE "Signature: "

static void check(const char *text, size_t size)
{
	struct err err = { 0 };
	struct entry *entry = entry_parse(text, size, NULL, &err);
	struct buf again = BUF_INIT;

	if (!entry) {
		FUZZ_CHECK(err.class == ERR_TEMPORARY && err.what[0]);
		return;
	}
	FUZZ_CHECK(address_is_normal(entry->address));
	FUZZ_CHECK(entry->certs > 0 && entry->serial > 0);
	entry_format(entry, &again);
	FUZZ_CHECK(again.len <= size && memcmp(again.data, text, again.len) == 0);
	FUZZ_CHECK(again.len == size ||
	           memcmp(text + again.len, SIGNATURE, strlen(SIGNATURE)) == 0);
	for (size_t i = 0; i < entry->certs; i++)
		entry_cert_usability(&entry->cert[i], 1700000000);
	entry_free(&entry);
	buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf ended = BUF_INIT;

	check((const char *)data, size);
	/* A fuzzer seldom guesses the length: once more with the right one. */
	buf_add(&ended, data, size);
	buf_addf(&ended, "End: %zu\n", size);
	check(ended.data, ended.len);
	buf_free(&ended);
	return 0;
}
