/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz-keybox - any bytes as GnuPG's keybox: what it gives lies inside it, and ends */
#include <config.h>

#include "keystore/keybox.h"
#include "tests/fuzz/fuzz.h"

struct seen {
	const uint8_t *data;
	size_t size, count;
};

static int see(void *ctx, const void *cert, size_t len)
{
	struct seen *seen = ctx;
	const uint8_t *at = cert;

	FUZZ_CHECK(at >= seen->data && len <= seen->size &&
	           (size_t)(at - seen->data) <= seen->size - len);
	seen->count++;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { data, size, 0 };
	struct err err = { 0 };
	int rc = keybox_each(data, size, see, &seen, &err);

	FUZZ_CHECK(rc == 0 || (rc == -1 && err.class == ERR_DATA));
	FUZZ_CHECK(seen.count <= size / 8);
	if (keybox_is(data, size))
		FUZZ_CHECK(size >= 12);
	return 0;
}
