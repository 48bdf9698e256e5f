/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forge-smime - CMS messages, good and bad, put together value by value */
#include <config.h>

#include <stdbool.h>
#include <string.h>

#include "tests/unit/forge.h"

#define OID_DATA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define OID_SIGNED "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define OID_ENVELOPED "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
#define OID_COMPRESSED "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09"
#define OID_AUTH_ENVELOPED "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"
#define OID_RSA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
#define OID_AES "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x02"
#define OID_COMMON_NAME "\x06\x03\x55\x04\x03"
#define VERSION_0 "\x02\x01\x00"

/* Is word one of those of recipe? */
static bool has(const char *recipe, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = recipe; (p = strstr(p, word)); p += len)
		if ((p == recipe || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

static void add_header(unsigned tag, size_t len, struct buf *out)
{
	buf_addc(out, (char)tag);
	if (len < 128) {
		buf_addc(out, (char)len);
		return;
	}
	buf_addc(out, (char)0x83);
	buf_addc(out, (char)(len >> 16));
	buf_addc(out, (char)(len >> 8));
	buf_addc(out, (char)len);
}

/* A value around inner, which is freed. */
static void add_value(unsigned tag, struct buf *inner, struct buf *out)
{
	add_header(tag, inner->len, out);
	buf_add(out, inner->data, inner->len);
	buf_free(inner);
}

/* The same for the values that have no length in `indefinite`. */
static void add_outer(const char *recipe, unsigned tag, struct buf *inner, struct buf *out)
{
	if (!has(recipe, "indefinite")) {
		add_value(tag, inner, out);
		return;
	}
	buf_addc(out, (char)tag);
	buf_addc(out, (char)0x80);
	buf_add(out, inner->data, inner->len);
	if (!has(recipe, "unclosed"))
		buf_add(out, "\0\0", 2);
	buf_free(inner);
}

static void add_text(unsigned tag, size_t n, struct buf *out)
{
	struct buf text = BUF_INIT;

	forge_text(n, &text);
	add_value(tag, &text, out);
}

static void add_random(unsigned tag, size_t n, struct buf *out)
{
	struct buf octets = BUF_INIT;

	forge_random(n, &octets);
	add_value(tag, &octets, out);
}

static void add_sequence(const char *octets, size_t len, struct buf *out)
{
	struct buf inner = BUF_INIT;

	buf_add(&inner, octets, len);
	add_value(0x30, &inner, out);
}

/* { issuer, serialNumber } */
static void add_issuer(const char *recipe, struct buf *out)
{
	struct buf id = BUF_INIT, name = BUF_INIT, set = BUF_INIT, attribute = BUF_INIT;

	buf_add(&attribute, OID_COMMON_NAME, 5);
	add_text(0x0c, has(recipe, "long-name") ? 200 : 10, &attribute);
	add_value(0x30, &attribute, &set);
	add_value(0x31, &set, &name);
	add_value(0x30, &name, &id);
	buf_add(&id, "\x02\x02\x12\x34", 4);
	add_value(0x30, &id, out);
}

static void add_key_transport(const char *recipe, struct buf *out)
{
	struct buf info = BUF_INIT;

	buf_add(&info, VERSION_0, 3);
	if (has(recipe, "keyid"))
		add_random(0x80, 20, &info);
	else
		add_issuer(recipe, &info);
	add_sequence(OID_RSA, 13, &info);
	if (has(recipe, "text-key"))
		add_text(0x04, 256, &info);
	else
		add_random(0x04, has(recipe, "long-recipient") ? 9000 : 256, &info);
	add_value(0x30, &info, out);
}

static void add_key_agreement(const char *recipe, struct buf *out)
{
	struct buf info = BUF_INIT, originator = BUF_INIT, key = BUF_INIT, keys = BUF_INIT;

	buf_add(&info, "\x02\x01\x03", 3);
	add_sequence(OID_RSA, 13, &key);
	add_random(0x03, 66, &key);
	add_value(0xa1, &key, &originator);
	add_value(0xa0, &originator, &info);
	add_sequence(OID_RSA, 13, &info);
	add_issuer(recipe, &key);
	add_random(0x04, 40, &key);
	add_value(0x30, &key, &keys);
	add_value(0x30, &keys, &info);
	add_value(0xa1, &info, out);
}

/* PasswordRecipientInfo, KEKRecipientInfo, OtherRecipientInfo */
static void add_other_recipient(const char *recipe, struct buf *out)
{
	struct buf info = BUF_INIT, id = BUF_INIT;

	if (has(recipe, "ori")) {
		buf_add(&info, OID_DATA, 11);
		add_text(0x04, 300, &info);
		add_value(0xa4, &info, out);
		return;
	}
	buf_add(&info, VERSION_0, 3);
	if (has(recipe, "kek")) {
		add_random(0x04, 8, &id);
		add_value(0x30, &id, &info);
	}
	add_sequence(OID_RSA, 13, &info);
	add_random(0x04, 40, &info);
	add_value(has(recipe, "kek") ? 0xa2 : 0xa3, &info, out);
}

static void add_recipients(const char *recipe, struct buf *out)
{
	struct buf set = BUF_INIT;

	if (has(recipe, "ecdh"))
		add_key_agreement(recipe, &set);
	else if (has(recipe, "password") || has(recipe, "kek") || has(recipe, "ori"))
		add_other_recipient(recipe, &set);
	else if (!has(recipe, "none"))
		add_key_transport(recipe, &set);
	add_outer(recipe, 0x31, &set, out);
}

/* [0] encryptedContent */
static void add_content(const char *recipe, struct buf *out)
{
	struct buf content = BUF_INIT, pieces = BUF_INIT;

	(has(recipe, "text") ? forge_text : forge_random)(has(recipe, "small") ? 96 : 4000, &content);
	if (!has(recipe, "indefinite")) {
		add_value(0x80, &content, out);
		return;
	}
	for (size_t at = 0; at < content.len; at += content.len / 4) {
		add_header(0x04, content.len / 4, &pieces);
		buf_add(&pieces, content.data + at, content.len / 4);
	}
	buf_free(&content);
	add_outer(recipe, 0xa0, &pieces, out);
}

static void add_inner(const char *recipe, struct buf *out)
{
	struct buf inner = BUF_INIT, algorithm = BUF_INIT;

	buf_add(&inner, OID_DATA, 11);
	buf_add(&algorithm, OID_AES, 11);
	add_random(0x04, 16, &algorithm);
	add_value(0x30, &algorithm, &inner);
	if (!has(recipe, "detached"))
		add_content(recipe, &inner);
	add_outer(recipe, 0x30, &inner, out);
}

/* What stands between the content and the end of the message. */
static void add_rest(const char *recipe, struct buf *out)
{
	if (has(recipe, "attributes"))
		add_text(0xa1, 100, out);
	if (has(recipe, "auth-attributes"))
		add_text(0xa1, 100, out);
	if (has(recipe, "auth") && !has(recipe, "no-mac"))
		add_random(0x04, has(recipe, "long-mac") ? 100 : 16, out);
	if (has(recipe, "unauth-attributes"))
		add_text(0xa2, 100, out);
}

void forge_smime(const char *recipe, struct buf *out)
{
	struct buf info = BUF_INIT, explicit = BUF_INIT, message = BUF_INIT;

	if (has(recipe, "enveloped"))
		buf_add(&info, OID_ENVELOPED, 11);
	else if (has(recipe, "auth"))
		buf_add(&info, OID_AUTH_ENVELOPED, 13);
	else if (has(recipe, "signed"))
		buf_add(&info, OID_SIGNED, 11);
	else
		buf_add(&info, OID_COMPRESSED, 13);
	buf_add(&message, VERSION_0, 3);
	if (has(recipe, "originator"))
		add_text(0xa0, 100, &message);
	add_recipients(recipe, &message);
	add_inner(recipe, &message);
	add_rest(recipe, &message);
	add_outer(recipe, 0x30, &message, &explicit);
	add_outer(recipe, 0xa0, &explicit, &info);
	if (has(recipe, "inner-tail"))
		add_text(0x04, 20, &info);
	add_outer(recipe, 0x30, &info, out);
	if (has(recipe, "tail"))
		add_text(0x04, 20, out);
}
