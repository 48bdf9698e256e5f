/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spf-record - an SPF record, read (RFC 7208 sections 4.5, 4.6.1, 5, 6 and 12) */
#include <config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "auth/spf-record.h"
#include "auth/token.h"
#include "base/mem.h"

#define TERM_SHOWN 80 /* bytes of a wrong term that are repeated */

enum spec { SPEC_NONE, SPEC_OPTIONAL, SPEC_REQUIRED }; /* what follows the `:` */

static const struct {
	const char *name;
	enum spec domain;
	bool cidr; /* dual-cidr-length may follow */
} mechanisms[] = {
	[SPF_ALL] = { "all", SPEC_NONE, false },
	[SPF_INCLUDE] = { "include", SPEC_REQUIRED, false },
	[SPF_A] = { "a", SPEC_OPTIONAL, true },
	[SPF_MX] = { "mx", SPEC_OPTIONAL, true },
	[SPF_PTR] = { "ptr", SPEC_OPTIONAL, false },
	[SPF_IP4] = { "ip4", SPEC_NONE, false }, /* read_network */
	[SPF_IP6] = { "ip6", SPEC_NONE, false },
	[SPF_EXISTS] = { "exists", SPEC_REQUIRED, false },
};
#define MECHANISMS (sizeof mechanisms / sizeof *mechanisms)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool spf_record_is(const char *text, size_t len)
{
	static const char version[] = "v=spf1";
	size_t end = sizeof version - 1;

	return len >= end && token_same(text, end, version) && (len == end || text[end] == ' ');
}

static bool wrong(struct buf *why, struct spf_slice term, const char *what)
{
	if (term.len > TERM_SHOWN)
		buf_addf(why, "%.*s...: %s", TERM_SHOWN, term.at, what);
	else
		buf_addf(why, "%.*s: %s", (int)term.len, term.at, what);
	return false;
}

/* ---- mechanisms ------------------------------------------------------------ */

/* The slice without its first bytes. */
static struct spf_slice behind(struct spf_slice s, size_t count)
{
	return (struct spf_slice){ s.at + count, s.len - count };
}

/*
 * Takes `SLASHES NUMBER` off the end of *rest: "/" for IPv4, "//" for IPv6 within a dual-cidr-length.
 * Leading zeros are no number (RFC 7208 12).  False: it is there and too large.
 */
static bool cut_prefix(struct spf_slice *rest, const char *slashes, unsigned max,
                       unsigned *prefix)
{
	size_t from = rest->len, width = strlen(slashes);
	unsigned value = 0;

	while (from > 0 && is_digit(rest->at[from - 1]))
		from--;
	size_t digits = rest->len - from;

	if (digits == 0 || from < width || memcmp(rest->at + from - width, slashes, width) != 0)
		return true;
	if (digits > 3 || (digits > 1 && rest->at[from] == '0'))
		return false;
	for (size_t i = from; i < rest->len; i++)
		value = value * 10 + (unsigned)(rest->at[i] - '0');
	*prefix = value;
	rest->len = from - width;
	return value <= max;
}

/* What stands behind the name of a mechanism of which a domain-spec is the argument. */
static const char *read_domain(struct spf_slice rest, struct spf_directive *out)
{
	const enum spec spec = mechanisms[out->mechanism].domain;

	if (mechanisms[out->mechanism].cidr &&
	    (!cut_prefix(&rest, "//", 128, &out->prefix6) ||
	     !cut_prefix(&rest, "/", 32, &out->prefix4)))
		return "wrong prefix length";
	if (rest.len == 0)
		return spec == SPEC_REQUIRED ? "a domain is missing" : NULL;
	if (spec == SPEC_NONE || *rest.at != ':')
		return "does not take what follows its name";
	out->domain_spec = behind(rest, 1);
	return spf_domain_spec_valid(out->domain_spec) ? NULL : "wrong domain";
}

/* ip4 and ip6: `:` network [ cidr-length ].  A mapped IPv6 network stays IPv6: no client has
 * such an address (RFC 7208 section 5). */
static const char *read_network(struct spf_slice rest, struct spf_directive *out)
{
	const bool v4 = out->mechanism == SPF_IP4;
	char text[INET6_ADDRSTRLEN];

	if (rest.len == 0 || *rest.at != ':')
		return "an address is missing";
	rest = behind(rest, 1);
	if (!(v4 ? cut_prefix(&rest, "/", 32, &out->prefix4)
	         : cut_prefix(&rest, "/", 128, &out->prefix6)))
		return "wrong prefix length";
	if (rest.len >= sizeof text)
		return "wrong address";
	memcpy(text, rest.at, rest.len);
	text[rest.len] = '\0';
	out->network.len = v4 ? 4 : 16;
	if (inet_pton(v4 ? AF_INET : AF_INET6, text, out->network.bytes) != 1)
		return "wrong address";
	return NULL;
}

static const char *read_directive(struct spf_slice term, struct spf_directive *out)
{
	struct spf_slice rest = term;
	size_t name = 0, i = 0;

	*out = (struct spf_directive){ .qualifier = '+', .text = term, .prefix4 = 32, .prefix6 = 128 };
	if (strchr("+-~?", *term.at)) {
		out->qualifier = *term.at;
		rest = behind(rest, 1);
	}
	while (name < rest.len && rest.at[name] != ':' && rest.at[name] != '/')
		name++;
	while (i < MECHANISMS && !token_same(rest.at, name, mechanisms[i].name))
		i++;
	if (i == MECHANISMS)
		return "unknown mechanism";
	out->mechanism = (enum spf_mechanism)i;
	rest = behind(rest, name);
	if (out->mechanism == SPF_IP4 || out->mechanism == SPF_IP6)
		return read_network(rest, out);
	return read_domain(rest, out);
}

/* ---- modifiers -------------------------------------------------------------- */

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ), then `=`: the name's length, or 0. */
static size_t modifier_name(struct spf_slice term)
{
	size_t len = 0;

	if (!is_alpha(*term.at))
		return 0;
	while (len < term.len && (is_alpha(term.at[len]) || is_digit(term.at[len]) ||
	                          strchr("-_.", term.at[len])))
		len++;
	return len < term.len && term.at[len] == '=' ? len : 0;
}

static const char *set_once(struct spf_slice value, struct spf_slice *to)
{
	if (to->len)
		return "is there twice"; /* RFC 7208 6 */
	*to = value;
	return spf_domain_spec_valid(value) ? NULL : "wrong domain";
}

static const char *read_modifier(struct spf_slice term, size_t name, struct spf_record *out)
{
	struct spf_slice value = behind(term, name + 1);

	if (token_same(term.at, name, "redirect"))
		return set_once(value, &out->redirect);
	if (token_same(term.at, name, "exp"))
		return set_once(value, &out->explanation);
	out->unknown_modifiers++;
	return spf_macro_string_valid(value) ? NULL : "wrong macro";
}

/* ---- the record -------------------------------------------------------------- */

static const char *read_term(struct spf_slice term, struct spf_record *out)
{
	size_t name = modifier_name(term);

	if (name)
		return read_modifier(term, name, out);
	if ((out->count & (out->count - 1)) == 0) /* 0 or a power of 2: twice as many */
		out->directive = mem_grow(out->directive, out->count ? out->count * 2 : 1,
		                          sizeof *out->directive);
	return read_directive(term, &out->directive[out->count++]);
}

static bool is_visible(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

bool spf_record_parse(const char *text, size_t len, struct spf_record *out,
                      struct buf *why)
{
	const char *at = text, *end = text + len;

	memset(out, 0, sizeof *out);
	if (!spf_record_is(text, len) || len > SPF_RECORD_MAX) {
		buf_adds(why, len > SPF_RECORD_MAX ? "the record is too long" : "no SPF record");
		return false;
	}
	if (!is_visible(text, len)) {
		buf_adds(why, "the record has characters that are not printable ASCII");
		return false;
	}
	at = memchr(at, ' ', len);
	while (at && at < end) {
		const char *stop, *error;

		while (at < end && *at == ' ')
			at++;
		stop = at < end ? memchr(at, ' ', (size_t)(end - at)) : NULL;
		struct spf_slice term = { at, (size_t)((stop ? stop : end) - at) };

		error = term.len ? read_term(term, out) : NULL;
		if (error)
			return wrong(why, term, error);
		at = stop;
	}
	return true;
}

void spf_record_free(struct spf_record *record)
{
	free(record->directive);
	memset(record, 0, sizeof *record);
}

unsigned spf_directive_prefix(const struct spf_directive *directive, const struct ip *ip)
{
	return ip_type(ip) == DNS_A ? directive->prefix4 : directive->prefix6;
}
