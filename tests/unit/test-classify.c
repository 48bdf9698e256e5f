/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-classify - which messages pass as ciphertext, and how text is smuggled in vain */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "base/secret.h"
#include "tests/unit/forge.h"
#include "tests/unit/shapes.h"
#include "tests/unit/spools.h"

struct shape {
	const char *name, *template;
	enum mime_class class;
};

static const struct shape accepted[] = {
	{ "PGP/MIME", TOP ENCRYPTED "\n" IDENTIFIED OCTETS CLOSE, MIME_PGP_MIME },
	{ "no MIME-Version", ENCRYPTED "\n" IDENTIFIED OCTETS CLOSE, MIME_PGP_MIME },
	{ "Thunderbird",
	  TOP "Content-Language: en-US\nSubject: ...\nContent-Type: multipart/encrypted;\n"
	  " protocol=\"application/pgp-encrypted\";\n"
	  " boundary=\"------------LXsQ1GfDj60OyJAdRFaJ9eSx\"\n\n"
	  "This is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)\n"
	  "--------------LXsQ1GfDj60OyJAdRFaJ9eSx\n"
	  "Content-Type: application/pgp-encrypted\n"
	  "Content-Description: PGP/MIME version identification\n\nVersion: 1\n\n"
	  "--------------LXsQ1GfDj60OyJAdRFaJ9eSx\n"
	  "Content-Type: application/octet-stream; name=\"encrypted.asc\"\n"
	  "Content-Description: OpenPGP encrypted message\n"
	  "Content-Disposition: inline; filename=\"encrypted.asc\"\n\n%A\n"
	  "--------------LXsQ1GfDj60OyJAdRFaJ9eSx--\n", MIME_PGP_MIME },
	{ "GPGMail",
	  TOP "Content-Type: multipart/encrypted; boundary=\"Apple-Mail=_CC38E51A\"; "
	  "protocol=\"application/pgp-encrypted\";\n"
	  "Content-Transfer-Encoding: 7bit\nContent-Description: OpenPGP encrypted message\n\n"
	  "This is an OpenPGP/MIME encrypted message (RFC 2440 and 3156)\n"
	  "--Apple-Mail=_CC38E51A\nContent-Transfer-Encoding: 7bit\n"
	  "Content-Type: application/pgp-encrypted\n"
	  "Content-Description: PGP/MIME Versions Identification\n\nVersion: 1\n\n"
	  "--Apple-Mail=_CC38E51A\nContent-Transfer-Encoding: 7bit\n"
	  "Content-Disposition: inline;\n    filename=encrypted.asc\n"
	  "Content-Type: application/octet-stream;\n    x-unix-mode=0644;\n"
	  "    name=encrypted.asc\n"
	  "Content-Description: OpenPGP encrypted message\n\n%A\n"
	  "--Apple-Mail=_CC38E51A--\n", MIME_PGP_MIME },
	{ "mutt",
	  TOP "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\n"
	  "\tboundary=\"EVF5PPMfhYS0aIcm\"\nContent-Disposition: inline\n\n\n"
	  "--EVF5PPMfhYS0aIcm\nContent-Type: application/pgp-encrypted\n"
	  "Content-Disposition: attachment\n\nVersion: 1\n\n"
	  "--EVF5PPMfhYS0aIcm\nContent-Type: application/octet-stream\n"
	  "Content-Disposition: attachment; filename=\"msg.asc\"\n\n%A\n"
	  "--EVF5PPMfhYS0aIcm--\n", MIME_PGP_MIME },
	{ "nothing between version and delimiter",
	  TOP ENCRYPTED "\n--b1\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
	  OCTETS CLOSE, MIME_PGP_MIME },
	{ "multi-part sentence",
	  TOP ENCRYPTED "\nThis is a multi-part message in MIME format.\n\n" IDENTIFIED OCTETS CLOSE,
	  MIME_PGP_MIME },
	{ "blanks behind delimiters",
	  TOP ENCRYPTED "\n--b1 \nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
	  OCTETS "--b1-- \t\n \n\n", MIME_PGP_MIME },
	{ "no line end at the end", TOP ENCRYPTED "\n" IDENTIFIED OCTETS "--b1--", MIME_PGP_MIME },
	{ "quoted-printable",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n" QUOTED
	  "\n%Q\n" CLOSE, MIME_PGP_MIME },
	{ "base64",
	  TOP ENCRYPTED "\n--b1\nContent-Type: application/pgp-encrypted\n" BASE64
	  "\nVmVyc2lvbjogMQ0KDQo=\n\n--b1\nContent-Type: application/octet-stream\n" BASE64
	  "\n%6\n" CLOSE, MIME_PGP_MIME },
	{ "mailseal", TOP ENCRYPTED "\n" OURS "\n\n" IDENTIFIED OCTETS CLOSE, MIME_SEALED },

	{ "mangled by Exchange",
	  TOP "Content-Type: multipart/mixed; boundary=\"_004_AM0PR05\"\n"
	  "Content-Language: de-DE\n\n--_004_AM0PR05\n"
	  "Content-Type: text/plain; charset=\"us-ascii\"\n"
	  "Content-ID: <F5A1D2B1C3D4E54F@eurprd01.prod.exchangelabs.com>\n" QUOTED "\n\n"
	  "--_004_AM0PR05\nContent-Type: application/pgp-encrypted;\n"
	  "\tname=\"PGPMIME version identification\"\n"
	  "Content-Description: PGP/MIME version identification\n"
	  "Content-Disposition: attachment;\n"
	  "\tfilename=\"PGPMIME version identification\"; size=12;\n"
	  "\tcreation-date=\"Tue, 24 Nov 2026 20:00:00 GMT\";\n"
	  "\tmodification-date=\"Tue, 24 Nov 2026 20:00:00 GMT\"\n" BASE64
	  "\nVmVyc2lvbjogMQ0KDQo=\n\n"
	  "--_004_AM0PR05\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\n"
	  "Content-Description: OpenPGP encrypted message\n"
	  "Content-Disposition: attachment; filename=\"encrypted.asc\"; size=1234\n" BASE64
	  "\n%6\n--_004_AM0PR05--\n", MIME_PGP_MIME },
	{ "mangled", TOP MIXED "\n" BLANK IDENTIFIED OCTETS CLOSE, MIME_PGP_MIME },
	{ "mangled, HTML",
	  TOP MIXED "\n--b1\nContent-Type: text/html\n\n \n\n" IDENTIFIED OCTETS CLOSE, MIME_PGP_MIME },

	{ "inline", TOP "Content-Type: text/plain; charset=utf-8\n\n%A", MIME_PGP_INLINE },
	{ "inline without MIME", "From: a@example.org\n\n\n%A\n\n", MIME_PGP_INLINE },
	{ "inline, format=flowed",
	  TOP "Content-Type: text/plain; charset=utf-8; format=flowed\n"
	  "Content-Transfer-Encoding: 8bit\n\n%A", MIME_PGP_INLINE },
	{ "inline, quoted-printable", TOP "Content-Type: text/plain\n" QUOTED "\n%Q",
	  MIME_PGP_INLINE },
	{ "inline, base64", TOP "Content-Type: text/plain\n" BASE64 "\n%6", MIME_PGP_INLINE },

	{ "S/MIME", SMIME BASE64 "\n%S", MIME_SMIME },
	{ "S/MIME, indefinite lengths", SMIME BASE64 "\n%I\n\n", MIME_SMIME },
	{ "S/MIME, OpenSSL",
	  TOP "Content-Disposition: attachment; filename=\"smime.p7m\"\n"
	  "Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data; "
	  "name=\"smime.p7m\"\n" BASE64 "\n%S", MIME_SMIME },
	{ "S/MIME, bare", "Content-Type: application/pkcs7-mime\n" BASE64 "\n%S", MIME_SMIME },
	{ "S/MIME by its name",
	  TOP "Content-Type: application/octet-stream; name=smime.p7m\n" BASE64 "\n%S", MIME_SMIME },
	{ "S/MIME by its file name",
	  TOP "Content-Type: application/octet-stream\n"
	  "Content-Disposition: attachment; filename=smime.p7m\n" BASE64 "\n%S", MIME_SMIME },
};

static void test_accepted(void **state)
{
	struct shapes_material m;

	(void)state;
	shapes_make(&m);
	for (size_t i = 0; i < COUNT(accepted); i++) {
		struct buf text = BUF_INIT, crlf = BUF_INIT;

		shapes_expand(accepted[i].template, &m, &text);
		shapes_to_crlf(&text, &crlf);
		if (shapes_classify(text.data, text.len) != accepted[i].class)
			fail_msg("%s: %s", accepted[i].name,
			         classify_word(shapes_classify(text.data, text.len)));
		if (shapes_classify(crlf.data, crlf.len) != accepted[i].class)
			fail_msg("%s, with CRLF", accepted[i].name);
		buf_free(&text);
		buf_free(&crlf);
	}
	shapes_free(&m);
}

/* ---- what does not ---- */

static const struct shape refused[] = {
	{ "empty", "" },
	{ "a text", TOP "\nMeet me at noon\n" },
	{ "header alone", TOP ENCRYPTED },
	{ "no header", "%A" },
	{ "no header, blank line", "Meet me at noon\n\n%A" },

	/* around the parts */
	{ "preamble", TOP ENCRYPTED "\nMeet me at noon\n" IDENTIFIED OCTETS CLOSE },
	{ "preamble behind ours", TOP ENCRYPTED "\n" OURS "\nMeet me at noon\n" IDENTIFIED OCTETS CLOSE },
	{ "preamble in the line of ours", TOP ENCRYPTED "\n" OURS " noon\n" IDENTIFIED OCTETS CLOSE },
	{ "long preamble",
	  TOP ENCRYPTED "\nThis is an OpenPGP/MIME encrypted message (RFC 4880 and 3156) "
	  "and it says that we meet at noon behind the church, and that nobody must know\n"
	  IDENTIFIED OCTETS CLOSE },
	{ "epilogue", TOP ENCRYPTED "\n" IDENTIFIED OCTETS CLOSE "Meet me at noon\n" },
	{ "epilogue without line end", TOP ENCRYPTED "\n" IDENTIFIED OCTETS CLOSE "\n\nnoon" },
	{ "behind the closing delimiter", TOP ENCRYPTED "\n" IDENTIFIED OCTETS "--b1-- noon\n" },
	{ "behind a delimiter",
	  TOP ENCRYPTED "\n--b1 noon\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n"
	  OCTETS CLOSE },
	{ "closed twice", TOP ENCRYPTED "\n" IDENTIFIED OCTETS CLOSE CLOSE },
	{ "parts behind the end", TOP ENCRYPTED "\n" IDENTIFIED OCTETS CLOSE IDENTIFIED OCTETS CLOSE },
	{ "not closed", TOP ENCRYPTED "\n" IDENTIFIED OCTETS },
	{ "not closed, another part", TOP ENCRYPTED "\n" IDENTIFIED OCTETS "--b1\n" },
	{ "closed at once", TOP ENCRYPTED "\n" CLOSE IDENTIFIED OCTETS CLOSE },
	{ "closed behind the version", TOP ENCRYPTED "\n" IDENTIFIED CLOSE OCTETS CLOSE },
	{ "no delimiter", TOP ENCRYPTED "\n%A" },

	/* parts */
	{ "third part", TOP ENCRYPTED "\n" IDENTIFIED OCTETS
	  "--b1\nContent-Type: text/plain\n\nMeet me at noon\n" CLOSE },
	{ "part in front", TOP ENCRYPTED "\n--b1\nContent-Type: text/plain\n\nnoon\n"
	  IDENTIFIED OCTETS CLOSE },
	{ "part between", TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: text/plain\n\nnoon\n"
	  OCTETS CLOSE },
	{ "one part", TOP ENCRYPTED "\n" OCTETS CLOSE },
	{ "other order", TOP ENCRYPTED "\n" OCTETS IDENTIFIED CLOSE },
	{ "nested multipart",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: multipart/mixed; boundary=b2\n\n"
	  "--b2\nContent-Type: application/octet-stream\n\n%A\n--b2--\n" CLOSE },
	{ "version part with text",
	  TOP ENCRYPTED "\n--b1\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
	  "Meet me at noon\n\n" OCTETS CLOSE },
	{ "version part without version",
	  TOP ENCRYPTED "\n--b1\nContent-Type: application/pgp-encrypted\n\n\n" OCTETS CLOSE },
	{ "version 2",
	  TOP ENCRYPTED "\n--b1\nContent-Type: application/pgp-encrypted\n\nVersion: 2\n\n"
	  OCTETS CLOSE },
	{ "version part in base64 with text",
	  TOP ENCRYPTED "\n--b1\nContent-Type: application/pgp-encrypted\n" BASE64
	  "\nVmVyc2lvbjogMQpub29uCg==\n\n" OCTETS CLOSE },
	{ "second part is text",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: text/plain\n\n%A\n" CLOSE },
	{ "second part without type", TOP ENCRYPTED "\n" IDENTIFIED "--b1\n\n%A\n" CLOSE },

	/* fields of parts */
	{ "field of a part",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "X-Note: Meet me at noon\n\n%A\n" CLOSE },
	{ "Subject of a part",
	  TOP ENCRYPTED "\n--b1\nSubject: noon\nContent-Type: application/pgp-encrypted\n\n"
	  "Version: 1\n\n" OCTETS CLOSE },
	{ "line in a part's header",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\nnoon\n\n%A\n"
	  CLOSE },
	{ "description",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-Description: Meet me at noon\n\n%A\n" CLOSE },
	{ "file name",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-Disposition: inline; filename=\"meet me at noon.asc\"\n\n%A\n" CLOSE },
	{ "file name, one word",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-Disposition: inline; filename=\"encrypted-noon.asc\"\n\n%A\n" CLOSE },
	{ "file name, RFC 2231",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-Disposition: inline; filename*=utf-8''noon\n\n%A\n" CLOSE },
	{ "name",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\n"
	  "Content-Type: application/octet-stream; name=\"noon\"\n\n%A\n" CLOSE },
	{ "parameter",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\n"
	  "Content-Type: application/octet-stream; x-note=\"noon\"\n\n%A\n" CLOSE },
	{ "boundary of a part",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\n"
	  "Content-Type: application/octet-stream; boundary=\"meet-me-at-noon\"\n\n%A\n" CLOSE },
	{ "charset of a part",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\n"
	  "Content-Type: application/octet-stream; charset=utf-8-noon\n\n%A\n" CLOSE },
	{ "format of a part",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\n"
	  "Content-Type: application/octet-stream; format=meet-me-at-noon\n\n%A\n" CLOSE },
	{ "disposition",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-Disposition: meet-me-at-noon\n\n%A\n" CLOSE },
	{ "empty disposition",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-Disposition: ; filename=encrypted.asc\n\n%A\n" CLOSE },
	{ "long field",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream; name="
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  ".asc\n\n%A\n" CLOSE },
	{ "comment",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\n"
	  "Content-Type: application/octet-stream (meet me at noon)\n\n%A\n" CLOSE },
	{ "date",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-Disposition: inline; creation-date=\"Meet me at noon\"\n\n%A\n" CLOSE },
	{ "Content-ID",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-ID: <meet-me@noon>\n\n%A\n" CLOSE },
	{ "Content-Language",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-Language: meet me at noon\n\n%A\n" CLOSE },
	{ "other Content- field",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-Note: noon\n\n%A\n" CLOSE },
	{ "folded field",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-Description: OpenPGP encrypted message\n meet me at noon\n\n%A\n" CLOSE },
	{ "field twice",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: text/plain\n"
	  "Content-Type: application/octet-stream\n\n%A\n" CLOSE },

	/* the ciphertext's part */
	{ "in front of the armour",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n\nnoon\n%A\n"
	  CLOSE },
	{ "behind the armour",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n\n%A\nnoon\n"
	  CLOSE },
	{ "two armours", TOP ENCRYPTED "\n" IDENTIFIED
	  "--b1\nContent-Type: application/octet-stream\n\n%A\n%A\n" CLOSE },
	{ "empty", TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n\n\n"
	  CLOSE },
	{ "base64 of plain armour",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n" BASE64
	  "\n%A\n" CLOSE },
	{ "base64 with junk",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n" BASE64
	  "\n%6\n!noon!\n" CLOSE },
	{ "base64 behind its padding",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n" BASE64
	  "\n%6ICAgIA==\nTWVldCBtZSBhdCBub29u\n" CLOSE },
	{ "quoted-printable with junk",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n" QUOTED
	  "\n%Q=noon\n" CLOSE },
	{ "soft line break with text",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n" QUOTED
	  "\n%Q= noon\n\n" CLOSE },
	{ "unknown encoding",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-Transfer-Encoding: x-uuencode\n\n%A\n" CLOSE },
	{ "two encodings",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n" BASE64
	  "Content-Transfer-Encoding: 7bit\n\n%A\n" CLOSE },
	{ "encoding with a comment",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n"
	  "Content-Transfer-Encoding: 7bit (noon)\n\n%A\n" CLOSE },

	/* the header */
	{ "encoded multipart", TOP ENCRYPTED BASE64 "\n" IDENTIFIED OCTETS CLOSE },
	{ "two types", TOP "Content-Type: text/plain\n" ENCRYPTED "\n" IDENTIFIED OCTETS CLOSE },
	{ "two types, other order",
	  TOP ENCRYPTED "Content-Type: text/plain\n\n" IDENTIFIED OCTETS CLOSE },
	{ "other protocol",
	  TOP "Content-Type: multipart/encrypted; protocol=\"application/pgp\"; boundary=b1\n\n"
	  IDENTIFIED OCTETS CLOSE },
	{ "no protocol",
	  TOP "Content-Type: multipart/encrypted; boundary=b1\n\n" IDENTIFIED OCTETS CLOSE },
	{ "no boundary",
	  TOP "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"\n\n"
	  IDENTIFIED OCTETS CLOSE },
	{ "empty boundary",
	  TOP "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; "
	  "boundary=\"\"\n\n--\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--\n"
	  "Content-Type: application/octet-stream\n\n%A\n----\n" },
	{ "two boundaries",
	  TOP "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; "
	  "boundary=b2; boundary=b1\n\n" IDENTIFIED OCTETS CLOSE },
	{ "boundary with blanks",
	  TOP "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; "
	  "boundary=\"meet me at noon\"\n\n--meet me at noon\n"
	  "Content-Type: application/pgp-encrypted\n\nVersion: 1\n\n--meet me at noon\n"
	  "Content-Type: application/octet-stream\n\n%A\n--meet me at noon--\n" },
	{ "boundary that begins the armour",
	  TOP "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; "
	  "boundary=\"---\"\n\n-----\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n"
	  "-----\nContent-Type: application/octet-stream\n\n%A\n-------\n" },
	{ "boundary cut by another's", TOP ENCRYPTED "\n" IDENTIFIED OCTETS "--b12\nnoon\n" CLOSE },
	{ "bare CR in a field", TOP ENCRYPTED "X-A: a\rb\n\n" IDENTIFIED OCTETS CLOSE },
	{ "line in the header", TOP ENCRYPTED "noon\n\n" IDENTIFIED OCTETS CLOSE },
	{ "comment in the type",
	  TOP "Content-Type: multipart/encrypted (noon); protocol=\"application/pgp-encrypted\"; "
	  "boundary=b1\n\n" IDENTIFIED OCTETS CLOSE },
	{ "description of the message",
	  TOP ENCRYPTED "Content-Description: Meet me at noon\n\n" IDENTIFIED OCTETS CLOSE },
	{ "bare CR between lines",
	  TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n\n%A\rnoon\r\n"
	  CLOSE },

	/* mangled */
	{ "mangled with text",
	  TOP MIXED "\n--b1\nContent-Type: text/plain\n\nMeet me at noon\n" IDENTIFIED OCTETS CLOSE },
	{ "mangled with HTML",
	  TOP MIXED "\n--b1\nContent-Type: text/html\n\n<p>noon</p>\n" IDENTIFIED OCTETS CLOSE },
	{ "mangled with encoded text",
	  TOP MIXED "\n--b1\nContent-Type: text/plain\n" BASE64 "\nbm9vbgo=\n" IDENTIFIED OCTETS CLOSE },
	{ "mangled, fourth part",
	  TOP MIXED "\n" BLANK IDENTIFIED OCTETS "--b1\nContent-Type: text/plain\n\nnoon\n" CLOSE },
	{ "mangled, blank fourth part", TOP MIXED "\n" BLANK IDENTIFIED OCTETS BLANK CLOSE },
	{ "mixed without text", TOP MIXED "\n" IDENTIFIED OCTETS CLOSE },
	{ "mixed with an encrypted one inside",
	  TOP "Content-Type: multipart/mixed; boundary=b0\n\n--b0\n" ENCRYPTED "\n"
	  IDENTIFIED OCTETS CLOSE "--b0--\n" },

	/* inline */
	{ "text in front", TOP "Content-Type: text/plain\n\nMeet me at noon\n%A" },
	{ "text behind", TOP "Content-Type: text/plain\n\n%A\nMeet me at noon\n" },
	{ "quoted", TOP "Content-Type: text/plain\n\n> %A" },
	{ "two armours", TOP "Content-Type: text/plain\n\n%A\n%A" },
	{ "HTML", TOP "Content-Type: text/html\n\n%A" },
	{ "inline in UTF-7", TOP "Content-Type: text/plain; charset=utf-7\n\n%A" },
	{ "inline in UTF-16", TOP "Content-Type: text/plain; charset=utf-16\n\n%A" },
	{ "inline in EBCDIC", TOP "Content-Type: text/plain; charset=ibm037\n\n%A" },
	{ "inline in other encoding", TOP "Content-Type: text/plain\n" BASE64 "\n%A" },
	{ "inline, file name",
	  TOP "Content-Type: text/plain; name=\"meet me at noon.txt\"\n\n%A" },

	/* S/MIME */
	{ "S/MIME, text behind", SMIME BASE64 "\n%Snoon\n" },
	{ "S/MIME, text in front", SMIME BASE64 "\nMeet me at noon\n%S" },
	{ "S/MIME twice", SMIME BASE64 "\n%S%S" },
	{ "S/MIME without encoding", SMIME "\n%S" },
	{ "S/MIME, file name",
	  TOP "Content-Type: application/pkcs7-mime; name=\"meet me at noon.p7m\"\n" BASE64 "\n%S" },
	{ "octet-stream without name", TOP "Content-Type: application/octet-stream\n" BASE64 "\n%S" },
	{ "armour as S/MIME", SMIME "\n%A" },
};

static void test_refused(void **state)
{
	struct shapes_material m;

	(void)state;
	shapes_make(&m);
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct buf text = BUF_INIT, crlf = BUF_INIT;

		shapes_expand(refused[i].template, &m, &text);
		shapes_to_crlf(&text, &crlf);
		if (shapes_classify(text.data, text.len) != MIME_READABLE)
			fail_msg("%s", refused[i].name);
		if (shapes_classify(crlf.data, crlf.len) != MIME_READABLE)
			fail_msg("%s, with CRLF", refused[i].name);
		buf_free(&text);
		buf_free(&crlf);
	}
	shapes_free(&m);
}

static size_t body_of(const struct buf *text)
{
	return (size_t)(strstr(text->data, "\n\n") - text->data) + 2;
}

/* Puts a text in at each place of the body, or at one in so many. */
static void insert_everywhere(const struct shape *shape, const struct buf *text,
                              const char *insert, size_t step)
{
	for (size_t at = body_of(text); at <= text->len; at += step) {
		struct buf with = BUF_INIT;

		buf_add(&with, text->data, at);
		buf_adds(&with, insert);
		buf_add(&with, text->data + at, text->len - at);
		if (shapes_classify(with.data, with.len) != MIME_READABLE)
			fail_msg("%s passes with `%s` at %zu:\n%s", shape->name, insert, at,
			         buf_str(&with));
		buf_free(&with);
	}
}

/* The body of a short message of each shape takes a text in nowhere. */
static void test_inserted(void **state)
{
	struct buf octets = BUF_INIT;
	struct shapes_material m;

	(void)state;
	shapes_make(&m);
	buf_cut(&m.armour, 0);
	forge_packets("ecdh seipd1:150", &octets);
	forge_armour("%A", &octets, &m.armour);
	for (size_t i = 0; i < COUNT(accepted); i++) {
		size_t step = strstr(accepted[i].template, "%A") ? 1 : 17;
		struct buf text = BUF_INIT;

		shapes_expand(accepted[i].template, &m, &text);
		assert_int_equal(shapes_classify(text.data, text.len), accepted[i].class);
		insert_everywhere(&accepted[i], &text, "\nMeet me at noon\n", step);
		insert_everywhere(&accepted[i], &text, "MeetMeAtNoon", step);
		buf_free(&text);
	}
	buf_free(&octets);
	shapes_free(&m);
}

/* Cut short anywhere, no shape is whole: until only the closing is incomplete. */
static void test_cut_short(void **state)
{
	struct shapes_material m;

	(void)state;
	shapes_make(&m);
	for (size_t i = 0; i < COUNT(accepted); i++) {
		struct buf text = BUF_INIT;

		shapes_expand(accepted[i].template, &m, &text);

		size_t end = text.len;

		while (strchr(" \t\n", text.data[end - 1]))
			end--;
		for (size_t at = body_of(&text); at < end; at += at + 100 < end ? 13 : 1)
			if (shapes_classify(text.data, at) != MIME_READABLE)
				fail_msg("%s passes, cut at %zu of %zu", accepted[i].name, at,
				         text.len);
		buf_free(&text);
	}
	shapes_free(&m);
}

/* ---- size and shape of attack ---- */

static void test_limits(void **state)
{
	struct buf big = BUF_INIT, nested = BUF_INIT, many = BUF_INIT;
	struct shapes_material m;

	(void)state;
	shapes_make(&m);

	/* 1 MiB of header */
	while (big.len < CLASSIFY_HEADER_MAX)
		buf_adds(&big, "X-Filler: 012345678901234567890123456789012345678901234567890\n");
	shapes_expand(TOP ENCRYPTED "\n" IDENTIFIED OCTETS CLOSE, &m, &big);
	assert_int_equal(shapes_classify(big.data, big.len), MIME_READABLE);

	buf_adds(&nested, "From: a@example.org\n");
	for (int i = 0; i < 1000; i++)
		buf_addf(&nested, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
	assert_int_equal(shapes_classify(nested.data, nested.len), MIME_READABLE);

	buf_adds(&many, TOP ENCRYPTED "\n");
	for (int i = 0; i < 100000; i++)
		buf_adds(&many, IDENTIFIED);
	buf_adds(&many, CLOSE);
	assert_int_equal(shapes_classify(many.data, many.len), MIME_READABLE);

	buf_free(&big);
	buf_free(&nested);
	buf_free(&many);
	shapes_free(&m);
}

/* Larger than what a spool keeps in memory. */
static void test_large(void **state)
{
	struct buf octets = BUF_INIT, text = BUF_INIT;

	(void)state;
	forge_packets("rsa partial-seipd1:9000000", &octets);
	buf_adds(&text, TOP ENCRYPTED "\n" IDENTIFIED
	                "--b1\nContent-Type: application/octet-stream\n\n");
	forge_armour("%A", &octets, &text);
	buf_adds(&text, "\n" CLOSE);
	assert_true(text.len > SPOOL_MEMORY_LIMIT);
	assert_int_equal(shapes_classify(text.data, text.len), MIME_PGP_MIME);
	buf_adds(&text, "noon\n");
	assert_int_equal(shapes_classify(text.data, text.len), MIME_READABLE);
	buf_free(&octets);
	buf_free(&text);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(classify_word(MIME_READABLE), "readable");
	assert_string_equal(classify_word(MIME_PGP_MIME), "pgp-mime");
	assert_string_equal(classify_word(MIME_PGP_INLINE), "pgp-inline");
	assert_string_equal(classify_word(MIME_SMIME), "s-mime");
	assert_string_equal(classify_word(MIME_SEALED), "mailseal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_inserted),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_words),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
