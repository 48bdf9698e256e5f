/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sha256 - the hash of a stream (FIPS 180-4), by nettle */
#include <config.h>

#include <nettle/base16.h>

#include "base/sha256.h"

void sha256_start(struct sha256 *h)
{
	sha256_init(&h->ctx);
}

void sha256_add(struct sha256 *h, const void *data, size_t len)
{
	sha256_update(&h->ctx, len, data);
}

void sha256_hex(struct sha256 *h, char out[SHA256_HEX])
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(&h->ctx, sizeof digest, digest);
	base16_encode_update(out, sizeof digest, digest);
	out[SHA256_HEX - 1] = '\0';
}
