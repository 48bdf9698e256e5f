/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-key-record - DKIM keys as they are published, RSA in both forms, Ed25519, and bad ones */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "auth/key-record.h"
#include "auth/rsa.h"
#include "auth/tag-list.h"
#include "base/mem.h"
#include "tests/unit/signer.h"

#define COUNT(a) (sizeof a / sizeof a[0])

/* %s: the key, of 1024 bits, in either form. */
static const struct {
	const char *record;
	const char *expected; /* flags, or why it is none */
} records[] = {
	{ "p=%s", "rsa 1024 email sha256" },
	{ "v=DKIM1; k=rsa; p=%s", "rsa 1024 email sha256" },
	{ "v=DKIM1;k=rsa;h=sha1:sha256;s=email;t=y:s;n=note;g=x;p=%s;", "rsa 1024 email sha256 testing strict" },
	{ "p=%s; h = sha1 : sha256; s = x : *; t = z ", "rsa 1024 email sha256" },
	{ "h=sha1; p=%s", "rsa 1024 email" },
	{ "s=tlsrpt; p=%s", "rsa 1024 sha256" },
	{ "k=rsa; p=", "rsa 0 email sha256 revoked" },
	{ "k=ed25519; p=;", "ed25519 0 email sha256 revoked" },
	{ "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "ed25519 256 email sha256" },
	{ "k=ed25519; p=%s", "p= of the key holds no Ed25519 key" },
	{ "k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==", "p= of the key holds no Ed25519 key" },
	{ "k=dsa; p=%s", "the key is of an unknown type" },
	{ "k=; p=%s", "the key is of an unknown type" },
	{ "v=DKIM2; p=%s", "the key record can't be read" },
	{ "k=rsa; v=DKIM1; p=%s", "the key record can't be read" },
	{ "v=spf1 -all", "the key record can't be read" },
	{ "p=%s; p=%s", "the key record can't be read" },
	{ "", "the key record can't be read" },
	{ "v=DKIM1; k=rsa", "the key record has no p=" },
	{ "p=%s!", "p= of the key is no base64" },
	{ "p=AAAA", "p= of the key holds no RSA key" },
};

static void describe(const struct key_record *key, struct buf *out)
{
	buf_addf(out, "%s %u", key->type == KEY_RSA ? "rsa" : "ed25519", key->bits);
	buf_adds(out, key->for_email ? " email" : "");
	buf_adds(out, key->allowed[DIGEST_SHA256] ? " sha256" : "");
	buf_adds(out, key->revoked ? " revoked" : "");
	buf_adds(out, key->testing ? " testing" : "");
	buf_adds(out, key->strict ? " strict" : "");
}

/* The record with key in place of each %s, without anything behind it. */
static char *fill(const char *record, const char *key, size_t *len)
{
	struct buf text = BUF_INIT;
	char *copy;

	for (const char *c = record; *c; c++) {
		if (c[0] == '%' && c[1] == 's') {
			buf_adds(&text, key);
			c++;
		} else {
			buf_addc(&text, *c);
		}
	}
	copy = malloc(text.len ? text.len : 1);
	memcpy(copy, buf_str(&text), text.len);
	*len = text.len;
	buf_free(&text);
	return copy;
}

static void check(const char *record, const char *key, const char *expected)
{
	struct buf got = BUF_INIT;
	struct key_record parsed;
	size_t len;
	char *text = fill(record, key, &len);
	const char *why = key_record_parse(text, len, &parsed);

	if (why)
		buf_adds(&got, why);
	else
		describe(&parsed, &got);
	assert_string_equal(buf_str(&got), expected);
	buf_free(&got);
	free(text);
}

static void test_records(void **state)
{
	struct signer *signer = signer_rsa(1024);
	struct buf info = BUF_INIT, bare = BUF_INIT;

	(void)state;
	signer_key(signer, false, &info);
	signer_key(signer, true, &bare);
	assert_string_not_equal(buf_str(&info), buf_str(&bare));
	for (size_t i = 0; i < COUNT(records); i++) {
		check(records[i].record, buf_str(&info), records[i].expected);
		check(records[i].record, buf_str(&bare), records[i].expected);
	}
	buf_free(&info);
	buf_free(&bare);
	signer_free(&signer);
}

/* ---- the DER ------------------------------------------------------------------ */

#define OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define NUMBERS "\x02\x03\x00\x8f\x01\x02\x01\x03" /* 0x8f01, 3 */

static void test_der(void **state)
{
	static const struct {
		const char *der;
		size_t len;
		unsigned bits; /* 0: no key */
	} cases[] = {
#define DER(text, bits) { text, sizeof text - 1, bits }
		DER("\x30\x08" NUMBERS, 16),
		DER("\x30\x09\x02\x04\x00\x00\x8f\x01\x02\x01\x03", 16),  /* zeros in front */
		DER("\x30\x07\x02\x02\x7f\x01\x02\x01\x03", 15),
		DER("\x30\x19\x30\x0b" OID "\x03\x0a\x00\x30\x08" NUMBERS "\0", 0), /* cut, too long */
		DER("\x30\x1b\x30\x0d" OID "\x05\x00\x03\x0b\x00\x30\x08" NUMBERS, 0), /* lengths that lie */
		DER("\x30\x1a\x30\x0b" OID "\x03\x0b\x00\x30\x08" NUMBERS, 16), /* without parameters */
		DER("\x30\x1c\x30\x0d" OID "\x05\x00\x03\x0b\x00\x30\x08" NUMBERS, 16),
		DER("\x30\x1c\x30\x0d" OID "\x05\x00\x03\x0b\x01\x30\x08" NUMBERS, 0), /* unused bits */
		DER("\x30\x1c\x30\x0d" OID "\x05\x00\x03\x0b\x00\x30\x08" NUMBERS "\0", 0), /* more behind */
		DER("\x30\x1c\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x05\x00\x03\x0b\x00\x30\x08" NUMBERS, 0), /* PSS */
		DER("\x30\x08\x02\x03\x00\x8f\x02\x02\x01\x03", 0), /* an even modulus */
		DER("\x30\x08\x02\x03\x00\x8f\x01\x02\x01\x02", 0), /* an even exponent */
		DER("\x30\x08\x02\x03\x00\x8f\x01\x02\x01\x01", 0), /* 1 */
		DER("\x30\x07\x02\x02\x8f\x01\x02\x01\x03", 0),     /* negative */
		DER("\x30\x08\x02\x03\x00\x8f\x01\x02\x01\x00", 0), /* zero */
		DER("\x30\x08\x02\x03\x00\x00\x00\x02\x01\x03", 0),
		DER("\x30\x07\x02\x03\x00\x8f\x01\x02\x00", 0),     /* nothing */
		DER("\x30\x0c\x02\x03\x00\x8f\x01\x02\x05\x01\x00\x00\x00\x01", 0), /* a dear exponent */
		DER("\x30\x0b\x02\x03\x00\x8f\x01\x02\x04\x7f\x00\x00\x01", 16),
		DER("\x30\x05\x02\x03\x00\x8f\x01", 0),
		DER("\x30\x00", 0),
		DER("\x30", 0),
		DER("", 0),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned char *copy = malloc(cases[i].len ? cases[i].len : 1);
		struct rsa_key key = { 0 };

		memcpy(copy, cases[i].der, cases[i].len);
		if (rsa_key_parse(copy, cases[i].len, &key) != (cases[i].bits > 0))
			fail_msg("DER %zu", i);
		if (cases[i].bits)
			assert_int_equal(key.bits, cases[i].bits);
		free(copy);
	}
}

/* ---- signatures --------------------------------------------------------------- */

static size_t sign(const struct signer *signer, const unsigned char hash[32],
                   unsigned char *out, size_t size)
{
	struct buf text = BUF_INIT;
	long len;

	signer_hash(signer, hash, false, &text);
	len = tag_base64(&(struct tag){ "b", buf_str(&text), 1, text.len }, out, size);
	buf_free(&text);
	assert_true(len > 0);
	return (size_t)len;
}

static void check_signer(struct signer *signer, const char *type, bool bare)
{
	unsigned char hash[32] = { 1, 2, 3 }, signature[1024];
	size_t len = sign(signer, hash, signature, sizeof signature);
	struct buf text = BUF_INIT;
	struct key_record key;

	buf_addf(&text, "k=%s; p=", type);
	signer_key(signer, bare, &text);
	assert_null(key_record_parse(text.data, text.len, &key));
	assert_int_equal(key_record_verify(&key, DIGEST_SHA256, hash, signature, len), KEY_VALID);
	assert_int_equal(key_record_verify(&key, DIGEST_SHA256, hash, signature, len - 1), KEY_INVALID);
	assert_int_equal(key_record_verify(&key, DIGEST_SHA256, hash, signature, len + 1), KEY_INVALID);
	assert_int_equal(key_record_verify(&key, DIGEST_SHA256, hash, signature, 0), KEY_INVALID);
	hash[31] ^= 1;
	assert_int_equal(key_record_verify(&key, DIGEST_SHA256, hash, signature, len), KEY_INVALID);
	hash[31] ^= 1;
	signature[len / 2] ^= 1;
	assert_int_equal(key_record_verify(&key, DIGEST_SHA256, hash, signature, len), KEY_INVALID);
	memset(signature, 0xff, sizeof signature);
	assert_int_equal(key_record_verify(&key, DIGEST_SHA256, hash, signature, len), KEY_INVALID);
	memset(signature, 0, sizeof signature);
	assert_int_equal(key_record_verify(&key, DIGEST_SHA256, hash, signature, len), KEY_INVALID);
	buf_free(&text);
}

static void test_verify(void **state)
{
	struct signer *rsa = signer_rsa(2048), *odd = signer_rsa(1031), *ed25519 = signer_ed25519();

	(void)state;
	check_signer(rsa, "rsa", false);
	check_signer(rsa, "rsa", true);
	check_signer(odd, "rsa", false);
	check_signer(ed25519, "ed25519", false);
	signer_free(&rsa);
	signer_free(&odd);
	signer_free(&ed25519);
}

/* A signature by a key that is too short verifies nowhere. */
static void test_short(void **state)
{
	struct signer *signer = signer_rsa(1023);
	unsigned char hash[32] = { 0 }, signature[1024];
	size_t len = sign(signer, hash, signature, sizeof signature);
	struct buf text = BUF_INIT;
	struct key_record key;

	(void)state;
	buf_adds(&text, "p=");
	signer_key(signer, false, &text);
	assert_null(key_record_parse(text.data, text.len, &key));
	assert_int_equal(key.bits, 1023);
	assert_int_equal(key_record_verify(&key, DIGEST_SHA256, hash, signature, len), KEY_INVALID);
	buf_free(&text);
	signer_free(&signer);
}

/* The one beyond the bound, its numbers made up. */
static void test_large(void **state)
{
	struct buf der = BUF_INIT, text = BUF_INIT;
	struct key_record key;

	(void)state;
	for (size_t bytes = KEY_RSA_BITS_MAX / 8; bytes <= KEY_RSA_BITS_MAX / 8 + 1; bytes++) {
		size_t all = bytes + 5 + 3;
		const char head[] = { 0x30, (char)0x82, (char)(all >> 8), (char)all,
		                      0x02, (char)0x82, (char)((bytes + 1) >> 8), (char)(bytes + 1), 0 };

		buf_cut(&der, 0);
		buf_cut(&text, 0);
		buf_add(&der, head, sizeof head);
		for (size_t i = 0; i < bytes; i++)
			buf_addc(&der, (char)0xff);
		buf_add(&der, "\x02\x01\x03", 3);
		buf_adds(&text, "p=");
		signer_base64(der.data, der.len, &text);
		const char *why = key_record_parse(text.data, text.len, &key);

		if (bytes == KEY_RSA_BITS_MAX / 8)
			assert_null(why);
		else
			assert_string_equal(why, "the key is too large");
	}
	buf_free(&der);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records), cmocka_unit_test(test_der),
		cmocka_unit_test(test_verify),  cmocka_unit_test(test_short),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
