/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * address - a recipient's address in the one form that is looked up
 *
 * RFC 5321 section 4.1.2 (Mailbox, without source routes), RFC 6531 (UTF-8),
 * RFC 5890 (A-labels).  Dots may stand anywhere in the local part, as some
 * providers let them; so needless quotes are exactly those that hold atext
 * and dots alone.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/idn.h"
#include "base/mem.h"
#include "keystore/address.h"

#define DOMAIN_MAX 253 /* characters; RFC 1035 section 2.3.4, without the final dot */
#define LABEL_MAX 63

struct parts {
	struct buf local;  /* without quotes and backslashes */
	struct buf domain; /* normal form */
};

static void parts_free(struct parts *a)
{
	buf_free(&a->local);
	buf_free(&a->domain);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

static bool is_ascii(char c)
{
	return (unsigned char)c < 0x80;
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* atext of RFC 5322 with RFC 6532, and the dot. */
static bool is_atext(char c)
{
	return !is_ascii(c) || is_alnum(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

/* ---- UTF-8 (RFC 3629) ------------------------------------------------- */

/* Length of the sequence at s, 0 if it is none, too long for its character, a
 * surrogate, beyond Unicode, or a C1 control. */
static size_t sequence(const unsigned char *s)
{
	static const struct {
		unsigned char first, last, second_min, second_max;
		size_t len;
	} forms[] = {
		{ 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xc2, 0xa0, 0xbf, 2 },
		{ 0xc3, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (s[0] < forms[i].first || s[0] > forms[i].last)
			continue;
		if (forms[i].len > 1 && (s[1] < forms[i].second_min ||
		                         s[1] > forms[i].second_max))
			return 0;
		for (size_t k = 2; k < forms[i].len; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}
	return 0;
}

static bool is_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		size_t len = sequence(s);

		if (len == 0)
			return false;
		s += len;
	}
	return true;
}

/* ---- local part -------------------------------------------------------- */

/* These return NULL, or the reason why it is none. *at moves to the @. */

static const char *take_quoted(const char **at, struct buf *local)
{
	const char *p = *at + 1;

	for (; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1])
			p++;
		if (is_control(*p))
			return "a control character";
		buf_addc(local, lower(*p));
	}
	if (*p != '"' || p[1] != '@')
		return "its quotes do not close before the @";
	*at = p + 1;
	return NULL;
}

static const char *take_plain(const char **at, struct buf *local)
{
	const char *p = *at;

	for (; *p && *p != '@'; p++) {
		if (is_control(*p))
			return "a control character";
		if (!is_atext(*p))
			return "a blank or special character outside quotes";
		buf_addc(local, lower(*p));
	}
	if (!*p)
		return "it has no @";
	*at = p;
	return NULL;
}

static const char *take_local(const char **at, struct buf *local)
{
	return **at == '"' ? take_quoted(at, local) : take_plain(at, local);
}

static void add_local(struct buf *out, const char *local, size_t len)
{
	size_t plain = 0;

	while (plain < len && is_atext(local[plain]))
		plain++;
	if (plain == len) {
		buf_add(out, local, len);
		return;
	}
	buf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		if (local[i] == '"' || local[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, local[i]);
	}
	buf_addc(out, '"');
}

/* ---- domain ------------------------------------------------------------ */

static const char *check_domain(const char *domain, size_t len)
{
	size_t label = 0;

	if (len == 0)
		return "nothing after the @";
	if (len > DOMAIN_MAX)
		return "its domain is too long";
	for (size_t i = 0; i < len; i++) {
		if (domain[i] == '.') {
			if (label == 0)
				return "an empty label in its domain";
			label = 0;
			continue;
		}
		if (!is_alnum(domain[i]) && domain[i] != '-' && domain[i] != '_')
			return "its domain is no domain name";
		if (++label > LABEL_MAX)
			return "a label of its domain is too long";
	}
	return label ? NULL : "an empty label in its domain";
}

static const char *take_literal(const char *text, struct buf *domain)
{
	size_t len = strlen(text);

	if (len < 3 || text[len - 1] != ']')
		return "its address literal does not close";
	buf_addc(domain, '[');
	for (size_t i = 1; i < len - 1; i++) {
		if (!is_alnum(text[i]) && !strchr(".:-", text[i]))
			return "its address literal is none";
		buf_addc(domain, lower(text[i]));
	}
	buf_addc(domain, ']');
	return NULL;
}

/* A domain in ASCII stays as it is, A-labels too: what DNS compares. */
static const char *take_name(const char *text, struct buf *domain)
{
	struct err err;
	char *ascii = idn_to_ascii(text, &err);

	if (!ascii && err.class == ERR_UNAVAILABLE)
		return "libidn2, which its domain needs, can't be loaded";
	if (!ascii)
		return "its domain is no internationalized domain name";
	for (const char *p = ascii; *p; p++)
		buf_addc(domain, lower(*p));
	free(ascii);
	if (domain->len > 1 && domain->data[domain->len - 1] == '.')
		buf_cut(domain, domain->len - 1);
	return check_domain(buf_str(domain), domain->len);
}

/* ---- the whole --------------------------------------------------------- */

static const char *parse(const char *address, bool may_be_domain,
                         struct parts *parts)
{
	const char *why = NULL;

	if (strlen(address) > ADDRESS_MAX)
		return "it is too long";
	if (!is_utf8(address))
		return "it is not UTF-8, or has control characters";
	if (may_be_domain && address[0] != '@')
		may_be_domain = false;
	if (!may_be_domain)
		why = take_local(&address, &parts->local);
	if (why)
		return why;
	if (parts->local.len == 0 && !may_be_domain)
		return "nothing in front of the @";
	address++;
	return address[0] == '[' ? take_literal(address, &parts->domain)
	                         : take_name(address, &parts->domain);
}

static char *join(const char *local, size_t len, const struct buf *domain)
{
	struct buf out = BUF_INIT;

	add_local(&out, local, len);
	buf_addc(&out, '@');
	buf_add(&out, domain->data, domain->len);
	return buf_steal(&out);
}

static char *without_brackets(const char *address)
{
	size_t len = strlen(address);

	if (len >= 2 && address[0] == '<' && address[len - 1] == '>')
		return mem_strndup(address + 1, len - 2);
	return mem_strdup(address);
}

static char *normalize(const char *address, bool may_be_domain,
                       struct err *err)
{
	struct parts parts = { BUF_INIT, BUF_INIT };
	char *bare = without_brackets(address);
	const char *why = parse(bare, may_be_domain, &parts);
	char *normal = NULL;

	if (!why)
		normal = join(buf_str(&parts.local), parts.local.len, &parts.domain);
	if (normal && strlen(normal) > ADDRESS_MAX) {
		why = "it is too long";
		free(normal);
		normal = NULL;
	}
	if (why)
		err_set(err, ERR_DATA, "give it as LOCAL@DOMAIN",
		        "not an address: %.100s: %s", bare, why);
	parts_free(&parts);
	free(bare);
	return normal;
}

char *address_normalize(const char *address, struct err *err)
{
	return normalize(address, false, err);
}

char *address_normalize_entry(const char *address, struct err *err)
{
	return normalize(address, true, err);
}

bool address_is_normal(const char *address)
{
	struct err ignored;
	char *normal = normalize(address, true, &ignored);
	bool same = normal && strcmp(normal, address) == 0;

	free(normal);
	return same;
}

/* ---- extension --------------------------------------------------------- */

static bool never_split(const char *local, size_t len, const char *delimiters)
{
	static const char request[] = "-request";
	const size_t tail = sizeof request - 1;

	if (strcmp(local, "postmaster") == 0 ||
	    strcmp(local, "mailer-daemon") == 0 ||
	    strcmp(local, "double-bounce") == 0)
		return true;
	if (!strchr(delimiters, '-'))
		return false;
	return strncmp(local, "owner-", 6) == 0 ||
	       (len > tail && strcmp(local + len - tail, request) == 0);
}

char *address_without_extension(const char *normal, const char *delimiters)
{
	struct parts parts = { BUF_INIT, BUF_INIT };
	char *out = NULL;

	if (!parse(normal, false, &parts)) {
		const char *local = buf_str(&parts.local);
		size_t stem = strcspn(local, delimiters);

		if (stem > 0 && stem < parts.local.len &&
		    !never_split(local, parts.local.len, delimiters))
			out = join(local, stem, &parts.domain);
	}
	parts_free(&parts);
	return out;
}

const char *address_domain_default(const char *normal)
{
	const char *at = strrchr(normal, '@');

	return at ? at : normal;
}
