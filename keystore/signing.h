/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signing - the site's signature on what the keystore says (Ed25519, RFC 8032, by libsodium)
 *
 * Whoever can change a key reads all later mail, so entries and changes are signed with a key that
 * lives outside the store, and deliveries pin its public half (keystore-public-key).  What is signed
 * begins with a word that says what it is (`mailseal-entry`, `mailseal-change`,
 * `mailseal-checkpoint`), so that none can stand for another.
 *
 * Texts: a signature and a public key are `ed25519:BASE64`; the secret key's file holds one line,
 * `mailseal-signing-key ed25519:BASE64` (the seed).
 */
#ifndef MAILSEAL_KEYSTORE_SIGNING_H
#define MAILSEAL_KEYSTORE_SIGNING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define SIGNING_KEYS_MAX 4 /* public keys pinned at once: an old and a new one */

struct signing_secret;
struct signing_public;

/* Makes a key: its secret half into a new file, 0600. -1 with *err; never over an old one. */
int signing_make(const char *path, struct err *err);

/* NULL with *err: unreadable, not such a key, or readable by others (ERR_CONFIG). */
struct signing_secret *signing_secret_read(const char *path, struct err *err);
void signing_secret_free(struct signing_secret **secret); /* wipes it */
/* Appends the public half's text. */
void signing_secret_public(const struct signing_secret *secret, struct buf *out);
/* Appends the signature's text. */
void signing_sign(const struct signing_secret *secret, const void *data,
                  size_t len, struct buf *out);

/* value: `ed25519:BASE64`, or the absolute path of a file with up to SIGNING_KEYS_MAX such lines.
 * NULL with *err (ERR_CONFIG). */
struct signing_public *signing_public_read(const char *value, struct err *err);
void signing_public_free(struct signing_public **keys);
/* Is the signature one of these keys' over the data? */
bool signing_verify(const struct signing_public *keys, const void *data,
                    size_t len, const char *signature);
/* Is that public key, as text, among them? */
bool signing_public_has(const struct signing_public *keys, const char *text);

#endif
