/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * forge-cert - OpenPGP certificates, good and odd, put together octet by octet for tests
 *
 * The self-signatures verify: the primary key is Ed25519, always the same one, made in 2020.
 */
#ifndef MAILSEAL_TESTS_FORGE_CERT_H
#define MAILSEAL_TESTS_FORGE_CERT_H

#include "base/buf.h"

/*
 * By recipe, words with a space between, in the order of the packets:
 *	key:FLAGS       the primary key; FLAGS (hexadecimal, RFC 9580 section 5.2.3.29) stand in the
 *	                self-signatures of its user IDs
 *	uid:TEXT        a user ID, self-signed (no spaces in it)
 *	bare-uid:TEXT   one without a self-signature
 *	image:N         a user attribute of N octets, without a signature
 *	sub:FLAGS       a Curve25519 encryption subkey with these flags
 *	expired:FLAGS   the same, expired in 2021
 *	algorithm:N     a subkey of public-key algorithm N with octets that mean nothing, bound to it
 *	unbound         a Curve25519 subkey without a binding signature
 *	others:N        N signatures that other keys seem to have made
 *	fakes:N         N signatures that the primary key seems to have made
 *	v3 v5 v6        a key of that version and nothing more
 */
void forge_cert(const char *recipe, struct buf *out);

#endif
