/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dmarc-uri - where a DMARC record wants reports sent */
#include <config.h>

#include <string.h>

#include "auth/dmarc-uri.h"
#include "auth/token.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void trim(const char **text, size_t *len)
{
	while (*len && is_blank((*text)[*len - 1]))
		--*len;
	for (; *len && is_blank(**text); ++*text)
		--*len;
}

/* ---- size limit --------------------------------------------------------- */

/* How far to the left a unit moves the number. */
static int unit_shift(char c)
{
	switch (c) {
	case 'k': case 'K': return 10;
	case 'm': case 'M': return 20;
	case 'g': case 'G': return 30;
	case 't': case 'T': return 40;
	}
	return 0;
}

/* `10m`, with blanks where people put them. False: no number, or too large a one. */
static bool parse_limit(const char *text, size_t len, uint64_t *out)
{
	int shift;
	size_t i;

	trim(&text, &len);
	shift = len ? unit_shift(text[len - 1]) : 0;
	if (shift)
		len--;
	trim(&text, &len);
	*out = 0;
	for (i = 0; i < len && is_digit(text[i]); i++) {
		uint64_t digit = (uint64_t)(text[i] - '0');

		if (*out > (UINT64_MAX - digit) / 10)
			return false;
		*out = *out * 10 + digit;
	}
	if (i == 0 || i < len || *out > UINT64_MAX >> shift)
		return false;
	*out <<= shift;
	return true;
}

/* ---- form --------------------------------------------------------------- */

/* RFC 3986 2.2, 2.3, without what RFC 9989 4.8 wants encoded. */
static bool is_uri_byte(char c)
{
	return is_letter(c) || is_digit(c) || (c && strchr("-._~:/?#[]@$&'()*+;=", c));
}

/* Bytes of `scheme:` (RFC 3986 3.1), or 0. */
static size_t scheme(const char *text, size_t len)
{
	size_t i = 0;

	if (len == 0 || !is_letter(text[0]))
		return 0;
	while (i < len && (is_letter(text[i]) || is_digit(text[i]) ||
	                   text[i] == '+' || text[i] == '-' || text[i] == '.'))
		i++;
	return i < len && text[i] == ':' ? i + 1 : 0;
}

static bool is_mailto(const struct dmarc_uri *uri)
{
	size_t len = scheme(uri->text, uri->len);

	return len && token_same(uri->text, len, "mailto:");
}

static bool has_form(const struct dmarc_uri *uri)
{
	size_t start = scheme(uri->text, uri->len);

	for (size_t i = start; i < uri->len; i++) {
		if (uri->text[i] == '%') {
			if (uri->len - i < 3 || hex(uri->text[i + 1]) < 0 ||
			    hex(uri->text[i + 2]) < 0)
				return false;
			i += 2;
		} else if (!is_uri_byte(uri->text[i])) {
			return false;
		}
	}
	return start && uri->len > start;
}

bool dmarc_uri_address(const struct dmarc_uri *uri, struct buf *out)
{
	size_t from = out->len;
	const char *address, *at;

	if (!uri->valid || !is_mailto(uri))
		return false;
	for (size_t i = scheme(uri->text, uri->len); i < uri->len && uri->text[i] != '?'; i++) {
		char c = uri->text[i];

		if (c == '%') {
			c = (char)(hex(uri->text[i + 1]) << 4 | hex(uri->text[i + 2]));
			i += 2;
		}
		if ((unsigned char)c > ' ' && c != 0x7f)
			buf_addc(out, c);
	}
	address = buf_str(out) + from;
	at = strrchr(address, '@');
	if (at && at > address && at[1])
		return true;
	buf_cut(out, from);
	return false;
}

bool dmarc_uri_next(const struct tag *tag, size_t *at, struct dmarc_uri *out)
{
	struct buf address = BUF_INIT;
	const char *end, *mark;

	if (*at >= tag->value_len)
		return false;
	*out = (struct dmarc_uri){ .text = tag->value + *at };
	end = memchr(out->text, ',', tag->value_len - *at);
	out->len = end ? (size_t)(end - out->text) : tag->value_len - *at;
	*at += out->len + 1;
	out->valid = true;
	mark = memchr(out->text, '!', out->len);
	if (mark) {
		size_t len = (size_t)(mark - out->text);

		out->has_limit = true;
		out->valid = parse_limit(mark + 1, out->len - len - 1, &out->limit);
		out->len = len;
	}
	trim(&out->text, &out->len);
	out->valid &= has_form(out);
	if (out->valid && is_mailto(out))
		out->valid = dmarc_uri_address(out, &address);
	buf_free(&address);
	return true;
}
