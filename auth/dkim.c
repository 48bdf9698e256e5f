/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dkim - DKIM signatures of a message, verified (RFC 6376 section 6) */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/dkim.h"
#include "auth/signature.h"
#include "base/mem.h"

#define TAG_LENGTH 8 /* characters of b=: RFC 6008 section 4 */

/* A clock may be wrong, or set to local time: seconds. */
#define CLOCK_SKEW 86400

struct entry {
	struct dkim_signature result;
	struct signature signature;
	int body_hash;          /* its number; -1: none was ordered */
	bool judged, hashed;
	unsigned char hash[DIGEST_MAX]; /* of the header */
	char tag[TAG_LENGTH + 1];
	char key_name[DNS_NAME_MAX];
	char *added;
};

struct dkim {
	const struct header *header;
	struct dkim_policy policy;
	struct body_hashes *hashes;
	struct entry *entry;
	size_t count, left_out;
};

static void judge(struct entry *entry, enum dkim_result result, const char *reason)
{
	entry->judged = true;
	entry->result.result = result;
	entry->result.reason = reason;
}

/* ---- before the body and the keys are there ------------------------------ */

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

static void copy_tag(struct entry *entry)
{
	const struct tag *b = tag_find(&entry->signature.tags, "b");
	size_t len = 0;

	for (size_t i = 0; b && i < b->value_len && len < TAG_LENGTH; i++)
		if (is_base64(b->value[i]))
			entry->tag[len++] = b->value[i];
	entry->result.tag = len ? entry->tag : NULL;
}

static void describe(struct entry *entry)
{
	struct dkim_signature *result = &entry->result;
	struct signature *signature = &entry->signature;

	if (signature->domain[0])
		result->domain = signature->domain;
	if (signature->selector[0])
		result->selector = signature->selector;
	if (signature->has_algorithm)
		result->algorithm = signature_algorithm_word(signature->algorithm);
	result->identity = signature->identity;
	result->has_length = signature->body_length != BODY_WHOLE;
	result->body_length = result->has_length ? signature->body_length : 0;
	copy_tag(entry);
	if (result->domain && result->selector &&
	    signature_key_name(signature, entry->key_name))
		result->key_name = entry->key_name;
}

/* RFC 6376 3.5: t=, x=. */
static const char *check_times(const struct signature *signature, int64_t now)
{
	if (signature->time >= 0 && signature->expiry >= 0 &&
	    signature->expiry <= signature->time)
		return "the signature expires before it was made";
	if (signature->expiry >= 0 && signature->expiry < now)
		return "the signature has expired";
	if (signature->time >= 0 && signature->time > now && signature->time - now > CLOCK_SKEW)
		return "the signature is of the future";
	return NULL;
}

static void prepare(struct dkim *dkim, struct entry *entry,
                    const struct header_field *field)
{
	struct signature *signature = &entry->signature;
	const char *why = signature_parse(field, SIGNATURE_DKIM, signature);

	entry->body_hash = -1;
	describe(entry);
	if (!why)
		why = check_times(signature, dkim->policy.now);
	if (dkim->header->too_large)
		why = "the header is too large to be judged";
	if (why)
		judge(entry, DKIM_PERMERROR, why);
	else
		entry->body_hash = body_hashes_order(dkim->hashes, signature->body_canon,
		                                     signature_digest(signature),
		                                     signature->body_length);
}

struct dkim *dkim_new(const struct header *header,
                      const struct dkim_policy *policy,
                      struct body_hashes *hashes)
{
	static const char name[] = "DKIM-Signature";
	struct dkim *dkim = mem_alloc(sizeof *dkim);
	size_t first, found = header_group(header, name, sizeof name - 1, &first);

	dkim->header = header;
	dkim->policy = *policy;
	dkim->hashes = hashes;
	dkim->count = found < DKIM_SIGNATURES_MAX ? found : DKIM_SIGNATURES_MAX;
	dkim->left_out = found - dkim->count;
	dkim->entry = mem_array(dkim->count + 1, sizeof *dkim->entry);
	for (size_t i = 0; i < dkim->count; i++)
		prepare(dkim, &dkim->entry[i], header->by_name[first + i]);
	return dkim;
}

void dkim_free(struct dkim **dkim)
{
	struct dkim *d = *dkim;

	if (!d)
		return;
	for (size_t i = 0; i < d->count; i++) {
		signature_free(&d->entry[i].signature);
		free(d->entry[i].added);
	}
	free(d->entry);
	free(d);
	*dkim = NULL;
}

/* ---- then ----------------------------------------------------------------- */

/* Is it the body that was signed? */
static bool check_body(const struct dkim *dkim, struct entry *entry)
{
	const struct signature *signature = &entry->signature;
	const unsigned char *hash = body_hashes_get(dkim->hashes, entry->body_hash);
	uint64_t size = body_hashes_size(dkim->hashes, signature->body_canon);

	if (!hash)
		judge(entry, DKIM_PERMERROR, "l= is more than the body has");
	else if (memcmp(hash, signature->hash, DIGEST_MAX) != 0)
		judge(entry, DKIM_FAIL, "body hash did not verify");
	entry->result.partial_body = hash && entry->result.has_length &&
	                             signature->body_length < size;
	return !entry->judged;
}

/*
 * Its signature is the signer's.  rsa-sha1 (RFC 8301 3.1) and signatures of the drafts, without
 * v= (RFC 6376 3.5), are no pass for that; they are computed so that a message that was changed is told as such.
 */
static void accept(const struct dkim *dkim, struct entry *entry)
{
	const struct header_field *added = signature_added(&entry->signature, dkim->header);

	if (added)
		entry->added = mem_strndup(added->text, added->name_len);
	entry->result.added = entry->added;
	if (entry->signature.draft)
		judge(entry, DKIM_PERMERROR, "v= is missing");
	else if (entry->signature.algorithm == SIGNATURE_RSA_SHA1)
		judge(entry, DKIM_POLICY, "rsa-sha1 proves nothing (RFC 8301)");
	else if (entry->result.partial_body && dkim->policy.partial_body_fails)
		judge(entry, DKIM_POLICY, "l= leaves a part of the body unsigned");
	else
		judge(entry, DKIM_PASS, NULL);
}

static void take_key(struct entry *entry, const struct signature_key *key)
{
	struct dkim_signature *result = &entry->result;

	result->key_bits = key->record.bits;
	result->weak_key = key->record.type == KEY_RSA && key->record.bits &&
	                   key->record.bits < KEY_RSA_BITS_GOOD;
	result->testing = key->record.testing;
	result->security = key->security;
	result->key_text = key->text;
}

/*
 * With the key, if it has come.  First what another try may change: a key that could not be
 * asked for.  Then the body, which is the message's own trouble, whatever the key is; then the key, then b=.
 */
static void check_key(const struct dkim *dkim, struct entry *entry,
                      struct lookups *lookups)
{
	enum signature_verdict verdict;
	struct signature_key key;

	/* The header is hashed only for a key that is there. */
	if (!entry->hashed && entry->result.key_name) {
		if (!lookups_ask(lookups, entry->key_name, DNS_TXT))
			return;
		signature_hash_header(&entry->signature, dkim->header, entry->hash);
		entry->hashed = true;
	}
	verdict = signature_verify(&entry->signature, entry->hash, lookups, &key);
	if (verdict == SIGNATURE_WAITING)
		return;
	take_key(entry, &key);
	if (verdict == SIGNATURE_TEMPERROR)
		judge(entry, DKIM_TEMPERROR, key.why);
	else if (!check_body(dkim, entry))
		return;
	else if (verdict == SIGNATURE_VALID)
		accept(dkim, entry);
	else
		judge(entry, verdict == SIGNATURE_NO_KEY ? DKIM_PERMERROR : DKIM_FAIL, key.why);
}

bool dkim_step(struct dkim *dkim, struct lookups *lookups)
{
	bool done = true;

	for (size_t i = 0; i < dkim->count; i++) {
		struct entry *entry = &dkim->entry[i];

		if (!entry->judged)
			check_key(dkim, entry, lookups);
		done &= entry->judged;
	}
	return done;
}

size_t dkim_count(const struct dkim *dkim)
{
	return dkim->count;
}

const struct dkim_signature *dkim_get(const struct dkim *dkim, size_t i)
{
	return &dkim->entry[i].result;
}

size_t dkim_left_out(const struct dkim *dkim)
{
	return dkim->left_out;
}

const char *dkim_word(enum dkim_result result)
{
	switch (result) {
	case DKIM_NONE: return "none";
	case DKIM_PASS: return "pass";
	case DKIM_FAIL: return "fail";
	case DKIM_POLICY: return "policy";
	case DKIM_NEUTRAL: return "neutral";
	case DKIM_TEMPERROR: return "temperror";
	case DKIM_PERMERROR: break;
	}
	return "permerror";
}
