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
	bool loose; /* words may have an underscore */
	struct buf value;
	bool quoted; /* value was */
};

static bool at_end(const struct token_text *t)
{
	return t->at == t->end || *t->at == ';';
}

static bool is_ascii(const char *s)
{
	while (*s && (unsigned char)*s < 0x80)
		s++;
	return !*s;
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

/* instance [CFWS] ";" of RFC 8617 4.1.1 and 4.2.1: `i` is lower case, 1*2DIGIT, 1 to 50. */
bool authres_read_instance(struct token_text *t, unsigned *instance)
{
	const char *digits;

	if (!token_skip(t) || !token_take(t, 'i') || !token_skip(t) ||
	    !token_take(t, '=') || !token_skip(t))
		return false;
	digits = t->at;
	return token_number(t, instance) && t->at - digits <= 2 &&
	       *instance >= 1 && *instance <= 50 && token_skip(t) &&
	       token_take(t, ';');
}

static bool read_word(struct reader *r, char out[AUTHRES_KEYWORD_MAX + 1])
{
	if (!token_word(r->t, out, AUTHRES_KEYWORD_MAX + 1))
		return false;
	if (token_is_keyword(out))
		return true;
	r->ar->flawed = true;
	return r->loose;
}

/* pvalue without quotes: value / [ [ local-part ] "@" ] domain-name */
static bool is_pvalue(const char *s)
{
	const char *at = strchr(s, '@');

	if (strpbrk(s, "<>,:[]") || (at && strchr(at + 1, '@')))
		return false;
	return !strpbrk(at ? at : s, "/?=");
}

/* The value of a reason, without quotes: a token of RFC 2045, which RFC 6532 leaves ASCII. */
static bool is_token(const char *s)
{
	return is_ascii(s) && !strpbrk(s, "<>@,:/[]?=");
}

/* A value into r->value. */
static bool read_value(struct reader *r)
{
	const char *value;

	buf_cut(&r->value, 0);
	if (!token_skip(r->t))
		return false;
	r->quoted = token_next_is(r->t, '"');
	if (!token_loose(r->t, &r->value))
		return false;
	value = buf_str(&r->value);
	/* `header.d= header.s=x`: the first one's value is missing. */
	return r->quoted || !strchr(value, '=') || strchr(value, '@');
}

/* `= value` behind a word: a reason, or something that is not RFC 8601's. */
static bool read_reason(struct reader *r, const char *word)
{
	if (!token_take(r->t, '=') || !read_value(r))
		return false;
	if (!token_same("reason", 6, word) ||
	    (!r->quoted && !is_token(buf_str(&r->value))))
		r->ar->flawed = true;
	if (token_same("reason", 6, word) &&
	    !authres_add_reason(r->ar, buf_str(&r->value)))
		r->ar->flawed = true;
	return true;
}

/* reasonspec or propspec */
static bool read_spec(struct reader *r)
{
	char ptype[AUTHRES_KEYWORD_MAX + 1], property[AUTHRES_KEYWORD_MAX + 1];

	if (!read_word(r, ptype) || !token_skip(r->t))
		return false;
	if (!token_take(r->t, '.'))
		return read_reason(r, ptype);
	if (!token_skip(r->t) || !read_word(r, property) || !token_skip(r->t) ||
	    !token_take(r->t, '=') || !read_value(r))
		return false;
	if (!r->quoted && !is_pvalue(buf_str(&r->value)))
		r->ar->flawed = true;
	return authres_add_property(r->ar, ptype, property, buf_str(&r->value));
}

/* methodspec; *none: it is the `none` of no-result. */
static bool read_method(struct reader *r, bool *none)
{
	char method[AUTHRES_KEYWORD_MAX + 1], result[AUTHRES_KEYWORD_MAX + 1];
	unsigned version = 1;

	if (!token_skip(r->t) || !read_word(r, method) || !token_skip(r->t))
		return false;
	*none = token_same("none", 4, method) && at_end(r->t);
	if (*none)
		return true;
	if (token_take(r->t, '/') && (!token_skip(r->t) ||
	    !token_number(r->t, &version) || !token_skip(r->t)))
		return false;
	if (!token_take(r->t, '=') || !token_skip(r->t) ||
	    !read_word(r, result) || !authres_add(r->ar, method, result))
		return false;
	r->ar->results[r->ar->count - 1].version = version;
	return true;
}

/* resinfo without its semicolon, to the next one. */
static bool read_resinfo(struct reader *r, const char *comment)
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

/*
 * RFC 8601 2.7.1, 2.7.2 (`hardfail` is RFC 5451's) and RFC 9989's.  The words are registered in lower
 * case; SPF's had a capital in RFC 4408.  What other methods say is not judged.
 */
static bool is_registered(const struct authres_result *r)
{
	static const struct {
		const char *method, *word[9];
		bool any_case;
	} known[] = {
		{ "dkim", { "none", "pass", "fail", "policy", "neutral", "temperror",
		            "permerror" }, false },
		{ "spf", { "none", "pass", "fail", "softfail", "policy", "neutral",
		           "temperror", "permerror", "hardfail" }, true },
		{ "dmarc", { "none", "pass", "fail", "temperror", "permerror" }, false },
	};
	size_t len = strlen(r->result);

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (!authres_is(r, known[i].method))
			continue;
		for (size_t w = 0; w < 9 && known[i].word[w]; w++)
			if (strcmp(r->result, known[i].word[w]) == 0 ||
			    (known[i].any_case &&
			     token_same(r->result, len, known[i].word[w])))
				return true;
		return false;
	}
	return true;
}

/* The same, or nothing at all. */
static void read_result(struct reader *r, const char *comment)
{
	const char *start = r->t->at;
	size_t count = r->ar->count;

	if (read_resinfo(r, comment)) {
		if (r->ar->count > count &&
		    !is_registered(&r->ar->results[count]))
			r->ar->unregistered = true;
		return;
	}
	r->ar->flawed = true;
	if (r->ar->count > count)
		authres_drop(r->ar);
	r->t->at = start;
	token_until_semicolon(r->t);
}

void authres_read_results(struct token_text *t, struct authres *ar,
                          const char *comment)
{
	struct reader r = { .t = t, .ar = ar };

	if (t->at == t->end)
		ar->flawed = true;
	while (token_take(t, ';'))
		read_result(&r, comment);
	buf_free(&r.value);
}

struct authres *authres_parse(const char *value, size_t len)
{
	struct token_text t = { value, value + len }, front = t;
	struct buf id = BUF_INIT;
	struct authres *ar = NULL;
	unsigned version;

	if (authres_read_id(&t, &id, &version))
		ar = authres_new(buf_str(&id));
	if (ar) {
		ar->version = version;
		/* RFC 6532 lets quoted strings have UTF-8, not tokens. */
		ar->flawed = token_skip(&front) && !token_next_is(&front, '"') &&
		             !is_ascii(ar->id);
		authres_read_results(&t, ar, NULL);
	}
	buf_free(&id);
	return ar;
}

/* ---- without the grammar ---------------------------------------------------- */

/* An id with words `name=value` behind it. */
static bool glance_id(struct reader *r, struct buf *id)
{
	char word[AUTHRES_KEYWORD_MAX + 1];

	if (!token_skip(r->t) || !token_value(r->t, id) || !id->len ||
	    !token_skip(r->t))
		return false;
	while (!at_end(r->t))
		if (!token_word(r->t, word, sizeof word) ||
		    !token_take(r->t, '=') || !read_value(r) || !token_skip(r->t))
			return false;
	return true;
}

struct authres *authres_glance(const char *value, size_t len)
{
	struct token_text t = { value, value + len };
	struct buf id = BUF_INIT;
	struct authres *ar = NULL;
	struct reader r = { .t = &t, .loose = true };
	unsigned version;
	bool regular = authres_read_id(&t, &id, &version);

	if (!regular) {
		t.at = value;
		buf_cut(&id, 0);
	}
	if (regular || glance_id(&r, &id))
		ar = authres_new(buf_str(&id));
	if (!ar) {
		ar = authres_new("-");
		ar->id[0] = '\0';
		t.at = value;
		regular = false;
	}
	ar->flawed = !regular;
	ar->version = regular ? version : 1;
	r.ar = ar;
	if (!ar->id[0])
		read_result(&r, NULL);
	while (token_take(&t, ';'))
		read_result(&r, NULL);
	buf_free(&r.value);
	buf_free(&id);
	if (!ar->id[0] && !ar->count)
		authres_free(&ar);
	return ar;
}
