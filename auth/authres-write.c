/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authres-write - an Authentication-Results field, quoted and folded (RFC 8601 2.2, RFC 5322 2.2.3)
 */
#include <config.h>

#include <string.h>

#include "auth/authres.h"

#define LINE 76 /* bytes, so that a `;` still stands below 78 */

/* A line being filled; words are appended to it, or to the next one. */
struct line {
	struct buf *out;
	struct buf word;
	size_t start; /* of the line, in out */
};

static void fold(struct line *l)
{
	buf_addc(l->out, '\n');
	l->start = l->out->len;
	buf_addc(l->out, '\t');
}

/* Puts the word, and a blank or fold before it. */
static void put(struct line *l)
{
	if (l->out->len - l->start + 1 + l->word.len > LINE)
		fold(l);
	else
		buf_addc(l->out, ' ');
	buf_add(l->out, l->word.data, l->word.len);
	buf_cut(&l->word, 0);
}

/*
 * Letters that no reader takes for anything else.  The grammar lets more stand unquoted, but
 * `'` and the like mean something to some readers (the composition attacks A4 and A5 of
 * USENIX Security 2020).  A property's value may be an address (pvalue), others not.
 */
static bool is_plain(const char *s, bool may_be_address)
{
	size_t len = strlen(s);
	const char *at = strchr(s, '@');

	if (at && (!may_be_address || !at[1] || strchr(at + 1, '@')))
		return false;
	return len && strspn(s, "abcdefghijklmnopqrstuvwxyz"
	                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._+@") == len;
}

static void add_escaped(struct buf *out, const char *s, const char *special)
{
	for (; *s; s++) {
		if (strchr(special, *s))
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
}

static void add_value(struct buf *out, const char *s, bool may_be_address)
{
	if (is_plain(s, may_be_address)) {
		buf_adds(out, s);
		return;
	}
	buf_addc(out, '"');
	add_escaped(out, s, "\"\\");
	buf_addc(out, '"');
}

static void write_result(struct line *l, const struct authres_result *r)
{
	buf_adds(&l->word, r->method);
	if (r->version != 1)
		buf_addf(&l->word, "/%u", r->version);
	buf_addf(&l->word, "=%s", r->result);
	buf_add(l->out, l->word.data, l->word.len);
	buf_cut(&l->word, 0);
	if (r->comment) {
		buf_addc(&l->word, '(');
		add_escaped(&l->word, r->comment, "()\\");
		buf_addc(&l->word, ')');
		put(l);
	}
	if (r->reason) {
		buf_adds(&l->word, "reason=");
		add_value(&l->word, r->reason, false);
		put(l);
	}
	for (size_t i = 0; i < r->properties_count; i++) {
		const struct authres_property *p = &r->properties[i];

		buf_addf(&l->word, "%s.%s=", p->ptype, p->property);
		add_value(&l->word, p->value, true);
		put(l);
	}
}

void authres_write(const struct authres *ar, struct buf *out)
{
	struct line l = { out, BUF_INIT, out->len };

	buf_adds(out, "Authentication-Results:");
	add_value(&l.word, ar->id, false);
	put(&l);
	for (size_t i = 0; i < ar->count; i++) {
		buf_addc(out, ';');
		fold(&l);
		write_result(&l, &ar->results[i]);
	}
	if (!ar->count)
		buf_adds(out, "; none");
	buf_free(&l.word);
}
