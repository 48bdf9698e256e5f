/* SPDX-License-Identifier: GPL-3.0-or-later */
/* author-loose - the domains that a lenient reader could find in a broken From */
#include <config.h>

#include <string.h>

#include "auth/author-list.h"
#include "auth/author-loose.h"
#include "auth/token.h"

#define COMMENT_MAX 256 /* bytes of one inside a domain: there may be many that do not end */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Not shown, and dropped by some: a NUL and other controls. */
static bool is_dropped(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

static bool is_domain_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	       c == '.' || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* ---- one domain ----------------------------------------------------------- */

static const char *skip_dropped(const char *at, const char *end)
{
	while (at < end && is_dropped(*at) && !is_blank(*at))
		at++;
	return at;
}

/* Blanks, comments and what is dropped. */
static const char *skip_between(const char *at, const char *end)
{
	while (at < end) {
		struct token_text t = { at, end - at > COMMENT_MAX ? at + COMMENT_MAX : end };

		if (is_blank(*at) || is_dropped(*at))
			at++;
		else if (token_next_is(&t, '(') && token_comment(&t, NULL))
			at = t.at;
		else
			break;
	}
	return at;
}

/* The domain at the front; joined: over what stands around its dots, as some readers do. */
static void take_domain(const char *at, const char *end, bool joined,
                        char out[DNS_NAME_MAX])
{
	size_t len = 0;

	for (at = skip_between(at, end); at < end && *at == '[';)
		at = skip_between(at + 1, end);
	while (at < end && len < DNS_NAME_MAX - 1 && is_domain_byte(*at)) {
		const char *next = ++at;

		out[len++] = at[-1];
		if (joined) {
			at = skip_dropped(at, end);
			next = skip_between(at, end);
		}
		if (next < end && (*next == '.' || out[len - 1] == '.'))
			at = next;
	}
	while (len && out[len - 1] == '.')
		len--;
	out[len] = '\0';
}

void author_loose_value(const char *value, size_t len, struct author *out)
{
	const char *at = value, *end = value + len;
	char domain[DNS_NAME_MAX];

	while (at < end && (at = memchr(at, '@', (size_t)(end - at)))) {
		if (out->looked_at++ == AUTHOR_ADDRESSES_MAX) {
			out->more = true;
			return;
		}
		at++;
		for (int joined = 0; joined < 2; joined++) {
			take_domain(at, end, joined, domain);
			author_list_add(out, domain);
		}
	}
}

/* ---- lines ------------------------------------------------------------------ */

/* Where the line ends: at an LF or a CR, unless the next line continues it. */
static const char *line_end(const char *at, const char *end)
{
	for (; at < end; at++) {
		if (*at == '\r' && end - at > 1 && at[1] == '\n')
			continue;
		if ((*at == '\r' || *at == '\n') &&
		    (end - at < 2 || (at[1] != ' ' && at[1] != '\t')))
			break;
	}
	return at;
}

/* A byte-order mark, NULs and the like in front of a name. */
static const char *skip_unseen(const char *at, const char *end)
{
	while (at < end && ((unsigned char)*at >= 0x80 || (is_dropped(*at) && !is_blank(*at))))
		at++;
	return at;
}

static bool take_line(const char *at, const char *end, struct author *out)
{
	struct token_text t = { skip_unseen(at, end), end };

	if (!token_begins(&t, "From"))
		return false;
	t.at += strlen("From");
	while (token_take(&t, ' ') || token_take(&t, '\t') || token_take(&t, '\0'))
		;
	if (!token_take(&t, ':'))
		return false;
	author_loose_value(t.at, (size_t)(line_end(t.at, end) - t.at), out);
	return true;
}

bool author_loose_lines(const char *text, size_t len, bool at_start, struct author *out)
{
	const char *end = text + len;
	bool found = at_start && take_line(text, end, out);

	for (const char *at = text; at < end; at++)
		if (*at == '\r' || (at_start && *at == '\n'))
			found |= take_line(at + 1, end, out);
	return found;
}
