/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auth-json - the one object that `mailseal auth --json` prints */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "filter/auth-print.h"

/* Text that may come from anybody: what is not UTF-8 becomes `?`. NULL is null. */
static json_t *text(const char *value)
{
	json_t *json = value ? json_string(value) : json_null();

	if (json)
		return json;

	char *ascii = mem_strdup(value);

	for (char *p = ascii; *p; p++)
		if ((unsigned char)*p > 0x7e)
			*p = '?';
	json = json_string(ascii);
	free(ascii);
	return json;
}

/* "" is null. */
static json_t *text_if_any(const char *value)
{
	return text(*value ? value : NULL);
}

static json_t *security(enum dns_security value)
{
	return text(dns_security_word(value));
}

static json_t *number_if(bool is_there, uint64_t value)
{
	return is_there ? json_integer((json_int_t)value) : json_null();
}

static json_t *spf_json(const struct spf *spf)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}",
		"result", spf_word(spf->result), "reason", text(spf->reason),
		"identity", text(spf->domain ? spf_identity_word(spf->identity) : NULL),
		"domain", text(spf->domain),
		"explanation", text(spf->explanation),
		"dnssec", security(spf->security));
}

/* Why; of a pass, what it leaves open. */
static void add_reason(const struct dkim_signature *s, struct buf *out)
{
	struct { bool holds; const char *words; } const notes[] = {
		{ s->weak_key, "weak key" },
		{ s->testing, "key in testing" },
		{ s->partial_body, "text follows the signed part of the body" },
		{ s->added, "an unsigned field stands above a signed one" },
	};

	if (s->reason)
		buf_adds(out, s->reason);
	for (size_t i = 0; s->result == DKIM_PASS && i < sizeof notes / sizeof *notes; i++)
		if (notes[i].holds)
			buf_addf(out, "%s%s", out->len ? "; " : "", notes[i].words);
}

static json_t *signature_json(const struct dkim_signature *s)
{
	struct buf reason = BUF_INIT;
	json_t *json;

	add_reason(s, &reason);
	json = json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o}",
		"domain", text(s->domain), "selector", text(s->selector),
		"algorithm", text(s->algorithm),
		"key_bits", number_if(s->key_bits > 0, s->key_bits),
		"result", dkim_word(s->result), "reason", text_if_any(buf_str(&reason)),
		"dnssec", security(s->security),
		"body_length", number_if(s->has_length, s->body_length));
	buf_free(&reason);
	return json;
}

static json_t *dkim_json(const struct dkim *dkim)
{
	json_t *all = json_array();

	for (size_t i = 0; dkim && i < dkim_count(dkim); i++)
		json_array_append_new(all, signature_json(dkim_get(dkim, i)));
	return all;
}

static json_t *arc_json(const struct arc *arc)
{
	const size_t count = arc ? arc_count(arc) : 0;
	json_t *sealers = json_array();

	for (size_t i = 1; i <= count; i++) {
		const struct arc_set *set = arc_get(arc, i);

		if (set && set->domain)
			json_array_append_new(sealers, text(set->domain));
	}
	return json_pack("{s:s, s:o, s:o}", "result", arc_word(arc ? arc_result(arc) : ARC_NONE),
		"instance", number_if(count > 0, count), "sealers", sealers);
}

static json_t *dmarc_json(const struct verify *verify)
{
	const struct dmarc *d = &verify->dmarc;
	const bool found = d->policy_domain[0];
	const enum dmarc_policy disposition = verify->rescued_by ? DMARC_P_NONE
	                                                         : d->disposition;

	return json_pack("{s:s, s:o, s:o, s:o, s:s, s:b, s:b, s:b}",
		"result", dmarc_word(d->result),
		"from_domain", text_if_any(d->from_domain),
		"policy_domain", text_if_any(d->policy_domain),
		"policy", text(found ? dmarc_policy_word(d->policy) : NULL),
		"disposition", dmarc_policy_word(disposition),
		"dkim_aligned", d->dkim_aligned, "spf_aligned", d->spf_aligned,
		"testing", d->testing);
}

static json_t *iprev_json(const struct authentication *a)
{
	const struct iprev *iprev = &a->verify.iprev;

	return json_pack("{s:s, s:o, s:o, s:o, s:o}",
		"result", iprev_word(iprev->result),
		"address", text(a->client.address), "name", text_if_any(iprev->name),
		"reason", text(iprev->reason), "dnssec", security(iprev->security));
}

/* The lines of a section as a list. */
static json_t *lines_json(const struct buf *lines)
{
	json_t *list = json_array();

	for (const char *at = buf_str(lines), *lf; (lf = strchr(at, '\n')); at = lf + 1)
		json_array_append_new(list, json_stringn(at, (size_t)(lf - at)));
	return list;
}

static json_t *explain_json(const struct buf section[AUTH_SECTIONS])
{
	json_t *all = json_object();

	for (int i = 0; i < AUTH_SECTIONS; i++)
		json_object_set_new(all, auth_section_word((enum auth_section)i),
		                    lines_json(&section[i]));
	return all;
}

json_t *auth_json(const struct authentication *a, const char *authserv_id,
                  const struct buf section[AUTH_SECTIONS])
{
	json_t *all = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"authserv_id", text(authserv_id),
		"spf", spf_json(&a->verify.spf), "dkim", dkim_json(a->verify.dkim),
		"arc", arc_json(a->verify.arc), "dmarc", dmarc_json(&a->verify),
		"iprev", iprev_json(a), "header", text(results_field(a->results)));

	if (section)
		json_object_set_new(all, "explain", explain_json(section));
	return all;
}
