/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * suite-dmarc - cases of DMARC: records, discovery, alignment, policy
 *
 * Each kind of case makes an object of what we say; each member that the case expects must
 * be in it and equal.  RFC 9989's expectation stands where a case has one.  What is not
 * counted is said in a line of its own: what is about reports, and a case whose note says that it
 * is disputed, or that RFC 9989 differs, if we differ from it.  A linter's warnings
 * (`warns`) are not compared.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites/suite.h"

#include "auth/dmarc-uri.h"
#include "auth/dmarc-walk.h"
#include "auth/verify.h"
#include "base/mem.h"
#include "tests/unit/spools.h"

#define COUNT(a) (sizeof a / sizeof a[0])

#define NOW 1795600000 /* of messages that do not say when they came */

static const struct deadline never = { 0 };

/* ---- zone --------------------------------------------------------------- */

static void add_records(struct zone *zone, const char *name, const char *type,
                        const json_t *records)
{
	const json_t *record;
	size_t i;

	json_array_foreach(records, i, record) {
		if (strcmp(type, "TXT") == 0)
			suite_txt(zone, name, record);
		else if (strcmp(type, "MX") == 0)
			zone_host(zone, name, DNS_MX, suite_text(record, "host"), 10);
		else if (strcmp(type, "NS") == 0)
			zone_host(zone, name, DNS_NS, json_string_value(record), 0);
		else if (strcmp(type, "PTR") == 0)
			zone_host(zone, name, DNS_PTR, json_string_value(record), 0);
		else
			zone_address(zone, name, json_string_value(record));
	}
}

static struct zone *read_zone(const json_t *dns)
{
	struct zone *zone = zone_new();
	const char *name, *type;
	json_t *types, *records;

	json_object_foreach((json_t *)dns, name, types) {
		if (json_object_get(types, "rcode")) {
			zone_fails(zone, name, 0, suite_text(types, "rcode"));
			continue;
		}
		zone_name(zone, name);
		json_object_foreach(types, type, records)
			add_records(zone, name, type, records);
	}
	return zone;
}

/* ---- what we say -------------------------------------------------------- */

static void set(json_t *out, const char *key, const char *text)
{
	json_object_set_new(out, key, text ? json_string(text) : json_null());
}

static void set_bool(json_t *out, const char *key, bool value)
{
	json_object_set_new(out, key, json_boolean(value));
}

/* The options of fo= in one order. */
static void set_fo(json_t *out, const struct tag *tag)
{
	struct buf text = BUF_INIT;

	for (const char *letter = "01ds"; *letter; letter++)
		for (size_t i = 0; tag && i < tag->value_len; i++)
			if ((tag->value[i] | 0x20) == *letter)
				buf_addf(&text, "%s%c", text.len ? ":" : "", *letter);
	set(out, "fo", text.len ? buf_str(&text) : "0");
	buf_free(&text);
}

static json_t *uris(const struct tag *tag)
{
	json_t *list = json_array();
	struct dmarc_uri uri;
	size_t at = 0;

	while (tag && dmarc_uri_next(tag, &at, &uri)) {
		struct buf address = BUF_INIT;

		if (dmarc_uri_address(&uri, &address))
			json_array_append_new(list, json_pack("[s,I]", buf_str(&address),
			                                      (json_int_t)uri.limit));
		buf_free(&address);
	}
	return list;
}

/* Tags that RFC 9989 dropped: a number, or the text. */
static void set_dropped(json_t *out, const struct dmarc_record *record, const char *name)
{
	const struct tag *tag = dmarc_record_tag(record, name);
	uint64_t number;

	if (tag)
		json_object_set_new(out, name,
		                    tag_number(tag, &number)
		                    ? json_integer((json_int_t)number)
		                    : json_stringn(tag->value, tag->value_len));
}

static void set_record(json_t *out, const struct dmarc_record *record)
{
	set(out, "v", "DMARC1");
	set(out, "p", dmarc_policy_word(record->p));
	set(out, "sp", dmarc_policy_word(record->sp));
	set(out, "np", dmarc_policy_word(record->np));
	set(out, "adkim", record->adkim_strict ? "s" : "r");
	set(out, "aspf", record->aspf_strict ? "s" : "r");
	set(out, "psd", record->psd == DMARC_PSD_YES ? "y" :
	                record->psd == DMARC_PSD_NO ? "n" : "u");
	set(out, "t", record->testing ? "y" : "n");
	set_fo(out, dmarc_record_tag(record, "fo"));
	json_object_set_new(out, "rua", uris(dmarc_record_tag(record, "rua")));
	json_object_set_new(out, "ruf", uris(dmarc_record_tag(record, "ruf")));
	set_dropped(out, record, "pct");
	set_dropped(out, record, "ri");
}

static json_t *queries(const struct lookups *lookups)
{
	json_t *list = json_array();

	for (size_t i = 0; i < lookups_count(lookups); i++)
		if (strncmp(lookups_get(lookups, i).name, "_dmarc.", 7) == 0)
			json_array_append_new(list, json_string(lookups_get(lookups, i).name));
	return list;
}

/* The Organizational Domain of a domain; the caller frees. NULL: it could not be found out. */
static char *organization(struct zone *zone, struct lookups *lookups, const char *domain)
{
	struct dmarc_walk walk;
	const char *found;

	while (!dmarc_walk(domain, lookups, &walk, NULL))
		zone_wait(zone, lookups, never);
	found = dmarc_walk_organization(&walk);
	return found ? mem_strdup(found) : NULL;
}

/* ---- kinds -------------------------------------------------------------- */

static bool notes(const json_t *item, const char *words)
{
	return strstr(suite_text(item, "note"), words) != NULL;
}

static json_t *run_record(const struct suite *suite, const json_t *item, struct zone *zone)
{
	const char *text = suite_text(item, "txt");
	struct dmarc_record record;
	json_t *out = json_object();
	bool valid = dmarc_record_parse(text, strlen(text), &record) && record.applies;

	(void)suite;
	(void)zone;
	if (valid)
		set_record(out, &record);
	if (valid && notes(item, "lint verdict"))
		valid = !record.flawed;
	set_bool(out, "valid", valid);
	return out;
}

static json_t *run_tag_value(const struct suite *suite, const json_t *item, struct zone *zone)
{
	const char *name = suite_text(item, "tag"), *value = suite_text(item, "value");
	const struct tag tag = { name, value, strlen(name), strlen(value) };
	json_t *out = json_object();

	(void)suite;
	(void)zone;
	set_bool(out, "valid", dmarc_tag_valid(&tag));
	return out;
}

static json_t *run_report_uri(const struct suite *suite, const json_t *item, struct zone *zone)
{
	const char *text = suite_text(item, "uri");
	const struct tag tag = { "rua", text, 3, strlen(text) };
	struct buf address = BUF_INIT;
	json_t *out = json_object();
	struct dmarc_uri uri = { 0 };
	size_t at = 0;

	(void)suite;
	(void)zone;
	dmarc_uri_next(&tag, &at, &uri);
	set_bool(out, "valid", uri.valid);
	set_bool(out, "has_limit", uri.has_limit);
	json_object_set_new(out, "limit", json_integer((json_int_t)uri.limit));
	if (dmarc_uri_address(&uri, &address))
		set(out, "address", buf_str(&address));
	buf_free(&address);
	return out;
}

static json_t *run_lookup(const struct suite *suite, const json_t *item, struct zone *zone)
{
	const char *domain = suite_text(item, "domain");
	struct lookups *lookups = lookups_new();
	struct dmarc_discovery found;
	json_t *out = json_object();

	(void)suite;
	while (!dmarc_discover(domain, lookups, &found, NULL))
		zone_wait(zone, lookups, never);
	set_bool(out, "found", found.domain && found.record.applies);
	set(out, "result", found.failed ? "temperror" : "none");
	if (found.domain) {
		set(out, "record_domain", found.domain);
		set_bool(out, "inherited", strcmp(found.domain, domain) != 0);
		set_record(out, &found.record);
	}
	json_object_set_new(out, "queries", queries(lookups));
	lookups_free(&lookups);
	return out;
}

static json_t *run_org_domain(const struct suite *suite, const json_t *item, struct zone *zone)
{
	struct lookups *lookups = lookups_new();
	char *found = organization(zone, lookups, suite_text(item, "domain"));
	json_t *out = json_object();

	(void)suite;
	set(out, "org_domain", found);
	json_object_set_new(out, "queries", queries(lookups));
	free(found);
	lookups_free(&lookups);
	return out;
}

static json_t *run_author_domain(const struct suite *suite, const json_t *item, struct zone *zone)
{
	const char *header = suite_text(item, "header");
	json_t *out = json_object();
	struct author author;

	(void)suite;
	(void)zone;
	if (strncasecmp(header, "From:", 5) == 0)
		header += 5;
	author_parse(header, strlen(header), &author);
	set(out, "domain", author.state == AUTHOR_ONE ? author.domain[0] : NULL);
	return out;
}

/* ---- evaluation --------------------------------------------------------- */

/* A list stands for as many From fields. */
static void read_author(const json_t *from, struct author *out)
{
	struct header_field field[8] = { 0 };
	struct header header = { .field = field };
	char *text[COUNT(field)];
	size_t count = json_is_array(from) ? json_array_size(from) : 1;

	for (size_t i = 0; i < count && i < COUNT(field); i++) {
		const char *one = json_string_value(json_is_array(from) ? json_array_get(from, i)
		                                                        : from);

		text[i] = mem_printf("From: %s%s\n", one && !strchr(one, '@') ? "user@" : "",
		                     one ? one : "");
		field[i] = (struct header_field){ text[i], strlen(text[i]), 4, 5 };
		header.count++;
	}
	header.text = text[0];
	header.len = header.count ? strlen(text[0]) : 0;
	author_read(&header, out);
	for (size_t i = 0; i < header.count; i++)
		free(text[i]);
}

static struct dmarc_identifier read_identifier(const json_t *item)
{
	const char *result = suite_text(item, "result");

	return (struct dmarc_identifier){ suite_text(item, "domain"),
	                                  strcmp(result, "pass") == 0,
	                                  strcmp(result, "temperror") == 0 };
}

/* Of SPF only what was checked for MAIL FROM. */
static void read_identifiers(const json_t *item, struct dmarc_request *request,
                             struct dmarc_identifier dkim[DMARC_IDENTIFIERS_MAX])
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(item, "dkim"), i, one)
		if (request->dkim_count < DMARC_IDENTIFIERS_MAX)
			dkim[request->dkim_count++] = read_identifier(one);
	request->dkim = dkim;
	json_array_foreach(json_object_get(item, "spf"), i, one)
		if (!request->spf.domain && strcmp(suite_text(one, "scope"), "helo") != 0)
			request->spf = read_identifier(one);
}

/* Some call what is aligned by its Organizational Domain. */
static void set_aligned(json_t *out, const char *key, const char *domain, bool strict,
                        struct zone *zone)
{
	struct lookups *lookups = lookups_new();
	char *found = strict || !*domain ? NULL : organization(zone, lookups, domain);

	set(out, key, found ? found : domain);
	free(found);
	lookups_free(&lookups);
}

static json_t *describe(const struct dmarc *d, struct zone *zone)
{
	struct lookups *lookups = lookups_new();
	char *found = d->from_domain[0] ? organization(zone, lookups, d->from_domain) : NULL;
	json_t *out = json_object();

	set(out, "result", dmarc_word(d->result));
	set(out, "policy", dmarc_policy_word(d->policy));
	set(out, "disposition", dmarc_policy_word(d->disposition));
	set_bool(out, "reject", d->disposition == DMARC_P_REJECT);
	set(out, "org_domain", found);
	set(out, "record_domain", d->policy_domain);
	set(out, "header_from", d->from_domain);
	set(out, "header_d", d->policy_domain);
	set_bool(out, "dkim_aligned", d->dkim_aligned);
	set_bool(out, "spf_aligned", d->spf_aligned);
	set_bool(out, "dkim_strict", d->dkim_strict);
	set_bool(out, "spf_strict", d->spf_strict);
	set_aligned(out, "dkim_aligned_domain", d->dkim_domain, d->dkim_strict, zone);
	set_aligned(out, "spf_aligned_domain", d->spf_domain, d->spf_strict, zone);
	free(found);
	lookups_free(&lookups);
	return out;
}

static void set_tags(json_t *out, const char *domain, struct zone *zone)
{
	struct lookups *lookups = lookups_new();
	struct dmarc_discovery found;

	while (!dmarc_discover(domain, lookups, &found, NULL))
		zone_wait(zone, lookups, never);
	if (found.domain)
		set_record(out, &found.record);
	lookups_free(&lookups);
}

static json_t *run_evaluate(const struct suite *suite, const json_t *item, struct zone *zone)
{
	struct dmarc_identifier dkim[DMARC_IDENTIFIERS_MAX];
	struct lookups *lookups = lookups_new();
	struct dmarc_request request = { 0 };
	struct author author;
	struct dmarc dmarc;
	json_t *out;

	(void)suite;
	read_author(json_object_get(item, "header_from"), &author);
	read_identifiers(item, &request, dkim);
	request.author = &author;
	request.ready = true;
	while (!dmarc_step(&request, lookups, &dmarc))
		zone_wait(zone, lookups, never);
	out = describe(&dmarc, zone);
	if (dmarc.policy_domain[0])
		set_tags(out, dmarc.from_domain, zone);
	json_object_set_new(out, "queries", queries(lookups));
	lookups_free(&lookups);
	return out;
}

/* SPF, DKIM and DMARC together. */
static json_t *run_message(const struct suite *suite, const json_t *item, struct zone *zone)
{
	const json_t *now = json_object_get(item, "now");
	struct verify_request request = {
		.client_address = json_string_value(json_object_get(item, "ip")),
		.sender = json_string_value(json_object_get(item, "mail_from")),
		.helo = json_string_value(json_object_get(item, "helo")),
		.now = now ? json_integer_value(now) : NOW,
	};
	struct message message;
	struct verify verify;
	struct spool *spool;
	struct err err;
	json_t *out;
	size_t len;
	char *text = suite_file(suite, suite_text(item, "file"), &len);

	spool = spools_with(text, len);
	spools_check(message_map(spool, &message, &err), &err);
	request.message = &message;
	spools_check(verify_run(&request, zone_wait, zone, never, &verify, &err), &err);
	out = describe(&verify.dmarc, zone);
	verify_free(&verify);
	spool_free(&spool);
	free(text);
	return out;
}

/* The public suffixes that the note names have psd=y; an author's domain has a record. */
static json_t *run_alignment(const struct suite *suite, const json_t *item, struct zone *zone)
{
	static const char suffix[] = "v=DMARC1; p=none; psd=y";
	const char *a = suite_text(item, "a"), *b = suite_text(item, "b");
	char *text = mem_printf("v=DMARC1; p=none; adkim=%c",
	                        suite_text(item, "mode")[0] == 's' ? 's' : 'r');
	char *from = mem_printf("user@%s", a), *name = mem_printf("_dmarc.%s", a);
	char *suffixes = mem_strdup(strstr(suite_text(item, "note"), "suffixes ")
	                            ? strstr(suite_text(item, "note"), "suffixes ") + 9 : "");
	const struct dmarc_identifier dkim = { .domain = b, .pass = true };
	struct dmarc_request request = { .ready = true, .dkim = &dkim, .dkim_count = 1 };
	struct lookups *lookups = lookups_new();
	struct author author;
	struct dmarc dmarc;
	json_t *out = json_object();
	char *rest = suffixes;

	(void)suite;
	for (char *one; (one = strsep(&rest, ", "));) {
		char *at = mem_printf("_dmarc.%s", one);

		zone_txt(zone, at, suffix, strlen(suffix));
		free(at);
	}
	zone_txt(zone, name, text, strlen(text));
	author_parse(from, strlen(from), &author);
	request.author = &author;
	while (!dmarc_step(&request, lookups, &dmarc))
		zone_wait(zone, lookups, never);
	set_bool(out, "aligned", dmarc.dkim_aligned);
	lookups_free(&lookups);
	free(suffixes);
	free(name);
	free(from);
	free(text);
	return out;
}

/* ---- cases -------------------------------------------------------------- */

static bool is_member(const json_t *list, const json_t *item)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (json_equal(one, item))
			return true;
	return false;
}

/* Each name was asked for. */
static bool were_asked(const json_t *list, const json_t *actual)
{
	const json_t *name;
	size_t i;

	json_array_foreach(list, i, name)
		if (!is_member(json_object_get(actual, "queries"), name))
			return false;
	return true;
}

/* No result of ours has what RFC 9989 dropped. */
static bool are_absent(const json_t *list)
{
	const json_t *name;
	size_t i;

	json_array_foreach(list, i, name)
		if (strcmp(json_string_value(name), "pct") != 0 &&
		    strcmp(json_string_value(name), "rf") != 0 &&
		    strcmp(json_string_value(name), "ri") != 0)
			return false;
	return true;
}

static bool is_equal(const char *key, const json_t *expected, const json_t *actual)
{
	const json_t *value = json_object_get(actual, key);

	if (strcmp(key, "queries_include") == 0)
		return were_asked(expected, actual);
	if (strcmp(key, "absent") == 0)
		return are_absent(expected);
	/* A linter's. */
	if (strcmp(key, "warns") == 0)
		return true;
	/* Null is "not aligned". */
	if (json_is_null(expected) && strstr(key, "_aligned"))
		return json_is_false(value) || json_string_length(value) == 0;
	return json_equal(expected, value);
}

/* NULL: all members are as expected; else what is not, for the caller to free. */
static char *difference(const json_t *expect, const json_t *actual)
{
	const char *key;
	json_t *expected;

	json_object_foreach((json_t *)expect, key, expected) {
		if (is_equal(key, expected, actual))
			continue;

		char *wanted = json_dumps(expected, JSON_ENCODE_ANY | JSON_COMPACT);
		char *got = json_dumps(json_object_get(actual, key), JSON_ENCODE_ANY | JSON_COMPACT);
		char *text = mem_printf("%s: %s expected, got %s", key, wanted, got ? got : "nothing");

		free(wanted);
		free(got);
		return text;
	}
	return NULL;
}

static const struct {
	const char *kind;
	json_t *(*run)(const struct suite *suite, const json_t *item, struct zone *zone);
} kinds[] = {
	{ "alignment", run_alignment }, { "author_domain", run_author_domain },
	{ "evaluate", run_evaluate }, { "lookup", run_lookup },
	{ "message", run_message }, { "org_domain", run_org_domain },
	{ "record", run_record }, { "report_uri", run_report_uri },
	{ "tag_value", run_tag_value },
};

static bool is_disputed(const json_t *item)
{
	return notes(item, "ambiguous") || notes(item, "disputed") ||
	       notes(item, "RFC 9989 dropped");
}

/* NULL, or why a case is not for us. */
static const char *not_counted(const json_t *item)
{
	const char *kind = suite_text(item, "kind");

	if (strcmp(kind, "alignment") == 0 && (!dns_name_valid(suite_text(item, "a")) ||
	                                       !dns_name_valid(suite_text(item, "b"))))
		return "it is of something that is no domain name";
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return NULL;
	return "it is about reports";
}

static void run_case(struct suite *suite, const json_t *item)
{
	const json_t *expect = json_object_get(item, "expect_rfc9989");
	const char *id = suite_text(item, "id"), *why = not_counted(item);
	struct zone *zone = read_zone(json_object_get(item, "dns"));
	json_t *actual = NULL;
	char *text = NULL;

	if (!expect)
		expect = json_object_get(item, "expect");
	for (size_t i = 0; !why && i < COUNT(kinds); i++)
		if (strcmp(kinds[i].kind, suite_text(item, "kind")) == 0)
			actual = kinds[i].run(suite, item, zone);
	text = why ? NULL : difference(expect, actual);
	if (text && is_disputed(item))
		why = suite_text(item, "note");
	if (why)
		printf("# not counted: %s%s%s: %s\n", id, text ? ", " : "", text ? text : "", why);
	else
		suite_case(suite, id, !text, "%s", text ? text : "");
	json_decref(actual);
	zone_free(&zone);
	free(text);
}

void suite_dmarc(struct suite *suite, const json_t *root)
{
	const json_t *item;
	size_t i;

	json_array_foreach(root, i, item)
		run_case(suite, item);
}
