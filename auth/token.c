/* SPDX-License-Identifier: GPL-3.0-or-later */
/* token - the lexical layer of structured header fields (RFC 5322 3.2, RFC 2045 5.1) */
#include <config.h>

#include <string.h>

#include "auth/token.h"

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_utf8_or_printable(char c)
{
	unsigned char u = (unsigned char)c;

	return u > 0x20 && u != 0x7f;
}

/* A CR counts only as part of CRLF: alone it ends a line for some readers. */
static bool at_blank(const struct token_text *t)
{
	if (t->at == t->end)
		return false;
	if (*t->at == '\r')
		return t->end - t->at > 1 && t->at[1] == '\n';
	return *t->at == ' ' || *t->at == '\t' || *t->at == '\n';
}

void token_skip_blanks(struct token_text *t)
{
	while (at_blank(t))
		t->at++;
}

bool token_next_is(const struct token_text *t, char c)
{
	return t->at < t->end && *t->at == c;
}

bool token_take(struct token_text *t, char c)
{
	if (!token_next_is(t, c))
		return false;
	t->at++;
	return true;
}

/* The character behind a backslash. */
static bool take_escaped(struct token_text *t, char *c)
{
	if (t->at == t->end || !*t->at)
		return false;
	*c = *t->at++;
	return true;
}

bool token_comment(struct token_text *t, struct token_text *inside)
{
	size_t depth = 1;
	char escaped;

	if (!token_take(t, '('))
		return false;
	const char *start = t->at;
	while (t->at < t->end && *t->at && depth) {
		char c = *t->at++;

		if (c == '\\' && !take_escaped(t, &escaped))
			return false;
		if (c == '(')
			depth++;
		else if (c == ')')
			depth--;
	}
	if (inside)
		*inside = (struct token_text){ start, t->at - 1 };
	return !depth;
}

bool token_skip(struct token_text *t)
{
	token_skip_blanks(t);
	while (token_next_is(t, '(')) {
		if (!token_comment(t, NULL))
			return false;
		token_skip_blanks(t);
	}
	return true;
}

bool token_quoted(struct token_text *t, struct buf *out)
{
	if (!token_take(t, '"'))
		return false;
	while (t->at < t->end) {
		bool blank = at_blank(t);
		char c = *t->at++;

		if (c == '"')
			return true;
		if (c == '\\' && !take_escaped(t, &c))
			return false;
		if (blank && (c == '\r' || c == '\n'))
			continue;
		if (blank || c == '\t')
			c = ' ';
		if (c != ' ' && !is_utf8_or_printable(c))
			return false;
		buf_addc(out, c);
	}
	return false;
}

static bool take_run(struct token_text *t, struct buf *out, const char *but_not)
{
	const char *start = t->at;

	while (t->at < t->end && is_utf8_or_printable(*t->at) &&
	       !strchr(but_not, *t->at))
		t->at++;
	if (t->at > start)
		buf_add(out, start, (size_t)(t->at - start));
	return t->at > start;
}

bool token_value(struct token_text *t, struct buf *out)
{
	if (token_next_is(t, '"'))
		return token_quoted(t, out);
	return take_run(t, out, "()<>@,;:\\\"/[]?=");
}

/* `"local part"@domain`: the quotes belong to the address, so they are kept. */
static bool quote_local_part(struct token_text *t, struct buf *out, size_t from)
{
	struct buf local = BUF_INIT;

	buf_adds(&local, buf_str(out) + from);
	buf_cut(out, from);
	buf_addc(out, '"');
	for (const char *c = buf_str(&local); *c; c++) {
		if (*c == '"' || *c == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *c);
	}
	buf_addc(out, '"');
	buf_free(&local);
	return take_run(t, out, "()\";\\");
}

bool token_loose(struct token_text *t, struct buf *out)
{
	size_t from = out->len;

	if (!token_next_is(t, '"'))
		return take_run(t, out, "()\";\\");
	if (!token_quoted(t, out))
		return false;
	return !token_next_is(t, '@') || quote_local_part(t, out, from);
}

bool token_word(struct token_text *t, char *out, size_t size)
{
	size_t len = 0;

	while (t->at < t->end && (is_letter_or_digit(*t->at) || *t->at == '-' ||
	                          *t->at == '_')) {
		if (len + 1 >= size)
			return false;
		out[len++] = *t->at++;
	}
	out[len] = '\0';
	return token_is_word(out);
}

bool token_keyword(struct token_text *t, char *out, size_t size)
{
	return token_word(t, out, size) && token_is_keyword(out);
}

bool token_number(struct token_text *t, unsigned *out)
{
	unsigned digits = 0;

	for (*out = 0; t->at < t->end && *t->at >= '0' && *t->at <= '9'; digits++) {
		if (digits == 9)
			return false;
		*out = *out * 10 + (unsigned)(*t->at++ - '0');
	}
	return digits > 0;
}

void token_until_semicolon(struct token_text *t)
{
	struct buf unused = BUF_INIT;

	while (t->at < t->end && *t->at != ';') {
		bool closed = true;

		if (*t->at == '(')
			closed = token_comment(t, NULL);
		else if (*t->at == '"')
			closed = token_quoted(t, &unused);
		else
			t->at++;
		if (!closed)
			t->at = t->end;
	}
	buf_free(&unused);
}

bool token_is_word(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++)
		if (!is_letter_or_digit(s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	return len && s[len - 1] != '-';
}

bool token_is_keyword(const char *s)
{
	return token_is_word(s) && !strchr(s, '_');
}

/* Line separators, what turns the direction of text, and what has no width: a value with these
 * reads as another one. */
static bool is_unseen(unsigned long c)
{
	return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xe0000 && c <= 0xe007f);
}

/* One UTF-8 sequence (RFC 3629 section 4) of more than a byte: its length, or 0. */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
	size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	unsigned long c = s[0] & (0xffU >> (len + 1));

	if (s[0] < 0xc2 || s[0] > 0xf4 || len > left)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if ((len == 3 && c < 0x800) || (len == 4 && c < 0x10000) || c > 0x10ffff)
		return 0;
	if ((c >= 0xd800 && c <= 0xdfff) || c < 0xa0 || is_unseen(c))
		return 0;
	return len;
}

bool token_is_text(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t step;

	for (size_t i = 0; i < len; i += step) {
		step = u[i] < 0x80 ? 1 : utf8_sequence(u + i, len - i);
		if (!step || u[i] < 0x20 || u[i] == 0x7f)
			return false;
	}
	return true;
}

bool token_same(const char *a, size_t len, const char *b)
{
	size_t i = 0;

	while (i < len && b[i] && lower(a[i]) == lower(b[i]))
		i++;
	return i == len && !b[i];
}

bool token_begins(const struct token_text *t, const char *prefix)
{
	size_t len = strlen(prefix);

	return (size_t)(t->end - t->at) >= len && token_same(t->at, len, prefix);
}
