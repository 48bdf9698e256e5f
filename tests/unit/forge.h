/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * forge - ciphertexts, good and bad, put together octet by octet for tests
 *
 * Nothing here is encrypted: what would be is pseudo-random.
 */
#ifndef MAILSEAL_TESTS_FORGE_H
#define MAILSEAL_TESTS_FORGE_H

#include <stddef.h>

#include "base/buf.h"

/*
 * OpenPGP packets by recipe: words with a space between. Session keys: rsa
 * elgamal ecdh x25519 x448 hidden (rsa without key ID), rsa6 x25519-6 (version
 * 6), skesk4 skesk4-key skesk5 skesk6 argon2. Encrypted data, N octets of
 * body: seipd1:N seipd2:N sed:N ocb:N; in front of them old- (old format),
 * open- (old format, without length), partial- (in pieces), text- (of text).
 * Others: literal marker padding compressed signature. hex:0A0B stands for
 * these octets, big-rsa:N for a PKESK of N octets of text, text-id for one
 * whose key ID is text, cut:N takes the last N octets away.
 */
void forge_packets(const char *recipe, struct buf *out);

/*
 * Armour by template: %B is the base64 of octets in lines of 64, %C the line
 * of their CRC-24, %W a CRC-24 that is wrong, %1 and %2 the halves of %B, %A
 * a whole armour.
 */
void forge_armour(const char *template, const struct buf *octets, struct buf *out);

/* base64 in lines of width characters, and quoted-printable with every `=`
 * and `-` encoded and a soft line break in the middle of each line. */
void forge_base64(const void *data, size_t len, size_t width, struct buf *out);
void forge_quoted_printable(const char *text, struct buf *out);

/*
 * CMS by recipe: enveloped, auth (authEnveloped), signed or compressed; then
 * what is different. Good: indefinite (lengths, content in pieces), small
 * (content), ecdh, keyid, password, kek (RecipientInfos). Bad: none (no
 * RecipientInfo), ori, originator, attributes (unprotected), auth-attributes,
 * unauth-attributes, detached (no content), text (as content), text-key, tail
 * (octets behind it), inner-tail (octets behind it in the ContentInfo),
 * unclosed, no-mac, long-name, long-recipient, long-mac.
 */
void forge_smime(const char *recipe, struct buf *out);

/* n octets that look random. */
void forge_random(size_t n, struct buf *out);
/* n octets of a text. */
void forge_text(size_t n, struct buf *out);

#endif
