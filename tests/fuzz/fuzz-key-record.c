/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-key-record - any bytes as a key record, and as a signature by it: sizes are what they say, and
 * nothing random verifies
 *
 * What stands behind the last NUL is the signature.
 */
#include <config.h>

#include <string.h>

#include "auth/key-record.h"
#include "auth/rsa.h"
#include "tests/fuzz/fuzz.h"

static void check_rsa(const struct key_record *key)
{
	struct rsa_key rsa;

	FUZZ_CHECK(rsa_key_parse(key->key, key->key_len, &rsa));
	FUZZ_CHECK(rsa.bits == key->bits && key->bits <= KEY_RSA_BITS_MAX);
	FUZZ_CHECK(rsa.modulus[0] && (rsa.bits + 7) / 8 == rsa.modulus_len);
	FUZZ_CHECK(rsa.exponent_len <= RSA_EXPONENT_BYTES_MAX && rsa.exponent[0]);
	FUZZ_CHECK(rsa.modulus > key->key && rsa.exponent + rsa.exponent_len <= key->key + key->key_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memrchr(data, '\0', size) : NULL;
	size_t len = nul ? (size_t)(nul - data) : size;
	unsigned char hash[32];
	struct key_record key;
	struct rsa_key unused;

	memset(hash, 0x5a, sizeof hash);
	rsa_key_parse(data, size, &unused);
	if (key_record_parse((const char *)data, len, &key))
		return 0;
	FUZZ_CHECK(key.key_len <= sizeof key.key);
	FUZZ_CHECK(key.revoked == (key.key_len == 0));
	if (!key.revoked && key.type == KEY_RSA)
		check_rsa(&key);
	if (nul)
		key_record_verify(&key, DIGEST_SHA256, hash, nul + 1, size - len - 1);
	key_record_verify(&key, DIGEST_SHA256, hash, key.key, key.key_len);
	return 0;
}
