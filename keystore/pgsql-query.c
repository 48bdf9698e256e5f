/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pgsql-query - an administrator's SQL query with an address in it */
#include <config.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "keystore/pgsql-query.h"

#define ADVICE "write it as pgsql_table(5) does, with '%s', '%u' or '%d'"

/* ---- reading it ------------------------------------------------------------ */

struct reading {
	const char *at;
	struct buf sql;
	struct pgsql_query *out;
	struct err *err;
};

static int wrong(struct reading *r, const char *what)
{
	return err_set(r->err, ERR_CONFIG, ADVICE, "a query with %s", what);
}

/* At a `%`: is it one that stands for a part of the address? */
static bool is_part(const char *at)
{
	return at[1] != '\0' && strchr("sSuUdD123456789", at[1]);
}

/* The text of a literal, from behind its quote to behind the closing one; NULL: it has no end. */
static const char *literal(const char *at, struct buf *text)
{
	for (; *at; at++) {
		if (*at == '\'' && at[1] != '\'')
			return at + 1;
		if (*at == '\'')
			at++;
		buf_addc(text, *at);
	}
	return NULL;
}

/* 1: it has parts of the address in it, 0: none, -1: a % that is nothing. */
static int parts_in(const char *text)
{
	int found = 0;

	for (; *text; text++) {
		if (*text != '%')
			continue;
		if (is_part(text))
			found = 1;
		else if (text[1] != '%')
			return -1;
		text++;
	}
	return found;
}

static void add_literal(struct buf *sql, const char *text)
{
	buf_addc(sql, '\'');
	for (; *text; text++) {
		if (*text == '%')
			text++;
		if (*text == '\'')
			buf_addc(sql, '\'');
		buf_addc(sql, *text);
	}
	buf_addc(sql, '\'');
}

/* E'...', U&'...': what a backslash does there is not ours to know. */
static bool is_prefixed(const struct buf *sql)
{
	char last = sql->len ? sql->data[sql->len - 1] : ' ';

	return isalnum((unsigned char)last) || last == '_' || last == '&' || (unsigned char)last >= 0x80;
}

static int read_literal(struct reading *r)
{
	struct pgsql_query *q = r->out;
	struct buf text = BUF_INIT;
	const char *end = literal(r->at + 1, &text);
	int parts = end ? parts_in(buf_str(&text)) : 0, rc = 0;

	if (!end)
		rc = wrong(r, "a quote that is not closed");
	else if (is_prefixed(&r->sql))
		rc = wrong(r, "a literal such as E'...'");
	else if (parts < 0)
		rc = wrong(r, "a % that is nothing; a percent sign is %%");
	else if (parts == 0)
		add_literal(&r->sql, buf_str(&text));
	else if (q->params == PGSQL_QUERY_PARAMS_MAX)
		rc = wrong(r, "the address in it too often");
	else {
		q->param[q->params++] = mem_strdup(buf_str(&text));
		buf_addf(&r->sql, "$%zu", q->params);
	}
	buf_free(&text);
	r->at = end;
	return rc;
}

/* "..." is a name, and is left alone. */
static int read_name(struct reading *r)
{
	const char *end = strchr(r->at + 1, '"');

	if (!end)
		return wrong(r, "a quote that is not closed");
	for (; r->at <= end; r->at++) {
		if (*r->at == '%')
			return wrong(r, "a % outside '...'");
		buf_addc(&r->sql, *r->at);
	}
	return 0;
}

static int read_other(struct reading *r)
{
	if (*r->at == '%' && r->at[1] == '%')
		r->at++;
	else if (*r->at == '%')
		return wrong(r, "a % outside '...'");
	if (*r->at == '$' || strncmp(r->at, "--", 2) == 0 || strncmp(r->at, "/*", 2) == 0)
		return wrong(r, "a comment or a $");
	buf_addc(&r->sql, *r->at++);
	return 0;
}

int pgsql_query_parse(const char *text, struct pgsql_query *out, struct err *err)
{
	struct reading r = { .at = text, .out = out, .err = err };
	int rc = 0;

	memset(out, 0, sizeof *out);
	while (rc == 0 && *r.at) {
		switch (*r.at) {
		case '\'': rc = read_literal(&r); break;
		case '"': rc = read_name(&r); break;
		default: rc = read_other(&r); break;
		}
	}
	if (rc == 0 && r.sql.len == 0)
		rc = wrong(&r, "nothing in it");
	if (rc == 0)
		out->sql = mem_strdup(buf_str(&r.sql));
	buf_free(&r.sql);
	return rc;
}

void pgsql_query_clear(struct pgsql_query *query)
{
	for (size_t i = 0; i < query->params; i++)
		free(query->param[i]);
	free(query->sql);
	memset(query, 0, sizeof *query);
}

/* ---- an address in it -------------------------------------------------------- */

/* The label'th of a domain, from the last on, which is 1. */
static bool add_label(struct buf *out, const char *domain, int label)
{
	const char *end = domain + strlen(domain), *start;

	for (;; end = start - 1) {
		start = end;
		while (start > domain && start[-1] != '.')
			start--;
		if (--label == 0)
			break;
		if (start == domain)
			return false;
	}
	buf_add(out, start, (size_t)(end - start));
	return end > start;
}

static bool add_part(struct buf *out, char part, const char *address)
{
	const char *at = strrchr(address, '@');

	switch (tolower((unsigned char)part)) {
	case 's':
		buf_adds(out, address);
		return true;
	case 'u':
		buf_add(out, address, (size_t)(at - address));
		return at > address;
	case 'd':
		buf_adds(out, at + 1);
		return true;
	default:
		return add_label(out, at + 1, part - '0');
	}
}

static bool fill(const char *param, const char *address, struct buf *out)
{
	for (; *param; param++) {
		if (*param != '%') {
			buf_addc(out, *param);
			continue;
		}
		param++;
		if (*param == '%')
			buf_addc(out, '%');
		else if (!add_part(out, *param, address))
			return false;
	}
	return true;
}

bool pgsql_query_fill(const struct pgsql_query *query, const char *address,
                      char *value[PGSQL_QUERY_PARAMS_MAX])
{
	bool ok = strchr(address, '@') != NULL;
	size_t filled = 0;

	while (ok && filled < query->params) {
		struct buf out = BUF_INIT;

		ok = fill(query->param[filled], address, &out);
		buf_adds(&out, ""); /* so that there is a string */
		value[filled++] = buf_steal(&out);
	}
	while (!ok && filled > 0)
		free(value[--filled]);
	return ok;
}
