/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spf-macro - the macro language of SPF records (RFC 7208 section 7) */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auth/spf-macro.h"
#include "base/mem.h"

#define LETTERS "slodiphv"
#define EXPLAIN_LETTERS LETTERS "crt" /* 7.2 */
#define DELIMITERS ".-+,/_="
#define PARTS_ALL 100000u /* more than there can be */

/* Of a name only the end counts: 253 bytes, a dot before and one behind. */
#define TAIL (DNS_NAME_MAX + 1)

struct macro {
	char letter;       /* lower case; 0: it stands for a literal */
	const char *literal;
	bool escape;       /* an upper case letter: URL-escaped (7.3) */
	bool reverse;
	unsigned parts;    /* from the right */
	struct spf_slice delimiters;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* ---- grammar ------------------------------------------------------------- */

static const char *literal_of(char c)
{
	switch (c) {
	case '%': return "%";
	case '_': return " ";
	case '-': return "%20";
	}
	return NULL;
}

/* transformers = *DIGIT [ "r" ]; a number must not be zero (7.3). */
static bool read_transformers(const char **at, const char *end, struct macro *out)
{
	const char *start = *at;
	unsigned parts = 0;

	for (; *at < end && is_digit(**at); (*at)++)
		parts = parts < PARTS_ALL ? parts * 10 + (unsigned)(**at - '0') : PARTS_ALL;
	if (*at > start && parts == 0)
		return false;
	out->parts = *at > start ? parts : PARTS_ALL;
	out->reverse = *at < end && lower(**at) == 'r';
	*at += out->reverse;
	return true;
}

/* macro-expand, behind its `%`. */
static bool read_macro(const char **at, const char *end, const char *letters,
                       struct macro *out)
{
	memset(out, 0, sizeof *out);
	if (*at == end)
		return false;
	char c = *(*at)++;

	out->literal = literal_of(c);
	if (out->literal)
		return true;
	if (c != '{' || *at == end)
		return false;
	c = *(*at)++;
	out->letter = lower(c);
	out->escape = out->letter != c;
	if (!is_one_of(out->letter, letters) || !read_transformers(at, end, out))
		return false;
	out->delimiters.at = *at;
	while (*at < end && is_one_of(**at, DELIMITERS))
		(*at)++;
	out->delimiters.len = (size_t)(*at - out->delimiters.at);
	return *at < end && *(*at)++ == '}';
}

/* macro-string; *literals: where what stands behind the last macro begins. */
static bool check(struct spf_slice text, const char *letters, bool spaces,
                  const char **literals)
{
	const char *at = text.at, *end = text.at + text.len;
	struct macro macro;

	*literals = at;
	while (at < end) {
		char c = *at++;

		if (c == '%') {
			if (!read_macro(&at, end, letters, &macro))
				return false;
			*literals = at;
		} else if (!(c > ' ' && c < 0x7f) && !(c == ' ' && spaces)) {
			return false;
		}
	}
	return true;
}

bool spf_macro_string_valid(struct spf_slice text)
{
	const char *literals;

	return check(text, LETTERS, false, &literals);
}

bool spf_explain_string_valid(struct spf_slice text)
{
	const char *literals;

	return check(text, EXPLAIN_LETTERS, true, &literals);
}

/* toplabel: letters, digits and, not at its ends, hyphens; not digits alone. */
static bool is_top_label(const char *at, const char *end)
{
	bool more_than_digits = false;

	if (at == end || *at == '-' || end[-1] == '-')
		return false;
	for (; at < end; at++) {
		if (!is_alpha(*at) && !is_digit(*at) && *at != '-')
			return false;
		more_than_digits = more_than_digits || !is_digit(*at);
	}
	return more_than_digits;
}

/* domain-spec = macro-string domain-end: a macro, or a dot and a toplabel. */
bool spf_domain_spec_valid(struct spf_slice text)
{
	const char *end = text.at + text.len, *literals, *dot;

	if (!text.len || !check(text, LETTERS, false, &literals))
		return false;
	if (literals == end)
		return true;
	if (end[-1] == '.')
		end--;
	for (dot = end; dot > literals && dot[-1] != '.'; dot--)
		;
	return dot > literals && is_top_label(dot, end);
}

bool spf_macro_uses(struct spf_slice text, char letter)
{
	const char *at = text.at, *end = text.at + text.len;
	struct macro macro;

	while (at < end)
		if (*at++ == '%' && read_macro(&at, end, EXPLAIN_LETTERS, &macro) &&
		    macro.letter == letter)
			return true;
	return false;
}

/* ---- expansion ------------------------------------------------------------ */

static void add_value(char letter, const struct spf_macro_values *v, struct buf *out)
{
	char address[IP_DOTTED_MAX];

	switch (letter) {
	case 's': buf_addf(out, "%s@%s", v->local_part, v->sender_domain); break;
	case 'l': buf_adds(out, v->local_part); break;
	case 'o': buf_adds(out, v->sender_domain); break;
	case 'd': buf_adds(out, v->domain); break;
	case 'p': buf_adds(out, v->validated); break;
	case 'h': buf_adds(out, v->helo); break;
	case 'r': buf_adds(out, v->receiver); break;
	case 'v': buf_adds(out, ip_type(&v->ip) == DNS_A ? "in-addr" : "ip6"); break;
	case 't': buf_addf(out, "%" PRId64, v->now); break;
	case 'i':
		ip_dotted(&v->ip, address);
		buf_adds(out, address);
		break;
	case 'c':
		ip_text(&v->ip, address);
		buf_adds(out, address);
		break;
	}
}

static bool is_delimiter(char c, const struct macro *macro)
{
	if (!macro->delimiters.len)
		return c == '.';
	return memchr(macro->delimiters.at, c, macro->delimiters.len);
}

/* The last parts of the value, as many as the macro wants, joined with dots. */
static void add_parts(const char *value, const struct macro *macro, struct buf *out)
{
	size_t end = strlen(value), first = end, parts = macro->parts;

	while (first > 0) {
		if (is_delimiter(value[first - 1], macro) && --parts == 0)
			break;
		first--;
	}
	for (; first < end; first++)
		buf_addc(out, is_delimiter(value[first], macro) ? '.' : value[first]);
}

/* The same of the parts in reverse order: the last ones are the first that were. */
static void add_reversed(const char *value, const struct macro *macro, struct buf *out)
{
	size_t end = 0, parts = macro->parts;

	while (value[end] && !(is_delimiter(value[end], macro) && --parts == 0))
		end++;
	for (size_t start = end;; end = --start) {
		while (start > 0 && !is_delimiter(value[start - 1], macro))
			start--;
		buf_add(out, value + start, end - start);
		if (start == 0)
			return;
		buf_addc(out, '.');
	}
}

static void add_escaped(const char *text, struct buf *out)
{
	for (; *text; text++) {
		if (is_alpha(*text) || is_digit(*text) || is_one_of(*text, "-._~"))
			buf_addc(out, *text);
		else
			buf_addf(out, "%%%02X", (unsigned char)*text);
	}
}

static void add_macro(const struct macro *macro, const struct spf_macro_values *values,
                      struct buf *out)
{
	struct buf value = BUF_INIT, shaped = BUF_INIT;

	if (macro->literal) {
		buf_adds(out, macro->literal);
		return;
	}
	add_value(macro->letter, values, &value);
	if (macro->reverse)
		add_reversed(buf_str(&value), macro, &shaped);
	else if (macro->parts != PARTS_ALL || macro->delimiters.len)
		add_parts(buf_str(&value), macro, &shaped);
	else
		buf_adds(&shaped, buf_str(&value));
	if (macro->escape)
		add_escaped(buf_str(&shaped), out);
	else
		buf_adds(out, buf_str(&shaped));
	buf_free(&value);
	buf_free(&shaped);
}

/* The next piece of a valid text: a macro or a character. */
static void add_piece(const char **at, const char *end, const struct spf_macro_values *values,
                      struct buf *out)
{
	struct macro macro;
	char c = *(*at)++;

	if (c != '%')
		buf_addc(out, c);
	else if (read_macro(at, end, EXPLAIN_LETTERS, &macro))
		add_macro(&macro, values, out);
}

/* Where the pieces of a valid text begin; the caller frees. */
static const char **split(struct spf_slice text, size_t *count)
{
	const char **piece = mem_array(text.len, sizeof *piece);
	const char *at = text.at, *end = text.at + text.len;
	struct macro macro;

	for (*count = 0; at < end; (*count)++) {
		piece[*count] = at;
		if (*at++ == '%')
			read_macro(&at, end, EXPLAIN_LETTERS, &macro);
	}
	return piece;
}

/* From the last piece on and no further than needed: thousands of macros cost no more. */
static struct buf expand_tail(struct spf_slice text, const struct spf_macro_values *values)
{
	size_t left;
	const char **piece = split(text, &left);
	struct buf all = BUF_INIT;

	while (left > 0 && all.len < TAIL) {
		const char *at = piece[--left];
		struct buf longer = BUF_INIT;

		add_piece(&at, text.at + text.len, values, &longer);
		buf_adds(&longer, buf_str(&all));
		buf_free(&all);
		all = longer;
	}
	free(piece);
	return all;
}

void spf_expand_domain(struct spf_slice text, const struct spf_macro_values *values,
                       char out[DNS_NAME_MAX])
{
	struct buf all = expand_tail(text, values);
	const char *name = buf_str(&all), *dot;

	if (all.len && all.data[all.len - 1] == '.')
		buf_cut(&all, all.len - 1);
	while (strlen(name) > DNS_NAME_MAX - 1) {
		dot = strchr(name, '.');
		name = dot ? dot + 1 : name + strlen(name) - (DNS_NAME_MAX - 1);
	}
	memcpy(out, name, strlen(name) + 1);
	buf_free(&all);
}

bool spf_expand_explanation(struct spf_slice text, const struct spf_macro_values *values,
                            struct buf *out)
{
	const char *at = text.at, *end = text.at + text.len;

	while (at < end && out->len <= SPF_EXPLANATION_MAX)
		add_piece(&at, end, values, out);
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] < ' ' || out->data[i] > '~')
			return false;
	return out->len <= SPF_EXPLANATION_MAX;
}
