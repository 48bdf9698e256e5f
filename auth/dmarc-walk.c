/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dmarc-walk - the DNS tree walk (RFC 9989 4.10) */
#include <config.h>

#include <string.h>

#include "auth/dmarc-walk.h"

#define EXPLAIN_TEXT_MAX 256 /* bytes of a record that are shown */

/* ---- in words ----------------------------------------------------------- */

static void explain_text(struct buf *explain, const struct dns_record *record)
{
	buf_addc(explain, '"');
	for (size_t i = 0; i < record->len && i < EXPLAIN_TEXT_MAX; i++) {
		char c = record->data[i];

		buf_addc(explain, c >= ' ' && c <= '~' ? c : '?');
	}
	buf_adds(explain, record->len > EXPLAIN_TEXT_MAX ? "...\"" : "\"");
}

static void explain_query(struct buf *explain, const char *domain,
                          const struct dns_answer *answer, size_t records,
                          const struct dns_record *taken)
{
	const char *security = dns_security_word(answer->security);

	buf_addf(explain, "_dmarc.%s TXT%s%s: ", domain, security ? ", " : "",
	         security ? security : "");
	if (answer->status == DNS_FAILED)
		buf_adds(explain, answer->why ? answer->why : "no answer");
	else if (answer->status == DNS_NO_NAME)
		buf_adds(explain, "does not exist");
	else if (records == 0)
		buf_adds(explain, "no DMARC record");
	else if (records > 1)
		buf_addf(explain, "%zu DMARC records, so none counts", records);
	else if (taken)
		explain_text(explain, taken);
	else
		buf_adds(explain, "a record that is none: too long, too many tags, or one stands twice");
	buf_addc(explain, '\n');
}

/* ---- walk --------------------------------------------------------------- */

static size_t labels(const char *domain)
{
	size_t count = 1;

	for (; *domain; domain++)
		count += *domain == '.';
	return count;
}

static const char *parent(const char *domain)
{
	const char *dot = strchr(domain, '.');

	return dot ? dot + 1 : NULL;
}

/* Steps 3, 4 and 7. NULL: there are no more. */
static const char *next_target(const char *domain, bool first)
{
	domain = parent(domain);
	while (first && domain && labels(domain) > DMARC_LABELS_MAX)
		domain = parent(domain);
	return domain;
}

/* Steps 2 and 6: the one record that is left, or NULL. */
static const struct dns_record *one_record(const struct dns_answer *answer,
                                           struct dmarc_record *record, size_t *records)
{
	const struct dns_record *one = NULL;

	*records = 0;
	for (size_t i = 0; i < answer->count; i++) {
		if (!dmarc_record_is(answer->record[i].data, answer->record[i].len))
			continue;
		one = &answer->record[i];
		++*records;
	}
	return *records == 1 && dmarc_record_parse(one->data, one->len, record) ? one : NULL;
}

static const struct dns_answer *ask(const char *domain, struct lookups *lookups)
{
	char name[sizeof "_dmarc." + DNS_NAME_MAX] = "_dmarc.";

	memcpy(name + strlen(name), domain, strlen(domain) + 1);
	return lookups_ask(lookups, name, DNS_TXT);
}

/* One name of the walk. False: the answer is missing. place->text is NULL without a record. */
static bool look(struct dmarc_walk *walk, const char *domain, struct lookups *lookups,
                 struct dmarc_place *place, struct buf *explain)
{
	const struct dns_answer *answer = ask(domain, lookups);
	struct dmarc_record record;
	size_t records;

	if (!answer)
		return false;
	*place = (struct dmarc_place){ .domain = domain };
	place->text = one_record(answer, &record, &records);
	if (place->text)
		place->psd = record.psd;
	walk->failed = answer->status == DNS_FAILED;
	walk->security = dns_security_least(walk->security, answer->security);
	if (explain)
		explain_query(explain, domain, answer, records, place->text);
	return true;
}

/* Up from the domain; with only_own not beyond it when it has a record. */
static bool walk_up(const char *domain, bool only_own, struct lookups *lookups,
                    struct dmarc_walk *out, struct buf *explain)
{
	*out = (struct dmarc_walk){ .start = domain };
	for (const char *at = domain; at; at = next_target(at, at == domain)) {
		struct dmarc_place place;

		if (!look(out, at, lookups, &place, explain))
			return false;
		if (out->failed)
			return true;
		if (!place.text)
			continue;
		out->found[out->count++] = place;
		if (place.psd != DMARC_PSD_UNSET || (only_own && at == domain))
			return true;
	}
	return true;
}

bool dmarc_walk(const char *domain, struct lookups *lookups,
                struct dmarc_walk *out, struct buf *explain)
{
	return walk_up(domain, false, lookups, out, explain);
}

void dmarc_walk_ahead(const char *domain, struct lookups *lookups)
{
	for (const char *at = domain; at; at = next_target(at, at == domain))
		ask(at, lookups);
	if (labels(domain) > 2) /* else sp= and np= are hardly ever for it */
		lookups_ask(lookups, domain, DNS_TXT);
}

/* The domain one label below another, which is not start, on the way to it. */
static const char *below(const char *start, const char *domain)
{
	domain--;
	while (domain > start && domain[-1] != '.')
		domain--;
	return domain;
}

const char *dmarc_walk_organization(const struct dmarc_walk *walk)
{
	const struct dmarc_place *last;

	if (walk->failed)
		return NULL;
	if (walk->count == 0)
		return walk->start;
	/* The walk stopped at psd=, so only the last record can have it. */
	last = &walk->found[walk->count - 1];
	if (last->psd == DMARC_PSD_YES && last->domain != walk->start)
		return below(walk->start, last->domain);
	return last->domain;
}

/* ---- policy ------------------------------------------------------------- */

/* The author's own record, else the Organizational Domain's, else the public suffix's. */
static const struct dmarc_place *choose(const struct dmarc_walk *walk)
{
	const char *organization = dmarc_walk_organization(walk);

	if (walk->count == 0)
		return NULL;
	if (walk->found[0].domain == walk->start)
		return &walk->found[0];
	for (size_t i = 0; i < walk->count; i++)
		if (walk->found[i].domain == organization)
			return &walk->found[i];
	return &walk->found[walk->count - 1];
}

bool dmarc_discover(const char *domain, struct lookups *lookups,
                    struct dmarc_discovery *out, struct buf *explain)
{
	const struct dmarc_place *place;
	struct dmarc_walk walk;

	if (!walk_up(domain, true, lookups, &walk, explain))
		return false;
	memset(out, 0, sizeof *out);
	out->failed = walk.failed;
	out->security = walk.security;
	place = walk.failed ? NULL : choose(&walk);
	if (place && dmarc_record_parse(place->text->data, place->text->len, &out->record))
		out->domain = place->domain;
	if (place && place->domain != domain)
		out->organization = dmarc_walk_organization(&walk);
	return true;
}
