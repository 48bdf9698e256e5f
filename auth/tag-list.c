/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tag-list - `tag=value; tag=value` (RFC 6376 section 3.2) */
#include <config.h>

#include <string.h>

#include "auth/tag-list.h"
#include "auth/token.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name_byte(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

/* A CR only in front of LF. */
static bool is_white(const char *at, const char *end)
{
	return *at == ' ' || *at == '\t' || *at == '\n' ||
	       (*at == '\r' && end - at > 1 && at[1] == '\n');
}

/* Takes white space off both ends. */
static void trim(const char **text, size_t *len)
{
	const char *at = *text, *end = at + *len;

	while (at < end && is_white(at, end))
		at++;
	while (end > at && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n'))
		end -= end[-1] == '\n' && end - at > 1 && end[-2] == '\r' ? 2 : 1;
	*text = at;
	*len = (size_t)(end - at);
}

static bool is_value(const char *text, size_t len)
{
	const char *end = text + len;

	for (const char *at = text; at < end; at++)
		if ((unsigned char)*at <= ' ' ? !is_white(at, end) : *at == 0x7f)
			return false;
	return true;
}

static const char *parse_tag(const char *text, size_t len, struct tag *out)
{
	const char *equals = memchr(text, '=', len);

	if (!equals)
		return "a tag without a value";
	out->name = text;
	out->name_len = (size_t)(equals - text);
	trim(&out->name, &out->name_len);
	if (out->name_len == 0 || !is_letter(out->name[0]))
		return "not a tag's name";
	for (size_t i = 0; i < out->name_len; i++)
		if (!is_name_byte(out->name[i]))
			return "not a tag's name";
	out->value = equals + 1;
	out->value_len = len - (size_t)(out->value - text);
	trim(&out->value, &out->value_len);
	return is_value(out->value, out->value_len) ? NULL
	                                            : "a control character in a value";
}

/* Only the last semicolon may have nothing behind it. */
static bool is_over(const char *text, size_t len, size_t at)
{
	while (at < len && is_white(text + at, text + len))
		at++;
	return at == len;
}

bool tag_next(const char *text, size_t len, size_t *at, struct tag *out,
              const char **why)
{
	const char *start = text + *at, *semicolon;
	size_t tag_len = len - *at;

	if (is_over(text, len, *at))
		return false;
	semicolon = memchr(start, ';', tag_len);
	if (semicolon)
		tag_len = (size_t)(semicolon - start);
	*at += semicolon ? tag_len + 1 : tag_len;
	*why = parse_tag(start, tag_len, out);
	return true;
}

static bool is_there(const struct tag_list *list, const struct tag *tag)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->tag[i].name_len == tag->name_len &&
		    memcmp(list->tag[i].name, tag->name, tag->name_len) == 0)
			return true;
	return false;
}

const char *tag_list_parse(const char *text, size_t len, struct tag_list *out)
{
	const char *why;
	struct tag tag;
	size_t at = 0;

	out->count = 0;
	while (tag_next(text, len, &at, &tag, &why)) {
		if (why)
			return why;
		if (is_there(out, &tag))
			return "a tag stands twice";
		if (out->count == TAG_LIST_MAX)
			return "too many tags";
		out->tag[out->count++] = tag;
	}
	return out->count ? NULL : "no tags";
}

/* ---- values ------------------------------------------------------------- */

const struct tag *tag_find(const struct tag_list *list, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < list->count; i++)
		if (list->tag[i].name_len == len &&
		    memcmp(list->tag[i].name, name, len) == 0)
			return &list->tag[i];
	return NULL;
}

bool tag_is(const struct tag *tag, const char *word)
{
	return tag->value_len == strlen(word) &&
	       memcmp(tag->value, word, tag->value_len) == 0;
}

bool tag_is_nocase(const struct tag *tag, const char *word)
{
	return token_same(tag->value, tag->value_len, word);
}

bool tag_number(const struct tag *tag, uint64_t *out)
{
	if (tag->value_len == 0 || tag->value_len > 18)
		return false;
	*out = 0;
	for (size_t i = 0; i < tag->value_len; i++) {
		if (tag->value[i] < '0' || tag->value[i] > '9')
			return false;
		*out = *out * 10 + (uint64_t)(tag->value[i] - '0');
	}
	return true;
}

bool tag_next_item(const struct tag *tag, size_t *at, const char **item,
                   size_t *len)
{
	const char *colon;

	if (*at > tag->value_len)
		return false;
	*item = tag->value + *at;
	*len = tag->value_len - *at;
	colon = *len ? memchr(*item, ':', *len) : NULL;
	if (colon)
		*len = (size_t)(colon - *item);
	*at += *len + 1;
	trim(item, len);
	return true;
}

static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

long tag_base64(const struct tag *tag, unsigned char *out, size_t size)
{
	const char *end = tag->value + tag->value_len;
	unsigned bits = 0, chars = 0, padding = 0;
	size_t len = 0;

	for (const char *at = tag->value; at < end; at++) {
		int value = sextet(*at);

		if (value < 0 && is_white(at, end))
			continue;
		if (value < 0 && *at == '=' && ++padding <= 2)
			continue;
		if (value < 0 || padding)
			return -1;
		bits = bits << 6 | (unsigned)value;
		if (chars++ % 4 == 0)
			continue;
		if (len == size)
			return -1;
		out[len++] = (unsigned char)(bits >> (6 - 2 * ((chars - 1) % 4)));
	}
	/* Padding may be missing (RFC 6376 3.2), but not be of the wrong length. */
	if (chars % 4 == 1 || (padding && (chars + padding) % 4))
		return -1;
	return (long)len;
}
