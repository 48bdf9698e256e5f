/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entry - what the keystore knows of one address
 *
 * Made at import, when gpg looked at the certificate; read at delivery, when
 * no gpg is started for it.  The text form is docs/keystore.md; whoever can
 * write the store chose its bytes, so the parser is bounded and strict.
 */
#ifndef MAILSEAL_KEYSTORE_ENTRY_H
#define MAILSEAL_KEYSTORE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define ENTRY_MAX ((size_t)1024 * 1024) /* bytes of an entry's text */
#define ENTRY_CERTS_MAX 16
#define ENTRY_SUBKEYS_MAX 16
#define ENTRY_SIGNATURE_MAX 512 /* bytes of a Signature line's value */
#define ENTRY_ALGORITHM_MAX 32  /* bytes, NUL included */
#define FINGERPRINT_MAX 65      /* 40 (v4) or 64 (v5, v6) hex digits and NUL */

/* An encryption (sub)key; the primary itself where that encrypts.  Times are
 * seconds since the epoch, expires is the first at which it is expired (0: never). */
struct entry_subkey {
	char fingerprint[FINGERPRINT_MAX]; /* upper case */
	uint64_t keyid;                    /* entry_keyid(fingerprint) */
	int64_t created, expires;
	bool revoked, weak;
	char algorithm[ENTRY_ALGORITHM_MAX]; /* "rsa3072", "cv25519" */
	unsigned char *data; /* the certificate with this subkey alone, binary: what gpg is given */
	size_t size;
};

struct entry_cert {
	char fingerprint[FINGERPRINT_MAX]; /* of the primary key, upper case */
	int64_t created, expires;
	bool revoked;
	unsigned char *data; /* the whole (minimal) certificate, binary: for export */
	size_t size;
	struct entry_subkey subkey[ENTRY_SUBKEYS_MAX];
	size_t subkeys;
};

struct entry {
	char *address;   /* normal form, or `@domain` */
	uint64_t serial; /* 1 for the first version; 0 is not stored */
	int64_t changed; /* when this version was made */
	struct entry_cert cert[ENTRY_CERTS_MAX];
	size_t certs; /* at least 1 in what is stored */
};

struct entry *entry_new(const char *address);
void entry_free(struct entry **entry);
/* Frees what a certificate holds (data of it and its subkeys) and zeroes it. */
void entry_cert_clear(struct entry_cert *cert);

/*
 * The entry for address (NULL: whosever it is, if that is in normal form).
 * NULL with *err (ERR_TEMPORARY: could not ask) when the text is not whole,
 * not for address, or differs in any byte from what entry_format makes of
 * it.  A Signature line may follow; it is skipped.
 */
struct entry *entry_parse(const char *text, size_t len, const char *address,
                          struct err *err);
/* Appends the text form. */
void entry_format(const struct entry *entry, struct buf *out);

/* The 64-bit key ID that PKESK packets carry: the end of a v4 fingerprint,
 * the front of a longer one. */
uint64_t entry_keyid(const char *fingerprint);

/* Is an algorithm ("rsa1024", "elg4096", "cv25519") too weak to seal to? RSA,
 * DSA and ElGamal below 2048 bits are, give or take the top bit. */
bool entry_algorithm_weak(const char *algorithm);

/* Can it be sealed to at a time, or why not? */
enum usability {
	USABLE,
	CERT_EXPIRED,
	CERT_REVOKED,
	CERT_NOT_YET_VALID, /* it or its subkeys were made in the future */
	NO_ENCRYPTION_SUBKEY,
	SUBKEYS_EXPIRED,
	SUBKEYS_REVOKED,
	TOO_WEAK,
};

enum usability entry_subkey_usability(const struct entry_cert *cert,
                                      const struct entry_subkey *subkey,
                                      int64_t now);
/* USABLE if one subkey is; else the reason that is easiest to cure. */
enum usability entry_cert_usability(const struct entry_cert *cert, int64_t now);
const char *usability_word(enum usability u);   /* "usable", "expired", ... */
const char *usability_advice(enum usability u); /* what to do; empty for USABLE */

#endif
