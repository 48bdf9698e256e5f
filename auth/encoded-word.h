/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * encoded-word - `=?charset?q?text?=` (RFC 2047 section 2), to see what it could hide
 *
 * Decoded to bytes, not to characters: for finding ASCII in it, not for showing it.
 */
#ifndef MAILSEAL_AUTH_ENCODED_WORD_H
#define MAILSEAL_AUTH_ENCODED_WORD_H

#include <stdbool.h>

#include "auth/token.h"
#include "base/buf.h"

/*
 * Takes an encoded word and appends its bytes to out; false, and nothing taken: there is none.
 * Commas, dots, colons, semicolons and brackets may stand in it in the clear, as real
 * mail has them; never `@`, quotes or angle brackets.
 */
bool encoded_word_take(struct token_text *t, struct buf *out);

#endif
