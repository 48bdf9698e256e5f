/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-keyblock - armour and packets, byte by byte */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "keystore/cert-armour.h"
#include "keystore/keyblock.h"

#define BYTES(...) (const unsigned char[]){ __VA_ARGS__ }, \
	sizeof((const unsigned char[]){ __VA_ARGS__ })

struct sample {
	const char *name;
	const unsigned char *data;
	size_t size;
	int rc;
	size_t certs;
	bool secret;
	const char *why;
};

/* Old format: 0x98 type 6, 0x94 type 5, 0xb4 type 13, 0x88 type 2; with one
 * octet of length. New format: 0xc6 type 6, 0xc5 type 5. */
static const struct sample samples[] = {
	{ "a key", BYTES(0x98, 1, 4), 0, 1, false },
	{ "a key, two octets of length", BYTES(0x99, 0, 1, 4), 0, 1, false },
	{ "a key, four octets", BYTES(0x9a, 0, 0, 0, 1, 4), 0, 1, false },
	{ "a key, new format", BYTES(0xc6, 1, 4), 0, 1, false },
	{ "new format, five octets", BYTES(0xc6, 255, 0, 0, 0, 1, 4), 0, 1,
	  false },
	{ "a key and a user ID", BYTES(0x98, 1, 4, 0xb4, 1, 'a'), 0, 1, false },
	{ "two keys", BYTES(0x98, 1, 4, 0xb4, 1, 'a', 0xc6, 1, 4), 0, 2, false },
	{ "a private key", BYTES(0x94, 1, 4), 0, 0, true },
	{ "a private key, new format", BYTES(0xc5, 1, 4), 0, 0, true },
	{ "a private subkey", BYTES(0x98, 1, 4, 0x9c, 1, 4), 0, 0, true },
	{ "a private key and junk", BYTES(0x94, 1, 4, 'x'), 0, 0, true },
	{ "a private key behind another", BYTES(0x98, 1, 4, 0xc5, 1, 4), 0, 0,
	  true },
	{ "version 7", BYTES(0x98, 1, 7), -1, 0, false, "no OpenPGP" },
	{ "an empty key", BYTES(0x98, 0), -1, 0, false, "no OpenPGP" },
	{ "cut off", BYTES(0x98, 2, 4), -1, 0, false, "no OpenPGP" },
	{ "cut off later", BYTES(0x98, 1, 4, 0xb4, 2, 'a'), -1, 0, false,
	  "cut off" },
	{ "cut off in a length", BYTES(0x98, 1, 4, 0xb5, 2), -1, 0, false,
	  "cut off" },
	{ "a huge length", BYTES(0x98, 1, 4, 0xb6, 255, 255, 255, 255), -1, 0,
	  false, "cut off" },
	{ "a partial length", BYTES(0x98, 1, 4, 0xcd, 224, 'a'), -1, 0, false,
	  "cut off" },
	{ "an indeterminate length", BYTES(0x98, 1, 4, 0xb7, 'a'), -1, 0,
	  false, "cut off" },
	{ "a signature", BYTES(0x88, 1, 4), -1, 0, false, "signature" },
	{ "a PKESK", BYTES(0x84, 1, 3), -1, 0, false, "encrypted" },
	{ "compressed data", BYTES(0xa3, 1, 3), -1, 0, false, "message" },
	{ "literal data in pieces", BYTES(0xcb, 0xed, 'b'), -1, 0, false,
	  "message" },
	{ "a literal in a key", BYTES(0x98, 1, 4, 0xac, 1, 'b'), -1, 0, false,
	  "does not belong" },
	{ "NUL", BYTES(0), -1, 0, false, "no OpenPGP" },
	{ "0xff", BYTES(0xff), -1, 0, false, "no OpenPGP" },
	/* S with caron, then letters: a private key's octet, but text. */
	{ "text", BYTES(0xc5, 0xa0, 'k', 'o', 'd', 'a', '\n'), -1, 0, false,
	  "no OpenPGP" },
};

static void knows_packets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		const struct sample *s = &samples[i];
		struct keyblock k = { .packets = BUF_INIT };
		struct err err = { 0 };
		int rc = keyblock_read(s->data, s->size, &k, &err);

		if (rc != s->rc || k.secret != s->secret ||
		    (rc == 0 && !k.secret && k.certs != s->certs) ||
		    (s->why && !strstr(err.what, s->why)))
			fail_msg("%s: %d, %s", s->name, rc, err.what);
		if (rc == 0 && !k.secret) {
			assert_int_equal(k.packets.len, s->size);
			assert_memory_equal(k.packets.data, s->data, s->size);
		}
		keyblock_clear(&k);
	}
}

#define BEGIN "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
#define END "-----END PGP PUBLIC KEY BLOCK-----\n"
#define KEY "mAEEtAFh" /* a key and a user ID: 98 01 04 b4 01 61 */
#define PRIVATE "lAEE"

struct text {
	const char *text;
	int rc;
	size_t certs;
	bool secret;
};

static const struct text texts[] = {
	{ BEGIN "\n" KEY "\n" END, 0, 1, false },
	{ BEGIN "\n" KEY "\n" "-----END PGP PUBLIC KEY BLOCK-----", 0, 1, false },
	{ BEGIN "Version: x\nComment: y: z\n\n" KEY "\n" END, 0, 1, false },
	{ BEGIN "Version: x \r\n  \r\n" KEY " \r\n" END, 0, 1, false },
	{ BEGIN "\nmAEE\ntAFh\n" END, 0, 1, false },
	{ BEGIN "\n\nmAE\nEtAFh\n\n" END "\n", 0, 1, false },
	{ "words\n" BEGIN "\n" KEY "\n" END "words\n" BEGIN "\n" KEY "\n" END,
	  0, 2, false },
	{ "\xef\xbb\xbf" BEGIN "\n" KEY "\n" END, 0, 1, false },
	{ "\xc5\xa0" "koda\n" BEGIN "\n" KEY "\n" END, 0, 1, false },
	{ BEGIN "\n" KEY "\n=mvbc\n" END, 0, 1, false },
	{ BEGIN "\n" KEY "\n=mvbd\n" END, -1, 0, false },
	{ BEGIN "\n" KEY "\n=mvbc\n=mvbc\n" END, -1, 0, false },
	{ BEGIN "\n" KEY "\n=mvbc\n" KEY "\n" END, -1, 0, false },
	{ BEGIN "\n" KEY "\n=mv\n" END, -1, 0, false },
	{ BEGIN "\n=twTO\n" END, -1, 0, false },
	{ BEGIN "\n" END, -1, 0, false },
	{ BEGIN "\nmAEEtAF\n" END, -1, 0, false },
	{ BEGIN "\nmAEE!AFh\n" END, -1, 0, false },
	{ BEGIN "\n" KEY "\n", -1, 0, false },
	{ BEGIN "\n" KEY "\n-----END PGP MESSAGE-----\n", -1, 0, false },
	{ BEGIN, -1, 0, false },
	{ "", -1, 0, false },
	{ "-----BEGIN PGP PRIVATE KEY BLOCK-----\n", 0, 0, true },
	{ BEGIN "\n" KEY "\n" END "-----BEGIN PGP PRIVATE KEY BLOCK-----\n", 0,
	  0, true },
	{ BEGIN "\n" PRIVATE "\n" END, 0, 0, true },
	{ BEGIN "\n" KEY "\n" END "\x94\1\4", 0, 0, true },
	{ BEGIN "\n" KEY "\n" END "words\n\x94\1\4words", 0, 0, true },
	{ BEGIN "\n" KEY "\n" END "\xc5\xa0" "koda\n", 0, 1, false },
	{ "\x98\1\4-----BEGIN PGP PRIVATE KEY BLOCK-----\n", 0, 0, true },
	{ "> -----BEGIN PGP PRIVATE KEY BLOCK-----\n", 0, 0, true },
	{ "words\n\x94\1\4", -1, 0, false },
};

static void knows_armour(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct keyblock k = { .packets = BUF_INIT };
		struct err err = { 0 };
		int rc = keyblock_read(texts[i].text, strlen(texts[i].text), &k,
		                       &err);

		if (rc != texts[i].rc || k.secret != texts[i].secret ||
		    (rc == 0 && !k.secret && k.certs != texts[i].certs))
			fail_msg("%s\n%d, %s", texts[i].text, rc, err.what);
		keyblock_clear(&k);
	}
}

/* Megabytes of what makes a naive reader slow. */
static void takes_linear_time(void **state)
{
	static const char *const lines[] = { "=mvbc\n", "\n", "mAEEtAFh\n",
		"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "x: y\n" };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct keyblock k = { .packets = BUF_INIT };
		struct buf text = BUF_INIT;
		struct err err = { 0 };

		buf_adds(&text, BEGIN "\n" KEY "\n");
		while (text.len < 4 * 1024 * 1024)
			buf_adds(&text, lines[i]);
		buf_adds(&text, END);
		(void)keyblock_read(text.data, text.len, &k, &err);
		keyblock_clear(&k);
		buf_free(&text);
	}
}

static void undoes_our_own_armour(void **state)
{
	static const unsigned char packets[] = { 0x98, 1, 4, 0xb4, 1, 'a' };
	struct keyblock k = { .packets = BUF_INIT };
	struct buf text = BUF_INIT;
	struct err err = { 0 };

	(void)state;
	cert_armour(packets, sizeof packets, &text);
	assert_int_equal(keyblock_read(text.data, text.len, &k, &err), 0);
	assert_int_equal(k.packets.len, sizeof packets);
	assert_memory_equal(k.packets.data, packets, sizeof packets);
	keyblock_clear(&k);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_packets),
		cmocka_unit_test(knows_armour),
		cmocka_unit_test(takes_linear_time),
		cmocka_unit_test(undoes_our_own_armour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
