/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outside - what may stand in the clear around a ciphertext
 *
 * Mail programs write the same few sentences, descriptions and file names
 * around what they encrypt.  These tell nothing.  Anything else might be
 * what the sender wants to be read, so it is not harmless.
 */
#ifndef MAILSEAL_MIME_OUTSIDE_H
#define MAILSEAL_MIME_OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/content.h"

/* The preamble that mime/compose.h writes. */
#define OUTSIDE_OUR_PREAMBLE \
	"OpenPGP/MIME message, encrypted at rest by the receiving mail server (mailseal)."

/* A line of a preamble, trimmed. */
bool outside_preamble_is_harmless(const char *line);

/* In which letters look like letters, whatever the bytes are: no UTF-7, UTF-16, EBCDIC. */
bool outside_charset_is_harmless(const char *charset);

/* A Content-Type with its parameters; which type it is is for the caller. */
bool outside_type_is_harmless(const struct content *content);
/* A Content-Disposition with its parameters. */
bool outside_disposition_is_harmless(const struct content *content);

/* Another field whose name begins with `Content-`; value: unfolded, trimmed. */
bool outside_field_is_harmless(const char *name, const char *value);

#endif
