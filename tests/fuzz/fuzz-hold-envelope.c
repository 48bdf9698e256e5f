/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-hold-envelope - any bytes as a held message: what is taken is, to the byte, the one text
 * of what it says, and its recipient is an address
 */
#include <config.h>

#include <string.h>

#include "deliver/hold-folder.h"
#include "filter/hold-envelope.h"
#include "tests/fuzz/fuzz.h"

static void check_envelope(const char *text, size_t len)
{
	struct err err = { .class = ERR_NONE };
	struct buf again = BUF_INIT;
	struct hold_envelope e;
	size_t size = 0;

	if (hold_envelope_parse(text, len, &e, &size, &err)) {
		FUZZ_CHECK(err.class == ERR_DATA && err.what[0]);
	} else {
		FUZZ_CHECK(size <= len && size < HOLD_ENVELOPE_MAX);
		FUZZ_CHECK(address_is_normal(e.recipient) && e.recipient[0] != '@');
		FUZZ_CHECK(!strpbrk(e.given, "\r\n"));
		FUZZ_CHECK(hold_envelope_format(&e, &again, &err) == 0);
		FUZZ_CHECK(again.len == size && memcmp(again.data, text, size) == 0);
	}
	hold_envelope_free(&e);
	buf_free(&again);
}

static void check_name(const char *text, size_t len)
{
	char name[HOLD_FOLDER_NAME_MAX] = "", again[HOLD_FOLDER_NAME_MAX];
	struct hold_folder_item item;

	if (len >= sizeof name)
		return;
	memcpy(name, text, len);
	if (!hold_folder_parse(name, &item))
		return;
	FUZZ_CHECK(!strchr(item.id, '/'));
	hold_folder_name(again, item.id, item.size);
	FUZZ_CHECK(strcmp(name, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_envelope((const char *)data, size);
	check_name((const char *)data, size);
	return 0;
}
