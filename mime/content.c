/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * content - the values of Content-Type and Content-Disposition (RFC 2045
 * section 5.1, RFC 2183)
 */
#include <config.h>

#include <string.h>

#include "mime/content.h"

struct reader {
	const char *p, *end;
	struct content *out;
};

static int peek(const struct reader *r)
{
	return r->p < r->end ? (unsigned char)*r->p : -1;
}

static bool is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* RFC 2045: printable ASCII without tspecials. */
static bool is_token(int c)
{
	return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?=", c);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* A comment, nested to any depth. */
static void skip_comment(struct reader *r)
{
	unsigned depth = 0;

	r->out->odd = true;
	do {
		if (*r->p == '(')
			depth++;
		else if (*r->p == ')')
			depth--;
		else if (*r->p == '\\' && r->p + 1 < r->end)
			r->p++;
		r->p++;
	} while (depth > 0 && r->p < r->end);
}

static void skip_space(struct reader *r)
{
	while (is_space(peek(r)) || peek(r) == '(') {
		if (peek(r) == '(')
			skip_comment(r);
		else
			r->p++;
	}
}

/* Appends c to a string of size bytes, or says that it is odd. */
static void put(struct reader *r, char *out, size_t size, int c)
{
	size_t len = strlen(out);

	if (len + 1 >= size || c < ' ' || c >= 0x7f)
		r->out->odd = true;
	if (len + 1 >= size || c <= 0)
		return;
	out[len] = (char)c;
	out[len + 1] = '\0';
}

static void take_token(struct reader *r, char *out, size_t size)
{
	while (is_token(peek(r)))
		put(r, out, size, lower(*r->p++));
}

static void take_quoted(struct reader *r, char *out, size_t size)
{
	r->p++;
	while (peek(r) >= 0 && peek(r) != '"') {
		if (peek(r) == '\\' && r->p + 1 < r->end)
			r->p++;
		put(r, out, size, peek(r));
		r->p++;
	}
	if (peek(r) == '"')
		r->p++;
	else
		r->out->odd = true;
}

/* A value without quotes. Some programs forget them around `/`, `=`, `?`
 * and `:`, and no parser minds. */
static void take_bare(struct reader *r, char *out, size_t size)
{
	while (peek(r) >= 0 && !is_space(peek(r)) && peek(r) != ';') {
		if (!is_token(peek(r)) && !strchr("/=?:", peek(r)))
			r->out->odd = true;
		put(r, out, size, peek(r));
		r->p++;
	}
}

/* `name = value`; anything else is skipped. */
static void take_param(struct reader *r)
{
	struct content_param param = { "", "" };
	struct content *out = r->out;

	take_token(r, param.name, sizeof param.name);
	skip_space(r);
	if (!param.name[0] || peek(r) != '=') {
		out->odd = true;
		return;
	}
	r->p++;
	skip_space(r);
	if (peek(r) == '"')
		take_quoted(r, param.value, sizeof param.value);
	else
		take_bare(r, param.value, sizeof param.value);
	if (strchr(param.name, '*') || content_param(out, param.name) ||
	    out->params == CONTENT_PARAMS_MAX) {
		out->odd = true;
		return;
	}
	out->param[out->params++] = param;
}

/* `;` ends a parameter; what stands before it is odd. */
static bool next_param(struct reader *r)
{
	skip_space(r);
	while (peek(r) >= 0 && peek(r) != ';') {
		r->out->odd = true;
		r->p++;
	}
	if (peek(r) < 0)
		return false;
	r->p++;
	skip_space(r);
	return peek(r) >= 0;
}

void content_parse(const char *text, size_t len, struct content *out)
{
	struct reader r = { text, text + len, out };

	memset(out, 0, sizeof *out);
	skip_space(&r);
	take_token(&r, out->type, sizeof out->type);
	if (peek(&r) == '/') {
		put(&r, out->type, sizeof out->type, *r.p++);
		take_token(&r, out->type, sizeof out->type);
	}
	if (!out->type[0])
		out->odd = true;
	while (next_param(&r))
		take_param(&r);
}

const char *content_param(const struct content *content, const char *name)
{
	for (unsigned i = 0; i < content->params; i++)
		if (strcmp(content->param[i].name, name) == 0)
			return content->param[i].value;
	return NULL;
}
