/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signature - a DKIM-Signature (RFC 6376 3.5), ARC-Message-Signature or ARC-Seal (RFC 8617 4.1) field
 *
 * Parsed and bounded; what it signs, hashed; checked with its key.
 */
#ifndef MAILSEAL_AUTH_SIGNATURE_H
#define MAILSEAL_AUTH_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/canon.h"
#include "auth/digest.h"
#include "auth/dns.h"
#include "auth/header.h"
#include "auth/key-record.h"
#include "auth/lookups.h"
#include "auth/tag-list.h"

#define SIGNATURE_BYTES_MAX 1024 /* of b=, decoded */
#define SIGNATURE_HEADERS_MAX 512 /* names in h= */
#define SIGNATURE_KEYS_MAX 4      /* records under one name that are tried */

enum signature_kind {
	SIGNATURE_DKIM,
	SIGNATURE_ARC_MESSAGE,
	SIGNATURE_ARC_SEAL,
};

enum signature_algorithm {
	SIGNATURE_RSA_SHA256,
	SIGNATURE_ED25519_SHA256,
	SIGNATURE_RSA_SHA1, /* known, and never a pass: RFC 8301 3.1 */
};

struct signature {
	enum signature_kind kind;
	const struct header_field *field; /* borrowed; so are the tags' texts */
	struct tag_list tags;
	enum signature_algorithm algorithm; /* only if has_algorithm */
	bool has_algorithm;
	enum canon header_canon, body_canon;
	char domain[DNS_NAME_MAX];   /* d=, as A-labels, lower case (RFC 8616); "" if it can't be read */
	char selector[DNS_NAME_MAX]; /* s=, the same */
	char *identity;              /* i= of DKIM, decoded, its domain as A-labels, or NULL */
	bool subdomain;              /* i= is of a name below d= */
	uint64_t body_length;        /* l=, or UINT64_MAX */
	int64_t time, expiry;        /* t=, x=; -1: absent */
	unsigned instance;           /* i= of ARC */
	bool draft;                  /* DKIM without v=: of a draft before RFC 4871, never a pass */
	unsigned char hash[DIGEST_MAX]; /* bh= */
	unsigned char signature[SIGNATURE_BYTES_MAX]; /* b= */
	size_t signature_len;
};

/* NULL, or why it can't be used (permerror): static text. Domain, selector and algorithm are set if they could
 * be read. signature_free it in either case. */
const char *signature_parse(const struct header_field *field,
                            enum signature_kind kind, struct signature *out);
void signature_free(struct signature *signature);

/* The hash that b= signs: the fields of h= from the bottom up, then its own field without
 * b='s value (RFC 6376 3.7). Not for seals. */
void signature_hash_header(const struct signature *signature,
                           const struct header *header,
                           unsigned char hash[DIGEST_MAX]);
/* Its own field, as it is the last of what is hashed. */
void signature_own_field(const struct signature *signature, canon_sink *sink,
                         void *ctx);

/*
 * A field of a signed name that is not signed, though another of that name is: it was put on
 * top, and a reader may be shown that one.  NULL: none.  Fields that each hop may add (Received, DKIM-Signature,
 * X-...) do not count.
 */
const struct header_field *signature_added(const struct signature *signature,
                                           const struct header *header);

/* The name of its key: SELECTOR._domainkey.DOMAIN. False: too long. */
bool signature_key_name(const struct signature *signature,
                        char out[DNS_NAME_MAX]);

enum digest_kind signature_digest(const struct signature *signature);
const char *signature_algorithm_word(enum signature_algorithm algorithm);

enum signature_verdict {
	SIGNATURE_WAITING, /* for its key */
	SIGNATURE_VALID,
	SIGNATURE_INVALID,   /* b= does not verify */
	SIGNATURE_NO_KEY,    /* permanently: none there, revoked, not for this */
	SIGNATURE_WEAK_KEY,
	SIGNATURE_TEMPERROR, /* the key could not be asked for */
};

/* What was found out about the key. */
struct signature_key {
	struct key_record record;      /* all zero before there is one */
	const struct dns_record *text; /* the record as it was published, borrowed from lookups; or NULL */
	enum dns_security security;
	const char *why; /* in words, static; NULL when valid */
};

/*
 * Asks for the key and checks b= over hash: one step, as auth/lookups.h says.  Where several keys
 * are under one name (RFC 6376 3.6.2.2 leaves that open), the first that verifies counts.
 */
enum signature_verdict signature_verify(const struct signature *signature,
                                        const unsigned char hash[DIGEST_MAX],
                                        struct lookups *lookups,
                                        struct signature_key *key);

#endif
