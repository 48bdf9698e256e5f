/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signer - DKIM signatures (RFC 6376) made with nettle and libsodium, for tests
 *
 * It canonicalizes in a way of its own, byte by byte, so that a mistake in auth/canon.c shows.
 */
#ifndef MAILSEAL_TESTS_SIGNER_H
#define MAILSEAL_TESTS_SIGNER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct signer;

/* The same key each time for the same bits. */
struct signer *signer_rsa(unsigned bits);
struct signer *signer_ed25519(void);
void signer_free(struct signer **signer);

/* Appends the value of p=: SubjectPublicKeyInfo, or RSAPublicKey; Ed25519: 32 bytes. */
void signer_key(const struct signer *signer, bool bare, struct buf *out);
/* Appends the signature of a SHA-256 hash, as base64. sha1: of one of SHA-1, its first 20 bytes. */
void signer_hash(const struct signer *signer, const unsigned char hash[32],
                 bool sha1, struct buf *out);

struct signer_order {
	const char *field;  /* "DKIM-Signature" */
	const char *tags;   /* all but h=, bh= and b= */
	const char *names;  /* h=: `From:To` */
	bool relaxed_header, relaxed_body;
	long length; /* of the canonicalized body that is hashed; -1: all of it */
	bool sha1;   /* with an RSA key alone */
};

/* Appends the field (with CRLF) that signs header (fields with CRLF) and body. */
void signer_sign(const struct signer *signer, const struct signer_order *signing,
                 const char *header, const char *body, struct buf *out);

/* Appends len bytes as base64. */
void signer_base64(const void *data, size_t len, struct buf *out);

#endif
