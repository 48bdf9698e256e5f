/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spf-check - check_host(), the function of RFC 7208 section 4 */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/spf-check.h"

#define SHOWN 80 /* bytes of a term that are repeated */

/* ---- what is said ------------------------------------------------------------- */

static int shown(struct spf_slice term)
{
	return term.len < SHOWN ? (int)term.len : SHOWN;
}

/* Names may hold any byte; what is said of them goes to terminals and header fields. */
__attribute__((format(printf, 2, 0)))
static void add_printable(struct buf *out, const char *fmt, va_list ap)
{
	char line[1024];

	vsnprintf(line, sizeof line, fmt, ap);
	for (char *p = line; *p; p++)
		buf_addc(out, *p >= ' ' && *p <= '~' ? *p : '?');
}

void spf_explain(struct spf_check *c, const char *fmt, ...)
{
	va_list ap;

	if (!c->explain)
		return;
	for (unsigned i = 0; i < c->depth; i++)
		buf_adds(c->explain, "  ");
	va_start(ap, fmt);
	add_printable(c->explain, fmt, ap);
	va_end(ap);
	buf_addc(c->explain, '\n');
}

void spf_reason(struct spf_check *c, const char *fmt, ...)
{
	va_list ap;

	buf_cut(&c->reason, 0);
	va_start(ap, fmt);
	add_printable(&c->reason, fmt, ap);
	va_end(ap);
}

enum spf_match spf_stop(struct spf_check *c, enum spf_result result, const char *fmt, ...)
{
	va_list ap;

	buf_cut(&c->reason, 0);
	va_start(ap, fmt);
	add_printable(&c->reason, fmt, ap);
	va_end(ap);
	c->stopped = result;
	return SPF_STOP;
}

static void explain_answer(struct spf_check *c, const char *name, enum dns_type type,
                           const struct dns_answer *answer)
{
	const char *security = dns_security_word(answer->security);

	switch (answer->status) {
	case DNS_FOUND:
		spf_explain(c, "  %s of %s: %zu found, %s", dns_type_word(type), name, answer->count,
		            security ? security : "not validated");
		break;
	case DNS_NO_DATA:
		spf_explain(c, "  %s of %s: none there", dns_type_word(type), name);
		break;
	case DNS_NO_NAME:
		spf_explain(c, "  %s of %s: no such name", dns_type_word(type), name);
		break;
	case DNS_FAILED:
		spf_explain(c, "  %s of %s: %s", dns_type_word(type), name,
		            answer->why ? answer->why : "failed");
		break;
	}
}

const struct dns_answer *spf_ask(struct spf_check *c, const char *name, enum dns_type type)
{
	const struct dns_answer *answer = lookups_ask(c->lookups, name, type);

	if (!answer) {
		c->waiting = true;
		return NULL;
	}
	c->security = dns_security_least(c->security, answer->security);
	explain_answer(c, name, type, answer);
	if (answer->status != DNS_FAILED)
		return answer;
	spf_stop(c, SPF_TEMPERROR, "%s of %s: %s%s", dns_type_word(type), name,
	         answer->security == DNS_BOGUS ? "bogus (DNSSEC): " : "",
	         answer->why ? answer->why : "failed");
	return NULL;
}

/* ---- directives ----------------------------------------------------------------- */

static enum spf_match count_term(struct spf_check *c)
{
	if (++c->terms > SPF_LOOKUPS_MAX)
		return spf_stop(c, SPF_PERMERROR, "more than %d terms that need the DNS",
		                SPF_LOOKUPS_MAX);
	return SPF_MATCH;
}

/* check_host of the name that a domain-spec makes: SPF_MATCH and *result, or as spf_target. */
static enum spf_match check_other(struct spf_check *c, struct spf_slice domain_spec,
                                  enum spf_result *result)
{
	char name[DNS_NAME_MAX];
	enum spf_match match = spf_target(c, domain_spec, name);

	if (match != SPF_MATCH)
		return match;
	c->depth++;
	*result = spf_check_host(c, name);
	c->depth--;
	return c->waiting ? SPF_STOP : SPF_MATCH;
}

/* RFC 7208 5.2 */
static enum spf_match include(struct spf_check *c, const struct spf_directive *d)
{
	enum spf_result result;
	enum spf_match match = check_other(c, d->domain_spec, &result);

	if (match != SPF_MATCH)
		return match;
	switch (result) {
	case SPF_PASS: return SPF_MATCH;
	case SPF_FAIL:
	case SPF_SOFTFAIL:
	case SPF_NEUTRAL: return SPF_NO_MATCH;
	case SPF_TEMPERROR:
	case SPF_PERMERROR: c->stopped = result; return SPF_STOP;
	case SPF_NONE: break;
	}
	return spf_stop(c, SPF_PERMERROR, "%.*s: no SPF record there", shown(d->text), d->text.at);
}

static enum spf_match match_directive(struct spf_check *c, const struct spf_directive *d)
{
	switch (d->mechanism) {
	case SPF_ALL: return SPF_MATCH;
	case SPF_IP4:
	case SPF_IP6:
		return ip_within(&c->values.ip, &d->network, spf_directive_prefix(d, &c->values.ip))
		               ? SPF_MATCH : SPF_NO_MATCH;
	case SPF_INCLUDE:
		return count_term(c) == SPF_MATCH ? include(c, d) : SPF_STOP;
	case SPF_A:
	case SPF_MX:
	case SPF_PTR:
	case SPF_EXISTS: break;
	}
	return count_term(c) == SPF_MATCH ? spf_mechanism_look_up(c, d) : SPF_STOP;
}

/* RFC 7208 4.6.2 */
static enum spf_result result_of(char qualifier)
{
	switch (qualifier) {
	case '-': return SPF_FAIL;
	case '~': return SPF_SOFTFAIL;
	case '?': return SPF_NEUTRAL;
	}
	return SPF_PASS;
}

/* RFC 7208 6.1 */
static enum spf_result redirect(struct spf_check *c, struct spf_slice domain_spec)
{
	enum spf_result result = SPF_NONE;

	spf_explain(c, "redirect=%.*s", shown(domain_spec), domain_spec.at);
	if (count_term(c) == SPF_STOP || check_other(c, domain_spec, &result) == SPF_STOP)
		return c->stopped;
	if (result != SPF_NONE)
		return result;
	spf_stop(c, SPF_PERMERROR, "redirect=%.*s: no SPF record there", shown(domain_spec),
	         domain_spec.at);
	return SPF_PERMERROR;
}

static enum spf_result evaluate(struct spf_check *c, const struct spf_record *record)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct spf_directive *d = &record->directive[i];
		enum spf_match match = match_directive(c, d);

		if (match == SPF_STOP)
			return c->stopped;
		spf_explain(c, "%.*s: %s", shown(d->text), d->text.at,
		            match == SPF_MATCH ? "matches" : "no match");
		if (match == SPF_NO_MATCH)
			continue;
		spf_reason(c, "%.*s of %s matched", shown(d->text), d->text.at, c->values.domain);
		c->explanation = record->explanation;
		snprintf(c->explanation_domain, sizeof c->explanation_domain, "%s", c->values.domain);
		return result_of(d->qualifier);
	}
	if (record->redirect.len)
		return redirect(c, record->redirect);
	spf_reason(c, "nothing in the record of %s matched", c->values.domain);
	return SPF_NEUTRAL; /* 4.7 */
}

/* ---- records ------------------------------------------------------------------------ */

/* RFC 7208 4.5: the one record among the answers; NULL: *result is why not. */
static const struct dns_record *select_record(struct spf_check *c, const struct dns_answer *answer,
                                              enum spf_result *result)
{
	const struct dns_record *found = NULL;

	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_record *r = &answer->record[i];

		if (!spf_record_is(r->data, r->len))
			continue;
		if (found) {
			*result = SPF_PERMERROR;
			spf_reason(c, "%s has several SPF records", c->values.domain);
			return NULL;
		}
		found = r;
	}
	if (!found) {
		*result = SPF_NONE;
		spf_reason(c, "%s has no SPF record", c->values.domain);
	}
	return found;
}

static enum spf_result evaluate_text(struct spf_check *c, const struct dns_record *text)
{
	struct spf_record record;
	struct buf why = BUF_INIT;
	enum spf_result result = SPF_PERMERROR;

	if (spf_record_parse(text->data, text->len, &record, &why)) {
		spf_explain(c, "record of %s: %s", c->values.domain, text->data);
		result = evaluate(c, &record);
	} else {
		spf_reason(c, "record of %s: %s", c->values.domain, buf_str(&why));
	}
	spf_record_free(&record);
	buf_free(&why);
	return result;
}

bool spf_domain_checkable(const char *domain)
{
	const char *dot = strrchr(domain, '.');

	return dns_name_valid(domain) && dot && dot[1] && *domain != '[';
}

static enum spf_result check_domain(struct spf_check *c)
{
	const struct dns_record *text;
	const struct dns_answer *answer;
	enum spf_result result = SPF_NONE;

	if (!spf_domain_checkable(c->values.domain)) {
		spf_reason(c, "%s is no domain that can be asked", c->values.domain);
		return SPF_NONE;
	}
	answer = spf_ask(c, c->values.domain, DNS_TXT);
	if (!answer)
		return SPF_TEMPERROR;
	text = select_record(c, answer, &result);
	if (text)
		result = evaluate_text(c, text);
	return result;
}

enum spf_result spf_check_host(struct spf_check *c, const char *domain)
{
	const char *outer = c->values.domain;
	enum spf_result result;

	c->values.domain = domain;
	result = check_domain(c);
	c->values.domain = outer;
	if (!c->waiting && c->depth)
		spf_explain(c, "%s of %s: %s", spf_word(result), domain, buf_str(&c->reason));
	return result;
}
