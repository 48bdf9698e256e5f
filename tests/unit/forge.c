/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forge - ciphertexts, good and bad, put together octet by octet for tests */
#include <config.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/forge.h"

void forge_random(size_t n, struct buf *out)
{
	static uint64_t state = 0x9e3779b97f4a7c15u;

	while (n-- > 0) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		buf_addc(out, (char)(state >> 24));
	}
}

void forge_text(size_t n, struct buf *out)
{
	static const char text[] = "Meet me at noon behind the church, and tell nobody. ";

	for (size_t i = 0; i < n; i++)
		buf_addc(out, text[i % (sizeof text - 1)]);
}

static void add_number(size_t n, unsigned octets, struct buf *out)
{
	while (octets-- > 0)
		buf_addc(out, (char)(n >> (8 * octets)));
}

static void add_hex(const char *hex, struct buf *out)
{
	unsigned octet;

	for (; sscanf(hex, "%2x", &octet) == 1; hex += 2)
		buf_addc(out, (char)octet);
}

/* ---- OpenPGP packets ---- */

static void add_mpi(unsigned bits, const char *first, struct buf *out)
{
	add_number(bits, 2, out);
	add_hex(first, out);
	forge_random((bits + 7) / 8 - 1, out);
}

/* New format, five octets of length. */
static void add_packet(unsigned tag, const struct buf *body, struct buf *out)
{
	buf_addc(out, (char)(0xc0 | tag));
	buf_addc(out, (char)0xff);
	add_number(body->len, 4, out);
	buf_add(out, body->data, body->len);
}

/* What stands before the fields of the algorithm, and these. */
struct session_key {
	const char *name;
	unsigned tag;
	const char *head;            /* hexadecimal */
	unsigned mpis, bits;         /* of so many bits */
	const char *first;           /* the first octet of each, hexadecimal */
	const char *middle;          /* hexadecimal */
	unsigned random;             /* octets */
};

#define KEYID "1122334455667788"
#define FINGERPRINT "00112233445566778899AABBCCDDEEFF00112233"

static const struct session_key session_keys[] = {
	{ "rsa", 1, "03" KEYID "01", 1, 2048, "A7", "", 0 },
	{ "rsa-short", 1, "03" KEYID "01", 1, 2048, "A7", "", 1 },
	{ "hidden", 1, "030000000000000000" "01", 1, 2043, "05", "", 0 },
	{ "elgamal", 1, "03" KEYID "10", 2, 2048, "A7", "", 0 },
	{ "ecdh", 1, "03" KEYID "12", 1, 263, "40", "30", 48 },
	{ "x25519", 1, "03" KEYID "19" "A1B2C3D4E5F60718293A4B5C6D7E8F90"
	               "A1B2C3D4E5F60718293A4B5C6D7E8F91", 0, 0, "", "2909", 40 },
	{ "x448", 1, "03" KEYID "1A" "A1B2C3D4E5F60718293A4B5C6D7E8F90"
	             "A1B2C3D4E5F60718293A4B5C6D7E8F91A1B2C3D4E5F60718293A4B5C"
	             "6D7E8F90A1B2C3D4E5F60718", 0, 0, "", "2909", 40 },
	{ "rsa6", 1, "0615" "04" FINGERPRINT "01", 1, 2048, "A7", "", 0 },
	{ "x25519-6", 1, "0600" "19" "A1B2C3D4E5F60718293A4B5C6D7E8F90"
	                 "A1B2C3D4E5F60718293A4B5C6D7E8F91", 0, 0, "", "28", 40 },
	{ "text-id", 1, "034D656574206D652001", 1, 2048, "A7", "", 0 },
	{ "dsa", 1, "03" KEYID "11", 1, 2048, "A7", "", 0 },
	{ "pkesk2", 1, "02" KEYID "01", 1, 2048, "A7", "", 0 },
	{ "skesk4", 3, "040903080102030405060708F0", 0, 0, "", "", 0 },
	{ "skesk4-key", 3, "040903080102030405060708F0", 0, 0, "", "", 33 },
	{ "skesk4-long", 3, "040903080102030405060708F0", 0, 0, "", "", 34 },
	{ "skesk5", 3, "05090203080102030405060708F0", 0, 0, "", "", 15 + 32 + 16 },
	{ "skesk6", 3, "061D09020B03080102030405060708F0", 0, 0, "", "", 15 + 32 + 16 },
	{ "argon2", 3, "062609021404", 0, 0, "", "A1B2C3D4E5F60718293A4B5C6D7E8F90" "010415",
	  15 + 32 + 16 },
	{ "skesk9", 3, "0909", 0, 0, "", "", 20 },
};

static bool add_session_key(const char *word, struct buf *out)
{
	for (size_t i = 0; i < sizeof session_keys / sizeof *session_keys; i++) {
		const struct session_key *key = &session_keys[i];
		struct buf body = BUF_INIT;

		if (strcmp(key->name, word) != 0)
			continue;
		add_hex(key->head, &body);
		for (unsigned m = 0; m < key->mpis; m++)
			add_mpi(key->bits, key->first, &body);
		add_hex(key->middle, &body);
		forge_random(key->random, &body);
		add_packet(key->tag, &body, out);
		buf_free(&body);
		return true;
	}
	return false;
}

/* Pieces of 512 octets, the last one shorter. */
static void add_partial(unsigned tag, const struct buf *body, struct buf *out)
{
	size_t at = 0;

	buf_addc(out, (char)(0xc0 | tag));
	for (; body->len - at >= 512; at += 512) {
		buf_addc(out, (char)(224 + 9));
		buf_add(out, body->data + at, 512);
	}
	buf_addc(out, (char)0xff);
	add_number(body->len - at, 4, out);
	buf_add(out, body->data + at, body->len - at);
}

static void add_old(unsigned tag, const struct buf *body, bool open, struct buf *out)
{
	buf_addc(out, (char)(0x80 | tag << 2 | (open ? 3 : 1)));
	if (!open)
		add_number(body->len, 2, out);
	buf_add(out, body->data, body->len);
}

/* True, and *word moves behind it, if it begins with prefix. */
static bool take_prefix(const char **word, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*word, prefix, len) != 0)
		return false;
	*word += len;
	return true;
}

static bool add_data(const char *word, struct buf *out)
{
	static const struct {
		const char *name;
		unsigned tag;
		const char *head;
	} known[] = {
		{ "seipd1:", 18, "01" },
		{ "seipd2:", 18, "02090210" },
		{ "seipd3:", 18, "03" },
		{ "seipd2-odd:", 18, "02630210" },
		{ "sed:", 9, "" },
		{ "ocb:", 20, "01090216" },
		{ "literal:", 11, "620000000000" },
		{ "compressed:", 8, "01" },
		{ "signature:", 2, "04" },
		{ "padding:", 21, "" },
		{ "marker:", 10, "504750" },
	};
	bool text = take_prefix(&word, "text-"), old = take_prefix(&word, "old-");
	bool open = take_prefix(&word, "open-"), partial = take_prefix(&word, "partial-");
	struct buf body = BUF_INIT;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (!take_prefix(&word, known[i].name))
			continue;
		add_hex(known[i].head, &body);
		(text ? forge_text : forge_random)((size_t)atoi(word), &body);
		if (old || open)
			add_old(known[i].tag, &body, open, out);
		else if (partial)
			add_partial(known[i].tag, &body, out);
		else
			add_packet(known[i].tag, &body, out);
		buf_free(&body);
		return true;
	}
	return false;
}

/* A PKESK that claims RSA; its number is a text. */
static void add_big_rsa(size_t n, struct buf *out)
{
	struct buf body = BUF_INIT;

	add_hex("03" KEYID "01", &body);
	add_number(n * 8 - 1, 2, &body);
	forge_text(n, &body);
	add_packet(1, &body, out);
	buf_free(&body);
}

static void add_word(const char *word, struct buf *out)
{
	const char *rest = word;

	if (take_prefix(&rest, "hex:"))
		add_hex(rest, out);
	else if (take_prefix(&rest, "cut:"))
		buf_cut(out, out->len - (size_t)atoi(rest));
	else if (take_prefix(&rest, "big-rsa:"))
		add_big_rsa((size_t)atoi(rest), out);
	else if (!add_session_key(word, out) && !add_data(word, out))
		abort(); /* a mistake in a recipe */
}

/* Calls add for each word of recipe. */
static void each_word(const char *recipe, void (*add)(const char *, struct buf *),
                      struct buf *out)
{
	while (*recipe) {
		struct buf word = BUF_INIT;
		size_t len = strcspn(recipe, " ");

		buf_add(&word, recipe, len);
		add(buf_str(&word), out);
		buf_free(&word);
		recipe += len + strspn(recipe + len, " ");
	}
}

void forge_packets(const char *recipe, struct buf *out)
{
	each_word(recipe, add_word, out);
}

/* ---- text ---- */

void forge_base64(const void *data, size_t len, size_t width, struct buf *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = data;
	size_t column = 0;

	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		unsigned bits = (unsigned)p[i] << 16;

		bits |= have > 1 ? (unsigned)p[i + 1] << 8 : 0;
		bits |= have > 2 ? p[i + 2] : 0;
		for (size_t c = 0; c < 4; c++)
			buf_addc(out, c <= have ? digits[bits >> (18 - 6 * c) & 63] : '=');
		column += 4;
		if (column >= width || i + 3 >= len) {
			buf_addc(out, '\n');
			column = 0;
		}
	}
}

void forge_quoted_printable(const char *text, struct buf *out)
{
	size_t column = 0;

	for (; *text; text++) {
		if (*text == '=' || *text == '-')
			buf_addf(out, "=%02X", (unsigned)*text);
		else
			buf_addc(out, *text);
		column = *text == '\n' ? 0 : column + 1;
		if (column == 32)
			buf_adds(out, "=\n");
	}
}

static uint32_t crc24(const struct buf *octets)
{
	uint32_t crc = 0xb704ce;

	for (size_t i = 0; i < octets->len; i++) {
		crc ^= (uint32_t)(unsigned char)octets->data[i] << 16;
		for (int bit = 0; bit < 8; bit++) {
			crc <<= 1;
			if (crc & 0x1000000)
				crc ^= 0x1864cfb;
		}
	}
	return crc & 0xffffff;
}

static void add_crc(uint32_t crc, struct buf *out)
{
	struct buf octets = BUF_INIT;

	add_number(crc, 3, &octets);
	buf_addc(out, '=');
	forge_base64(octets.data, octets.len, 64, out);
	buf_free(&octets);
}

static void add_part_of_base64(const struct buf *octets, char which, struct buf *out)
{
	struct buf text = BUF_INIT;

	forge_base64(octets->data, octets->len, 64, &text);

	size_t half = text.len / 65 / 2 * 65;

	if (which == '1')
		buf_add(out, text.data, half);
	else if (which == '2')
		buf_add(out, text.data + half, text.len - half);
	else
		buf_add(out, text.data, text.len);
	buf_free(&text);
}

void forge_armour(const char *template, const struct buf *octets, struct buf *out)
{
	for (; *template; template++) {
		if (*template != '%') {
			buf_addc(out, *template);
			continue;
		}
		template++;
		if (*template == 'C' || *template == 'W')
			add_crc(crc24(octets) ^ (*template == 'W'), out);
		else if (*template == 'A')
			forge_armour("-----BEGIN PGP MESSAGE-----\n\n%B%C"
			             "-----END PGP MESSAGE-----\n", octets, out);
		else
			add_part_of_base64(octets, *template, out);
	}
}
