/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * address - a recipient's address in the one form that is looked up
 *
 * The normal form (RFC 5321 section 4.1.2, RFC 6531): LOCAL@DOMAIN, ASCII
 * letters in lower case, quotes around LOCAL only where it needs them,
 * DOMAIN as A-labels (RFC 5890) without a final dot, or an address literal.
 * UTF-8 in LOCAL stays as it is.  A normal form is its own normal form.
 */
#ifndef MAILSEAL_KEYSTORE_ADDRESS_H
#define MAILSEAL_KEYSTORE_ADDRESS_H

#include <stdbool.h>

#include "base/err.h"

#define ADDRESS_MAX 1024 /* bytes, of what is given and of its normal form */

/*
 * LOCAL@DOMAIN, with or without angle brackets, to its normal form; the
 * caller frees.  NULL with *err (ERR_DATA): no @, an empty side, blanks or
 * specials outside quotes, control characters, bad UTF-8, too long.
 */
char *address_normalize(const char *address, struct err *err);

/* The same, and `@DOMAIN`, a domain default, as well: what an entry may be for. */
char *address_normalize_entry(const char *address, struct err *err);

/* Is it what address_normalize_entry would return? */
bool address_is_normal(const char *address);

/*
 * A normal address without its extension: LOCAL up to the first of the
 * delimiter characters.  NULL where there is none, where nothing would be
 * left, and for what Postfix doesn't split either: postmaster,
 * mailer-daemon, double-bounce, and with the delimiter `-` owner-LIST and
 * LIST-request.  The caller frees.
 */
char *address_without_extension(const char *normal, const char *delimiters);

/* `@DOMAIN` of a normal address, under which its domain default is found; borrowed. */
const char *address_domain_default(const char *normal);

#endif
