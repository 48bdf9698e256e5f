/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rsa-module - the one place that computes with RSA keys, by nettle, loaded on use */
#include <config.h>

#include <gmp.h>
#include <nettle/bignum.h>
#include <nettle/rsa.h>

#include "auth/rsa-module.h"

static bool verify(const struct rsa_key *key, enum digest_kind kind,
                   const unsigned char hash[DIGEST_MAX],
                   const unsigned char *signature, size_t len)
{
	struct rsa_public_key public;
	mpz_t s;
	bool valid;

	rsa_public_key_init(&public);
	nettle_mpz_set_str_256_u(public.n, key->modulus_len, key->modulus);
	nettle_mpz_set_str_256_u(public.e, key->exponent_len, key->exponent);
	nettle_mpz_init_set_str_256_u(s, len, signature);
	valid = rsa_public_key_prepare(&public) &&
	        (kind == DIGEST_SHA1 ? rsa_sha1_verify_digest(&public, hash, s)
	                             : rsa_sha256_verify_digest(&public, hash, s));
	mpz_clear(s);
	rsa_public_key_clear(&public);
	return valid;
}

extern const struct rsa_module rsa_module __attribute__((visibility("default")));
const struct rsa_module rsa_module = { RSA_MODULE_ABI, verify };
