/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entry-text - an entry as text, to the byte as docs/keystore.md has it; entry-read.c reads it
 *
 * Lines `Name: value` in a fixed order, numbers without leading zeros,
 * canonical base64 (RFC 4648): each entry has one text, so that a signature
 * can cover the bytes.  `End: N` counts the bytes in front of it, so that a
 * half is never taken for a whole.  A line that this version does not know
 * is an error: it may say that the entry must not be used.
 */
#include <config.h>

#include <inttypes.h>
#include <nettle/base64.h>
#include <string.h>

#include "keystore/entry-private.h"

#define PIECE 768 /* bytes encoded at once; divisible by 3 */

/* ---- writing ----------------------------------------------------------- */

static void add_data(struct buf *out, const unsigned char *data, size_t size)
{
	char text[BASE64_ENCODE_RAW_LENGTH(PIECE)];

	buf_adds(out, "Data: ");
	for (size_t done = 0; done < size; done += PIECE) {
		size_t len = size - done < PIECE ? size - done : PIECE;

		base64_encode_raw(text, len, data + done);
		buf_add(out, text, BASE64_ENCODE_RAW_LENGTH(len));
	}
	buf_addc(out, '\n');
}

static const char *yes_no(bool value)
{
	return value ? "yes" : "no";
}

static void add_validity(struct buf *out, int64_t created, int64_t expires,
                         bool revoked)
{
	buf_addf(out, "Created: %" PRId64 "\nExpires: %" PRId64 "\nRevoked: %s\n",
	         created, expires, yes_no(revoked));
}

static void add_origin(struct buf *out, const struct entry_cert *cert)
{
	if (cert->source != ENTRY_SOURCE_UNKNOWN)
		buf_addf(out, "Source: %s\nFetched: %" PRId64 "\n",
		         entry_source_word(cert->source), cert->fetched);
	if (cert->retired)
		buf_addf(out, "Retired: %" PRId64 "\n", cert->retired);
}

static void add_cert(struct buf *out, const struct entry_cert *cert)
{
	buf_addf(out, "Certificate: %s\n", cert->fingerprint);
	add_origin(out, cert);
	add_validity(out, cert->created, cert->expires, cert->revoked);
	add_data(out, cert->data, cert->size);
	for (size_t i = 0; i < cert->subkeys; i++) {
		const struct entry_subkey *s = &cert->subkey[i];

		buf_addf(out, "Subkey: %s\n", s->fingerprint);
		add_validity(out, s->created, s->expires, s->revoked);
		buf_addf(out, "Weak: %s\nAlgorithm: %s\n", yes_no(s->weak),
		         s->algorithm);
		add_data(out, s->data, s->size);
	}
}

static void add_seal(struct buf *out, const struct entry *entry)
{
	if (entry->seal == ENTRY_SEAL_ON)
		buf_adds(out, "Seal: on\n");
	else if (entry->seal == ENTRY_SEAL_OFF)
		buf_adds(out, "Seal: off\n");
	else if (entry->seal == ENTRY_SEAL_PAUSE)
		buf_addf(out, "Seal: pause\nUntil: %" PRId64 "\n",
		         entry->pause_until);
	if (entry->reason)
		buf_addf(out, "Reason: %s\n", entry->reason);
}

static void add_policy(struct buf *out, const struct entry *entry)
{
	if (entry->removed)
		buf_adds(out, "Removed: yes\n");
	if (entry->alias)
		buf_addf(out, "Alias: %s\n", entry->alias);
	add_seal(out, entry);
	if (entry->publish != ENTRY_PUBLISH_UNSET)
		buf_addf(out, "Publish: %s\n",
		         yes_no(entry->publish == ENTRY_PUBLISH_YES));
}

void entry_format(const struct entry *entry, struct buf *out)
{
	size_t start = out->len;

	buf_adds(out, ENTRY_FIRST_LINE);
	buf_addf(out, "Address: %s\nSerial: %" PRIu64 "\nChanged: %" PRId64 "\n",
	         entry->address, entry->serial, entry->changed);
	add_policy(out, entry);
	for (size_t i = 0; i < entry->certs; i++)
		add_cert(out, &entry->cert[i]);
	buf_addf(out, "End: %zu\n", out->len - start);
}
