/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * classify - what counts as already encrypted
 *
 * A message that is ciphertext already passes with its body untouched, but
 * only when nothing readable lies outside the ciphertext; in every case of
 * doubt it is readable, and so it is sealed: the worst that comes of that is
 * a message that is encrypted twice.
 */
#ifndef MAILSEAL_MIME_CLASSIFY_H
#define MAILSEAL_MIME_CLASSIFY_H

#include "base/err.h"
#include "mime/message.h"

enum mime_class {
	MIME_READABLE,   /* seal it: plaintext, signed, mixed, broken, unknown */
	MIME_PGP_MIME,   /* RFC 3156 section 4, also as Exchange mangles it */
	MIME_PGP_INLINE, /* the whole text is one armoured message */
	MIME_SMIME,      /* RFC 8551 enveloped-data, RFC 5083 authEnveloped-data */
	MIME_SEALED,     /* PGP/MIME that a mailseal made */
};

#define CLASSIFY_HEADER_MAX ((uint64_t)1024 * 1024) /* bytes; larger: readable */
#define CLASSIFY_PARTS_MAX 1000 /* looked at by classify_find_ciphertext */

/* -1 with *err only when the spool can't be read. */
int classify_message(const struct message *message, enum mime_class *class,
                     struct err *err);

/* A word for the log: "readable", "pgp-mime", "pgp-inline", "s-mime", "mailseal". */
const char *classify_word(enum mime_class class);

/* Where the armoured ciphertext of a PGP/MIME message (RFC 3156, mangled
 * too) is: the body of the part behind the application/pgp-encrypted one.
 * 1 found, 0 not PGP/MIME, -1 *err. More lenient than classify_message: what
 * else is in the message does not matter here. */
struct ciphertext_range {
	uint64_t start, end; /* offsets in the message's spool */
	bool base64;         /* Content-Transfer-Encoding of that part */
	bool quoted_printable;
};
int classify_find_ciphertext(const struct message *message,
                             struct ciphertext_range *range, struct err *err);

#endif
