/* SPDX-License-Identifier: GPL-3.0-or-later */
/* author - whose message it says it is: the domain of From */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "auth/author-list.h"
#include "auth/author-loose.h"
#include "auth/author.h"
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

/* One from the middle: the first and the last of them are the likeliest to be shown. */
static void drop_one(struct author *out)
{
	const size_t half = AUTHOR_DOMAINS_MAX / 2;

	memmove(out->domain[half], out->domain[half + 1],
	        (AUTHOR_DOMAINS_MAX - half - 1) * sizeof out->domain[0]);
	out->domains--;
	out->more = true;
}

const char *author_list_add(struct author *out, const char *text)
{
	char domain[DNS_NAME_MAX];

	if (!to_a_labels(text, domain))
		return "a domain that is none";
	for (size_t i = 0; i < out->domains; i++)
		if (strcmp(out->domain[i], domain) == 0)
			return NULL;
	if (out->domains == AUTHOR_DOMAINS_MAX)
		drop_one(out);
	memcpy(out->domain[out->domains++], domain, sizeof domain);
	return out->more ? "too many authors" : NULL;
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
		author_loose_value(value, len, out);
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

void author_read(const struct header *header, struct author *out)
{
	const struct header_field *field;
	const char *why = NULL;
	size_t at = 0, fields = 0;
	bool literal = false, hidden;

	memset(out, 0, sizeof *out);
	for (; (field = header_find(header, "From", &at)); fields++)
		why = read_value(field->text + field->value, field->len - field->value, out,
		                 &literal);
	hidden = author_loose_lines(header->text, header->len, false, out);
	if (header->cut)
		author_loose_lines(header->below, header->below_len, true, out);
	out->more |= header->from_left_out;
	if (header->too_large)
		why = "the header is too large";
	else if (fields > 1)
		why = "several From fields";
	else if (hidden || header->cut)
		why = why ? why : "the header can be read in two ways";
	settle(out, why, literal);
}
