/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rsa - RSA keys, and signatures made with them (RFC 8017 section 8.2: RSASSA-PKCS1-v1_5)
 *
 * Keys are taken apart here; the numbers are nettle's to compute with, loaded on use.
 */
#ifndef MAILSEAL_AUTH_RSA_H
#define MAILSEAL_AUTH_RSA_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/digest.h"
#include "base/err.h"

#define RSA_EXPONENT_BYTES_MAX 4 /* a larger one makes each signature dear */

/* The two numbers, big-endian, without leading zeros; borrowed from the DER. */
struct rsa_key {
	const unsigned char *modulus, *exponent;
	size_t modulus_len, exponent_len;
	unsigned bits; /* of the modulus */
};

/* SubjectPublicKeyInfo (RFC 5280 4.1, RFC 3279 2.3.1) or RSAPublicKey (RFC 8017 A.1.1). False:
 * neither, or numbers that no RSA key has. */
bool rsa_key_parse(const unsigned char *der, size_t len, struct rsa_key *out);

/* Is it a signature of that hash? -1 with *err: the module can't be loaded. */
int rsa_verify(const struct rsa_key *key, enum digest_kind kind,
               const unsigned char hash[DIGEST_MAX],
               const unsigned char *signature, size_t len, bool *valid,
               struct err *err);

/* Can the module be loaded? 0, or -1 with *err. */
int rsa_check(struct err *err);

#endif
