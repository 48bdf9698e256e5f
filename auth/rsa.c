/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rsa - RSA keys, and signatures made with them (RFC 8017) */
#include <config.h>

#include <string.h>

#include "auth/rsa-module.h"
#include "auth/rsa.h"
#include "base/module.h"
#include "mime/der.h"

/* A positive INTEGER without its leading zeros. */
static bool take_number(struct der *d, const unsigned char **number, size_t *len)
{
	struct der inner = der_take(d, DER_INTEGER);

	if (d->bad || der_left(&inner) == 0 || *inner.p & 0x80)
		return false;
	while (der_left(&inner) && *inner.p == 0)
		inner.p++;
	*number = inner.p;
	*len = der_left(&inner);
	return *len > 0;
}

static unsigned bits_of(const unsigned char *number, size_t len)
{
	unsigned bits = (unsigned)len * 8;

	for (unsigned char top = number[0]; !(top & 0x80); top = (unsigned char)(top << 1))
		bits--;
	return bits;
}

/* What stands inside the SEQUENCE of RSAPublicKey. */
static bool take_numbers(struct der *d, struct rsa_key *out)
{
	if (!take_number(d, &out->modulus, &out->modulus_len) ||
	    !take_number(d, &out->exponent, &out->exponent_len) || !der_is_over(d))
		return false;
	out->bits = bits_of(out->modulus, out->modulus_len);

	unsigned char modulus_end = out->modulus[out->modulus_len - 1];
	unsigned char exponent_end = out->exponent[out->exponent_len - 1];

	return modulus_end & 1 && exponent_end & 1 &&
	       out->exponent_len <= RSA_EXPONENT_BYTES_MAX &&
	       !(out->exponent_len == 1 && exponent_end == 1);
}

/* What stands inside the SEQUENCE of SubjectPublicKeyInfo: that of RSAPublicKey in it. */
static struct der take_info(struct der *d)
{
	static const unsigned char rsa_encryption[] = {
		0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
	};
	struct der algorithm = der_take(d, DER_SEQUENCE);
	struct der oid = der_take(&algorithm, DER_OID);
	struct der bits = der_take(d, DER_BIT_STRING);
	struct der key;

	if (!der_is_over(d) || algorithm.bad ||
	    der_left(&oid) != sizeof rsa_encryption ||
	    memcmp(oid.p, rsa_encryption, sizeof rsa_encryption) != 0 ||
	    der_left(&bits) == 0 || *bits.p++ != 0)
		return (struct der){ NULL, NULL, true };
	key = der_take(&bits, DER_SEQUENCE);
	if (!der_is_over(&bits))
		key.bad = true;
	return key;
}

bool rsa_key_parse(const unsigned char *der, size_t len, struct rsa_key *out)
{
	struct der whole = der_start(der, len);
	struct der key = der_take(&whole, DER_SEQUENCE);

	if (!der_is_over(&whole))
		return false;
	if (der_peek(&key) == DER_SEQUENCE)
		key = take_info(&key);
	return !key.bad && take_numbers(&key, out);
}

static const struct rsa_module *load(struct err *err)
{
	return module_load(RSA_MODULE_FILE, RSA_MODULE_SYMBOL, RSA_MODULE_ABI, "nettle", err);
}

int rsa_verify(const struct rsa_key *key, enum digest_kind kind,
               const unsigned char hash[DIGEST_MAX],
               const unsigned char *signature, size_t len, bool *valid,
               struct err *err)
{
	const struct rsa_module *module;

	*valid = false;
	if (len != key->modulus_len) /* RFC 8017 8.2.2 step 1 */
		return 0;
	module = load(err);
	if (!module)
		return -1;
	*valid = module->verify(key, kind, hash, signature, len);
	return 0;
}

int rsa_check(struct err *err)
{
	return load(err) ? 0 : -1;
}
