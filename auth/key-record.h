/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-record - a DKIM key (RFC 6376 3.6.1, RFC 8463), and a signature checked with it
 *
 * p= holds an RSA key as SubjectPublicKeyInfo (what all publish) or as RSAPublicKey (what the
 * text of RFC 6376 says), or the 32 bytes of an Ed25519 one.  RSA is nettle's, which libunbound brings
 * too and which starts faster than OpenSSL; Ed25519 is libsodium's.
 */
#ifndef MAILSEAL_AUTH_KEY_RECORD_H
#define MAILSEAL_AUTH_KEY_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/digest.h"

#define KEY_RSA_BITS_MIN 1024 /* RFC 8301 3.2: fewer MUST NOT verify */
#define KEY_RSA_BITS_GOOD 2048 /* fewer are noted */
#define KEY_RSA_BITS_MAX 8192
#define KEY_BYTES_MAX 2048     /* of p=, decoded */

enum key_type { KEY_RSA, KEY_ED25519 };

struct key_record {
	enum key_type type;
	unsigned bits;       /* RSA: of the modulus; Ed25519: 256; revoked: 0 */
	bool revoked;        /* p= is empty */
	bool testing;        /* t=y */
	bool strict;         /* t=s: i= must be of d= itself */
	bool allowed[DIGEST_KINDS]; /* h= is absent or names it */
	bool for_email;      /* s= is absent, `*` or names it */
	unsigned char key[KEY_BYTES_MAX]; /* what is signed with: DER, or 32 bytes */
	size_t key_len;
};

/* A TXT record. NULL, or why it is no usable key record: static text. */
const char *key_record_parse(const char *text, size_t len,
                             struct key_record *out);

enum key_verdict {
	KEY_VALID,
	KEY_INVALID,     /* also when key and signature do not fit together */
	KEY_UNAVAILABLE, /* what computes it is not installed */
};

/* Is that a signature by the key over a hash of that kind? */
enum key_verdict key_record_verify(const struct key_record *key,
                                   enum digest_kind kind,
                                   const unsigned char hash[DIGEST_MAX],
                                   const unsigned char *signature, size_t len);

#endif
