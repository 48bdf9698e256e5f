/* SPDX-License-Identifier: GPL-3.0-or-later */
/* digest - the hash of a stream that a signature is over */
#include <config.h>

#include <string.h>

#include "auth/digest.h"

void digest_start(struct digest *digest, enum digest_kind kind)
{
	digest->kind = kind;
	if (kind == DIGEST_SHA1)
		sha1_init(&digest->sha1);
	else
		sha256_init(&digest->sha256);
}

void digest_add(struct digest *digest, const void *data, size_t len)
{
	if (digest->kind == DIGEST_SHA1)
		sha1_update(&digest->sha1, len, data);
	else
		sha256_update(&digest->sha256, len, data);
}

void digest_end(struct digest *digest, unsigned char out[DIGEST_MAX])
{
	memset(out, 0, DIGEST_MAX);
	if (digest->kind == DIGEST_SHA1)
		sha1_digest(&digest->sha1, SHA1_DIGEST_SIZE, out);
	else
		sha256_digest(&digest->sha256, SHA256_DIGEST_SIZE, out);
}
