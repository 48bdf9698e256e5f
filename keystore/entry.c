/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entry - what the keystore knows of one address: lifetime, usability
 *
 * Its text form is entry-text.c.  Usability is decided from what the import
 * recorded and a clock (RFC 4880 section 5.2.3.3 and .6: expiry and
 * revocation of key and subkey), without gpg.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "keystore/entry.h"

#define WEAK_BELOW_BITS 2047

struct entry *entry_new(const char *address)
{
	struct entry *entry = mem_alloc(sizeof *entry);

	entry->address = mem_strdup(address);
	return entry;
}

void entry_cert_clear(struct entry_cert *cert)
{
	for (size_t i = 0; i < cert->subkeys; i++)
		free(cert->subkey[i].data);
	free(cert->data);
	memset(cert, 0, sizeof *cert);
}

void entry_free(struct entry **entry)
{
	struct entry *e = *entry;

	if (!e)
		return;
	for (size_t i = 0; i < e->certs; i++)
		entry_cert_clear(&e->cert[i]);
	free(e->address);
	free(e->alias);
	free(e->reason);
	free(e->signature);
	free(e);
	*entry = NULL;
}

bool entry_reason_valid(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > ENTRY_REASON_MAX)
		return false;
	for (const char *p = text; *p; p++)
		if (*p < ' ' || *p > '~' || *p == '"' || *p == '\\')
			return false;
	return text[0] != ' ' && text[len - 1] != ' ';
}

const char *entry_source_word(enum entry_source source)
{
	static const char *const word[] = {
		[ENTRY_SOURCE_UNKNOWN] = "",
		[ENTRY_SOURCE_IMPORT] = "import",
		[ENTRY_SOURCE_WKD] = "wkd",
		[ENTRY_SOURCE_VKS] = "vks",
		[ENTRY_SOURCE_DANE] = "dane",
	};

	return word[source];
}

bool entry_is_whole(const struct entry *e)
{
	bool policy = e->seal != ENTRY_SEAL_UNSET ||
	              e->publish != ENTRY_PUBLISH_UNSET;

	bool in_use = e->certs == 0;

	for (size_t i = 0; i < e->certs; i++)
		in_use |= e->cert[i].retired == 0;
	if (!in_use)
		return false;
	if (e->removed)
		return e->certs == 0 && !e->alias && !policy && !e->reason;
	if (e->alias && e->certs)
		return false;
	return e->certs || e->alias || policy;
}

bool entry_seals(const struct entry *entry, int64_t now)
{
	switch (entry->seal) {
	case ENTRY_SEAL_OFF: return false;
	case ENTRY_SEAL_PAUSE: return now >= entry->pause_until;
	case ENTRY_SEAL_UNSET:
	case ENTRY_SEAL_ON: break;
	}
	return true;
}

uint64_t entry_keyid(const char *fingerprint)
{
	size_t len = strlen(fingerprint);
	char digits[17] = "";

	if (len < 16)
		return 0;
	memcpy(digits, len > 40 ? fingerprint : fingerprint + len - 16, 16);
	return strtoull(digits, NULL, 16);
}

bool entry_algorithm_weak(const char *algorithm)
{
	static const char *const by_length[] = { "rsa", "dsa", "elg" };

	for (size_t i = 0; i < sizeof by_length / sizeof by_length[0]; i++)
		if (strncmp(algorithm, by_length[i], 3) == 0)
			return strtoul(algorithm + 3, NULL, 10) < WEAK_BELOW_BITS;
	return false;
}

/* ---- usability --------------------------------------------------------- */

static bool is_expired(int64_t expires, int64_t now)
{
	return expires != 0 && now >= expires;
}

static enum usability primary_usability(const struct entry_cert *cert,
                                        int64_t now)
{
	if (cert->retired)
		return CERT_RETIRED;
	if (cert->revoked)
		return CERT_REVOKED;
	if (is_expired(cert->expires, now))
		return CERT_EXPIRED;
	if (cert->created > now)
		return CERT_NOT_YET_VALID;
	return USABLE;
}

/* Weak before expired: no new date cures it. */
enum usability entry_subkey_usability(const struct entry_cert *cert,
                                      const struct entry_subkey *subkey,
                                      int64_t now)
{
	enum usability primary = primary_usability(cert, now);

	if (primary != USABLE)
		return primary;
	if (subkey->revoked)
		return SUBKEYS_REVOKED;
	if (subkey->weak)
		return TOO_WEAK;
	if (is_expired(subkey->expires, now))
		return SUBKEYS_EXPIRED;
	if (subkey->created > now)
		return CERT_NOT_YET_VALID;
	return USABLE;
}

/* How little is to do about it: nothing, wait, a new date, a new subkey. */
static int ease(enum usability u)
{
	static const int ease[] = {
		[USABLE] = 9,          [CERT_NOT_YET_VALID] = 8,
		[CERT_EXPIRED] = 7,    [SUBKEYS_EXPIRED] = 6,
		[TOO_WEAK] = 5,        [SUBKEYS_REVOKED] = 4,
		[CERT_REVOKED] = 3,    [NO_ENCRYPTION_SUBKEY] = 2,
		[CERT_RETIRED] = 1,
	};

	return ease[u];
}

enum usability entry_cert_usability(const struct entry_cert *cert, int64_t now)
{
	enum usability best = primary_usability(cert, now);

	if (best != USABLE)
		return best;
	best = NO_ENCRYPTION_SUBKEY;
	for (size_t i = 0; i < cert->subkeys; i++) {
		enum usability u =
			entry_subkey_usability(cert, &cert->subkey[i], now);

		if (ease(u) > ease(best))
			best = u;
	}
	return best;
}

const char *usability_word(enum usability u)
{
	static const char *const word[] = {
		[USABLE] = "usable",
		[CERT_EXPIRED] = "expired",
		[CERT_REVOKED] = "revoked",
		[CERT_NOT_YET_VALID] = "not yet valid",
		[NO_ENCRYPTION_SUBKEY] = "no encryption subkey",
		[SUBKEYS_EXPIRED] = "encryption subkey expired",
		[SUBKEYS_REVOKED] = "encryption subkey revoked",
		[TOO_WEAK] = "too weak",
		[CERT_RETIRED] = "retired",
	};

	return word[u];
}

const char *usability_advice(enum usability u)
{
	static const char *const advice[] = {
		[USABLE] = "",
		[CERT_EXPIRED] =
			"ask its owner to extend it (gpg --quick-set-expire), then import it again",
		[CERT_REVOKED] =
			"ask its owner for a new certificate; remove this one, import that one",
		[CERT_NOT_YET_VALID] =
			"compare this host's clock with the certificate's creation time",
		[NO_ENCRYPTION_SUBKEY] =
			"ask its owner to add one (gpg --quick-add-key), then import it again",
		[SUBKEYS_EXPIRED] =
			"ask its owner to extend or replace the subkey, then import it again",
		[SUBKEYS_REVOKED] =
			"ask its owner to add another (gpg --quick-add-key), then import it again",
		[TOO_WEAK] =
			"ask its owner to add a Curve25519 or RSA 3072 one, then import it again",
		[CERT_RETIRED] = "another certificate took its place",
	};

	return advice[u];
}
