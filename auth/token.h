/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * token - the lexical layer of structured header fields
 *
 * Comments and folding (RFC 5322 3.2.2), quoted strings (3.2.4), tokens (RFC 2045 5.1),
 * keywords (RFC 5321 4.1.2), each with UTF-8 allowed where RFC 6532 allows it.  The text is
 * a field's raw value, folds and all.  Nothing here accepts a NUL, recurses, or reads a byte twice.
 *
 * A function that returns false has read something that is not there; where the
 * text then stands is not defined.
 */
#ifndef MAILSEAL_AUTH_TOKEN_H
#define MAILSEAL_AUTH_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* What is still to be read; borrowed. */
struct token_text {
	const char *at, *end;
};

/* Comments and white space, if there are any. False: a comment is not closed. */
bool token_skip(struct token_text *t);
void token_skip_blanks(struct token_text *t); /* without the comments */
bool token_take(struct token_text *t, char c); /* that character, if it comes next */
bool token_next_is(const struct token_text *t, char c);

/* A comment; inside (may be NULL) is its raw text without the outer parentheses. */
bool token_comment(struct token_text *t, struct token_text *inside);

/* The following append what was read to out, quotes and folds taken off. */
bool token_quoted(struct token_text *t, struct buf *out);
bool token_value(struct token_text *t, struct buf *out); /* token or quoted string */

/* As real fields have it: a quoted string, `"local part"@domain`, or anything up to white space,
 * `;`, a parenthesis, a quote or a backslash. */
bool token_loose(struct token_text *t, struct buf *out);

/* Letters, digits, hyphens; not longer than size - 1. The other one: also underscores. */
bool token_keyword(struct token_text *t, char *out, size_t size);
bool token_word(struct token_text *t, char *out, size_t size);
bool token_number(struct token_text *t, unsigned *out); /* at most 9 digits */

/* Moves to the next `;` outside comments and quoted strings, or to the end. */
void token_until_semicolon(struct token_text *t);

bool token_is_keyword(const char *s);
bool token_is_word(const char *s); /* as token_word reads them */
/* Valid UTF-8 without control characters (C0, DEL, C1), line separators, and what turns or hides text. */
bool token_is_text(const char *s, size_t len);

/* ASCII letters alone are compared without case, whatever the locale. */
bool token_same(const char *a, size_t len, const char *b);
bool token_begins(const struct token_text *t, const char *prefix);

#endif
