/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forge-cert - OpenPGP certificates, good and odd, put together octet by octet for tests */
#include <config.h>

#include <nettle/sha1.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/forge-cert.h"
#include "tests/unit/forge.h"

#define MADE 1577836800 /* 2020-01-01 */
#define YEAR (366 * 86400)

/* Packet types and signature types of RFC 9580. */
enum { SIGNATURE = 2, PUBLIC_KEY = 6, USER_ID = 13, PUBLIC_SUBKEY = 14, USER_ATTRIBUTE = 17 };
enum { CERTIFICATION = 0x13, BINDING = 0x18 };
enum { EDDSA = 22, ECDH = 18, SHA256 = 8 };

struct forging {
	struct buf *out;
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	struct buf primary; /* the body of its packet */
	unsigned char fingerprint[SHA1_DIGEST_SIZE];
	unsigned flags;
	unsigned counter; /* makes subkeys differ */
};

static void add_number(struct buf *out, uint32_t n, int octets)
{
	while (octets-- > 0)
		buf_addc(out, (char)(n >> (8 * octets) & 0xff));
}

static void add_packet(struct buf *out, int type, const struct buf *body)
{
	buf_addc(out, (char)(0xc0 | type));
	buf_addc(out, (char)0xff);
	add_number(out, (uint32_t)body->len, 4);
	buf_add(out, body->data, body->len);
}

static void add_mpi(struct buf *out, const unsigned char *data, size_t len)
{
	unsigned bits;

	while (len > 0 && data[0] == 0) {
		data++;
		len--;
	}
	bits = (unsigned)len * 8;
	for (unsigned top = len ? data[0] : 0x80; !(top & 0x80); top <<= 1)
		bits--;
	add_number(out, bits, 2);
	buf_add(out, data, len);
}

static void add_point(struct buf *out, const unsigned char *key)
{
	unsigned char point[33] = { 0x40 };

	memcpy(point + 1, key, 32);
	add_mpi(out, point, sizeof point);
}

/* ---- keys ---------------------------------------------------------------- */

static void add_head(struct buf *body, int algorithm)
{
	buf_addc(body, 4);
	add_number(body, MADE, 4);
	buf_addc(body, (char)algorithm);
}

static void make_primary(struct forging *f)
{
	static const unsigned char seed[crypto_sign_SEEDBYTES] = "a seed that everybody knows";
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	struct buf framed = BUF_INIT;
	struct sha1_ctx sha1;

	crypto_sign_seed_keypair(public, f->secret, seed);
	add_head(&f->primary, EDDSA);
	buf_add(&f->primary, "\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01", 10);
	add_point(&f->primary, public);
	buf_addc(&framed, (char)0x99);
	add_number(&framed, (uint32_t)f->primary.len, 2);
	buf_add(&framed, f->primary.data, f->primary.len);
	sha1_init(&sha1);
	sha1_update(&sha1, framed.len, (const uint8_t *)framed.data);
	sha1_digest(&sha1, sizeof f->fingerprint, f->fingerprint);
	buf_free(&framed);
}

static void make_ecdh(struct forging *f, struct buf *body)
{
	unsigned char scalar[32] = { 0 }, point[32];

	scalar[2] = (unsigned char)++f->counter;
	scalar[1] = 1;
	crypto_scalarmult_base(point, scalar);
	add_head(body, ECDH);
	buf_add(body, "\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01", 11);
	add_point(body, point);
	buf_add(body, "\x03\x01\x08\x07", 4);
}

/* ---- signatures ------------------------------------------------------------- */

static void add_subpacket(struct buf *out, int type, const void *data, size_t len)
{
	buf_addc(out, (char)(len + 1));
	buf_addc(out, (char)type);
	buf_add(out, data, len);
}

static void add_times(struct buf *hashed, unsigned lifetime)
{
	struct buf number = BUF_INIT;

	add_number(&number, MADE, 4);
	add_subpacket(hashed, 2, number.data, 4);
	if (lifetime) {
		buf_cut(&number, 0);
		add_number(&number, lifetime, 4);
		add_subpacket(hashed, 9, number.data, 4);
	}
	buf_free(&number);
}

/* The octets in front of the hash's first two: version to hashed subpackets. */
static void add_hashed(const struct forging *f, int type, unsigned flags,
                       unsigned lifetime, struct buf *body)
{
	struct buf hashed = BUF_INIT;
	unsigned char fingerprint[1 + SHA1_DIGEST_SIZE] = { 4 };
	const unsigned char octet = (unsigned char)flags;

	memcpy(fingerprint + 1, f->fingerprint, SHA1_DIGEST_SIZE);
	add_times(&hashed, lifetime);
	add_subpacket(&hashed, 27, &octet, 1);
	add_subpacket(&hashed, 33, fingerprint, sizeof fingerprint);
	buf_addc(body, 4);
	buf_addc(body, (char)type);
	buf_addc(body, EDDSA);
	buf_addc(body, SHA256);
	add_number(body, (uint32_t)hashed.len, 2);
	buf_add(body, hashed.data, hashed.len);
	buf_free(&hashed);
}

/* what: the octets of user ID or subkey, framed as they are hashed. */
static void digest_of(const struct forging *f, const struct buf *what,
                      const struct buf *body, unsigned char digest[32])
{
	struct buf all = BUF_INIT;

	buf_addc(&all, (char)0x99);
	add_number(&all, (uint32_t)f->primary.len, 2);
	buf_add(&all, f->primary.data, f->primary.len);
	buf_add(&all, what->data, what->len);
	buf_add(&all, body->data, body->len);
	buf_add(&all, "\x04\xff", 2);
	add_number(&all, (uint32_t)body->len, 4);
	crypto_hash_sha256(digest, (const unsigned char *)all.data, all.len);
	buf_free(&all);
}

static void add_signature(const struct forging *f, int type,
                          const struct buf *what, unsigned flags, unsigned lifetime)
{
	struct buf body = BUF_INIT;
	unsigned char digest[32], signature[crypto_sign_BYTES];

	add_hashed(f, type, flags, lifetime, &body);
	digest_of(f, what, &body, digest);
	crypto_sign_detached(signature, NULL, digest, sizeof digest, f->secret);
	add_number(&body, 10, 2);
	add_subpacket(&body, 16, f->fingerprint + 12, 8);
	buf_add(&body, digest, 2);
	add_mpi(&body, signature, 32);
	add_mpi(&body, signature + 32, 32);
	add_packet(f->out, SIGNATURE, &body);
	buf_free(&body);
}

/* own: they claim to be of the primary key. */
static void add_forgeries(struct forging *f, unsigned count, bool own)
{
	for (unsigned i = 0; i < count; i++) {
		struct buf body = BUF_INIT;
		unsigned char keyid[8], noise[64];

		memcpy(keyid, f->fingerprint + 12, 8);
		if (!own)
			memcpy(keyid, &i, sizeof i);
		memset(noise, (int)(i % 200 + 1), sizeof noise);
		buf_add(&body, "\x04\x13\x16\x08\x00\x06\x05\x02", 8);
		add_number(&body, MADE + i, 4);
		add_number(&body, 10, 2);
		add_subpacket(&body, 16, keyid, 8);
		buf_add(&body, noise, 2);
		add_mpi(&body, noise, 32);
		add_mpi(&body, noise + 32, 32);
		add_packet(f->out, SIGNATURE, &body);
		buf_free(&body);
	}
}

/* ---- the words ---------------------------------------------------------------- */

static void add_user_id(struct forging *f, const char *text, bool bare)
{
	struct buf body = BUF_INIT, framed = BUF_INIT;

	buf_adds(&body, text);
	add_packet(f->out, USER_ID, &body);
	buf_addc(&framed, (char)0xb4);
	add_number(&framed, (uint32_t)body.len, 4);
	buf_add(&framed, body.data, body.len);
	if (!bare)
		add_signature(f, CERTIFICATION, &framed, f->flags, 0);
	buf_free(&framed);
	buf_free(&body);
}

static void bind_subkey(struct forging *f, const struct buf *body, unsigned flags,
                        unsigned lifetime)
{
	struct buf framed = BUF_INIT;

	buf_addc(&framed, (char)0x99);
	add_number(&framed, (uint32_t)body->len, 2);
	buf_add(&framed, body->data, body->len);
	add_signature(f, BINDING, &framed, flags, lifetime);
	buf_free(&framed);
}

static void add_subkey(struct forging *f, unsigned flags, unsigned lifetime, bool bound)
{
	struct buf body = BUF_INIT;

	make_ecdh(f, &body);
	add_packet(f->out, PUBLIC_SUBKEY, &body);
	if (bound)
		bind_subkey(f, &body, flags, lifetime);
	buf_free(&body);
}

static void add_algorithm(struct forging *f, int algorithm)
{
	struct buf body = BUF_INIT;

	add_head(&body, algorithm);
	forge_random(1216, &body);
	add_packet(f->out, PUBLIC_SUBKEY, &body);
	bind_subkey(f, &body, 0x0c, 0);
	buf_free(&body);
}

static void add_image(struct forging *f, unsigned size)
{
	struct buf body = BUF_INIT;

	buf_addc(&body, (char)0xff);
	add_number(&body, size + 17, 4);
	buf_add(&body, "\x01\x10\x00\x01\x01", 5);
	add_number(&body, 0, 4);
	add_number(&body, 0, 4);
	add_number(&body, 0, 4);
	forge_random(size, &body);
	add_packet(f->out, USER_ATTRIBUTE, &body);
	buf_free(&body);
}

static void add_version(struct forging *f, int version)
{
	struct buf body = BUF_INIT;

	buf_addc(&body, (char)version);
	add_number(&body, MADE, 4);
	if (version == 3)
		add_number(&body, 0, 2);
	buf_addc(&body, 27);
	if (version > 4)
		add_number(&body, 32, 4);
	forge_random(32, &body);
	add_packet(f->out, PUBLIC_KEY, &body);
	buf_free(&body);
}

static void add_word(struct forging *f, const char *word, const char *value)
{
	const unsigned hex = (unsigned)strtoul(value, NULL, 16);
	const unsigned number = (unsigned)strtoul(value, NULL, 10);

	if (strcmp(word, "key") == 0) {
		f->flags = hex;
		add_packet(f->out, PUBLIC_KEY, &f->primary);
	} else if (strcmp(word, "uid") == 0 || strcmp(word, "bare-uid") == 0)
		add_user_id(f, value, *word == 'b');
	else if (strcmp(word, "image") == 0)
		add_image(f, number);
	else if (strcmp(word, "sub") == 0)
		add_subkey(f, hex, 0, true);
	else if (strcmp(word, "expired") == 0)
		add_subkey(f, hex, YEAR, true);
	else if (strcmp(word, "unbound") == 0)
		add_subkey(f, 0, 0, false);
	else if (strcmp(word, "algorithm") == 0)
		add_algorithm(f, (int)number);
	else if (strcmp(word, "others") == 0 || strcmp(word, "fakes") == 0)
		add_forgeries(f, number, *word == 'f');
	else if (*word == 'v')
		add_version(f, word[1] - '0');
	else
		abort();
}

void forge_cert(const char *recipe, struct buf *out)
{
	struct forging f = { .out = out };
	char *words = mem_strdup(recipe), *rest = NULL;

	if (sodium_init() < 0)
		abort();
	make_primary(&f);
	for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *colon = strchr(word, ':');

		if (colon)
			*colon = '\0';
		add_word(&f, word, colon ? colon + 1 : "");
	}
	buf_free(&f.primary);
	free(words);
}
