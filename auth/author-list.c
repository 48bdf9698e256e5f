/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * author-list - the value of From, read for its domains
 *
 * The grammar is RFC 5322 3.4 with the obsolete forms of 4.4, groups (RFC 6854) and UTF-8
 * (RFC 6532).  More lenient where all readers agree on the domain: words in front of an address
 * without brackets, brackets in a name.  Stricter where they may not: white space or comments
 * inside a domain, `@` in a quoted local part, an encoded word as local part, a name without
 * an address.
 */
#include <config.h>

#include <string.h>

#include "auth/author-list.h"
#include "auth/encoded-word.h"
#include "auth/token.h"
#include "base/buf.h"

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

/* An atom, an encoded word or a quoted string.  apart: blanks or comments stand in front. */
static bool take_word(struct reader *r, struct words *w, bool apart)
{
	if (w->last != DOT && (apart || w->last != WORD)) {
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
		const char *before = r->t.at;

		if (!token_skip(&r->t))
			return "a comment that is not closed";
		if (token_take(&r->t, '.')) {
			w->last = DOT;
		} else if (token_take(&r->t, '[') || token_take(&r->t, ']')) {
			w->last = BRACKET;
			w->bracket = true;
		} else if (at_atext(&r->t) || token_next_is(&r->t, '"')) {
			if (!take_word(r, w, r->t.at > before))
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
	if (r->addresses++ >= AUTHOR_ADDRESSES_MAX)
		return "too many addresses";
	if (r->text.len)
		why = author_list_add(r->out, buf_str(&r->text));
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
		const char *full = author_list_add(out, first.domain[i]);

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

const char *author_list_read(const char *value, size_t len, struct author *out,
                             bool *literal)
{
	struct reader r = { .t = { value, value + len }, .out = out };
	const char *why;

	why = take_list(&r);
	*literal = r.literal;
	buf_free(&r.text);
	return why;
}
