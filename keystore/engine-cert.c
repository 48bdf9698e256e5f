/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engine-cert - what gpg lists of a certificate, in the words of an entry */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "keystore/address.h"
#include "keystore/engine-private.h"

/* gpg's fingerprints are upper case; -1: no fingerprint that we can keep. */
static int copy_fingerprint(char out[FINGERPRINT_MAX], const char *fingerprint)
{
	size_t len = fingerprint ? strlen(fingerprint) : 0;

	if ((len != 40 && len != 64) ||
	    strspn(fingerprint, "0123456789ABCDEF") != len)
		return -1;
	memcpy(out, fingerprint, len + 1);
	return 0;
}

int engine_cert_head(struct entry_cert *cert, gpgme_key_t key)
{
	gpgme_subkey_t primary = key->subkeys;

	if (!primary || primary->timestamp < 0 ||
	    copy_fingerprint(cert->fingerprint, primary->fpr) < 0)
		return -1;
	cert->created = primary->timestamp;
	cert->expires = primary->expires;
	cert->revoked = key->revoked;
	return 0;
}

static int fill_subkey(struct entry_subkey *out, gpgme_subkey_t subkey)
{
	char *algorithm = gpgme_pubkey_algo_string(subkey);
	int rc = -1;

	if (algorithm && strlen(algorithm) < sizeof out->algorithm &&
	    subkey->timestamp >= 0 &&
	    copy_fingerprint(out->fingerprint, subkey->fpr) == 0) {
		memcpy(out->algorithm, algorithm, strlen(algorithm) + 1);
		rc = 0;
	}
	gpgme_free(algorithm);
	out->keyid = entry_keyid(out->fingerprint);
	out->created = subkey->timestamp;
	out->expires = subkey->expires;
	out->revoked = subkey->revoked;
	out->weak = entry_algorithm_weak(out->algorithm);
	return rc;
}

/* The newest first; fingerprints, so that it is the same on every host. */
static int compare_subkeys(const void *a, const void *b)
{
	const struct entry_subkey *x = a, *y = b;

	if (x->created != y->created)
		return x->created < y->created ? 1 : -1;
	return strcmp(x->fingerprint, y->fingerprint);
}

/* Too many: the usable ones go first, and of each kind the newest. */
static void choose_subkeys(struct entry_cert *cert, struct entry_subkey *all,
                           size_t count)
{
	const int64_t now = time(NULL);

	qsort(all, count, sizeof *all, compare_subkeys);
	for (int usable = 1; usable >= 0; usable--)
		for (size_t i = 0; i < count; i++)
			if ((entry_subkey_usability(cert, &all[i], now) ==
			     USABLE) == usable &&
			    cert->subkeys < ENTRY_SUBKEYS_MAX)
				cert->subkey[cert->subkeys++] = all[i];
}

void engine_cert_subkeys(struct entry_cert *cert, gpgme_key_t key)
{
	struct entry_subkey *all = NULL;
	size_t count = 0;

	for (gpgme_subkey_t s = key->subkeys; s; s = s->next) {
		if (!s->can_encrypt || s->invalid)
			continue;
		all = mem_grow(all, count + 1, sizeof *all);
		memset(&all[count], 0, sizeof *all);
		if (fill_subkey(&all[count], s) == 0)
			count++;
	}
	cert->subkeys = 0;
	if (count > ENTRY_SUBKEYS_MAX) {
		choose_subkeys(cert, all, count);
	} else if (count > 0) {
		memcpy(cert->subkey, all, count * sizeof *all);
		cert->subkeys = count;
	}
	free(all);
}

bool engine_cert_has(const struct entry_cert *cert, const char *fingerprint)
{
	for (size_t i = 0; i < cert->subkeys; i++)
		if (strcmp(cert->subkey[i].fingerprint, fingerprint) == 0)
			return true;
	return false;
}

/* gpg calls all user IDs of a revoked key revoked; it must still be known
 * whose it was. */
static bool is_valid(gpgme_key_t key, gpgme_user_id_t uid)
{
	return (!uid->revoked || key->revoked) && !uid->invalid && uid->address;
}

static bool contains(char *const *list, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

char **engine_cert_addresses(gpgme_key_t key, struct err *err)
{
	char **list = mem_array(ENGINE_ADDRESSES_MAX + 1, sizeof *list);
	size_t count = 0;

	for (gpgme_user_id_t u = key->uids; u; u = u->next) {
		struct err ignored;
		char *address = is_valid(key, u) ?
		                address_normalize(u->address, &ignored) : NULL;

		if (!address || contains(list, count, address)) {
			free(address);
		} else if (count < ENGINE_ADDRESSES_MAX) {
			list[count++] = address;
		} else {
			free(address);
			engine_addresses_free(&list);
			err_set(err, ERR_DATA, NULL, "%s has more than %d "
			        "addresses", key->subkeys->fpr,
			        ENGINE_ADDRESSES_MAX);
			return NULL;
		}
	}
	return list;
}

void engine_addresses_free(char ***list)
{
	for (size_t i = 0; *list && (*list)[i]; i++)
		free((*list)[i]);
	free(*list);
	*list = NULL;
}

/* May it stand in a filter expression of gpg.conf? */
static bool is_plain(const char *mailbox)
{
	return mailbox[strspn(mailbox, "abcdefghijklmnopqrstuvwxyz"
	                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                               "0123456789._+-@")] == '\0';
}

/* gpg lists the primary user ID first. */
static const char *first_mailbox(gpgme_key_t key)
{
	for (gpgme_user_id_t u = key->uids; u; u = u->next)
		if (is_valid(key, u) && *u->address && is_plain(u->address))
			return u->address;
	return NULL;
}

const char *engine_cert_mailbox(gpgme_key_t key, const char *address)
{
	for (gpgme_user_id_t u = key->uids; address && u; u = u->next) {
		struct err ignored;
		char *normal = is_valid(key, u) ?
		               address_normalize(u->address, &ignored) : NULL;
		bool same = normal && strcmp(normal, address) == 0;

		free(normal);
		if (same)
			return is_plain(u->address) ? u->address : NULL;
	}
	return address ? first_mailbox(key) : NULL;
}
