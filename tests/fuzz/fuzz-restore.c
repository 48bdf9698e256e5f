/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-restore - any bytes as a payload and as a stored message: exact, or
 * untouched, or nothing at all
 */
#include <config.h>

#include "mime/restore.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/spools.h"

static void check(enum restore_result result, const struct buf *got,
                  const uint8_t *data, size_t size)
{
	if (result == RESTORE_FOREIGN)
		FUZZ_CHECK(got->len == 0);
	if (result == RESTORE_MISMATCH)
		FUZZ_CHECK(spools_same(got, data, size));
}

static void open_payload(const uint8_t *data, size_t size)
{
	struct spool *payload = spools_with(data, size);
	enum restore_result result;
	struct buf got = BUF_INIT;
	struct err err;

	FUZZ_CHECK(restore_payload(payload, spools_sink(&got), &result, &err) == 0);
	check(result, &got, data, size);
	spool_free(&payload);
	buf_free(&got);
}

static void open_passed(const uint8_t *data, size_t size, bool as_stored)
{
	struct spool *spool = spools_with(data, size);
	enum restore_result result;
	struct buf got = BUF_INIT;
	struct message stored;
	struct err err;

	FUZZ_CHECK(message_map(spool, &stored, &err) == 0);
	FUZZ_CHECK(restore_passed(&stored, as_stored, spools_sink(&got), &result,
	                          &err) == 0);
	check(result, &got, data, size);
	spool_free(&spool);
	buf_free(&got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	open_payload(data, size);
	open_passed(data, size, false);
	open_passed(data, size, true);
	return 0;
}
