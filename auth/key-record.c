/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-record - a DKIM key (RFC 6376 3.6.1, RFC 8463), and a signature checked with it */
#include <config.h>

#include <sodium.h>
#include <string.h>

#include "auth/key-record.h"
#include "auth/rsa.h"
#include "auth/tag-list.h"
#include "auth/token.h"

static bool has_item(const struct tag *tag, const char *word)
{
	const char *item;
	size_t at = 0, len;

	while (tag_next_item(tag, &at, &item, &len))
		if (token_same(item, len, word))
			return true;
	return false;
}

static const char *parse_rsa(struct key_record *out)
{
	struct rsa_key key;

	if (!rsa_key_parse(out->key, out->key_len, &key))
		return "p= of the key holds no RSA key";
	if (key.bits > KEY_RSA_BITS_MAX)
		return "the key is too large";
	out->bits = key.bits;
	return NULL;
}

static const char *parse_key(const struct tag *tag, struct key_record *out)
{
	long len = tag_base64(tag, out->key, sizeof out->key);

	if (len < 0)
		return "p= of the key is no base64";
	out->key_len = (size_t)len;
	out->revoked = len == 0;
	if (out->revoked)
		return NULL;
	if (out->type == KEY_RSA)
		return parse_rsa(out);
	out->bits = 256;
	return len == crypto_sign_PUBLICKEYBYTES ? NULL
	                                         : "p= of the key holds no Ed25519 key";
}

/* v= is the first tag if it is there at all. */
static bool is_version(const struct tag_list *tags)
{
	const struct tag *version = tag_find(tags, "v");

	return !version || (version == &tags->tag[0] && tag_is(version, "DKIM1"));
}

static const char *parse_type(const struct tag *tag, struct key_record *out)
{
	if (tag && tag_is(tag, "ed25519"))
		out->type = KEY_ED25519;
	else if (tag && !tag_is(tag, "rsa"))
		return "the key is of an unknown type";
	return NULL;
}

const char *key_record_parse(const char *text, size_t len,
                             struct key_record *out)
{
	const struct tag *tag;
	struct tag_list tags;
	const char *why = tag_list_parse(text, len, &tags);

	memset(out, 0, sizeof *out);
	if (why || !is_version(&tags))
		return "the key record can't be read";
	why = parse_type(tag_find(&tags, "k"), out);
	if (why)
		return why;
	tag = tag_find(&tags, "h");
	out->allowed[DIGEST_SHA256] = !tag || has_item(tag, "sha256");
	out->allowed[DIGEST_SHA1] = !tag || has_item(tag, "sha1");
	tag = tag_find(&tags, "s");
	out->for_email = !tag || has_item(tag, "*") || has_item(tag, "email");
	tag = tag_find(&tags, "t");
	out->testing = tag && has_item(tag, "y");
	out->strict = tag && has_item(tag, "s");
	tag = tag_find(&tags, "p");
	return tag ? parse_key(tag, out) : "the key record has no p=";
}

static enum key_verdict verify_rsa(const struct key_record *key,
                                   enum digest_kind kind,
                                   const unsigned char *hash,
                                   const unsigned char *signature, size_t len)
{
	struct rsa_key rsa;
	struct err err;
	bool valid;

	if (!rsa_key_parse(key->key, key->key_len, &rsa) ||
	    rsa.bits < KEY_RSA_BITS_MIN || rsa.bits > KEY_RSA_BITS_MAX)
		return KEY_INVALID;
	if (rsa_verify(&rsa, kind, hash, signature, len, &valid, &err))
		return KEY_UNAVAILABLE;
	return valid ? KEY_VALID : KEY_INVALID;
}

enum key_verdict key_record_verify(const struct key_record *key,
                                   enum digest_kind kind,
                                   const unsigned char hash[DIGEST_MAX],
                                   const unsigned char *signature, size_t len)
{
	if (key->type == KEY_RSA)
		return verify_rsa(key, kind, hash, signature, len);
	/* RFC 8463 3: the hash is what is signed. */
	if (kind != DIGEST_SHA256 || key->key_len != crypto_sign_PUBLICKEYBYTES || len != crypto_sign_BYTES ||
	    crypto_sign_verify_detached(signature, hash, 32, key->key))
		return KEY_INVALID;
	return KEY_VALID;
}
