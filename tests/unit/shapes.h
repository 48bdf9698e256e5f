/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shapes - messages by template, for tests of what is already encrypted
 */
#ifndef MAILSEAL_TESTS_SHAPES_H
#define MAILSEAL_TESTS_SHAPES_H

#include <stddef.h>

#include "base/buf.h"
#include "mime/classify.h"

#define COUNT(a) (sizeof a / sizeof a[0])

#define ENCRYPTED \
	"Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; " \
	"boundary=\"b1\"\n"
#define MIXED "Content-Type: multipart/mixed; boundary=\"b1\"\n"
#define TOP "From: a@example.org\nMIME-Version: 1.0\n"
#define IDENTIFIED "--b1\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n"
#define OCTETS "--b1\nContent-Type: application/octet-stream\n\n%A\n"
#define BLANK "--b1\nContent-Type: text/plain; charset=\"us-ascii\"\n\n\n"
#define CLOSE "--b1--\n"
#define SMIME \
	TOP "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; " \
	"name=\"smime.p7m\"\n"
#define BASE64 "Content-Transfer-Encoding: base64\n"
#define QUOTED "Content-Transfer-Encoding: quoted-printable\n"
#define OURS "OpenPGP/MIME message, encrypted at rest by the receiving mail server (mailseal)."

/* What a template is filled with. */
struct shapes_material {
	struct buf armour, quoted, coded; /* as it is, quoted-printable, base64 */
	struct buf smime, indefinite;     /* base64 */
};

void shapes_make(struct shapes_material *m);
void shapes_free(struct shapes_material *m);

/* Appends template, in which %A is the armour, %Q its quoted-printable, %6
 * its base64, %S S/MIME and %I the same with indefinite lengths. */
void shapes_expand(const char *template, const struct shapes_material *m, struct buf *out);

/* Appends text with each line end as CRLF. */
void shapes_to_crlf(const struct buf *text, struct buf *out);

enum mime_class shapes_classify(const void *data, size_t len);

#endif
