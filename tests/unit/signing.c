/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signing - messages signed with DKIM and sealed with ARC, for tests */
#include <config.h>

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "tests/unit/signing.h"

#define FIELDS_MAX 512

static void add_base64(struct buf *out, const unsigned char *data, size_t len)
{
	char text[512];

	sodium_bin2base64(text, sizeof text, data, len, sodium_base64_VARIANT_ORIGINAL);
	buf_adds(out, text);
}

static void make_key(unsigned char key, unsigned char public_key[32],
                     unsigned char secret[64])
{
	unsigned char seed[32];

	memset(seed, key, sizeof seed);
	crypto_sign_seed_keypair(public_key, secret, seed);
}

void signing_key_record(unsigned char key, struct buf *out)
{
	unsigned char public_key[32], secret[64];

	make_key(key, public_key, secret);
	buf_adds(out, "v=DKIM1; k=ed25519; p=");
	add_base64(out, public_key, sizeof public_key);
}

/* base64 of the Ed25519 signature of the SHA-256 hash (RFC 8463 3). */
static void add_signature(struct buf *out, unsigned char key, const struct buf *data)
{
	unsigned char public_key[32], secret[64], hash[32], signature[64];

	make_key(key, public_key, secret);
	crypto_hash_sha256(hash, (const unsigned char *)data->data, data->len);
	crypto_sign_detached(signature, NULL, hash, sizeof hash, secret);
	add_base64(out, signature, sizeof signature);
}

/* ---- the message -------------------------------------------------------- */

/* Where the body begins. */
static size_t body_of(const struct buf *message)
{
	const char *empty = memmem(message->data, message->len, "\r\n\r\n", 4);

	return empty ? (size_t)(empty - message->data) + 4 : message->len;
}

static void add_body_hash(struct buf *out, const struct signing *signing,
                          const struct buf *message)
{
	size_t start = body_of(message), len = message->len - start;
	unsigned char hash[32];

	if (signing->body)
		len = signing->body > 0 ? (size_t)signing->body : 0;
	crypto_hash_sha256(hash, (const unsigned char *)message->data + start, len);
	add_base64(out, hash, sizeof hash);
}

struct field {
	const char *text;
	size_t len;
	bool used;
};

static size_t split(const struct buf *message, struct field fields[FIELDS_MAX])
{
	const char *at = message->data, *end = at + body_of(message) - 2;
	size_t count = 0;

	while (at < end && count < FIELDS_MAX) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));

		while (lf[1] == ' ' || lf[1] == '\t')
			lf = memchr(lf + 1, '\n', (size_t)(end - lf - 1));
		fields[count++] = (struct field){ at, (size_t)(lf + 1 - at), false };
		at = lf + 1;
	}
	return count;
}

static bool is_named(const struct field *field, const char *name, size_t len)
{
	return field->len > len && field->text[len] == ':' &&
	       strncasecmp(field->text, name, len) == 0;
}

/* The fields that names (a:b:c) name, each from the bottom up. */
static void add_fields(struct buf *out, const char *names, const struct buf *message)
{
	struct field fields[FIELDS_MAX];
	size_t count = split(message, fields);

	for (const char *name = names; *name;) {
		size_t len = strcspn(name, ":"), i = count;

		while (i-- > 0)
			if (!fields[i].used && is_named(&fields[i], name, len)) {
				fields[i].used = true;
				buf_add(out, fields[i].text, fields[i].len);
				break;
			}
		name += len + (name[len] == ':');
	}
}

static void put_on_top(struct buf *message, const struct buf *front)
{
	char *old = mem_alloc(message->len + 1);
	size_t len = message->len;

	memcpy(old, message->data, len);
	buf_cut(message, 0);
	buf_add(message, front->data, front->len);
	buf_add(message, old, len);
	free(old);
}

/* ---- DKIM, ARC-Message-Signature ---------------------------------------- */

static void add_name(struct buf *out, const char *name, size_t len)
{
	buf_add(out, name, len ? len : strlen(name));
}

/* field: its beginning, `Name: v=1; `; gets all of it. */
static void sign(const struct signing *signing, const struct buf *message,
                 struct buf *field)
{
	const char *names = signing->names ? signing->names : "from:subject";
	struct buf data = BUF_INIT;

	buf_adds(field, "a=ed25519-sha256; c=simple/simple; d=");
	add_name(field, signing->domain, signing->domain_len);
	buf_adds(field, "; s=");
	add_name(field, signing->selector, signing->selector_len);
	buf_addf(field, "; h=%s; %sbh=", names, signing->more ? signing->more : "");
	add_body_hash(field, signing, message);
	buf_adds(field, "; b=");
	add_fields(&data, names, message);
	buf_add(&data, field->data, field->len);
	add_signature(field, signing->key, &data);
	buf_adds(field, "\r\n");
	buf_free(&data);
}

void signing_dkim(const struct signing *signing, struct buf *message)
{
	struct buf field = BUF_INIT;

	buf_adds(&field, "DKIM-Signature: v=1; ");
	sign(signing, message, &field);
	put_on_top(message, &field);
	buf_free(&field);
}

/* ---- ARC-Seal ------------------------------------------------------------ */

static void add_set(struct buf *out, unsigned instance, const struct buf *message)
{
	static const char *const names[] = { "arc-authentication-results",
		                             "arc-message-signature", "arc-seal" };
	struct field fields[FIELDS_MAX];
	size_t count = split(message, fields);

	for (size_t n = 0; n < 3; n++) {
		char *front = mem_printf("%s:i=%u;", names[n], instance);

		for (size_t i = 0; i < count; i++)
			if (strncmp(fields[i].text, front, strlen(front)) == 0)
				buf_add(out, fields[i].text, fields[i].len);
		free(front);
	}
}

void signing_arc(const struct signing *signing, unsigned instance,
                 const char *cv, const char *results, struct buf *message)
{
	struct buf field = BUF_INIT, data = BUF_INIT;

	buf_addf(&field, "arc-authentication-results:i=%u; %s\r\n", instance, results);
	put_on_top(message, &field);
	buf_cut(&field, 0);
	buf_addf(&field, "arc-message-signature:i=%u; ", instance);
	sign(signing, message, &field);
	put_on_top(message, &field);
	for (unsigned i = 1; i <= instance; i++)
		add_set(&data, i, message);
	buf_cut(&field, 0);
	buf_addf(&field, "arc-seal:i=%u; a=ed25519-sha256; cv=%s; d=%s; s=%s; b=", instance,
	         cv, signing->domain, signing->selector);
	buf_add(&data, field.data, field.len);
	add_signature(&field, signing->key, &data);
	buf_adds(&field, "\r\n");
	put_on_top(message, &field);
	buf_free(&data);
	buf_free(&field);
}
