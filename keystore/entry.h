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
#define ENTRY_REASON_MAX 200    /* bytes */
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

/* Where this copy of a certificate came from. */
enum entry_source {
	ENTRY_SOURCE_UNKNOWN, /* nothing was recorded */
	ENTRY_SOURCE_IMPORT,  /* somebody imported it by hand */
	ENTRY_SOURCE_WKD,
	ENTRY_SOURCE_VKS,
	ENTRY_SOURCE_DANE,
};

struct entry_cert {
	char fingerprint[FINGERPRINT_MAX]; /* of the primary key, upper case */
	enum entry_source source;
	int64_t fetched; /* when it was last seen there; 0 with ENTRY_SOURCE_UNKNOWN */
	/* Since when another has its place: kept for reference, never sealed to. 0: in use. */
	int64_t retired;
	int64_t created, expires;
	bool revoked;
	unsigned char *data; /* the whole (minimal) certificate, binary: for export */
	size_t size;
	struct entry_subkey subkey[ENTRY_SUBKEYS_MAX];
	size_t subkeys;
};

/* Is mail for the address sealed, apart from whether a key is there? */
enum entry_seal {
	ENTRY_SEAL_UNSET, /* as the address that this one extends, or stands for, says; else on */
	ENTRY_SEAL_ON,
	ENTRY_SEAL_OFF,
	ENTRY_SEAL_PAUSE, /* off until a moment, then on again */
};

/* May its certificate be given out (WKD, DANE)? Unset is as for seal, and at last no. */
enum entry_publish { ENTRY_PUBLISH_UNSET, ENTRY_PUBLISH_YES, ENTRY_PUBLISH_NO };

/*
 * What is stored has at least one of: a certificate in use, an alias, a policy (seal, publish); or
 * it is a tombstone, which has nothing else.  An alias has no certificates of its own; retired
 * certificates stand beside one that is in use.
 */
struct entry {
	char *address;   /* normal form, or `@domain` */
	uint64_t serial; /* 1 for the first version; 0 is not stored */
	int64_t changed; /* when this version was made */
	bool removed;    /* a tombstone: nobody is enrolled here any more */
	char *alias;     /* the address whose certificates hold for this one; or NULL */
	enum entry_seal seal;
	int64_t pause_until; /* ENTRY_SEAL_PAUSE: the first second in which it is on again */
	char *reason;        /* for off or pause (entry_reason_valid), or NULL */
	enum entry_publish publish;
	struct entry_cert cert[ENTRY_CERTS_MAX];
	size_t certs;
	char *signature; /* as read, behind the end; or NULL. Never written by entry_format */
	size_t signed_len; /* bytes of the text that it covers */
};

struct entry *entry_new(const char *address);
void entry_free(struct entry **entry);
/* Frees what a certificate holds (data of it and its subkeys) and zeroes it. */
void entry_cert_clear(struct entry_cert *cert);

/* Printable ASCII without `"` and `\`, as it goes into X-Mailseal; 1 to ENTRY_REASON_MAX bytes. */
bool entry_reason_valid(const char *text);
/* "import", "wkd", ...; "" for ENTRY_SOURCE_UNKNOWN. */
const char *entry_source_word(enum entry_source source);
/* Does it have what a stored entry must have, and nothing that excludes the rest? */
bool entry_is_whole(const struct entry *entry);
/* Is mail to be sealed at that time, as far as the entry says? ENTRY_SEAL_UNSET and a pause that is over are. */
bool entry_seals(const struct entry *entry, int64_t now);

/*
 * The entry for address (NULL: whosever it is, if that is in normal form).
 * NULL with *err (ERR_TEMPORARY: could not ask) when the text is not whole,
 * not for address, or differs in any byte from what entry_format makes of
 * it.  A Signature line may follow: whether it verifies is store.c's to ask.
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
	CERT_RETIRED, /* another took its place */
};

enum usability entry_subkey_usability(const struct entry_cert *cert,
                                      const struct entry_subkey *subkey,
                                      int64_t now);
/* USABLE if one subkey is; else the reason that is easiest to cure. */
enum usability entry_cert_usability(const struct entry_cert *cert, int64_t now);
const char *usability_word(enum usability u);   /* "usable", "expired", ... */
const char *usability_advice(enum usability u); /* what to do; empty for USABLE */

#endif
