/* SPDX-License-Identifier: GPL-3.0-or-later */
/* author - whose message it says it is: the domain of From */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "auth/author-list.h"
#include "auth/author.h"
#include "auth/token.h"
#include "base/idn.h"

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

const char *author_list_add(struct author *out, const char *text)
{
	char domain[DNS_NAME_MAX];

	if (!to_a_labels(text, domain))
		return "a domain that is none";
	for (size_t i = 0; i < out->domains; i++)
		if (strcmp(out->domain[i], domain) == 0)
			return NULL;
	if (out->domains == AUTHOR_DOMAINS_MAX) {
		out->more = true;
		return "too many authors";
	}
	memcpy(out->domain[out->domains++], domain, sizeof domain);
	return NULL;
}

/* ---- what a broken value may show ---------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_domain_byte(char c)
{
	return is_host_byte(c) || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* The domain at the front; joined: over blanks around its dots, as some readers do. */
static void loose_domain(const char *at, const char *end, bool joined,
                         char out[DNS_NAME_MAX])
{
	size_t len = 0;

	while (at < end && (is_blank(*at) || *at == '['))
		at++;
	while (at < end && len < DNS_NAME_MAX - 1 && is_domain_byte(*at)) {
		const char *next = ++at;

		out[len++] = at[-1];
		while (joined && next < end && is_blank(*next))
			next++;
		if (next < end && (*next == '.' || out[len - 1] == '.'))
			at = next;
	}
	while (len && out[len - 1] == '.')
		len--;
	out[len] = '\0';
}

/*
 * Reading stops where a value is broken; other readers go on.  So each domain behind an `@`
 * counts, wherever it stands: one too many does no harm, since a broken From never passes.
 */
static void gather(const char *value, size_t len, struct author *out)
{
	const char *at = value, *end = value + len;
	size_t found = 0;
	char domain[DNS_NAME_MAX];

	while (!out->more && at < end && (at = memchr(at, '@', (size_t)(end - at)))) {
		at++;
		for (int joined = 0; joined < 2; joined++) {
			loose_domain(at, end, joined, domain);
			author_list_add(out, domain);
		}
		out->more |= ++found > AUTHOR_ADDRESSES_MAX;
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

static const char *read_value(const char *value, size_t len, struct author *out,
                              bool *literal)
{
	const char *why = author_list_read(value, len, out, literal);

	if (has_odd_bytes(value, len))
		why = "a NUL or a bare CR in From";
	if (why)
		gather(value, len, out);
	return why;
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

/* Is there `CR From:` somewhere, a field of its own for who lets CR end a line? Its authors
 * count. */
static bool hides_from(const struct header *header, struct author *out)
{
	const char *end = header->text + header->len;

	for (const char *at = header->text;
	     at < end && (at = memchr(at, '\r', (size_t)(end - at)));) {
		struct token_text t = { ++at, end };

		if (!token_begins(&t, "From"))
			continue;
		t.at += strlen("From");
		token_skip_blanks(&t);
		if (!token_next_is(&t, ':'))
			continue;
		gather(t.at, strcspn(t.at, "\r\n"), out);
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
	while ((field = header_find(header, "From", &at)) && fields++ < AUTHOR_FIELDS_MAX)
		why = read_value(field->text + field->value, field->len - field->value, out,
		                 &literal);
	out->more |= header->too_large || fields > AUTHOR_FIELDS_MAX;
	if (fields > 1)
		why = "several From fields";
	else if (header->too_large)
		why = "the header is too large";
	else if (hides_from(header, out) || header->cut)
		why = why ? why : "the header can be read in two ways";
	settle(out, why, literal);
}
