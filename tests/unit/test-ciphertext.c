/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-ciphertext - what is OpenPGP ciphertext from the first to the last byte, and what not */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "mime/armour-header.h"
#include "mime/ciphertext.h"
#include "tests/unit/forge.h"

/* Feeds text in pieces of that size. */
static struct ciphertext read_in(enum ciphertext_mode mode, const struct buf *text,
                                 size_t piece)
{
	struct ciphertext_reader *reader = ciphertext_reader_new(mode);
	struct ciphertext found;
	int rc = 0;

	for (size_t at = 0; at < text->len; at += piece) {
		size_t left = text->len - at;

		rc = ciphertext_reader_add(reader, text->data + at, left < piece ? left : piece);
	}
	ciphertext_reader_finish(reader, &found);
	assert_false(rc < 0 && found.complete);
	ciphertext_reader_free(&reader);
	assert_null(reader);
	return found;
}

/* However it is cut, the answer is the same. */
static struct ciphertext read_all(enum ciphertext_mode mode, const struct buf *text)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 63, 64, 65, 4096 };
	struct ciphertext whole = read_in(mode, text, text->len + 1);

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct ciphertext found = read_in(mode, text, pieces[i]);

		assert_int_equal(found.complete, whole.complete);
		assert_int_equal(found.pkesk, whole.pkesk);
		assert_int_equal(found.skesk, whole.skesk);
	}
	return whole;
}

struct packets_case {
	const char *recipe;
	bool complete;
	unsigned pkesk, skesk;
	bool seipd1;
};

static const struct packets_case packets_cases[] = {
	{ "rsa seipd1:300", true, 1, 0, true },
	{ "hidden seipd1:300", true, 1, 0, true },
	{ "elgamal seipd1:300", true, 1, 0, true },
	{ "ecdh seipd1:300", true, 1, 0, true },
	{ "x25519 seipd1:300", true, 1, 0, true },
	{ "x448 seipd1:300", true, 1, 0, true },
	{ "rsa ecdh elgamal seipd1:300", true, 3, 0, true },
	{ "rsa6 seipd2:300", true, 1, 0, false },
	{ "x25519-6 seipd2:300", true, 1, 0, false },
	{ "skesk4 seipd1:300", true, 0, 1, true },
	{ "skesk4-key skesk4-key rsa seipd1:300", true, 1, 2, true },
	{ "skesk5 ocb:300", true, 0, 1, false },
	{ "skesk6 seipd2:300", true, 0, 1, false },
	{ "argon2 seipd2:300", true, 0, 1, false },
	{ "rsa ocb:300", true, 1, 0, false },
	{ "rsa sed:300", true, 1, 0, false },
	{ "rsa old-sed:300", true, 1, 0, false },
	{ "rsa open-sed:300", true, 1, 0, false },
	{ "rsa partial-seipd1:1000", true, 1, 0, true },
	{ "rsa partial-seipd1:20000", true, 1, 0, true },
	{ "rsa partial-seipd1:511", true, 1, 0, true }, /* the last piece is empty */
	{ "rsa seipd1:100000", true, 1, 0, true },
	{ "rsa seipd1:40", true, 1, 0, true },

	/* the order, and what could be read */
	{ "", false, 0, 0, false },
	{ "seipd1:300", false, 0, 0, false },
	{ "rsa", false, 1, 0, false },
	{ "literal:300", false, 0, 0, false },
	{ "compressed:300", false, 0, 0, false },
	{ "signature:300", false, 0, 0, false },
	{ "marker:0 rsa seipd1:300", false, 0, 0, false },
	{ "rsa marker:0 seipd1:300", false, 1, 0, false },
	{ "rsa padding:60 seipd1:300", false, 1, 0, false },
	{ "rsa literal:300", false, 1, 0, false },
	{ "rsa literal:300 seipd1:300", false, 1, 0, false },
	{ "rsa seipd1:300 literal:300", false, 1, 0, true },
	{ "rsa seipd1:300 seipd1:300", false, 1, 0, true },
	{ "rsa seipd1:300 rsa seipd1:300", false, 1, 0, true },
	{ "rsa partial-seipd1:1000 hex:00", false, 1, 0, true },

	/* lengths */
	{ "rsa seipd1:300 cut:1", false, 1, 0, true },
	{ "rsa partial-seipd1:20000 cut:1", false, 1, 0, true },
	{ "rsa seipd1:300 cut:304", false, 1, 0, false },
	{ "rsa cut:1", false, 0, 0, false },
	{ "rsa seipd1:20", false, 1, 0, true },
	{ "rsa6 seipd2:50", false, 1, 0, false },
	{ "rsa sed:5", false, 1, 0, false },
	{ "rsa hex:D2F001", false, 1, 0, false }, /* pieces end in the middle */
	{ "rsa hex:D2E801", false, 1, 0, false }, /* the first piece has 256 octets */
	{ "hex:C1E9", false, 0, 0, false },       /* a PKESK in pieces */
	{ "hex:87", false, 0, 0, false },         /* a PKESK without length */
	{ "hex:C100", false, 0, 0, false },
	{ "hex:41", false, 0, 0, false },

	/* versions and algorithms */
	{ "rsa seipd3:300", false, 1, 0, false },
	{ "rsa seipd2-odd:300", false, 1, 0, false },
	{ "dsa seipd1:300", false, 0, 0, false },
	{ "pkesk2 seipd1:300", false, 0, 0, false },
	{ "skesk9 seipd1:300", false, 0, 1, false },
	{ "rsa-short seipd1:300", false, 0, 0, false },
	{ "skesk4-long seipd1:300", false, 0, 1, false },

	/* text where ciphertext belongs */
	{ "rsa text-seipd1:300", false, 1, 0, true },
	{ "rsa text-seipd1:40", false, 1, 0, true },
	{ "rsa text-partial-seipd1:20000", false, 1, 0, true },
	{ "rsa text-sed:300", false, 1, 0, false },
	{ "big-rsa:256 seipd1:300", false, 0, 0, false },
	{ "big-rsa:2048 seipd1:300", false, 0, 0, false },
	{ "big-rsa:8000 seipd1:300", false, 0, 0, false },
	{ "text-id text-id seipd1:300", true, 2, 0, true }, /* may happen */
	{ "text-id text-id text-id text-id seipd1:300", false, 4, 0, false },
};

static void test_packets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof packets_cases / sizeof *packets_cases; i++) {
		const struct packets_case *c = &packets_cases[i];
		struct buf octets = BUF_INIT;

		forge_packets(c->recipe, &octets);

		struct ciphertext found = read_all(CIPHERTEXT_BINARY, &octets);

		if (found.complete != c->complete)
			fail_msg("`%s` is%s complete", c->recipe, found.complete ? "" : " not");
		if (c->complete) {
			assert_int_equal(found.pkesk, c->pkesk);
			assert_int_equal(found.skesk, c->skesk);
			assert_int_equal(found.seipd1, c->seipd1);
		}
		buf_free(&octets);
	}
}

static void test_key_ids(void **state)
{
	struct buf octets = BUF_INIT;

	(void)state;
	forge_packets("rsa hidden rsa6 x25519-6 skesk4 seipd1:300", &octets);

	struct ciphertext found = read_all(CIPHERTEXT_BINARY, &octets);

	assert_true(found.complete);
	assert_int_equal(found.pkesk, 4);
	assert_true(found.keyid[0] == 0x1122334455667788);
	assert_true(found.keyid[1] == 0);
	assert_true(found.keyid[2] == 0xccddeeff00112233); /* of its fingerprint */
	assert_true(found.keyid[3] == 0);
	buf_free(&octets);
}

/* More recipients than key IDs are kept. */
static void test_many_recipients(void **state)
{
	struct buf recipe = BUF_INIT, octets = BUF_INIT;

	(void)state;
	for (int i = 0; i < CIPHERTEXT_KEYIDS_MAX + 5; i++)
		buf_adds(&recipe, "ecdh ");
	buf_adds(&recipe, "seipd1:300");
	forge_packets(buf_str(&recipe), &octets);

	struct ciphertext found = read_in(CIPHERTEXT_BINARY, &octets, octets.len);

	assert_true(found.complete);
	assert_int_equal(found.pkesk, CIPHERTEXT_KEYIDS_MAX + 5);
	buf_free(&recipe);
	buf_free(&octets);
}

#define BEGIN "-----BEGIN PGP MESSAGE-----\n"
#define END "-----END PGP MESSAGE-----\n"

struct armour_case {
	const char *template;
	bool whole, front; /* complete in these modes */
};

static const struct armour_case armour_cases[] = {
	{ "%A", true, true },
	{ BEGIN "\n%B" END, true, true },
	{ BEGIN "\n%B%C-----END PGP MESSAGE-----", true, true },
	{ " \n\r\n\t\n" BEGIN "\n%B%C" END " \r\n\n\t", true, true },
	{ BEGIN " \t\n%B%C" END, true, true },
	{ "-----BEGIN PGP MESSAGE----- \t\n\n%B%C-----END PGP MESSAGE-----  \n", true, true },
	{ BEGIN "\n%1\n%2\n%C\n" END, true, true }, /* blank lines */
	{ BEGIN "Version: GnuPG v2.0.15 (GNU/Linux)\n\n%B%C" END, true, true },
	{ BEGIN "Version: OpenPGP.js v4.10.10\nComment: https://openpgpjs.org\n\n%B%C" END,
	  true, true },
	{ BEGIN "Charset: utf-8\nHash: SHA256\n\n%B%C" END, true, true },

	/* around the armour */
	{ "Hello\n%A", false, false },
	{ "%AHello\n", false, false },
	{ "%A%A", false, false },
	{ "> %A", false, false },
	{ " %A", false, false },
	{ BEGIN "\n%B%C-----END PGP MESSAGE----- Hello\n", false, false },
	{ "-----BEGIN PGP MESSAGE----- Hello\n\n%B%C" END, false, false },
	{ "-----BEGIN PGP MESSAGE, PART 1/2-----\n\n%B%C" END, false, false },
	{ "-----BEGIN PGP SIGNED MESSAGE-----\n\n%B%C" END, false, false },
	{ "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n%B%C" END, false, false },
	{ "--BEGIN PGP MESSAGE--\n\n%B%C" END, false, false },
	{ BEGIN "\n%B%C-----END PGP SIGNATURE-----\n", false, false },
	{ BEGIN "\n%B%C", false, false },
	{ BEGIN "\n%1", false, false },
	{ BEGIN, false, false },
	{ "", false, false },

	/* headers */
	{ BEGIN "%B%C" END, false, false }, /* no blank line */
	{ BEGIN "Comment: Meet me at noon\n\n%B%C" END, false, false },
	{ BEGIN "Comment: GnuPG says: meet me at noon\n\n%B%C" END, false, false },
	{ BEGIN "Version: Meet me at noon\n\n%B%C" END, false, false },
	{ BEGIN "X-Note: GnuPG v2\n\n%B%C" END, false, false },
	{ BEGIN "Meet me at noon\n\n%B%C" END, false, false },
	{ BEGIN "Version: GnuPG v2\n meet me at noon\n\n%B%C" END, false, false },

	/* text in the base64 */
	{ BEGIN "\n%1Meet me at noon\n%2%C" END, false, true },
	{ BEGIN "\n%1MeetMeAtNoon\n%2%C" END, false, true },
	{ BEGIN "\n%1(noon)\n%2%C" END, false, true },
	{ BEGIN "\n%1-- \n%2%C" END, false, false },
	{ BEGIN "\n%1- noon\n%2%C" END, false, false },
	{ BEGIN "\n%1" END "Meet me at noon\n" BEGIN "\n%2%C" END, false, false },
	{ BEGIN "\n%1=noon\n%2%C" END, false, true },
	{ BEGIN "\n%B%CMeetMeAtNoon\n" END, false, true },
	{ BEGIN "\n%B%C%C" END, false, true },
	{ BEGIN "\n%B%W" END, false, true },
	{ BEGIN "\n%B=AAAAA\n" END, false, true },
	{ BEGIN "\n%B=\n" END, false, true },
	{ BEGIN "\n%BAAA=\n" END, false, true },
	{ BEGIN "\n%BAAA\n" END, false, true },
};

static void test_armour(void **state)
{
	struct buf octets = BUF_INIT;

	(void)state;
	/* 1158 octets: lines of base64 are full to the end, no padding. */
	forge_packets("rsa seipd1:876", &octets);
	for (size_t i = 0; i < sizeof armour_cases / sizeof *armour_cases; i++) {
		const struct armour_case *c = &armour_cases[i];
		struct buf text = BUF_INIT;

		forge_armour(c->template, &octets, &text);
		if (read_all(CIPHERTEXT_WHOLE, &text).complete != c->whole)
			fail_msg("the whole of %s", buf_str(&text));
		if (read_all(CIPHERTEXT_FRONT, &text).complete != c->front)
			fail_msg("the front of %s", buf_str(&text));
		buf_free(&text);
	}
	buf_free(&octets);
}

/* NUL bytes, and bytes beyond ASCII. */
static void test_odd_bytes(void **state)
{
	struct buf octets = BUF_INIT, text = BUF_INIT;

	(void)state;
	forge_packets("rsa seipd1:300", &octets);
	forge_armour("%A", &octets, &text);
	for (size_t i = 0; i < text.len; i++) {
		char was = text.data[i];

		text.data[i] = '\0';
		assert_false(read_in(CIPHERTEXT_WHOLE, &text, 100).complete);
		text.data[i] = '\xe9';
		assert_false(read_in(CIPHERTEXT_WHOLE, &text, 100).complete);
		text.data[i] = was;
	}
	assert_true(read_in(CIPHERTEXT_WHOLE, &text, 100).complete);
	buf_free(&octets);
	buf_free(&text);
}

/* Each way to cut a message short. */
static void test_cut_short(void **state)
{
	struct buf octets = BUF_INIT, text = BUF_INIT;

	(void)state;
	forge_packets("rsa partial-seipd1:600", &octets);
	forge_armour("%A", &octets, &text);
	assert_true(read_in(CIPHERTEXT_WHOLE, &text, 100).complete);
	buf_cut(&text, text.len - 1); /* the last line end */
	while (text.len > 0) {
		buf_cut(&text, text.len - 1);
		assert_false(read_in(CIPHERTEXT_WHOLE, &text, 100).complete);
		assert_false(read_in(CIPHERTEXT_FRONT, &text, 100).complete);
	}
	buf_free(&octets);
	buf_free(&text);
}

/* What gpg writes is read to its end in FRONT mode: counts and key IDs are there. */
static void test_front(void **state)
{
	struct buf octets = BUF_INIT, text = BUF_INIT;

	(void)state;
	forge_packets("rsa ecdh seipd1:50000", &octets);
	forge_armour("%A", &octets, &text);

	struct ciphertext found = read_all(CIPHERTEXT_FRONT, &text);

	assert_true(found.complete && found.seipd1);
	assert_int_equal(found.pkesk, 2);
	assert_true(found.keyid[1] == 0x1122334455667788);
	buf_free(&octets);
	buf_free(&text);
}

static void test_line_ends_and_widths(void **state)
{
	static const size_t widths[] = { 4, 60, 64, 76, 1000000 };
	struct buf octets = BUF_INIT;

	(void)state;
	forge_packets("rsa seipd1:3000", &octets);
	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
		struct buf text = BUF_INIT, crlf = BUF_INIT;

		buf_adds(&text, BEGIN "\n");
		forge_base64(octets.data, octets.len, widths[i], &text);
		forge_armour("%C" END, &octets, &text);
		for (size_t at = 0; at < text.len; at++) {
			if (text.data[at] == '\n')
				buf_addc(&crlf, '\r');
			buf_addc(&crlf, text.data[at]);
		}
		assert_true(read_all(CIPHERTEXT_WHOLE, &text).complete);
		assert_true(read_all(CIPHERTEXT_WHOLE, &crlf).complete);
		assert_true(read_all(CIPHERTEXT_FRONT, &crlf).complete);
		buf_free(&text);
		buf_free(&crlf);
	}
	buf_free(&octets);
}

/* Letters are base64 too: lines that differ in length are no armour. */
static void test_uneven_lines(void **state)
{
	struct buf octets = BUF_INIT, text = BUF_INIT;

	(void)state;
	forge_packets("rsa seipd1:876", &octets);
	forge_armour("%A", &octets, &text);
	for (size_t i = 40; i < 400; i++) {
		char was = text.data[i];

		if (was == '\n')
			continue;
		text.data[i] = '\n';
		assert_false(read_in(CIPHERTEXT_WHOLE, &text, 100).complete);
		text.data[i] = was;
	}
	buf_free(&octets);
	buf_free(&text);
}

static const struct {
	const char *line;
	bool harmless;
} header_cases[] = {
	{ "Version: GnuPG v1", true },
	{ "Version: GnuPG v1.4.11 (Darwin)", true },
	{ "Version: GnuPG v2.0.17 (MingW32)", true },
	{ "Version: GnuPG/MacGPG2 v2.0.17 (Darwin)", true },
	{ "Comment: GPGTools - https://gpgtools.org", true },
	{ "Comment: Using GnuPG with Thunderbird - http://www.enigmail.net/", true },
	{ "Comment: Using GnuPG with Mozilla - http://enigmail.mozdev.org/", true },
	{ "Version: OpenPGP.js VERSION", true },
	{ "Version: Mailvelope v4.4.1", true },
	{ "Comment: https://www.mailvelope.com", true },
	{ "Version: BCPG v1.58", true },
	{ "Version: BCPG v@RELEASE_NAME@", true },
	{ "Version: BCPG C# v1.6.1.0", true },
	{ "Version: OpenKeychain v2.8.2", true },
	{ "Version: ProtonMail", true },
	{ "Comment: https://protonmail.com", true },
	{ "Version: Keybase OpenPGP v2.0.76", true },
	{ "Comment: https://keybase.io/crypto", true },
	{ "Version: FlowCrypt 8.5.14 Gmail Encryption", true },
	{ "Comment: Seamlessly send and receive encrypted email", true },
	{ "Version: PGP Desktop 9.8.3 (Build 4028)", true },
	{ "Version: Encryption Desktop 10.3.0 (Build 8741)", true },
	{ "Version: PGPfreeware 6.5.8 for non-commercial use <http://www.pgp.com>", true },
	{ "Charset: ISO-8859-15", true },
	{ "Charset: windows-1252", true },
	{ "Hash: SHA256, SHA512", true },

	{ "Version: ", false },
	{ "Version:", false },
	{ "Version: v2.0", false },
	{ "Version: GnuPG v2 noon", false },
	{ "Version: GnuPG v1 v2 v3 v4", false },
	{ "Version: GnuPG v12345678901234567", false },
	{ "Comment: with GnuPG", false },
	{ "Comment: https://example.org", false },
	{ "Comment: https://gnupg.org/meet-me-at-noon", false },
	{ "Comment: gnupg.org", false },
	{ "Comment: GnuPG\tnoon", false },
	{ "Comment: GnuPG xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	  false },
	{ "Charset: noon", false },
	{ "Charset: utf-8-noon", false },
	{ "Charset: utf-7", false },
	{ "Hash: noon", false },
	{ "MessageID: 12345678901234567890123456789012", false },
	{ "version: GnuPG v2", false },
};

static void test_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof header_cases / sizeof *header_cases; i++)
		if (armour_header_is_harmless(header_cases[i].line) != header_cases[i].harmless)
			fail_msg("`%s`", header_cases[i].line);
}

static void test_header_limits(void **state)
{
	struct buf octets = BUF_INIT;

	(void)state;
	forge_packets("rsa seipd1:300", &octets);
	for (int headers = 0; headers <= ARMOUR_HEADERS_MAX + 1; headers++) {
		struct buf text = BUF_INIT;

		buf_adds(&text, BEGIN);
		for (int i = 0; i < headers; i++)
			buf_adds(&text, "Version: GnuPG v2\n");
		forge_armour("\n%B%C" END, &octets, &text);
		assert_int_equal(read_all(CIPHERTEXT_WHOLE, &text).complete,
		                 headers <= ARMOUR_HEADERS_MAX);
		buf_free(&text);
	}
	buf_free(&octets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_key_ids),
		cmocka_unit_test(test_many_recipients),
		cmocka_unit_test(test_armour),
		cmocka_unit_test(test_odd_bytes),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_front),
		cmocka_unit_test(test_line_ends_and_widths),
		cmocka_unit_test(test_uneven_lines),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_header_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
