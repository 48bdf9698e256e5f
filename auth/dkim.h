/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dkim - DKIM signatures of a message, verified (RFC 6376, 8301, 8463, 8616)
 *
 * dkim_new parses the signatures and orders their body hashes; when these have run, dkim_step asks
 * for the keys and checks.  At most DKIM_SIGNATURES_MAX are tried, from the top; the others are
 * counted and not looked at.  No choice is made among them: who can put eight in front of the author's
 * can as well break that one.
 */
#ifndef MAILSEAL_AUTH_DKIM_H
#define MAILSEAL_AUTH_DKIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/body-hash.h"
#include "auth/header.h"
#include "auth/lookups.h"

#define DKIM_SIGNATURES_MAX 8

enum dkim_result { /* RFC 8601 2.7.1 */
	DKIM_NONE,
	DKIM_PASS,
	DKIM_FAIL,
	DKIM_POLICY,
	DKIM_NEUTRAL,
	DKIM_TEMPERROR,
	DKIM_PERMERROR,
};

struct dkim_policy {
	int64_t now;             /* seconds since the epoch */
	bool partial_body_fails; /* l= that leaves text out: policy, not pass */
};

struct dkim_signature {
	enum dkim_result result;
	const char *reason;    /* in words, or NULL; static, or owned by the dkim */
	const char *domain, *selector; /* A-labels; NULL: could not be read */
	const char *identity;  /* i=, or NULL; any bytes but NUL: whoever prints it checks it */
	const char *algorithm; /* "rsa-sha256", or NULL */
	const char *tag;       /* the first 8 or so characters of b=, for header.b (RFC 6008) */
	unsigned key_bits;     /* 0: no key seen */
	bool weak_key;         /* below KEY_RSA_BITS_GOOD */
	bool testing;          /* the key says t=y */
	bool has_length;       /* l= is there */
	uint64_t body_length;  /* l= */
	bool partial_body;     /* text stands behind what was signed */
	const char *added;     /* name of a signed field of which another, unsigned one stands above; or NULL */
	enum dns_security security; /* of the key */
	const struct dns_record *key_text; /* as published; borrowed from lookups; or NULL */
	const char *key_name;
};

struct dkim;

/* Never NULL. header and hashes are borrowed, and must stay while it is used. */
struct dkim *dkim_new(const struct header *header,
                      const struct dkim_policy *policy,
                      struct body_hashes *hashes);
void dkim_free(struct dkim **dkim);
bool dkim_step(struct dkim *dkim, struct lookups *lookups); /* true: done */

size_t dkim_count(const struct dkim *dkim);
const struct dkim_signature *dkim_get(const struct dkim *dkim, size_t i);
size_t dkim_left_out(const struct dkim *dkim); /* signatures beyond the bound */

const char *dkim_word(enum dkim_result result);

#endif
