/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sha256 - the hash of a stream (FIPS 180-4), by nettle
 */
#ifndef MAILSEAL_BASE_SHA256_H
#define MAILSEAL_BASE_SHA256_H

#include <nettle/sha2.h>
#include <stddef.h>

#define SHA256_HEX 65 /* bytes: 64 lower-case hexadecimal digits and NUL */

struct sha256 {
	struct sha256_ctx ctx;
};

void sha256_start(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *data, size_t len);
void sha256_hex(struct sha256 *h, char out[SHA256_HEX]); /* ends it */

#endif
