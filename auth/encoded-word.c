/* SPDX-License-Identifier: GPL-3.0-or-later */
/* encoded-word - `=?charset?q?text?=` (RFC 2047 section 2), to see what it could hide */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/encoded-word.h"
#include "auth/tag-list.h"
#include "base/mem.h"

/* The part up to the next `?`, which is taken too. */
static bool take_part(struct token_text *t, struct token_text *part)
{
	part->at = t->at;
	while (t->at < t->end && (unsigned char)(*t->at - '!') <= '~' - '!' &&
	       !strchr("?()<>@\\\"", *t->at))
		t->at++;
	part->end = t->at;
	return token_take(t, '?');
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void decode_q(const struct token_text *text, struct buf *out)
{
	for (const char *at = text->at; at < text->end; at++) {
		int high = *at == '=' && text->end - at > 2 ? hex(at[1]) : -1;
		int low = high >= 0 ? hex(at[2]) : -1;

		buf_addc(out, low >= 0 ? (char)(high << 4 | low) : *at);
		at += low >= 0 ? 2 : 0;
	}
}

/* What is no base64 has no bytes. */
static void decode_b(const struct token_text *text, struct buf *out)
{
	const struct tag tag = { .value = text->at,
	                         .value_len = (size_t)(text->end - text->at) };
	unsigned char *bytes = mem_alloc(tag.value_len + 1);
	long len = tag_base64(&tag, bytes, tag.value_len);

	if (len > 0)
		buf_add(out, bytes, (size_t)len);
	free(bytes);
}

bool encoded_word_take(struct token_text *t, struct buf *out)
{
	struct token_text at = *t, charset, encoding, text;

	if (!token_take(&at, '=') || !token_take(&at, '?') ||
	    !take_part(&at, &charset) || charset.at == charset.end ||
	    !take_part(&at, &encoding) || encoding.end - encoding.at != 1 ||
	    !strchr("QqBb", *encoding.at) ||
	    !take_part(&at, &text) || !token_take(&at, '='))
		return false;
	if (*encoding.at == 'Q' || *encoding.at == 'q')
		decode_q(&text, out);
	else
		decode_b(&text, out);
	*t = at;
	return true;
}
