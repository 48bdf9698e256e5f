/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spf - may that host send for that domain (RFC 7208): whose identity, and the explanation */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/spf.h"
#include "auth/spf-check.h"
#include "base/idn.h"
#include "base/mem.h"

const char *spf_word(enum spf_result result)
{
	switch (result) {
	case SPF_NEUTRAL: return "neutral";
	case SPF_PASS: return "pass";
	case SPF_FAIL: return "fail";
	case SPF_SOFTFAIL: return "softfail";
	case SPF_TEMPERROR: return "temperror";
	case SPF_PERMERROR: return "permerror";
	case SPF_NONE: break;
	}
	return "none";
}

const char *spf_identity_word(enum spf_identity identity)
{
	return identity == SPF_HELO ? "helo" : "mailfrom";
}

void spf_free(struct spf *spf)
{
	free(spf->domain);
	free(spf->explanation);
	free(spf->reason);
	memset(spf, 0, sizeof *spf);
}

/* ---- identities ------------------------------------------------------------------ */

#define MALFORMED "the domain is malformed"

/* Who is checked, in the form that the DNS and the macros take. */
struct who {
	enum spf_identity identity;
	char *local_part;
	char domain[DNS_NAME_MAX];
	char helo[DNS_NAME_MAX];
	struct ip ip;
};

/* U-labels become A-labels (RFC 8616 section 4), a final dot goes. NULL, or what is wrong. */
static const char *to_ascii(const char *domain, char out[DNS_NAME_MAX])
{
	struct err err = { 0 };
	char *ascii = idn_to_ascii(domain, &err);
	size_t len = ascii ? strlen(ascii) : 0;

	out[0] = '\0';
	if (len && ascii[len - 1] == '.')
		len--;
	if (len < DNS_NAME_MAX)
		snprintf(out, DNS_NAME_MAX, "%.*s", (int)len, ascii ? ascii : "");
	free(ascii);
	if (err.class == ERR_UNAVAILABLE)
		return "the domain is not ASCII, and libidn2 is missing";
	return out[0] ? NULL : MALFORMED;
}

/* Letters, digits, hyphens, underscores: a name with others is no domain of an address (RFC 5321
 * 4.1.2), and a pass of one, say `good.example(.bad.example`, could be read as a pass of another. */
static bool is_host(const char *domain)
{
	const char *p = domain;

	while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
	       (*p >= '0' && *p <= '9') || *p == '-' || *p == '_' || *p == '.')
		p++;
	return !*p && spf_domain_checkable(domain);
}

/* RFC 7208 2.3, 2.4, 4.3. NULL, or why nothing can be checked. */
static const char *identify(const struct spf_request *request, struct who *who)
{
	const char *sender = request->sender, *domain = sender, *at = NULL, *wrong;

	if (!request->client_address)
		return "no client address is known";
	if (!ip_parse(request->client_address, &who->ip))
		return "the client address is malformed";
	if (request->helo)
		to_ascii(request->helo, who->helo);
	if (sender && strlen(sender) > SPF_SENDER_MAX)
		return "the sender is too long";
	if (sender && *sender) {
		at = strrchr(domain, '@');
	} else {
		who->identity = SPF_HELO;
		domain = who->helo;
		if (!*domain && !sender)
			return "no envelope sender and no HELO is known";
		if (!*domain)
			return "the sender is null, and no HELO is known";
	}
	who->local_part = at && at > domain ? mem_strndup(domain, (size_t)(at - domain))
	                                    : mem_strdup("postmaster");
	wrong = to_ascii(at ? at + 1 : domain, who->domain);
	return wrong || is_host(who->domain) ? wrong : MALFORMED;
}

/* ---- the explanation --------------------------------------------------------------- */

/*
 * RFC 7208 6.2.  Whatever is wrong with it, there is no explanation; it counts against no limit.
 * False: waiting.
 */
static bool explain_fail(struct spf_check *c, char **out)
{
	char name[DNS_NAME_MAX];
	const struct dns_answer *answer;
	struct buf text = BUF_INIT;

	c->values.domain = c->explanation_domain;
	if (!c->explanation.len || spf_target(c, c->explanation, name) != SPF_MATCH)
		return !c->waiting;
	answer = lookups_ask(c->lookups, name, DNS_TXT);
	if (!answer)
		return false;
	spf_explain(c, "exp=: TXT of %s: %zu found", name, answer->count);
	if (answer->count != 1)
		return true;
	struct spf_slice slice = { answer->record[0].data, answer->record[0].len };

	if (!spf_explain_string_valid(slice))
		return true;
	if (!spf_find_validated(c, slice))
		return false;
	if (spf_expand_explanation(slice, &c->values, &text) && text.len)
		*out = buf_steal(&text);
	buf_free(&text);
	return true;
}

/* ---- the step ------------------------------------------------------------------------ */

static bool check(const struct spf_request *request, const struct who *who,
                  struct lookups *lookups, struct spf *out)
{
	struct spf_check c = {
		.lookups = lookups,
		.explain = request->explain,
		.values = {
			.local_part = who->local_part,
			.sender_domain = who->domain,
			.domain = who->domain,
			.validated = "unknown",
			.helo = *who->helo ? who->helo : "unknown",
			.receiver = request->receiver ? request->receiver : "unknown",
			.ip = who->ip,
			.now = request->now,
		},
	};

	out->result = spf_check_host(&c, who->domain);
	out->security = c.security;
	if (!c.waiting && out->result == SPF_FAIL && !explain_fail(&c, &out->explanation))
		c.waiting = true;
	if (!c.waiting) {
		out->domain = mem_strdup(who->domain);
		out->reason = mem_strdup(buf_str(&c.reason));
	}
	buf_free(&c.reason);
	return !c.waiting;
}

bool spf_step(const struct spf_request *request, struct lookups *lookups,
              struct spf *out)
{
	struct spf found = { .result = SPF_NONE };
	struct who who = { .identity = SPF_MAILFROM };
	const char *nothing = identify(request, &who);
	bool done = true;

	if (request->explain)
		buf_cut(request->explain, 0);
	found.identity = who.identity;
	if (nothing)
		found.reason = mem_strdup(nothing);
	else
		done = check(request, &who, lookups, &found);
	free(who.local_part);
	if (!done)
		return false;
	*out = found;
	return true;
}
