/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dmarc - does what was authenticated speak for the author's domain (RFC 9989 4.10.2, 5.3) */
#include <config.h>

#include <string.h>

#include "auth/dmarc-walk.h"
#include "auth/dmarc.h"

/* One author's domain. */
struct evaluation {
	const struct dmarc_request *request;
	struct lookups *lookups;
	const char *author;
	struct dmarc_discovery policy;
	struct dmarc_walk walk; /* the author's, once it was needed */
	bool walked, waiting;   /* waiting: an answer is missing */
	bool unknown;           /* an identifier may be aligned or not: nobody answered */
	struct dmarc *out;
};

/* ---- domains ------------------------------------------------------------ */

/* Lower case, no final dot. False: no domain that could be aligned. */
static bool normalize(const char *domain, char out[DNS_NAME_MAX])
{
	size_t len = domain && dns_name_valid(domain) ? strlen(domain) : 0;

	if (len && domain[len - 1] == '.')
		len--;
	for (size_t i = 0; i < len; i++)
		out[i] = domain[i] >= 'A' && domain[i] <= 'Z' ? (char)(domain[i] + 32) : domain[i];
	out[len] = '\0';
	return len > 0;
}

static bool is_within(const char *domain, const char *above)
{
	size_t len = strlen(domain), end = strlen(above);

	return len >= end && strcmp(domain + len - end, above) == 0 &&
	       (len == end || domain[len - end - 1] == '.');
}

static const char *last_label(const char *domain)
{
	const char *dot = strrchr(domain, '.');

	return dot ? dot + 1 : domain;
}

static void copy(char out[DNS_NAME_MAX], const char *domain)
{
	memcpy(out, domain, strlen(domain) + 1);
}

/* ---- alignment (4.10.2) ------------------------------------------------- */

static void say(const struct evaluation *e, const char *what, const char *domain)
{
	if (e->request->explain)
		buf_addf(e->request->explain, "%s %s\n", what, domain);
}

/* The author's Organizational Domain. False: an answer is missing. NULL: nobody knows. */
static bool author_organization(struct evaluation *e, const char **out)
{
	if (!e->walked) {
		say(e, "Organizational Domain of", e->author);
		e->walked = dmarc_walk(e->author, e->lookups, &e->walk, e->request->explain);
	}
	*out = e->walked ? dmarc_walk_organization(&e->walk) : NULL;
	if (*out)
		copy(e->out->org_domain, *out);
	return e->walked;
}

static bool is_aligned_relaxed(struct evaluation *e, const char *domain)
{
	const char *ours, *theirs;
	struct dmarc_walk walk;

	if (!author_organization(e, &ours)) {
		e->waiting = true;
		return false;
	}
	/*
	 * An Organizational Domain is the domain itself or above it.  So what is not within the
	 * author's can't be aligned, and its owner is not asked: by not answering he
	 * could make a fail a temperror.
	 */
	if (!is_within(domain, ours ? ours : last_label(e->author)))
		return false;
	if (!ours) {
		e->unknown = true;
		return false;
	}
	say(e, "Organizational Domain of", domain);
	if (!dmarc_walk(domain, e->lookups, &walk, e->request->explain)) {
		e->waiting = true;
		return false;
	}
	theirs = dmarc_walk_organization(&walk);
	e->unknown |= !theirs;
	return theirs && strcmp(ours, theirs) == 0;
}

/* May set waiting and unknown. */
static bool is_aligned(struct evaluation *e, const struct dmarc_identifier *identifier,
                       bool strict, char domain[DNS_NAME_MAX])
{
	const bool unknown = e->unknown;
	bool aligned;

	if (!normalize(identifier->domain, domain))
		return false;
	e->unknown = false;
	aligned = strcmp(domain, e->author) == 0 ||
	          (!strict && is_aligned_relaxed(e, domain));
	if (!e->waiting)
		say(e, aligned      ? "aligned:"
		       : e->unknown ? "nobody knows whether it is aligned:"
		                    : "not aligned:", domain);
	e->unknown |= unknown;
	return aligned;
}

static void align_passes(struct evaluation *e)
{
	const struct dmarc_request *request = e->request;
	struct dmarc *out = e->out;
	char domain[DNS_NAME_MAX];

	for (size_t i = 0; i < request->dkim_count && i < DMARC_IDENTIFIERS_MAX; i++)
		if (request->dkim[i].pass && !out->dkim_aligned &&
		    is_aligned(e, &request->dkim[i], out->dkim_strict, domain)) {
			out->dkim_aligned = true;
			copy(out->dkim_domain, domain);
		}
	if (request->spf.pass && is_aligned(e, &request->spf, out->spf_strict, domain)) {
		out->spf_aligned = true;
		copy(out->spf_domain, domain);
	}
}

/* Would it pass if what could not be asked had been answered? */
static void align_temperrors(struct evaluation *e)
{
	const struct dmarc_request *request = e->request;
	char domain[DNS_NAME_MAX];

	for (size_t i = 0; i < request->dkim_count && i < DMARC_IDENTIFIERS_MAX; i++)
		e->unknown |= request->dkim[i].temperror &&
		              is_aligned(e, &request->dkim[i], e->out->dkim_strict, domain);
	e->unknown |= request->spf.temperror &&
	              is_aligned(e, &request->spf, e->out->spf_strict, domain);
}

/* ---- policy (4.10.1) ---------------------------------------------------- */

/* Does the author's domain exist? Only NXDOMAIN says no (3.2.13, A.4). */
static enum dns_status existence(struct evaluation *e)
{
	const struct dns_answer *answer = lookups_ask(e->lookups, e->author, DNS_TXT);

	if (!answer) {
		e->waiting = true;
		return DNS_FAILED;
	}
	e->out->security = dns_security_least(e->out->security, answer->security);
	if (e->request->explain)
		buf_addf(e->request->explain, "%s: %s\n", e->author,
		         answer->status == DNS_NO_NAME  ? "does not exist, np= holds"
		         : answer->status == DNS_FAILED ? "nobody knows whether it exists"
		                                        : "exists, sp= holds");
	return answer->status;
}

/* t=y: one level below (4.7). */
static enum dmarc_policy lower(enum dmarc_policy policy)
{
	return policy == DMARC_P_REJECT ? DMARC_P_QUARANTINE : DMARC_P_NONE;
}

/* False: an answer is missing, or the policy depends on one that could not be had. */
static bool set_policy(struct evaluation *e)
{
	const struct dmarc_record *record = &e->policy.record;
	struct dmarc *out = e->out;
	bool known = true;

	out->policy = record->p;
	if (strcmp(e->policy.domain, e->author) != 0) {
		enum dns_status status = record->np == record->sp ? DNS_FOUND : existence(e);

		known = status != DNS_FAILED;
		out->policy = status == DNS_NO_NAME ? record->np : record->sp;
	}
	if (record->testing)
		out->policy = lower(out->policy);
	return known;
}

static void take_record(struct evaluation *e)
{
	const struct dmarc_record *record = &e->policy.record;
	struct dmarc *out = e->out;

	copy(out->policy_domain, e->policy.domain);
	if (e->policy.organization)
		copy(out->org_domain, e->policy.organization);
	out->dkim_strict = record->adkim_strict;
	out->spf_strict = record->aspf_strict;
	out->testing = record->testing;
}

/* ---- result (5.3.5, 5.3.6) ---------------------------------------------- */

static bool finish(struct evaluation *e, enum dmarc_result result, const char *reason)
{
	struct buf *explain = e->request->explain;

	e->out->result = result;
	e->out->reason = reason;
	if (explain)
		buf_addf(explain, "%s for %s%s%s\n", dmarc_word(result), e->author,
		         reason ? ": " : "", reason ? reason : "");
	return true;
}

static bool judge(struct evaluation *e)
{
	struct dmarc *out = e->out;
	bool known = set_policy(e);

	align_passes(e);
	if (e->waiting || !e->request->ready)
		return false;
	if (out->dkim_aligned || out->spf_aligned)
		return finish(e, DMARC_PASS, NULL);
	align_temperrors(e);
	if (e->waiting)
		return false;
	if (e->unknown)
		return finish(e, DMARC_TEMPERROR, "what could align was not answered in time");
	if (!known)
		return finish(e, DMARC_TEMPERROR, "nobody knows whether the author's domain exists");
	out->disposition = out->policy;
	return finish(e, DMARC_FAIL, "nothing that passed is aligned");
}

/* False: an answer is missing, or SPF and DKIM are not done. */
static bool evaluate(struct evaluation *e, const char *author)
{
	e->author = author;
	*e->out = (struct dmarc){ .result = DMARC_NONE };
	copy(e->out->from_domain, author);
	say(e, "policy for", author);
	/*
	 * At once, not one after the other: what is asked now can't be shut out by what a
	 * sender's own names answer later, or do not answer.
	 */
	if (!e->request->ready)
		dmarc_walk_ahead(author, e->lookups);
	if (!dmarc_discover(author, e->lookups, &e->policy, e->request->explain))
		return false;
	e->out->security = e->policy.security;
	if (e->policy.failed)
		return finish(e, DMARC_TEMPERROR, "the policy record could not be asked for");
	if (!e->policy.domain)
		return finish(e, DMARC_NONE, "no policy record");
	take_record(e);
	if (!e->policy.record.applies)
		return finish(e, DMARC_NONE, "the record has no valid policy and no rua=");
	return judge(e);
}

/* ---- several authors (11.5) --------------------------------------------- */

/* The higher, the more it says of the message as a whole. */
static int rank(const struct dmarc *d)
{
	switch (d->result) {
	case DMARC_FAIL: return 4 + (int)d->disposition;
	case DMARC_TEMPERROR: return 3;
	case DMARC_PERMERROR: return 2;
	case DMARC_NONE: return 1;
	case DMARC_PASS: break;
	}
	return 0;
}

/*
 * Some authors were not looked at, and any of them may fail and ask for the strictest there is.
 * Good mail has no such From; bad mail would have it, to get around a policy, were there less.
 */
static void suspect(const struct author *author, struct dmarc *out)
{
	if (out->result != DMARC_FAIL)
		*out = (struct dmarc){ .result = DMARC_FAIL, .reason = author->reason };
	out->disposition = DMARC_P_REJECT;
}

/* What the state of From makes of the worst that was found. */
static void limit(const struct author *author, struct dmarc *out)
{
	if (author->more) {
		suspect(author, out);
		return;
	}
	if (author->state == AUTHOR_SEVERAL && out->result == DMARC_PASS)
		out->reason = "authors of several domains, and each passes";
	if (author->state == AUTHOR_ONE || author->state == AUTHOR_SEVERAL ||
	    rank(out) > 1)
		return;
	*out = (struct dmarc){ .result = DMARC_NONE, .reason = author->reason };
}

bool dmarc_step(const struct dmarc_request *request, struct lookups *lookups,
                struct dmarc *out)
{
	const struct author *author = request->author;
	bool done = true;

	if (request->explain)
		buf_cut(request->explain, 0);
	if (request->explain && author->reason)
		buf_addf(request->explain, "From: %s\n", author->reason);
	*out = (struct dmarc){ .result = DMARC_NONE };
	for (size_t i = 0; author->state != AUTHOR_NONE && i < author->domains; i++) {
		struct dmarc one;
		struct evaluation e = { .request = request, .lookups = lookups, .out = &one };

		if (!evaluate(&e, author->domain[i]))
			done = false;
		else if (i == 0 || rank(&one) > rank(out))
			*out = one;
	}
	if (!done || !request->ready)
		return false;
	limit(author, out);
	return true;
}

const char *dmarc_word(enum dmarc_result result)
{
	switch (result) {
	case DMARC_NONE: break;
	case DMARC_PASS: return "pass";
	case DMARC_FAIL: return "fail";
	case DMARC_TEMPERROR: return "temperror";
	case DMARC_PERMERROR: return "permerror";
	}
	return "none";
}
