/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * author - whose message it says it is: the domain of From
 *
 * The grammar is RFC 5322 3.4 with the obsolete forms of 4.4, groups (RFC 6854) and UTF-8 (RFC 6532).
 * More lenient where all readers agree on the domain: words in front of an address without
 * brackets, brackets in a name.  Stricter where they may not: white space or
 * comments inside a domain, `@` in a quoted local part, an encoded word as local part, a name
 * without an address.
 */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "auth/author.h"
#include "auth/encoded-word.h"
#include "auth/token.h"
#include "base/buf.h"
#include "base/idn.h"

struct reader {
	struct token_text t;
	struct author *out;
	struct buf text; /* of the word or domain that was read last */
	size_t addresses;
	bool literal; /* an address without a domain was there */
};

/* What stands in front of `<`, `@` or `:`. */
struct words {
	enum { NOTHING, WORD, DOT, BRACKET } last;
	size_t runs;    /* of words joined by dots */
	bool bracket;   /* somewhere */
	bool hidden_angle, hidden_at; /* `<` and `@` in encoded words */
	bool ambiguous; /* the last run could hide another address, were it a local part */
};

/* ---- domains ------------------------------------------------------------ */

static bool is_host_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_' || c == '.';
}

static size_t dots(const char *s)
{
	size_t count = 0;

	for (; *s; s++)
		count += *s == '.';
	return count;
}

/* In A-labels, lower case. False: no domain name, or one with other dots than it shows. */
static bool to_a_labels(const char *text, char out[DNS_NAME_MAX])
{
	struct err err = { 0 };
	char *ascii = idn_to_ascii(text, &err);
	size_t len = ascii ? strlen(ascii) : 0;
	bool good = len && len < DNS_NAME_MAX && ascii[len - 1] != '.' &&
	            dots(ascii) == dots(text);

	for (size_t i = 0; good && i < len; i++) {
		out[i] = ascii[i] >= 'A' && ascii[i] <= 'Z' ? (char)(ascii[i] + 32) : ascii[i];
		good = is_host_byte(out[i]);
	}
	free(ascii);
	if (!good)
		return false;
	out[len] = '\0';
	return dns_name_valid(out);
}

/* NULL, or why not. */
static const char *add_domain(struct author *out, const char *text)
{
	char domain[DNS_NAME_MAX];

	if (!to_a_labels(text, domain))
		return "a domain that is none";
	for (size_t i = 0; i < out->domains; i++)
		if (strcmp(out->domain[i], domain) == 0)
			return NULL;
	if (out->domains == AUTHOR_DOMAINS_MAX)
		return "too many authors";
	memcpy(out->domain[out->domains++], domain, sizeof domain);
	return NULL;
}

/* ---- lexical ------------------------------------------------------------ */

/* RFC 5322 3.2.3, and what is not ASCII (RFC 6532 3.2). */
static bool is_atext(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && !strchr("()<>[]:;@\\,.\"", c);
}

static bool at_atext(const struct token_text *t)
{
	return t->at < t->end && is_atext(*t->at);
}

static bool at_end(const struct token_text *t)
{
	return t->at == t->end;
}

/* Atoms joined by dots, without anything between them. */
static void take_dot_atom(struct reader *r)
{
	const char *start = r->t.at;

	while (at_atext(&r->t) || token_next_is(&r->t, '.'))
		r->t.at++;
	buf_cut(&r->text, 0);
	buf_add(&r->text, start, (size_t)(r->t.at - start));
}

static bool take_atom_or_quoted(struct reader *r)
{
	const char *start = r->t.at;

	if (token_next_is(&r->t, '"'))
		return token_quoted(&r->t, &r->text);
	while (at_atext(&r->t))
		r->t.at++;
	buf_add(&r->text, start, (size_t)(r->t.at - start));
	return true;
}

/* Some readers drop quotes, or decode encoded words, before they look for addresses. */
static bool could_hide_address(const struct buf *word)
{
	return word->len && (strpbrk(word->data, "@<>,") || strstr(word->data, "=?"));
}

static void note_hidden(struct words *w, const struct buf *decoded)
{
	w->ambiguous = true;
	w->hidden_angle |= decoded->len && memchr(decoded->data, '<', decoded->len);
	w->hidden_at |= decoded->len && memchr(decoded->data, '@', decoded->len);
}

/* An atom, an encoded word or a quoted string. */
static bool take_word(struct reader *r, struct words *w)
{
	if (w->last != DOT) {
		w->ambiguous = false;
		w->runs++;
	}
	w->last = WORD;
	buf_cut(&r->text, 0);
	if (encoded_word_take(&r->t, &r->text)) {
		note_hidden(w, &r->text);
		return true;
	}
	if (!take_atom_or_quoted(r))
		return false;
	w->ambiguous |= could_hide_address(&r->text);
	return true;
}

/* Words, dots and brackets, as many as there are. NULL, or what is wrong. */
static const char *take_words(struct reader *r, struct words *w)
{
	*w = (struct words){ .last = NOTHING };
	for (;;) {
		if (!token_skip(&r->t))
			return "a comment that is not closed";
		if (token_take(&r->t, '.')) {
			w->last = DOT;
		} else if (token_take(&r->t, '[') || token_take(&r->t, ']')) {
			w->last = BRACKET;
			w->bracket = true;
		} else if (at_atext(&r->t) || token_next_is(&r->t, '"')) {
			if (!take_word(r, w))
				return "a quoted string that is not closed";
		} else {
			return NULL;
		}
	}
}

/* ---- addresses ---------------------------------------------------------- */

/* `[192.0.2.1]` */
static const char *take_literal(struct reader *r)
{
	while (!at_end(&r->t) && !token_next_is(&r->t, ']')) {
		if (!at_atext(&r->t) && !token_next_is(&r->t, '.') &&
		    !token_next_is(&r->t, ':'))
			return "a domain literal that is none";
		r->t.at++;
	}
	if (!token_take(&r->t, ']'))
		return "a domain literal that is not closed";
	r->literal = true;
	return NULL;
}

/* `@domain`; the domain is left in text, "" for a literal. */
static const char *take_domain(struct reader *r)
{
	const char *why = NULL;
	bool literal;

	if (!token_take(&r->t, '@') || !token_skip(&r->t))
		return "an address without a domain";
	buf_cut(&r->text, 0);
	literal = token_take(&r->t, '[');
	if (literal)
		why = take_literal(r);
	else
		take_dot_atom(r);
	if (!why && !literal && r->text.len == 0)
		why = "an address without a domain";
	return why;
}

/* As local part, in front of `@`. */
static bool is_local_part(const struct words *w)
{
	return (w->last == WORD || w->last == DOT) && w->runs && !w->ambiguous;
}

static const char *take_address_domain(struct reader *r, const struct words *w)
{
	const char *why;

	if (!is_local_part(w))
		return "a local part that is none, or could be read as an address";
	why = take_domain(r);
	if (why)
		return why;
	if (r->addresses++ == AUTHOR_ADDRESSES_MAX)
		return "too many addresses";
	if (r->text.len)
		why = add_domain(r->out, buf_str(&r->text));
	if (!why && !token_skip(&r->t))
		why = "a comment that is not closed";
	return why;
}

/* `@a,@b:`, which says nothing about the author (RFC 5322 4.4). */
static const char *skip_route(struct reader *r)
{
	if (!token_skip(&r->t))
		return "a comment that is not closed";
	if (!token_next_is(&r->t, '@') && !token_next_is(&r->t, ','))
		return NULL;
	while (!token_take(&r->t, ':')) {
		const char *why = NULL;

		if (!token_take(&r->t, ','))
			why = take_domain(r);
		if (!why && !token_skip(&r->t))
			why = "a comment that is not closed";
		if (why)
			return why;
	}
	return NULL;
}

/* `<address>` */
static const char *take_angle(struct reader *r)
{
	const char *why;
	struct words w;

	token_take(&r->t, '<');
	why = skip_route(r);
	if (!why)
		why = take_words(r, &w);
	if (!why && (w.runs != 1 || w.bracket))
		why = "no address in angle brackets";
	if (!why)
		why = take_address_domain(r, &w);
	if (!why && !token_take(&r->t, '>'))
		why = "angle brackets that do not match";
	return why;
}

/* `name@domain`, or with the same domain once more: `name@domain <name@domain>`. */
static const char *take_bare(struct reader *r, const struct words *w)
{
	struct author first = { .domains = 0 };
	struct author *out = r->out;
	const char *why;

	r->out = &first;
	why = take_address_domain(r, w);
	if (!why && token_next_is(&r->t, '<'))
		why = take_angle(r);
	r->out = out;
	if (!why && first.domains > 1)
		why = "an address as the name of another";
	for (size_t i = 0; i < first.domains; i++) {
		const char *full = add_domain(out, first.domain[i]);

		why = why ? why : full;
	}
	return why;
}

static const char *take_address(struct reader *r, bool *group)
{
	struct words w;
	const char *why = take_words(r, &w);

	if (why)
		return why;
	if (w.hidden_angle && w.hidden_at)
		return "an address in encoded words";
	if (token_next_is(&r->t, '<'))
		return take_angle(r);
	if (token_next_is(&r->t, '@'))
		return take_bare(r, &w);
	if (!w.runs)
		return "not an address";
	if (*group || !token_take(&r->t, ':'))
		return "a name without an address";
	*group = true;
	return NULL;
}

/* Addresses and groups between commas; empty elements are allowed (RFC 5322 4.4). */
static const char *take_list(struct reader *r)
{
	bool group = false, separated = true;

	for (;;) {
		const char *why;
		bool before = group;

		if (!token_skip(&r->t))
			return "a comment that is not closed";
		if (at_end(&r->t))
			return group ? "a group that is not closed" : NULL;
		if (token_take(&r->t, ',')) {
			separated = true;
			continue;
		}
		if (group && token_take(&r->t, ';')) {
			group = separated = false;
			continue;
		}
		if (!separated)
			return "more behind an address";
		why = take_address(r, &group);
		if (why)
			return why;
		separated = group && !before;
	}
}

/* ---- fields ------------------------------------------------------------- */

/* A NUL, or a CR that ends a line for some readers alone. */
static bool has_odd_bytes(const char *text, size_t len)
{
	const char *end = text + len;

	if (memchr(text, '\0', len))
		return true;
	for (const char *at = text; (at = memchr(at, '\r', (size_t)(end - at))); at++)
		if (end - at < 2 || at[1] != '\n')
			return true;
	return false;
}

/* Adds what a value has to out. NULL, or why it is broken. */
static const char *read_value(const char *value, size_t len, struct author *out,
                              bool *literal)
{
	struct reader r = { .t = { value, value + len }, .out = out };
	const char *why;

	why = take_list(&r);
	*literal = r.literal;
	buf_free(&r.text);
	return has_odd_bytes(value, len) ? "a NUL or a bare CR in From" : why;
}

static void settle(struct author *out, const char *broken, bool literal)
{
	out->reason = broken;
	out->state = AUTHOR_ONE;
	if (broken) {
		out->state = AUTHOR_BROKEN;
	} else if (literal || out->domains == 0) {
		out->state = AUTHOR_NONE;
		out->reason = literal ? "an author without a domain" : "no author";
	} else if (out->domains > 1) {
		out->state = AUTHOR_SEVERAL;
		out->reason = "authors of several domains";
	}
}

void author_parse(const char *value, size_t len, struct author *out)
{
	bool literal = false;
	const char *why;

	memset(out, 0, sizeof *out);
	why = read_value(value, len, out, &literal);
	settle(out, why, literal);
}

/* Is there `CR From:` somewhere, a field of its own for who lets CR end a line? */
static bool hides_from(const struct header *header)
{
	const char *end = header->text + header->len;

	for (const char *at = header->text;
	     at < end && (at = memchr(at, '\r', (size_t)(end - at)));) {
		struct token_text t = { ++at, end };

		if (!token_begins(&t, "From"))
			continue;
		t.at += strlen("From");
		token_skip_blanks(&t);
		if (token_next_is(&t, ':'))
			return true;
	}
	return false;
}

void author_read(const struct header *header, struct author *out)
{
	const struct header_field *field;
	const char *why = NULL;
	size_t at = 0, fields = 0;
	bool literal = false;

	memset(out, 0, sizeof *out);
	while ((field = header_find(header, "From", &at)) && fields++ < AUTHOR_DOMAINS_MAX)
		why = read_value(field->text + field->value, field->len - field->value, out,
		                 &literal);
	if (fields > 1)
		why = "several From fields";
	else if (header->too_large)
		why = "the header is too large";
	else if (!why && (header->cut || hides_from(header)))
		why = "the header can be read in two ways";
	settle(out, why, literal);
}
