/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authres-read - the grammar of RFC 8601 section 2.2, and what real fields have besides
 */
#include <config.h>

#include <string.h>

#include "auth/authres.h"

/* One result on its way in. */
struct reader {
	struct token_text *t;
	struct authres *ar;
	struct buf value;
};

static bool at_end(const struct token_text *t)
{
	return t->at == t->end || *t->at == ';';
}

/* authres-payload up to its results. */
bool authres_read_id(struct token_text *t, struct buf *id, unsigned *version)
{
	*version = 1;
	if (!token_skip(t) || !token_value(t, id) || !id->len || !token_skip(t))
		return false;
	if (!at_end(t) && (!token_number(t, version) || !token_skip(t)))
		return false;
	return at_end(t);
}

/* pvalue without quotes: value / [ [ local-part ] "@" ] domain-name */
static bool is_pvalue(const char *s)
{
	const char *at = strchr(s, '@');

	if (strpbrk(s, "<>,:[]") || (at && strchr(at + 1, '@')))
		return false;
	return !strpbrk(at ? at : s, "/?=");
}

/* A value into r->value. */
static bool read_value(struct reader *r)
{
	struct token_text *t = r->t;
	bool quoted;

	buf_cut(&r->value, 0);
	if (!token_skip(t))
		return false;
	quoted = token_next_is(t, '"');
	if (!token_loose(t, &r->value))
		return false;
	if (quoted)
		return true;
	/* `header.d= header.s=x`: the first one's value is missing. */
	if (strchr(buf_str(&r->value), '=') && !strchr(buf_str(&r->value), '@'))
		return false;
	if (!is_pvalue(buf_str(&r->value)))
		r->ar->flawed = true;
	return true;
}

/* `= value` behind a word: a reason, or something that is not RFC 8601's. */
static bool read_word(struct reader *r, const char *word)
{
	if (!token_take(r->t, '=') || !read_value(r))
		return false;
	if (!token_same("reason", 6, word))
		r->ar->flawed = true;
	else if (!authres_add_reason(r->ar, buf_str(&r->value)))
		r->ar->flawed = true;
	return true;
}

/* reasonspec or propspec */
static bool read_spec(struct reader *r)
{
	char ptype[AUTHRES_KEYWORD_MAX + 1], property[AUTHRES_KEYWORD_MAX + 1];

	if (!token_keyword(r->t, ptype, sizeof ptype) || !token_skip(r->t))
		return false;
	if (!token_take(r->t, '.'))
		return read_word(r, ptype);
	return token_skip(r->t) &&
	       token_keyword(r->t, property, sizeof property) &&
	       token_skip(r->t) && token_take(r->t, '=') && read_value(r) &&
	       authres_add_property(r->ar, ptype, property, buf_str(&r->value));
}

/* methodspec; *none: it is the `none` of no-result. */
static bool read_method(struct reader *r, bool *none)
{
	char method[AUTHRES_KEYWORD_MAX + 1], result[AUTHRES_KEYWORD_MAX + 1];
	unsigned version = 1;

	if (!token_skip(r->t) || !token_keyword(r->t, method, sizeof method) ||
	    !token_skip(r->t))
		return false;
	*none = token_same("none", 4, method) && at_end(r->t);
	if (*none)
		return true;
	if (token_take(r->t, '/') && (!token_skip(r->t) ||
	    !token_number(r->t, &version) || !token_skip(r->t)))
		return false;
	if (!token_take(r->t, '=') || !token_skip(r->t) ||
	    !token_keyword(r->t, result, sizeof result) ||
	    !authres_add(r->ar, method, result))
		return false;
	r->ar->results[r->ar->count - 1].version = version;
	return true;
}

/* resinfo without its semicolon, to the next one. */
static bool read_result(struct reader *r, const char *comment)
{
	bool none;

	if (!read_method(r, &none))
		return false;
	if (none)
		return true;
	if (comment && !authres_add_comment(r->ar, comment))
		return false;
	for (;;) {
		const char *before = r->t->at;

		if (!token_skip(r->t))
			return false;
		if (at_end(r->t))
			return true;
		if (r->t->at == before)
			r->ar->flawed = true;
		if (!read_spec(r))
			return false;
	}
}

void authres_read_results(struct token_text *t, struct authres *ar,
                          const char *comment)
{
	struct reader r = { t, ar, BUF_INIT };

	if (t->at == t->end)
		ar->flawed = true;
	while (token_take(t, ';')) {
		const char *start = t->at;
		size_t count = ar->count;

		if (read_result(&r, comment))
			continue;
		ar->flawed = true;
		if (ar->count > count)
			authres_drop(ar);
		t->at = start;
		token_until_semicolon(t);
	}
	buf_free(&r.value);
}

struct authres *authres_parse(const char *value, size_t len)
{
	struct token_text t = { value, value + len };
	struct buf id = BUF_INIT;
	struct authres *ar = NULL;
	unsigned version;

	if (authres_read_id(&t, &id, &version))
		ar = authres_new(buf_str(&id));
	if (ar) {
		ar->version = version;
		authres_read_results(&t, ar, NULL);
	}
	buf_free(&id);
	return ar;
}
