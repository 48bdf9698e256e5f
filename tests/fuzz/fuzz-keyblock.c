/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-keyblock - any bytes as an import: what is taken are certificates,
 * and taking them again changes nothing
 */
#include <config.h>

#include <string.h>

#include "keystore/cert-armour.h"
#include "keystore/keyblock.h"
#include "tests/fuzz/fuzz.h"

static void check_same(const struct keyblock *first, const void *data,
                       size_t size)
{
	struct keyblock again = { .packets = BUF_INIT };
	struct err err = { 0 };

	FUZZ_CHECK(keyblock_read(data, size, &again, &err) == 0);
	FUZZ_CHECK(!again.secret && again.certs == first->certs);
	FUZZ_CHECK(again.packets.len == first->packets.len &&
	           memcmp(again.packets.data, first->packets.data,
	                  again.packets.len) == 0);
	keyblock_clear(&again);
}

/* One after the other, and as many as were counted; what is read again is one. */
static void check_each(const struct keyblock *k)
{
	struct buf cert = BUF_INIT;
	size_t at = 0, count = 0;

	while (keyblock_next(k, &at, &cert)) {
		struct keyblock one = { .packets = BUF_INIT };
		struct err err = { 0 };

		/* A part that is refused by itself may hold the words of a private key's armour. */
		if (keyblock_read(cert.data, cert.len, &one, &err) == 0 && !one.secret)
			FUZZ_CHECK(one.certs == 1);
		keyblock_clear(&one);
		count++;
	}
	FUZZ_CHECK(count == k->certs && at == k->packets.len);
	buf_free(&cert);
}

static int add_up(void *ctx, const char *user_id, size_t len)
{
	unsigned *sum = ctx;

	for (size_t i = 0; i < len; i++)
		*sum += (unsigned char)user_id[i];
	return (unsigned char)*sum == 0xff;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keyblock k = { .packets = BUF_INIT };
	struct buf text = BUF_INIT;
	struct err err = { 0 };
	unsigned sum = 0;

	keyblock_user_ids(data, size, add_up, &sum);
	if (keyblock_read(data, size, &k, &err) < 0) {
		FUZZ_CHECK(err.class == ERR_DATA && err.what[0]);
	} else if (k.secret) {
		FUZZ_CHECK(k.packets.len == 0);
	} else {
		FUZZ_CHECK(k.certs > 0 && k.packets.len > 0);
		cert_armour(k.packets.data, k.packets.len, &text);
		check_same(&k, text.data, text.len);
		check_each(&k);
	}
	keyblock_clear(&k);
	buf_free(&text);
	return 0;
}
