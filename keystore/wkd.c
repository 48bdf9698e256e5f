/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wkd - where a certificate stands in a Web Key Directory (draft-koch-openpgp-webkey-service)
 *
 * Addresses are in normal form, so that ASCII letters are in lower case, as section 3.1 wants
 * it.  RFC 7929 leaves the case to who publishes; lower case is what others hash, too.
 */
#include <config.h>

#include <nettle/sha1.h>
#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "keystore/wkd.h"

#define WELL_KNOWN "/.well-known/openpgpkey/"
#define DANE_OCTETS 28 /* of the hash (RFC 7929 section 3) */

static const char zbase32[] = "ybndrfg8ejkmcpqxot1uwisza345h769";

static const char *domain_of(const char *address)
{
	return strrchr(address, '@') + 1;
}

static size_t local_length(const char *address)
{
	return (size_t)(strrchr(address, '@') - address);
}

bool wkd_has_domain(const char *address)
{
	return local_length(address) > 0 && domain_of(address)[0] != '[';
}

/* ---- z-base-32 ---------------------------------------------------------------- */

/* 20 bytes are 32 characters of 5 bits, nothing is left over. */
void wkd_hash(const char *address, char out[static WKD_HASH])
{
	struct sha1_ctx sha1;
	uint8_t digest[SHA1_DIGEST_SIZE];

	sha1_init(&sha1);
	sha1_update(&sha1, local_length(address), (const uint8_t *)address);
	sha1_digest(&sha1, sizeof digest, digest);
	for (size_t i = 0; i < WKD_HASH - 1; i++) {
		size_t bit = i * 5, at = bit / 8;
		unsigned two = (unsigned)digest[at] << 8 |
		               (at + 1 < sizeof digest ? digest[at + 1] : 0u);

		out[i] = zbase32[two >> (11 - bit % 8) & 31];
	}
	out[WKD_HASH - 1] = '\0';
}

bool wkd_is_hash(const char *name)
{
	return strlen(name) == WKD_HASH - 1 && strspn(name, zbase32) == WKD_HASH - 1;
}

/* ---- URLs ----------------------------------------------------------------------- */

/* Everything but RFC 3986's unreserved characters (section 2.3) as %XX. */
static void add_escaped(struct buf *out, const char *text, size_t len)
{
	static const char unreserved[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (size_t i = 0; i < len; i++) {
		if (text[i] && strchr(unreserved, text[i]))
			buf_addc(out, text[i]);
		else
			buf_addf(out, "%%%02X", (unsigned char)text[i]);
	}
}

void wkd_url(enum wkd_method method, const char *address, const char *local_part,
             struct buf *out)
{
	const char *domain = domain_of(address);
	char hash[WKD_HASH];

	wkd_hash(address, hash);
	if (method == WKD_ADVANCED)
		buf_addf(out, "https://openpgpkey.%s" WELL_KNOWN "%s/hu/%s?l=", domain, domain,
		         hash);
	else
		buf_addf(out, "https://%s" WELL_KNOWN "hu/%s?l=", domain, hash);
	if (local_part)
		add_escaped(out, local_part, strlen(local_part));
	else
		add_escaped(out, address, local_length(address));
}

void wkd_vks_url(const char *server, const char *address, struct buf *out)
{
	size_t len = strlen(server);

	while (len && server[len - 1] == '/')
		len--;
	buf_add(out, server, len);
	buf_adds(out, "/vks/v1/by-email/");
	add_escaped(out, address, strlen(address));
}

/* ---- DNS ------------------------------------------------------------------------- */

/* What quotes held, without backslashes (RFC 7929 section 3, step 2). */
static void hash_local(const char *address, char out[static SHA256_HEX])
{
	size_t at = 0, end = local_length(address);
	struct sha256 hash;

	sha256_start(&hash);
	if (end >= 2 && address[0] == '"') {
		at++;
		end--;
	}
	for (; at < end; at++) {
		if (address[0] == '"' && address[at] == '\\' && at + 1 < end)
			at++;
		sha256_add(&hash, address + at, 1);
	}
	sha256_hex(&hash, out);
}

void wkd_dane_name(const char *address, char out[static DANE_NAME_MAX])
{
	char hex[SHA256_HEX];

	hash_local(address, hex);
	snprintf(out, DANE_NAME_MAX, "%.*s._openpgpkey.%s", DANE_OCTETS * 2, hex,
	         domain_of(address));
}
