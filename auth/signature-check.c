/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signature-check - what a signature signs, hashed (RFC 6376 3.7, 5.4.2), and its key (6.1.2) */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/signature.h"
#include "auth/token.h"
#include "base/mem.h"

/* ---- the fields of h= --------------------------------------------------- */

struct walk {
	const struct signature *signature;
	const struct header *header;
	const struct tag *names;
	size_t at;     /* in names */
	size_t *taken; /* of the group that begins there, from the bottom up */
};

static void walk_start(struct walk *walk, const struct signature *signature,
                       const struct header *header)
{
	walk->signature = signature;
	walk->header = header;
	walk->names = tag_find(&signature->tags, "h");
	walk->at = 0;
	walk->taken = mem_array(header->count + 1, sizeof *walk->taken);
}

/* The next field that h= names; a name that has no field left is passed over. NULL: the end. */
static const struct header_field *walk_next(struct walk *walk)
{
	const char *name;
	size_t len, first;

	while (tag_next_item(walk->names, &walk->at, &name, &len)) {
		size_t count = header_group(walk->header, name, len, &first);

		while (walk->taken[first] < count) {
			size_t i = first + count - ++walk->taken[first];
			const struct header_field *field = walk->header->by_name[i];

			/* Its own field is signed as the last one (3.7). */
			if (field != walk->signature->field)
				return field;
		}
	}
	return NULL;
}

static void to_hash(void *ctx, const void *data, size_t len)
{
	digest_add(ctx, data, len);
}

/* The value of b= goes with the white space around it (3.7). */
void signature_own_field(const struct signature *signature, canon_sink *sink,
                         void *ctx)
{
	const struct header_field *field = signature->field;
	const struct tag *b = tag_find(&signature->tags, "b");
	const char *start = b->value, *end = field->text + field->len, *semicolon;

	while (start[-1] != '=')
		start--;
	semicolon = memchr(start, ';', (size_t)(end - start));
	if (semicolon)
		end = semicolon;
	canon_own_field(signature->header_canon, field->text, field->len, start,
	                (size_t)(end - start), sink, ctx);
}

void signature_hash_header(const struct signature *signature,
                           const struct header *header,
                           unsigned char hash[DIGEST_MAX])
{
	const struct header_field *field;
	struct digest digest;
	struct walk walk;

	digest_start(&digest, signature_digest(signature));
	walk_start(&walk, signature, header);
	while ((field = walk_next(&walk)) != NULL)
		canon_field(signature->header_canon, field->text, field->len, to_hash, &digest);
	free(walk.taken);
	signature_own_field(signature, to_hash, &digest);
	digest_end(&digest, hash);
}

/* Of which another one may come at each hop. */
static bool is_of_hops(const struct header_field *field)
{
	static const char *const names[] = {
		"Received", "Return-Path", "DKIM-Signature", "DomainKey-Signature",
		"Authentication-Results", "Received-SPF", "Delivered-To",
	};
	struct token_text name = { field->text, field->text + field->name_len };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (header_field_is(field, names[i]))
			return true;
	return token_begins(&name, "X-") || token_begins(&name, "ARC-") ||
	       token_begins(&name, "Resent-");
}

const struct header_field *signature_added(const struct signature *signature,
                                           const struct header *header)
{
	const struct header_field *added = NULL, *field;
	struct walk walk;
	size_t at = 0, first, len;
	const char *name;

	walk_start(&walk, signature, header);
	while (walk_next(&walk))
		;
	while (!added && tag_next_item(walk.names, &at, &name, &len)) {
		size_t count = header_group(header, name, len, &first);

		if (count && walk.taken[first] < count) {
			field = header->by_name[first];
			added = is_of_hops(field) ? NULL : field;
		}
	}
	free(walk.taken);
	return added;
}

/* ---- the key ------------------------------------------------------------ */

bool signature_key_name(const struct signature *signature,
                        char out[DNS_NAME_MAX])
{
	int len = snprintf(out, DNS_NAME_MAX, "%s._domainkey.%s", signature->selector,
	                   signature->domain);

	return len > 0 && len < DNS_NAME_MAX;
}

static enum signature_verdict say(const char **why, const char *text,
                                  enum signature_verdict verdict)
{
	*why = text;
	return verdict;
}

static enum signature_verdict check(const struct signature *signature,
                                    const unsigned char hash[DIGEST_MAX],
                                    const struct key_record *key, const char **why)
{
	enum key_type type = signature->algorithm == SIGNATURE_ED25519_SHA256 ? KEY_ED25519
	                                                                      : KEY_RSA;

	if (key->revoked)
		return say(why, "the key is revoked", SIGNATURE_NO_KEY);
	if (key->type != type)
		return say(why, "the key is not for this algorithm", SIGNATURE_NO_KEY);
	if (!key->allowed[signature_digest(signature)])
		return say(why, "the key is not for this hash", SIGNATURE_NO_KEY);
	if (!key->for_email)
		return say(why, "the key is not for email", SIGNATURE_NO_KEY);
	if (key->strict && signature->subdomain)
		return say(why, "the key is not for subdomains", SIGNATURE_NO_KEY);
	if (type == KEY_RSA && key->bits < KEY_RSA_BITS_MIN)
		return say(why, "the key is too short", SIGNATURE_WEAK_KEY);
	switch (key_record_verify(key, signature_digest(signature), hash,
	                          signature->signature, signature->signature_len)) {
	case KEY_VALID: return say(why, NULL, SIGNATURE_VALID);
	case KEY_UNAVAILABLE:
		return say(why, "RSA is not installed", SIGNATURE_TEMPERROR);
	case KEY_INVALID: break;
	}
	return say(why, "signature did not verify", SIGNATURE_INVALID);
}

/* Of several keys that do not verify, the one is told that came nearest to it. */
static int rank(enum signature_verdict verdict)
{
	switch (verdict) {
	case SIGNATURE_WAITING: return 0;
	case SIGNATURE_NO_KEY: return 1;
	case SIGNATURE_WEAK_KEY: return 2;
	case SIGNATURE_INVALID: return 3;
	case SIGNATURE_TEMPERROR: return 4;
	case SIGNATURE_VALID: break;
	}
	return 5;
}

static enum signature_verdict try_keys(const struct signature *signature,
                                       const unsigned char hash[DIGEST_MAX],
                                       const struct dns_answer *answer,
                                       struct signature_key *key)
{
	enum signature_verdict best = SIGNATURE_WAITING;
	size_t tried = 0;

	for (size_t i = 0; i < answer->count && tried < SIGNATURE_KEYS_MAX; i++) {
		const struct dns_record *text = &answer->record[i];
		struct key_record record;
		const char *why = key_record_parse(text->data, text->len, &record);
		enum signature_verdict found = SIGNATURE_NO_KEY;

		if (!why) {
			tried++;
			found = check(signature, hash, &record, &why);
		}
		if (rank(found) <= rank(best))
			continue;
		best = found;
		key->record = record;
		key->text = text;
		key->why = why;
		if (found == SIGNATURE_VALID)
			break;
	}
	return best;
}

enum signature_verdict signature_verify(const struct signature *signature,
                                        const unsigned char hash[DIGEST_MAX],
                                        struct lookups *lookups,
                                        struct signature_key *key)
{
	const struct dns_answer *answer;
	char name[DNS_NAME_MAX];

	memset(key, 0, sizeof *key);
	if (!signature_key_name(signature, name))
		return say(&key->why, "the key's name is too long", SIGNATURE_NO_KEY);
	answer = lookups_ask(lookups, name, DNS_TXT);
	if (!answer)
		return SIGNATURE_WAITING;
	key->security = answer->security;
	switch (answer->status) {
	case DNS_FOUND: return try_keys(signature, hash, answer, key);
	case DNS_NO_DATA:
	case DNS_NO_NAME: return say(&key->why, "there is no key", SIGNATURE_NO_KEY);
	case DNS_FAILED: break;
	}
	key->why = answer->security == DNS_BOGUS ? "the key's answer is bogus"
	                                         : "the key could not be asked for";
	return SIGNATURE_TEMPERROR;
}
