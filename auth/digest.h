/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * digest - the hash of a stream that a signature is over, by nettle
 *
 * SHA-256; and SHA-1, by which nothing is proved any more (RFC 8301 3.1), but which tells a
 * message that was changed from one whose signature is merely refused.
 */
#ifndef MAILSEAL_AUTH_DIGEST_H
#define MAILSEAL_AUTH_DIGEST_H

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stddef.h>

#define DIGEST_MAX 32 /* bytes */

enum digest_kind { DIGEST_SHA256, DIGEST_SHA1, DIGEST_KINDS };

struct digest {
	enum digest_kind kind;
	union {
		struct sha256_ctx sha256;
		struct sha1_ctx sha1;
	};
};

static inline size_t digest_size(enum digest_kind kind)
{
	return kind == DIGEST_SHA1 ? SHA1_DIGEST_SIZE : SHA256_DIGEST_SIZE;
}

void digest_start(struct digest *digest, enum digest_kind kind);
void digest_add(struct digest *digest, const void *data, size_t len);
/* Ends it; bytes behind digest_size are 0. */
void digest_end(struct digest *digest, unsigned char out[DIGEST_MAX]);

#endif
