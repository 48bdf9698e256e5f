/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spf-mechanism - the mechanisms of SPF that compare with what the DNS says (RFC 7208 5.3 to 5.7) */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auth/reverse.h"
#include "auth/spf-check.h"
#include "base/idn.h"

/* Of two names: the same, or the first one below the second? Without case. */
static bool is_within(const char *name, const char *domain)
{
	size_t len = strlen(name), end = strlen(domain);

	return len >= end && strcasecmp(name + len - end, domain) == 0 &&
	       (len == end || (end && name[len - end - 1] == '.'));
}

/* An ignored answer that is bogus makes nothing bogus, but what is left is not secure. */
static enum dns_security when_ignored(enum dns_security security)
{
	return security == DNS_BOGUS ? DNS_INSECURE : security;
}

/*
 * RFC 7208 4.6.4 limits the terms for which the DNS has nothing: one of them counts once, however
 * many of its questions come back empty.
 */
static enum spf_match count_void(struct spf_check *c)
{
	if (c->term_is_void)
		return SPF_NO_MATCH;
	c->term_is_void = true;
	if (++c->voids > SPF_VOID_MAX)
		return spf_stop(c, SPF_PERMERROR, "more than %d terms for which the DNS has nothing",
		                SPF_VOID_MAX);
	return SPF_NO_MATCH;
}

/* A name that can't be asked was not asked. */
static enum spf_match count_if_void(struct spf_check *c, const char *name,
                                    const struct dns_answer *answer)
{
	return answer->count || !dns_name_valid(name) ? SPF_NO_MATCH : count_void(c);
}

/* ---- names ------------------------------------------------------------------- */

/* RFC 7208 7.3: best the domain itself, then one below it, then any. */
static const struct reverse_name *choose(const struct reverse *reverse, const char *domain)
{
	const struct reverse_name *below = NULL;

	for (size_t i = 0; i < reverse->count; i++) {
		const struct reverse_name *name = &reverse->name[i];

		if (strcasecmp(name->name, domain) == 0)
			return name;
		if (!below && is_within(name->name, domain))
			below = name;
	}
	if (below)
		return below;
	return reverse->count ? &reverse->name[0] : NULL;
}

bool spf_find_validated(struct spf_check *c, struct spf_slice text)
{
	const struct reverse_name *name;
	struct reverse reverse;

	if (!spf_macro_uses(text, 'p'))
		return true;
	if (!reverse_step(&c->values.ip, c->lookups, &reverse, NULL)) {
		c->waiting = true;
		return false;
	}
	name = choose(&reverse, c->values.domain);
	c->values.validated = name ? name->name : "unknown";
	c->security = dns_security_least(c->security, when_ignored(name ? name->security
	                                                                : reverse.security));
	spf_explain(c, "the validated name of the client, %%{p}, is %s", c->values.validated);
	return true;
}

enum spf_match spf_target(struct spf_check *c, struct spf_slice domain_spec,
                          char out[DNS_NAME_MAX])
{
	if (!domain_spec.len) {
		snprintf(out, DNS_NAME_MAX, "%s", c->values.domain);
		return SPF_MATCH;
	}
	/* RFC 8616 section 4: never in the DNS */
	if (!idn_is_ascii(c->values.local_part) &&
	    (spf_macro_uses(domain_spec, 's') || spf_macro_uses(domain_spec, 'l')))
		return SPF_NO_MATCH;
	if (!spf_find_validated(c, domain_spec))
		return SPF_STOP;
	spf_expand_domain(domain_spec, &c->values, out);
	return SPF_MATCH;
}

/* ---- mechanisms ---------------------------------------------------------------- */

/* Has the name an address within prefix bits of the client's? */
static enum spf_match match_host(struct spf_check *c, const char *name, unsigned prefix)
{
	const struct dns_answer *answer = spf_ask(c, name, ip_type(&c->values.ip));

	if (!answer)
		return SPF_STOP;
	for (size_t i = 0; i < answer->count; i++)
		if (ip_record_within(&c->values.ip, &answer->record[i], prefix))
			return SPF_MATCH;
	return count_if_void(c, name, answer);
}

/* By preference, so that the result does not depend on the order in which the records came. */
static void sort_hosts(const struct dns_answer *mx, const struct dns_record *host[SPF_MX_MAX])
{
	for (size_t i = 0; i < mx->count; i++) {
		size_t to = i;

		for (; to > 0 && host[to - 1]->preference > mx->record[i].preference; to--)
			host[to] = host[to - 1];
		host[to] = &mx->record[i];
	}
}

static enum spf_match match_mx(struct spf_check *c, const char *name, unsigned prefix)
{
	const struct dns_answer *mx = spf_ask(c, name, DNS_MX);
	const struct dns_record *host[SPF_MX_MAX];
	enum spf_match match;

	if (!mx)
		return SPF_STOP;
	if (mx->count > SPF_MX_MAX)
		return spf_stop(c, SPF_PERMERROR, "%s has more than %d MX records", name, SPF_MX_MAX);
	sort_hosts(mx, host);
	for (size_t i = 0; i < mx->count; i++) /* all at once */
		lookups_ask(c->lookups, host[i]->data, ip_type(&c->values.ip));
	match = count_if_void(c, name, mx);
	for (size_t i = 0; i < mx->count && match == SPF_NO_MATCH; i++)
		match = match_host(c, host[i]->data, prefix);
	return match;
}

/* RFC 7208 5.5: what can't be asked is passed over. */
static enum spf_match match_ptr(struct spf_check *c, const char *domain)
{
	struct reverse reverse;

	if (!reverse_step(&c->values.ip, c->lookups, &reverse, c->explain)) {
		c->waiting = true;
		return SPF_STOP;
	}
	for (size_t i = 0; i < reverse.count; i++)
		if (is_within(reverse.name[i].name, domain)) {
			c->security = dns_security_least(c->security, reverse.name[i].security);
			return SPF_MATCH;
		}
	c->security = dns_security_least(c->security, when_ignored(reverse.security));
	if (reverse.status == DNS_NO_DATA || reverse.status == DNS_NO_NAME || reverse.none_there)
		return count_void(c);
	return SPF_NO_MATCH;
}

/* The type is A whatever the client's address is (RFC 7208 5.7). */
static enum spf_match match_exists(struct spf_check *c, const char *name)
{
	const struct dns_answer *answer = spf_ask(c, name, DNS_A);

	if (!answer)
		return SPF_STOP;
	return answer->count ? SPF_MATCH : count_if_void(c, name, answer);
}

enum spf_match spf_mechanism_look_up(struct spf_check *c, const struct spf_directive *d)
{
	const unsigned prefix = spf_directive_prefix(d, &c->values.ip);
	char name[DNS_NAME_MAX];
	enum spf_match named;

	c->term_is_void = false;
	named = spf_target(c, d->domain_spec, name);
	if (named != SPF_MATCH)
		return named;
	switch (d->mechanism) {
	case SPF_A: return match_host(c, name, prefix);
	case SPF_MX: return match_mx(c, name, prefix);
	case SPF_PTR: return match_ptr(c, name);
	case SPF_EXISTS: return match_exists(c, name);
	case SPF_ALL:
	case SPF_INCLUDE:
	case SPF_IP4:
	case SPF_IP6: break;
	}
	return SPF_NO_MATCH;
}
