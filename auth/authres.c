/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authres - what an Authentication-Results field says (RFC 8601 2.2), checked and bounded
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/authres.h"
#include "base/mem.h"

/* A line holds 998 bytes; every `"` and `\` of a value takes two. */
#define ESCAPED_MAX 900

static void free_result(struct authres_result *r)
{
	for (size_t i = 0; i < r->properties_count; i++) {
		free(r->properties[i].ptype);
		free(r->properties[i].property);
		free(r->properties[i].value);
	}
	free(r->method);
	free(r->result);
	free(r->reason);
	free(r->comment);
	memset(r, 0, sizeof *r);
}

void authres_free(struct authres **ar)
{
	if (!*ar)
		return;
	while ((*ar)->count)
		authres_drop(*ar);
	free((*ar)->id);
	free(*ar);
	*ar = NULL;
}

void authres_drop(struct authres *ar)
{
	free_result(&ar->results[--ar->count]);
}

/* A keyword, or what authres_glance takes for one. */
static bool is_keyword(const char *s)
{
	return token_is_word(s) && strlen(s) <= AUTHRES_KEYWORD_MAX;
}

static bool is_writable(const char *s)
{
	size_t len = strlen(s), escaped = len;

	for (const char *c = s; *c; c++)
		escaped += *c == '"' || *c == '\\' || *c == '(' || *c == ')';
	return len <= AUTHRES_VALUE_MAX && escaped <= ESCAPED_MAX &&
	       token_is_text(s, len);
}

struct authres *authres_new(const char *id)
{
	struct authres *ar;

	if (!*id || !is_writable(id))
		return NULL;
	ar = mem_alloc(sizeof *ar);
	ar->version = 1;
	ar->id = mem_strdup(id);
	return ar;
}

/* What was once added counts, dropped or not: the bound is on work as well. */
static bool take_room(struct authres *ar, size_t bytes)
{
	if (bytes > AUTHRES_BYTES_MAX - ar->bytes)
		return false;
	ar->bytes += bytes;
	return true;
}

bool authres_add(struct authres *ar, const char *method, const char *result)
{
	if (ar->count == AUTHRES_RESULTS_MAX || !is_keyword(method) ||
	    !is_keyword(result) ||
	    !take_room(ar, strlen(method) + strlen(result)))
		return false;
	ar->results[ar->count++] = (struct authres_result){
		.method = mem_strdup(method),
		.result = mem_strdup(result),
		.version = 1,
	};
	return true;
}

static bool add_text(struct authres *ar, char **to, const char *text)
{
	if (*to || !is_writable(text) || !take_room(ar, strlen(text)))
		return false;
	*to = mem_strdup(text);
	return true;
}

bool authres_add_reason(struct authres *ar, const char *text)
{
	return add_text(ar, &ar->results[ar->count - 1].reason, text);
}

bool authres_add_comment(struct authres *ar, const char *text)
{
	return add_text(ar, &ar->results[ar->count - 1].comment, text);
}

bool authres_add_property(struct authres *ar, const char *ptype,
                          const char *property, const char *value)
{
	struct authres_result *r = &ar->results[ar->count - 1];

	if (r->properties_count == AUTHRES_PROPERTIES_MAX ||
	    !is_keyword(ptype) || !is_keyword(property) || !is_writable(value) ||
	    !take_room(ar, strlen(ptype) + strlen(property) + strlen(value)))
		return false;
	r->properties[r->properties_count++] = (struct authres_property){
		mem_strdup(ptype), mem_strdup(property), mem_strdup(value)
	};
	return true;
}

bool authres_add_copy(struct authres *ar, const struct authres_result *result)
{
	bool ok;

	if (!authres_add(ar, result->method, result->result))
		return false;
	ar->results[ar->count - 1].version = result->version;
	ok = (!result->reason || authres_add_reason(ar, result->reason)) &&
	     (!result->comment || authres_add_comment(ar, result->comment));
	for (size_t i = 0; ok && i < result->properties_count; i++) {
		const struct authres_property *p = &result->properties[i];

		ok = authres_add_property(ar, p->ptype, p->property, p->value);
	}
	if (!ok)
		authres_drop(ar);
	return ok;
}

static bool same(const char *a, const char *b)
{
	return token_same(a, strlen(a), b);
}

bool authres_is(const struct authres_result *result, const char *method)
{
	return same(method, result->method);
}

bool authres_has(const struct authres *ar, const char *method)
{
	for (size_t i = 0; i < ar->count; i++)
		if (authres_is(&ar->results[i], method))
			return true;
	return false;
}

const char *authres_property(const struct authres_result *result,
                             const char *ptype, const char *property)
{
	for (size_t i = 0; i < result->properties_count; i++) {
		const struct authres_property *p = &result->properties[i];

		if (same(ptype, p->ptype) && same(property, p->property))
			return p->value;
	}
	return NULL;
}
