/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * results-own - what we verified, as results of RFC 8601 section 2.7
 *
 * Properties as the IANA registry "Email Authentication Methods" has them; dns.sec is RFC 8904's, which
 * is for any method; policy.domain and policy.arc-sealer are ours, by RFC 8601 2.4 (ptype policy).
 */
#include <config.h>

#include <string.h>

#include "auth/results-own.h"

/* The comment of one result: notes with `; ` between them. */
struct notes {
	struct buf text;
};

static void note(struct notes *notes, bool holds, const char *words)
{
	if (!holds)
		return;
	if (notes->text.len)
		buf_adds(&notes->text, "; ");
	buf_adds(&notes->text, words);
}

/* A result about somebody; whose it is can't be told without that value. */
static bool begin(struct authres *to, const char *method, const char *result,
                  const char *ptype, const char *property, const char *value)
{
	bool known = value && *value;

	authres_add(to, method, result);
	if ((known && authres_add_property(to, ptype, property, value)) ||
	    strcmp(result, "pass") != 0)
		return true;
	authres_drop(to);
	authres_add(to, method, "permerror");
	authres_add_reason(to, "the identity can't be recorded");
	return false;
}

static void add_reason(struct authres *to, const char *words)
{
	if (words && *words)
		authres_add_reason(to, words);
}

/* A value that may be missing: the result says less without it, and nothing else. */
static void add_value(struct authres *to, const char *ptype,
                      const char *property, const char *value)
{
	if (value && *value)
		authres_add_property(to, ptype, property, value);
}

/* The DNSSEC state (RFC 8904 section 3), and the comment with it. */
static void finish(struct authres *to, enum dns_security security,
                   struct notes *notes)
{
	if (security == DNS_SECURE)
		add_value(to, "dns", "sec", "yes");
	else if (security == DNS_INSECURE)
		add_value(to, "dns", "sec", "no");
	note(notes, security == DNS_BOGUS, "an answer failed DNSSEC validation");
	if (notes->text.len)
		authres_add_comment(to, notes->text.data);
	buf_free(&notes->text);
}

/* RFC 8601 2.7.2.  The reason of a result about a domain is left to --explain: it quotes its record. */
static void add_spf(const struct verify *v, struct authres *to)
{
	const struct spf *spf = &v->spf;
	struct notes notes = { BUF_INIT };

	if (begin(to, "spf", spf_word(spf->result), "smtp",
	          spf_identity_word(spf->identity), spf->domain) && !spf->domain)
		add_reason(to, spf->reason);
	finish(to, spf->security, &notes);
}

/* RFC 8601 2.7.1, RFC 6008 */
static void add_signature(const struct dkim_signature *s, bool more_left_out,
                          struct authres *to)
{
	struct notes notes = { BUF_INIT };

	if (begin(to, "dkim", dkim_word(s->result), "header", "d", s->domain)) {
		add_reason(to, s->reason);
		add_value(to, "header", "i", s->identity);
		add_value(to, "header", "s", s->selector);
		add_value(to, "header", "a", s->algorithm);
		add_value(to, "header", "b", s->tag);
	}
	note(&notes, s->weak_key, "weak key");
	note(&notes, s->testing, "key in testing");
	note(&notes, s->partial_body, "text follows the signed part of the body");
	note(&notes, s->added != NULL, "an unsigned field stands above a signed one");
	note(&notes, more_left_out, "further signatures were not tried");
	finish(to, s->security, &notes);
}

static void add_dkim(const struct dkim *dkim, struct authres *to)
{
	size_t count = dkim_count(dkim);

	for (size_t i = 0; i < count; i++)
		add_signature(dkim_get(dkim, i),
		              i + 1 == count && dkim_left_out(dkim), to);
	if (!count)
		authres_add(to, "dkim", "none");
}

/* RFC 9989 */
static void add_dmarc(const struct verify *v, bool doubtful, struct authres *to)
{
	const struct dmarc *d = &v->dmarc;
	struct notes notes = { BUF_INIT };

	if (begin(to, "dmarc", dmarc_word(d->result), "header", "from",
	          d->from_domain)) {
		add_reason(to, d->reason);
		if (*d->policy_domain)
			add_value(to, "policy", "dmarc", dmarc_policy_word(d->policy));
		if (strcmp(d->policy_domain, d->from_domain) != 0)
			add_value(to, "policy", "domain", d->policy_domain);
		add_value(to, "policy", "arc-sealer", v->rescued_by);
	}
	note(&notes, d->testing, "policy in testing");
	note(&notes, doubtful, "SPF was not checked");
	note(&notes, v->rescued_by != NULL,
	     "local policy: it passed where a trusted ARC sealer saw it");
	finish(to, d->security, &notes);
}

/* RFC 8617 section 6 */
static void add_arc(const struct verify *v, struct authres *to)
{
	enum arc_result result = arc_result(v->arc);
	int oldest = arc_oldest_pass(v->arc);
	struct notes notes = { BUF_INIT };
	struct buf number = BUF_INIT;

	authres_add(to, "arc", arc_word(result));
	if (result != ARC_NONE) {
		add_reason(to, arc_reason(v->arc));
		buf_addf(&number, "%d", oldest);
		if (result == ARC_PASS && oldest >= 0)
			add_value(to, "header", "oldest-pass", number.data);
		add_value(to, "smtp", "remote-ip", v->client_address);
	}
	finish(to, arc_security(v->arc), &notes);
	buf_free(&number);
}

/* RFC 8601 2.7.3 */
static void add_iprev(const struct verify *v, struct authres *to)
{
	struct notes notes = { BUF_INIT };

	if (v->iprev.result == IPREV_NONE)
		return;
	if (begin(to, "iprev", iprev_word(v->iprev.result), "policy", "iprev",
	          v->client_address))
		add_reason(to, v->iprev.reason);
	finish(to, v->iprev.security, &notes);
}

void results_own(const struct verify *verify, bool doubtful, struct authres *to)
{
	add_spf(verify, to);
	add_dkim(verify->dkim, to);
	add_dmarc(verify, doubtful, to);
	add_arc(verify, to);
	add_iprev(verify, to);
}
