/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * auth-explain - check by check: what was looked up, what came back, why the result
 *
 * Each section begins with what it came to; what the evaluator said on its way follows.
 */
#include <config.h>

#include <arpa/inet.h>
#include <string.h>

#include "filter/auth-print.h"

#define RECORDS_SHOWN 8     /* of one answer */
#define RECORD_SHOWN 120    /* bytes of one record */
#define LINES_SHOWN_MAX ((size_t)256 * 1024) /* bytes of one section */

const char *auth_section_word(enum auth_section section)
{
	static const char *const words[AUTH_SECTIONS] = {
		"envelope", "spf", "dkim", "arc", "dmarc", "iprev", "lookups",
	};

	return words[section];
}

/* Printable ASCII as it is, all else as \xNN, so that nothing reaches a terminal but text. */
static void add_escaped(struct buf *out, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == '\\')
			buf_adds(out, "\\\\");
		else if (c >= ' ' && c < 0x7f)
			buf_addc(out, (char)c);
		else
			buf_addf(out, "\\x%02x", c);
	}
}

static void add_text(struct buf *out, const char *text)
{
	add_escaped(out, text ? text : "-", strlen(text ? text : "-"));
}

/* What an evaluator wrote: lines. */
static void add_lines(struct buf *out, const struct buf *lines)
{
	const char *at = buf_str(lines), *end = at + lines->len;

	while (at < end && out->len < LINES_SHOWN_MAX) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *stop = lf ? lf : end;

		add_escaped(out, at, (size_t)(stop - at));
		buf_addc(out, '\n');
		at = lf ? lf + 1 : end;
	}
}

static void add_security(struct buf *out, enum dns_security security)
{
	const char *word = dns_security_word(security);

	buf_addf(out, ", DNSSEC %s", word ? word : "unknown");
}

/* ---- each check ----------------------------------------------------------- */

static void explain_envelope(struct buf *out, const struct authentication *a,
                             const char *sender)
{
	static const char unknown[] = "not known";

	buf_adds(out, "client address ");
	add_text(out, a->client.address ? a->client.address : unknown);
	buf_adds(out, "\nclient name ");
	add_text(out, a->client.name ? a->client.name : unknown);
	buf_adds(out, "\nHELO ");
	add_text(out, a->client.helo ? a->client.helo : unknown);
	buf_adds(out, "\nenvelope sender ");
	if (sender)
		buf_addc(out, '<');
	add_text(out, sender ? sender : unknown);
	buf_adds(out, sender ? ">\n" : "\n");
}

static void explain_spf(struct buf *out, const struct spf *spf)
{
	buf_addf(out, "result %s", spf_word(spf->result));
	if (spf->domain) {
		buf_addf(out, ", %s ", spf_identity_word(spf->identity));
		add_text(out, spf->domain);
		add_security(out, spf->security);
	}
	buf_addc(out, '\n');
	if (spf->explanation) {
		buf_adds(out, "the domain explains: ");
		add_text(out, spf->explanation);
		buf_addc(out, '\n');
	}
}

/* What a signature that passes does not say. */
static void add_notes(struct buf *out, size_t number, const struct dkim_signature *s)
{
	if (s->weak_key)
		buf_addf(out, "signature %zu: the key is weak\n", number);
	if (s->testing)
		buf_addf(out, "signature %zu: the key is in testing\n", number);
	if (s->partial_body)
		buf_addf(out, "signature %zu: of the body only %ju bytes are signed\n",
		         number, (uintmax_t)s->body_length);
	if (s->added) {
		buf_addf(out, "signature %zu: it does not sign all fields named ", number);
		add_text(out, s->added);
		buf_addc(out, '\n');
	}
}

static void explain_dkim(struct buf *out, const struct dkim *dkim)
{
	size_t count = dkim_count(dkim);

	buf_addf(out, "%zu signatures\n", count + dkim_left_out(dkim));
	for (size_t i = 0; i < count; i++)
		add_notes(out, i + 1, dkim_get(dkim, i));
}

static void explain_arc(struct buf *out, const struct arc *arc)
{
	buf_addf(out, "result %s, %zu sets", arc_word(arc_result(arc)), arc_count(arc));
	if (arc_count(arc))
		add_security(out, arc_security(arc));
	buf_addc(out, '\n');
}

static void add_alignment(struct buf *out, const char *method, bool aligned,
                          bool strict, const char *domain)
{
	buf_addf(out, "%s (%s): %s", method, strict ? "strict" : "relaxed",
	         aligned ? "aligned, " : "nothing aligned");
	if (aligned)
		add_text(out, domain);
	buf_addc(out, '\n');
}

static void explain_dmarc(struct buf *out, const struct verify *verify)
{
	const struct dmarc *d = &verify->dmarc;

	buf_addf(out, "result %s, author domain ", dmarc_word(d->result));
	add_text(out, d->from_domain[0] ? d->from_domain : NULL);
	if (d->policy_domain[0])
		add_security(out, d->security);
	buf_addc(out, '\n');
	if (d->policy_domain[0]) {
		buf_addf(out, "policy %s%s, record at ", dmarc_policy_word(d->policy),
		         d->testing ? " (in testing)" : "");
		add_text(out, d->policy_domain);
		if (d->org_domain[0]) {
			buf_adds(out, ", organizational domain ");
			add_text(out, d->org_domain);
		}
		buf_addc(out, '\n');
		add_alignment(out, "dkim", d->dkim_aligned, d->dkim_strict, d->dkim_domain);
		add_alignment(out, "spf", d->spf_aligned, d->spf_strict, d->spf_domain);
	}
	if (verify->rescued_by) {
		buf_adds(out, "a trusted sealer saw it pass: ");
		add_text(out, verify->rescued_by);
		buf_addc(out, '\n');
	}
}

static void explain_iprev(struct buf *out, const struct authentication *a)
{
	const struct iprev *iprev = &a->verify.iprev;

	buf_addf(out, "result %s", iprev_word(iprev->result));
	if (iprev->name[0]) {
		buf_adds(out, ", ");
		add_text(out, iprev->name);
	}
	if (a->client.address)
		add_security(out, iprev->security);
	buf_addc(out, '\n');
}

/* ---- lookups -------------------------------------------------------------- */

static void add_record(struct buf *out, enum dns_type type,
                       const struct dns_record *record)
{
	char text[INET6_ADDRSTRLEN];
	size_t shown = record->len < RECORD_SHOWN ? record->len : RECORD_SHOWN;

	if ((type == DNS_A && record->len == 4) || (type == DNS_AAAA && record->len == 16)) {
		buf_adds(out, inet_ntop(type == DNS_A ? AF_INET : AF_INET6,
		                        record->data, text, sizeof text));
		return;
	}
	if (type == DNS_MX)
		buf_addf(out, "%u ", record->preference);
	buf_addc(out, '"');
	add_escaped(out, record->data, shown);
	buf_addc(out, '"');
	if (shown < record->len)
		buf_addf(out, "... (%zu bytes)", record->len);
}

static void add_answer(struct buf *out, enum dns_type type,
                       const struct dns_answer *answer)
{
	static const char *const words[] = {
		[DNS_FOUND] = "found", [DNS_NO_DATA] = "no record of this type",
		[DNS_NO_NAME] = "no such name", [DNS_FAILED] = "failed",
	};

	buf_adds(out, words[answer->status]);
	add_security(out, answer->security);
	if (answer->status == DNS_FAILED && answer->why) {
		buf_adds(out, ": ");
		add_text(out, answer->why);
	}
	for (size_t i = 0; i < answer->count && i < RECORDS_SHOWN; i++) {
		buf_adds(out, i ? ", " : ": ");
		add_record(out, type, &answer->record[i]);
	}
	if (answer->count > RECORDS_SHOWN)
		buf_addf(out, ", and %zu more", answer->count - RECORDS_SHOWN);
}

static void explain_lookups(struct buf *out, const struct lookups *lookups)
{
	for (size_t i = 0; i < lookups_count(lookups); i++) {
		const struct lookup l = lookups_get(lookups, i);

		buf_addf(out, "%s ", dns_type_word(l.type));
		add_text(out, *l.name ? l.name : ".");
		buf_adds(out, ": ");
		if (l.answer)
			add_answer(out, l.type, l.answer);
		else
			buf_adds(out, "not answered");
		buf_addc(out, '\n');
	}
}

/* ---- all of it ------------------------------------------------------------ */

void auth_explain(const struct authentication *a, const char *sender,
                  struct buf section[AUTH_SECTIONS])
{
	static const enum auth_section of_method[VERIFY_METHODS] = {
		[VERIFY_SPF] = AUTH_SPF, [VERIFY_DKIM] = AUTH_DKIM,
		[VERIFY_ARC] = AUTH_ARC, [VERIFY_DMARC] = AUTH_DMARC,
		[VERIFY_IPREV] = AUTH_IPREV,
	};
	const struct verify *v = &a->verify;

	explain_envelope(&section[AUTH_ENVELOPE], a, sender);
	if (!a->verified) {
		for (int i = AUTH_SPF; i < AUTH_SECTIONS; i++)
			buf_adds(&section[i], "not verified here: there is no resolver to ask\n");
		return;
	}
	explain_spf(&section[AUTH_SPF], &v->spf);
	explain_dkim(&section[AUTH_DKIM], v->dkim);
	explain_arc(&section[AUTH_ARC], v->arc);
	explain_dmarc(&section[AUTH_DMARC], v);
	explain_iprev(&section[AUTH_IPREV], a);
	for (int i = 0; i < VERIFY_METHODS; i++)
		add_lines(&section[of_method[i]], &v->explain[i]);
	explain_lookups(&section[AUTH_LOOKUPS], v->lookups);
}
