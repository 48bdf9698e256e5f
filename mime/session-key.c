/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session-key - the bodies of OpenPGP's session key packets */
#include <config.h>

#include "mime/session-key.h"

/* What is left of a body. A read beyond the end sets bad and gives 0. */
struct octet_reader {
	const uint8_t *p, *end;
	bool bad;
};

static unsigned octet(struct octet_reader *r)
{
	if (r->p == r->end) {
		r->bad = true;
		return 0;
	}
	return *r->p++;
}

static size_t left(const struct octet_reader *r)
{
	return (size_t)(r->end - r->p);
}

static void skip(struct octet_reader *r, size_t n)
{
	if (n > left(r))
		r->bad = true;
	else
		r->p += n;
}

/* n octets that must look random. */
static void skip_random(struct octet_reader *r, size_t n, struct noise *noise)
{
	const uint8_t *from = r->p;

	skip(r, n);
	if (r->bad)
		return;
	noise_break(noise);
	noise_add(noise, from, n);
	noise_break(noise);
}

/* A multiprecision integer (RFC 9580 section 3.2) of min..max bits; some
 * programs count leading zero bits too. Its first octet is not random: the
 * top of the number, or a point's prefix. */
static void skip_mpi(struct octet_reader *r, unsigned min, unsigned max,
                     struct noise *noise)
{
	unsigned bits = octet(r) << 8;

	bits |= octet(r);
	if (bits < min || bits > max) {
		r->bad = true;
		return;
	}
	if (octet(r) >> ((bits - 1) % 8) > 1)
		r->bad = true;
	skip_random(r, (bits + 7) / 8 - 1, noise);
}

/* `length, wrapped key`: RFC 3394 wraps in units of 8. Version 3 puts the
 * cipher in front of it with the new algorithms only. */
static void skip_wrapped_key(struct octet_reader *r, unsigned in_front,
                             struct noise *noise)
{
	unsigned len = octet(r);

	if (len < in_front + 24 || len > in_front + 64 || (len - in_front) % 8)
		r->bad = true;
	skip(r, in_front);
	skip_random(r, len - in_front, noise);
}

/* RFC 9580 section 5.1.3 to 5.1.7, by algorithm. */
static void skip_public_key_fields(struct octet_reader *r, unsigned version,
                                   struct noise *noise)
{
	unsigned in_front = version == 3 ? 1 : 0;

	switch (octet(r)) {
	case 1: /* RSA */
	case 2:
		skip_mpi(r, 512, 16384, noise);
		break;
	case 16: /* ElGamal */
		skip_mpi(r, 512, 16384, noise);
		skip_mpi(r, 512, 16384, noise);
		break;
	case 18: /* ECDH */
		skip_mpi(r, 200, 1100, noise);
		skip_wrapped_key(r, 0, noise);
		break;
	case 25: /* X25519 */
		skip_random(r, 32, noise);
		skip_wrapped_key(r, in_front, noise);
		break;
	case 26: /* X448 */
		skip_random(r, 56, noise);
		skip_wrapped_key(r, in_front, noise);
		break;
	default:
		r->bad = true;
	}
}

static uint64_t key_id(struct octet_reader *r)
{
	uint64_t id = 0;

	for (int i = 0; i < 8; i++)
		id = id << 8 | octet(r);
	return id;
}

/* `length, key version, fingerprint` of a version 6 PKESK; length may be 0. */
static uint64_t fingerprint_key_id(struct octet_reader *r)
{
	unsigned len = octet(r);
	uint64_t id = 0;

	if (len == 0)
		return 0;

	unsigned key_version = octet(r);

	if (key_version == 4 && len == 21) {
		skip(r, 12);
		id = key_id(r);
	} else if (key_version == 6 && len == 33) {
		id = key_id(r);
		skip(r, 24);
	} else {
		r->bad = true;
	}
	return id;
}

bool session_key_is_pkesk(const uint8_t *body, size_t len, uint64_t *keyid,
                          struct noise *noise)
{
	struct octet_reader r = { body, body + len, false };
	unsigned version = octet(&r);

	*keyid = 0;
	if (version == 3)
		*keyid = key_id(&r);
	else if (version == 6)
		*keyid = fingerprint_key_id(&r);
	else
		return false;
	skip_public_key_fields(&r, version, noise);
	return !r.bad && left(&r) == 0;
}

/* A string-to-key specifier (RFC 9580 section 3.7.1). */
static void skip_s2k(struct octet_reader *r, struct noise *noise)
{
	switch (octet(r)) {
	case 0: /* hash */
		skip(r, 1);
		break;
	case 1: /* hash, salt */
		skip(r, 1);
		skip_random(r, 8, noise);
		break;
	case 3: /* hash, salt, count */
		skip(r, 1);
		skip_random(r, 8, noise);
		skip(r, 1);
		break;
	case 4: /* Argon2: salt, passes, lanes, memory */
		skip_random(r, 16, noise);
		skip(r, 3);
		break;
	default:
		r->bad = true;
	}
}

/* Octets of an AEAD mode's nonce (RFC 9580 section 9.6); 0: unknown. */
static size_t nonce_size(unsigned mode)
{
	switch (mode) {
	case 1: return 16; /* EAX */
	case 2: return 15; /* OCB */
	case 3: return 12; /* GCM */
	default: return 0;
	}
}

/* The rest must be min..max octets of what was encrypted. */
static void skip_encrypted_rest(struct octet_reader *r, size_t min, size_t max,
                                struct noise *noise)
{
	if (left(r) < min || left(r) > max)
		r->bad = true;
	skip_random(r, left(r), noise);
}

/* Versions 5 (GnuPG, with OCB) and 6. */
static void skip_aead_key(struct octet_reader *r, unsigned version,
                          struct noise *noise)
{
	if (version == 6)
		skip(r, 1); /* size of the next five fields, which say it themselves */
	skip(r, 1);         /* cipher */

	size_t nonce = nonce_size(octet(r));

	if (nonce == 0)
		r->bad = true;
	if (version == 6)
		skip(r, 1); /* size of the specifier */
	skip_s2k(r, noise);
	skip_random(r, nonce, noise);
	skip_encrypted_rest(r, 16 + 16, 32 + 16, noise);
}

bool session_key_is_skesk(const uint8_t *body, size_t len, struct noise *noise)
{
	struct octet_reader r = { body, body + len, false };
	unsigned version = octet(&r);

	if (version == 4) {
		skip(&r, 1); /* cipher */
		skip_s2k(&r, noise);
		if (left(&r) > 0)
			skip_encrypted_rest(&r, 1 + 16, 1 + 32, noise);
	} else if (version == 5 || version == 6) {
		skip_aead_key(&r, version, noise);
	} else {
		return false;
	}
	return !r.bad && left(&r) == 0;
}
