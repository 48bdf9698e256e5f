/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * harmless - what may stand in the clear around a ciphertext
 *
 * Mail programs write the same few sentences, descriptions and file names
 * around what they encrypt.  These tell nothing.  Anything else might be
 * what the sender wants to be read, so it is not harmless.
 */
#ifndef MAILSEAL_MIME_HARMLESS_H
#define MAILSEAL_MIME_HARMLESS_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/content.h"

/* A line of a preamble, trimmed. */
bool harmless_preamble(const char *line);

/* In which letters look like letters, whatever the bytes are: no UTF-7, UTF-16, EBCDIC. */
bool harmless_charset(const char *charset);

/* A Content-Type with its parameters; which type it is is for the caller. */
bool harmless_type(const struct content *content);
/* A Content-Disposition with its parameters. */
bool harmless_disposition(const struct content *content);

/* Another field whose name begins with `Content-`; value: unfolded, trimmed. */
bool harmless_field(const char *name, const char *value);

#endif
