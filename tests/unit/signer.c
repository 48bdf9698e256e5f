/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signer - DKIM signatures made with nettle and libsodium, for tests */
#include <config.h>

#include <nettle/base64.h>
#include <nettle/bignum.h>
#include <nettle/knuth-lfib.h>
#include <nettle/rsa.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/unit/signer.h"

#include "base/mem.h"

struct signer {
	bool rsa;
	struct rsa_public_key public;
	struct rsa_private_key private;
	unsigned char seed[crypto_sign_SEEDBYTES];
	unsigned char point[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
};

struct signer *signer_rsa(unsigned bits)
{
	struct signer *signer = mem_alloc(sizeof *signer);
	struct knuth_lfib_ctx random;

	signer->rsa = true;
	knuth_lfib_init(&random, bits);
	rsa_public_key_init(&signer->public);
	rsa_private_key_init(&signer->private);
	mpz_set_ui(signer->public.e, 65537);
	if (!rsa_generate_keypair(&signer->public, &signer->private, &random,
	                          (nettle_random_func *)knuth_lfib_random, NULL, NULL, bits, 0))
		abort();
	return signer;
}

struct signer *signer_ed25519(void)
{
	struct signer *signer = mem_alloc(sizeof *signer);

	crypto_sign_seed_keypair(signer->point, signer->secret, signer->seed);
	return signer;
}

void signer_free(struct signer **signer)
{
	if (*signer && (*signer)->rsa) {
		rsa_public_key_clear(&(*signer)->public);
		rsa_private_key_clear(&(*signer)->private);
	}
	free(*signer);
	*signer = NULL;
}

void signer_base64(const void *data, size_t len, struct buf *out)
{
	char *text = mem_alloc(BASE64_ENCODE_RAW_LENGTH(len) + 1);

	base64_encode_raw(text, len, data);
	buf_adds(out, text);
	free(text);
}

/* ---- DER ---------------------------------------------------------------- */

static void add_der(struct buf *out, unsigned char tag, const struct buf *content)
{
	const unsigned char head[] = {
		tag, 0x82, (unsigned char)(content->len >> 8), (unsigned char)content->len,
	};

	buf_add(out, head, sizeof head);
	buf_add(out, content->data, content->len);
}

static void add_integer(struct buf *out, const mpz_t number)
{
	size_t len = nettle_mpz_sizeinbase_256_s(number);
	struct buf content = BUF_INIT;
	uint8_t *bytes = mem_alloc(len);

	nettle_mpz_get_str_256(len, bytes, number);
	buf_add(&content, bytes, len);
	add_der(out, 0x02, &content);
	buf_free(&content);
	free(bytes);
}

static void rsa_key_der(const struct signer *signer, bool bare, struct buf *out)
{
	static const char algorithm[] =
		"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
	struct buf numbers = BUF_INIT, bits = BUF_INIT, info = BUF_INIT;

	add_integer(&numbers, signer->public.n);
	add_integer(&numbers, signer->public.e);
	if (bare) {
		add_der(out, 0x30, &numbers);
	} else {
		buf_addc(&bits, '\0');
		add_der(&bits, 0x30, &numbers);
		buf_add(&info, algorithm, sizeof algorithm - 1);
		add_der(&info, 0x03, &bits);
		add_der(out, 0x30, &info);
	}
	buf_free(&numbers);
	buf_free(&bits);
	buf_free(&info);
}

void signer_key(const struct signer *signer, bool bare, struct buf *out)
{
	struct buf der = BUF_INIT;

	if (signer->rsa)
		rsa_key_der(signer, bare, &der);
	else
		buf_add(&der, signer->point, sizeof signer->point);
	signer_base64(der.data, der.len, out);
	buf_free(&der);
}

/* ---- signatures ----------------------------------------------------------- */

void signer_hash(const struct signer *signer, const unsigned char hash[32],
                 bool sha1, struct buf *out)
{
	unsigned char bytes[1024] = { 0 };
	size_t len = sizeof signer->secret;
	mpz_t s;

	if (!signer->rsa) {
		crypto_sign_detached(bytes, NULL, hash, 32, signer->secret);
	} else {
		len = signer->public.size;
		mpz_init(s);
		if (!(sha1 ? rsa_sha1_sign_digest(&signer->private, hash, s)
		           : rsa_sha256_sign_digest(&signer->private, hash, s)))
			abort();
		nettle_mpz_get_str_256(len, bytes, s);
		mpz_clear(s);
	}
	signer_base64(bytes, len, out);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 6376 3.4.3 and 3.4.4, of a body whose line ends are CRLF. */
static void canon_body(bool relaxed, const char *body, struct buf *out)
{
	for (const char *c = body; *c; c++) {
		if (relaxed && is_blank(*c)) {
			while (is_blank(c[1]))
				c++;
			if (c[1] && strncmp(c + 1, "\r\n", 2) != 0)
				buf_addc(out, ' ');
		} else {
			buf_addc(out, *c);
		}
	}
	if (out->len && (out->len < 2 || memcmp(out->data + out->len - 2, "\r\n", 2) != 0))
		buf_adds(out, "\r\n");
	while (out->len >= 4 && memcmp(out->data + out->len - 4, "\r\n\r\n", 4) == 0)
		buf_cut(out, out->len - 2);
	if (out->len == 2)
		buf_cut(out, 0);
	if (out->len == 0 && !relaxed)
		buf_adds(out, "\r\n");
}

/* RFC 6376 3.4.1 and 3.4.2. */
static void canon_field(bool relaxed, const char *field, size_t len, struct buf *out)
{
	size_t colon = (size_t)((const char *)memchr(field, ':', len) - field);
	size_t i = 0, start;

	if (!relaxed) {
		buf_add(out, field, len);
		return;
	}
	for (; i < colon; i++)
		if (!is_blank(field[i]))
			buf_addc(out, field[i] >= 'A' && field[i] <= 'Z' ? (char)(field[i] + 32) : field[i]);
	buf_addc(out, ':');
	start = out->len;
	for (i++; i < len; i++) {
		if (field[i] == '\r' || field[i] == '\n')
			continue;
		if (!is_blank(field[i]))
			buf_addc(out, field[i]);
		else if (out->len > start && out->data[out->len - 1] != ' ')
			buf_addc(out, ' ');
	}
	if (out->len > start && out->data[out->len - 1] == ' ')
		buf_cut(out, out->len - 1);
	buf_adds(out, "\r\n");
}

/* The nth field of that name from below: its length, or 0. */
static size_t find_field(const char *header, const char *name, size_t name_len,
                         unsigned nth, const char **field)
{
	const char *found[64];
	size_t count = 0, len = 0;

	for (const char *line = header; *line; line = strstr(line, "\r\n") + 2) {
		const char *end = line;

		if (is_blank(*line))
			continue;
		while (*end != ':' && !is_blank(*end))
			end++;
		if ((size_t)(end - line) == name_len && strncasecmp(line, name, name_len) == 0)
			found[count++] = line;
	}
	if (nth >= count)
		return 0;
	*field = found[count - 1 - nth];
	do {
		len += (size_t)(strstr(*field + len, "\r\n") - (*field + len)) + 2;
	} while (is_blank((*field)[len]));
	return len;
}

static void canon_header(const struct signer_order *signing, const char *header, struct buf *out)
{
	const char *name = signing->names, *field;

	while (*name) {
		size_t len = strcspn(name, ":"), field_len;
		unsigned nth = 0;

		for (const char *other = signing->names; other < name; other += strcspn(other, ":") + 1)
			nth += strcspn(other, ":") == len && strncasecmp(other, name, len) == 0;
		field_len = find_field(header, name, len, nth, &field);
		if (field_len)
			canon_field(signing->relaxed_header, field, field_len, out);
		name += len + (name[len] == ':');
	}
}

static void digest_sha1(const struct buf *data, size_t len, unsigned char hash[32])
{
	struct sha1_ctx ctx;

	sha1_init(&ctx);
	sha1_update(&ctx, len, (const uint8_t *)buf_str(data));
	sha1_digest(&ctx, SHA1_DIGEST_SIZE, hash);
}

static void digest(const struct buf *data, size_t len, bool sha1, unsigned char hash[32])
{
	struct sha256_ctx ctx;

	if (sha1) {
		digest_sha1(data, len, hash);
		return;
	}
	sha256_init(&ctx);
	sha256_update(&ctx, len, (const uint8_t *)buf_str(data));
	sha256_digest(&ctx, 32, hash);
}

void signer_sign(const struct signer *signer, const struct signer_order *signing,
                 const char *header, const char *body, struct buf *out)
{
	struct buf field = BUF_INIT, signed_text = BUF_INIT, text = BUF_INIT;
	unsigned char hash[32];

	canon_body(signing->relaxed_body, body, &text);
	digest(&text, signing->length < 0 ? text.len : (size_t)signing->length,
	       signing->sha1, hash);
	buf_addf(&field, "%s: %s;\r\n\th=%s; bh=", signing->field, signing->tags, signing->names);
	signer_base64(hash, signing->sha1 ? SHA1_DIGEST_SIZE : sizeof hash, &field);
	buf_adds(&field, ";\r\n\tb=");
	canon_header(signing, header, &signed_text);
	canon_field(signing->relaxed_header, field.data, field.len, &signed_text);
	if (signing->relaxed_header)
		buf_cut(&signed_text, signed_text.len - 2);
	digest(&signed_text, signed_text.len, signing->sha1, hash);
	buf_add(out, field.data, field.len);
	signer_hash(signer, hash, signing->sha1, out);
	buf_adds(out, "\r\n");
	buf_free(&field);
	buf_free(&signed_text);
	buf_free(&text);
}
