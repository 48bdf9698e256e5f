/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-dmarc - the tree walk, policy discovery, alignment and what comes of them */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "auth/dmarc-walk.h"
#include "auth/dmarc.h"
#include "base/mem.h"
#include "tests/suites/zone.h"

#define COUNT(a) (sizeof a / sizeof a[0])
#define RECORDS_MAX 8

static const struct deadline never = { 0 };

/* `name text`: a TXT record; `name !`: fails; `name`: is there. */
static struct zone *zone_of(const char *const *records)
{
	struct zone *zone = zone_new();

	for (size_t i = 0; i < RECORDS_MAX && records[i]; i++) {
		const char *blank = strchr(records[i], ' ');
		char *name = blank ? mem_strndup(records[i], (size_t)(blank - records[i]))
		                   : mem_strdup(records[i]);

		if (!blank)
			zone_name(zone, name);
		else if (strcmp(blank, " !") == 0)
			zone_fails(zone, name, 0, "server failure");
		else
			zone_txt(zone, name, blank + 1, strlen(blank + 1));
		free(name);
	}
	return zone;
}

/* What was asked: without `_dmarc.`, separated by blanks; `?` in front of others. */
static char *asked(const struct lookups *lookups)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < lookups_count(lookups); i++) {
		const char *name = lookups_get(lookups, i).name;
		bool policy = strncmp(name, "_dmarc.", 7) == 0;

		buf_addf(&out, "%s%s", out.len ? " " : "", policy ? "" : "?");
		buf_adds(&out, policy ? name + 7 : name);
	}
	return buf_steal(&out);
}

/* ---- walk --------------------------------------------------------------- */

static const struct {
	const char *domain;
	const char *records[RECORDS_MAX];
	const char *organization, *asked;
} walks[] = {
	/* RFC 9989 4.10, the query limit */
	{ "a.b.c.d.e.f.g.h.i.j.mail.example.com", { NULL }, "a.b.c.d.e.f.g.h.i.j.mail.example.com",
	  "a.b.c.d.e.f.g.h.i.j.mail.example.com g.h.i.j.mail.example.com h.i.j.mail.example.com "
	  "i.j.mail.example.com j.mail.example.com mail.example.com example.com com" },
	{ "a.b.c.d.e.f.example.com", { NULL }, "a.b.c.d.e.f.example.com",
	  "a.b.c.d.e.f.example.com b.c.d.e.f.example.com c.d.e.f.example.com d.e.f.example.com "
	  "e.f.example.com f.example.com example.com com" },
	{ "b.c.d.e.f.example.com", { NULL }, "b.c.d.e.f.example.com",
	  "b.c.d.e.f.example.com c.d.e.f.example.com d.e.f.example.com e.f.example.com "
	  "f.example.com example.com com" },
	{ "com", { NULL }, "com", "com" },
	{ "com", { "_dmarc.com v=DMARC1; psd=y" }, "com", "com" },
	/* 4.10.2, its examples */
	{ "a.mail.example.com",
	  { "_dmarc.mail.example.com v=DMARC1; p=none", "_dmarc.example.com v=DMARC1; p=none" },
	  "example.com", "a.mail.example.com mail.example.com example.com com" },
	{ "a.mail.example.com",
	  { "_dmarc.mail.example.com v=DMARC1; p=none; psd=n", "_dmarc.example.com v=DMARC1; p=none" },
	  "mail.example.com", "a.mail.example.com mail.example.com" },
	{ "a.mail.example.com", { "_dmarc.com v=DMARC1; psd=y" }, "example.com",
	  "a.mail.example.com mail.example.com example.com com" },
	{ "a.example.com", { "_dmarc.example.com v=DMARC1; psd=y" }, "a.example.com",
	  "a.example.com example.com" },
	{ "example.com", { "_dmarc.example.com v=DMARC1; psd=y", "_dmarc.com v=DMARC1; p=none" },
	  "example.com", "example.com" },
	{ "example.com", { "_dmarc.example.com v=DMARC1; psd=n" }, "example.com", "example.com" },
	{ "example.com", { "_dmarc.com v=DMARC1; p=none" }, "com", "example.com com" },
	/* a public suffix right below what was skipped */
	{ "a.b.c.d.e.f.g.h.example", { "_dmarc.c.d.e.f.g.h.example v=DMARC1; psd=y" },
	  "b.c.d.e.f.g.h.example", "a.b.c.d.e.f.g.h.example c.d.e.f.g.h.example" },
	/* records that do not count */
	{ "a.example",
	  { "_dmarc.a.example v=DMARC1; p=none", "_dmarc.example v=DMARC1; psd=y",
	    "_dmarc.example v=DMARC1; psd=y" }, "a.example", "a.example example" },
	{ "b.a.example",
	  { "_dmarc.a.example v=DMARC1; p=none; p=none", "_dmarc.example v=DMARC1; p=none" },
	  "example", "b.a.example a.example example" },
	{ "b.a.example", { "_dmarc.a.example v=dmarc1; psd=n", "_dmarc.a.example v=DMARC1; p=none",
	                   "_dmarc.a.example v=spf1 -all" },
	  "a.example", "b.a.example a.example example" },
	{ "b.a.example", { "_dmarc.a.example v=DMARC1; psd=x" }, "a.example",
	  "b.a.example a.example example" },
	{ "a.example", { "a.example v=DMARC1; psd=n" }, "a.example", "a.example example" },
	/* no answer */
	{ "b.a.example", { "_dmarc.b.a.example v=DMARC1; p=none", "_dmarc.a.example !" }, NULL,
	  "b.a.example a.example" },
	{ "b.a.example", { "_dmarc.a.example v=DMARC1; p=none; psd=n", "_dmarc.example !" },
	  "a.example", "b.a.example a.example" },
};

static void test_walks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(walks); i++) {
		struct zone *zone = zone_of(walks[i].records);
		struct lookups *lookups = lookups_new();
		struct dmarc_walk walk;
		const char *organization;
		char *got;

		while (!dmarc_walk(walks[i].domain, lookups, &walk, NULL))
			zone_wait(zone, lookups, never);
		organization = dmarc_walk_organization(&walk);
		if (strcmp(organization ? organization : "", walks[i].organization
		           ? walks[i].organization : "") != 0)
			fail_msg("%zu, %s: %s expected, got %s", i, walks[i].domain,
			         walks[i].organization, organization);
		got = asked(lookups);
		assert_string_equal(got, walks[i].asked);
		free(got);
		lookups_free(&lookups);
		zone_free(&zone);
	}
}

/* As long as names get, and longer with _dmarc. in front. */
static void test_long_names(void **state)
{
	struct zone *zone = zone_new();
	struct lookups *lookups = lookups_new();
	struct dmarc_walk walk;
	struct buf name = BUF_INIT;

	(void)state;
	for (int i = 0; i < 126; i++)
		buf_adds(&name, "a.");
	buf_adds(&name, "a");
	assert_int_equal(name.len, DNS_NAME_MAX - 1);
	while (!dmarc_walk(name.data, lookups, &walk, NULL))
		zone_wait(zone, lookups, never);
	assert_string_equal(dmarc_walk_organization(&walk), name.data);
	assert_int_equal(lookups_count(lookups), DMARC_WALK_MAX - 1); /* the first can't be asked */
	buf_free(&name);
	lookups_free(&lookups);
	zone_free(&zone);
}

/* ---- results ------------------------------------------------------------ */

struct result_case {
	const char *from; /* From field's value */
	const char *dkim[4], *spf; /* `domain`, passed; `!domain`, failed; `?domain`, temperror */
	const char *records[RECORDS_MAX];
	const char *result; /* as describe has it */
};

static struct dmarc_identifier identifier(const char *text)
{
	if (!text)
		return (struct dmarc_identifier){ .domain = NULL };
	return (struct dmarc_identifier){ text + (*text == '?' || *text == '!'),
	                                  *text != '?' && *text != '!', *text == '?' };
}

/* `result from policy-domain policy disposition`, then what else there is. */
static char *describe(const struct dmarc *d)
{
	struct buf out = BUF_INIT;

	buf_addf(&out, "%s %s", dmarc_word(d->result), d->from_domain[0] ? d->from_domain : "-");
	if (d->policy_domain[0])
		buf_addf(&out, " %s %s %s", d->policy_domain, dmarc_policy_word(d->policy),
		         dmarc_policy_word(d->disposition));
	if (d->dkim_aligned)
		buf_addf(&out, " dkim=%s", d->dkim_domain);
	if (d->spf_aligned)
		buf_addf(&out, " spf=%s", d->spf_domain);
	if (d->testing)
		buf_adds(&out, " t");
	return buf_steal(&out);
}

static char *run(const struct result_case *c, struct lookups *lookups, struct buf *explain)
{
	struct zone *zone = zone_of(c->records);
	struct dmarc_identifier dkim[COUNT(c->dkim)];
	struct dmarc_request request = { .dkim = dkim, .spf = identifier(c->spf),
	                                 .explain = explain };
	struct author author;
	struct dmarc dmarc;

	while (request.dkim_count < COUNT(c->dkim) && c->dkim[request.dkim_count]) {
		dkim[request.dkim_count] = identifier(c->dkim[request.dkim_count]);
		request.dkim_count++;
	}
	author_parse(c->from, strlen(c->from), &author);
	request.author = &author;
	/* Discovery first, for as long as it asks. */
	for (size_t before = SIZE_MAX; before != lookups_answered(lookups);) {
		before = lookups_answered(lookups);
		assert_false(dmarc_step(&request, lookups, &dmarc));
		zone_wait(zone, lookups, never);
	}
	request.ready = true;
	while (!dmarc_step(&request, lookups, &dmarc))
		zone_wait(zone, lookups, never);
	zone_free(&zone);
	return describe(&dmarc);
}

#define REJECT "_dmarc.a.example v=DMARC1; p=reject"
#define NINE "x@b.example,x@c.test,x@d.test,x@e.test,x@f.test,x@g.test,x@h.test,x@i.test,x@a.example"

static const struct result_case results[] = {
	/* alignment */
	{ "x@a.example", { "a.example" }, NULL, { REJECT }, "pass a.example a.example reject none dkim=a.example" },
	{ "x@a.example", { "A.Example." }, NULL, { REJECT }, "pass a.example a.example reject none dkim=a.example" },
	{ "x@a.example", { NULL }, "a.example", { REJECT }, "pass a.example a.example reject none spf=a.example" },
	{ "x@a.example", { NULL }, NULL, { REJECT }, "fail a.example a.example reject reject" },
	{ "x@a.example", { "!a.example" }, "!a.example", { REJECT }, "fail a.example a.example reject reject" },
	{ "x@a.example", { "b.example", "s.a.example" }, "t.a.example", { REJECT },
	  "pass a.example a.example reject none dkim=s.a.example spf=t.a.example" },
	{ "x@s.a.example", { "a.example" }, NULL, { REJECT }, "pass s.a.example a.example reject none dkim=a.example" },
	{ "x@s.a.example", { "t.a.example" }, NULL, { REJECT }, "pass s.a.example a.example reject none dkim=t.a.example" },
	{ "x@a.example", { "b.example", "example", "ba.example", "a.example.b" }, "ab.example", { REJECT },
	  "fail a.example a.example reject reject" },
	{ "x@a.example", { "", "..", "a.example'b" }, "", { REJECT }, "fail a.example a.example reject reject" },
	{ "x@a.example", { "s.a.example" }, "a.example", { "_dmarc.a.example v=DMARC1; p=reject; adkim=s" },
	  "pass a.example a.example reject none spf=a.example" },
	{ "x@a.example", { "a.example" }, "s.a.example", { "_dmarc.a.example v=DMARC1; p=reject; aspf=s" },
	  "pass a.example a.example reject none dkim=a.example" },
	{ "x@a.example", { "s.a.example" }, "s.a.example",
	  { "_dmarc.a.example v=DMARC1; p=quarantine; aspf=s; adkim=s" },
	  "fail a.example a.example quarantine quarantine" },
	/* an organization of its own below, and a public suffix above */
	{ "x@a.example", { "s.a.example" }, "t.s.a.example",
	  { REJECT, "_dmarc.s.a.example v=DMARC1; p=none; psd=n" }, "fail a.example a.example reject reject" },
	{ "x@s.a.example", { "a.example" }, "t.s.a.example",
	  { REJECT, "_dmarc.s.a.example v=DMARC1; p=quarantine; psd=n" },
	  "pass s.a.example s.a.example quarantine none spf=t.s.a.example" },
	{ "x@a.example", { "b.example" }, "example", { REJECT, "_dmarc.example v=DMARC1; psd=y" },
	  "fail a.example a.example reject reject" },
	/* 11.8: not the domain above the organization's */
	{ "x@a.example", { "s.a.example" }, NULL, { REJECT, "_dmarc.s.a.example v=DMARC1; p=none" },
	  "pass a.example a.example reject none dkim=s.a.example" },
	/* which record */
	{ "x@a.example", { "a.example" }, NULL, { NULL }, "none a.example" },
	{ "x@s.a.example", { NULL }, NULL, { REJECT, "_dmarc.s.a.example v=DMARC1; p=none" },
	  "fail s.a.example s.a.example none none" },
	{ "x@t.s.a.example", { NULL }, NULL, { REJECT, "_dmarc.s.a.example v=DMARC1; p=none" },
	  "fail t.s.a.example a.example reject reject" },
	{ "x@s.a.example", { NULL }, NULL, { REJECT, "_dmarc.example v=DMARC1; p=none; psd=y" },
	  "fail s.a.example a.example reject reject" },
	{ "x@s.a.example", { NULL }, NULL, { "_dmarc.example v=DMARC1; p=quarantine; psd=y" },
	  "fail s.a.example example quarantine quarantine" },
	{ "x@a.example", { NULL }, NULL, { REJECT, "_dmarc.a.example v=DMARC1; p=none" }, "none a.example" },
	{ "x@a.example", { NULL }, NULL,
	  { REJECT, "_dmarc.a.example v=DMARC1; x=1; x=1", "_dmarc.example v=DMARC1; p=none" },
	  "fail a.example example none none" },
	{ "x@a.example", { NULL }, NULL, { "_dmarc.a.example v=DMARC1; t=y", "_dmarc.example v=DMARC1; p=reject" },
	  "none a.example a.example none none t" },
	/* sp, np, t */
	{ "x@s.a.example", { NULL }, NULL, { "_dmarc.a.example v=DMARC1; p=reject; sp=quarantine; np=none" },
	  "fail s.a.example a.example none none" },
	{ "x@s.a.example", { NULL }, NULL,
	  { "_dmarc.a.example v=DMARC1; p=reject; sp=quarantine; np=none", "s.a.example" },
	  "fail s.a.example a.example quarantine quarantine" },
	{ "x@s.a.example", { NULL }, NULL,
	  { "_dmarc.a.example v=DMARC1; p=reject; sp=quarantine; np=none", "t.s.a.example" },
	  "fail s.a.example a.example quarantine quarantine" },
	{ "x@a.example", { NULL }, NULL, { "_dmarc.a.example v=DMARC1; p=reject; sp=none; np=none" },
	  "fail a.example a.example reject reject" },
	{ "x@s.a.example", { "a.example" }, NULL, { "_dmarc.a.example v=DMARC1; p=none; np=reject; t=y" },
	  "pass s.a.example a.example quarantine none dkim=a.example t" },
	{ "x@a.example", { NULL }, NULL, { "_dmarc.a.example v=DMARC1; p=reject; t=y" },
	  "fail a.example a.example quarantine quarantine t" },
	{ "x@a.example", { NULL }, NULL, { "_dmarc.a.example v=DMARC1; p=quarantine; t=y" },
	  "fail a.example a.example none none t" },
	/* what was not answered */
	{ "x@a.example", { "a.example" }, NULL, { "_dmarc.a.example !" }, "temperror a.example" },
	{ "x@s.a.example", { NULL }, NULL, { "_dmarc.a.example !" }, "temperror s.a.example" },
	{ "x@a.example", { "?a.example" }, NULL, { REJECT }, "temperror a.example a.example reject none" },
	{ "x@a.example", { NULL }, "?s.a.example", { REJECT }, "temperror a.example a.example reject none" },
	{ "x@a.example", { "?a.example" }, "a.example", { REJECT },
	  "pass a.example a.example reject none spf=a.example" },
	{ "x@a.example", { "?b.example" }, "?a.b.example", { REJECT, "_dmarc.b.example !" },
	  "fail a.example a.example reject reject" },
	{ "x@a.example", { "b.example" }, NULL, { REJECT, "_dmarc.b.example !" },
	  "fail a.example a.example reject reject" },
	{ "x@a.example", { "s.a.example" }, NULL, { REJECT, "_dmarc.s.a.example !" },
	  "temperror a.example a.example reject none" },
	{ "x@a.example", { "s.a.example" }, "a.example", { REJECT, "_dmarc.s.a.example !" },
	  "pass a.example a.example reject none spf=a.example" },
	{ "x@a.example", { "a.example" }, NULL, { REJECT, "_dmarc.example !" },
	  "pass a.example a.example reject none dkim=a.example" },
	{ "x@a.example", { "s.a.example" }, NULL, { REJECT, "_dmarc.example !" },
	  "temperror a.example a.example reject none" },
	{ "x@a.example", { "b.test" }, NULL, { REJECT, "_dmarc.example !" },
	  "fail a.example a.example reject reject" },
	{ "x@s.a.example", { NULL }, NULL,
	  { "_dmarc.a.example v=DMARC1; p=none; np=reject", "s.a.example !" },
	  "temperror s.a.example a.example none none" },
	/* other Froms */
	{ "", { "a.example" }, NULL, { REJECT }, "none -" },
	{ "x@[192.0.2.1]", { "a.example" }, NULL, { REJECT }, "none -" },
	{ "x@a.example, y@[192.0.2.1]", { "a.example" }, NULL, { REJECT }, "none -" },
	{ "x@a.example y", { "a.example" }, NULL, { REJECT }, "none -" },
	{ "x@a.example y", { "b.example" }, NULL, { REJECT }, "fail a.example a.example reject reject" },
	{ "x@a.example, y@a.example", { "a.example" }, NULL, { REJECT },
	  "pass a.example a.example reject none dkim=a.example" },
	{ "x@b.example, x@a.example", { "b.example" }, "b.example",
	  { REJECT, "_dmarc.b.example v=DMARC1; p=none" }, "fail a.example a.example reject reject" },
	{ "x@a.example, x@b.example", { NULL }, NULL,
	  { "_dmarc.a.example v=DMARC1; p=none", "_dmarc.b.example v=DMARC1; p=quarantine" },
	  "fail b.example b.example quarantine quarantine" },
	{ "x@a.example, x@b.example", { "a.example" }, NULL, { REJECT }, "none b.example" },
	{ "x@a.example, x@b.example", { "a.example" }, NULL, { REJECT, "_dmarc.b.example !" },
	  "temperror b.example" },
	{ "x@a.example, x@b.example", { "a.example", "b.example" }, NULL,
	  { REJECT, "_dmarc.b.example v=DMARC1; p=none" }, "pass a.example a.example reject none dkim=a.example" },
	{ "<x@b.example>x@a.example", { "b.example" }, NULL, { REJECT, "_dmarc.b.example v=DMARC1; p=none" },
	  "fail a.example a.example reject reject" },
	{ "x@, y@a.example", { NULL }, NULL, { REJECT }, "fail a.example a.example reject reject" },
	/* an author who was not looked at */
	{ NINE, { "b.example" }, "b.example", { NULL }, "fail -" },
	{ NINE, { "b.example" }, "b.example", { REJECT }, "fail a.example a.example reject reject" },
	{ NINE, { NULL }, NULL, { "_dmarc.b.example v=DMARC1; p=none" },
	  "fail b.example b.example none reject" },
	{ NINE, { NULL }, NULL, { "_dmarc.b.example v=DMARC1; p=reject" },
	  "fail b.example b.example reject reject" },
	{ NINE, { NULL }, NULL, { "_dmarc.b.example !" }, "fail -" },
};

static void test_results(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(results); i++) {
		struct lookups *lookups = lookups_new();
		struct buf explain = BUF_INIT;
		char *got = run(&results[i], lookups, &explain);

		if (strcmp(got, results[i].result) != 0)
			fail_msg("%zu, %s: %s expected, got %s\n%s", i, results[i].from,
			         results[i].result, got, buf_str(&explain));
		free(got);
		buf_free(&explain);
		lookups_free(&lookups);
	}
}

/* Nobody is asked in vain: an attacker chooses the signatures. */
static const struct {
	struct result_case c;
	const char *asked;
} economy[] = {
	{ { "x@a.example", { "a.example" }, "a.example", { REJECT }, NULL }, "a.example example" },
	{ { "x@a.example", { "b.example", "c.test" }, "d.test", { REJECT }, NULL }, "a.example example" },
	{ { "x@a.example", { "!s.a.example" }, "!t.a.example", { REJECT }, NULL }, "a.example example" },
	{ { "x@a.example", { "a.example" }, "s.a.example",
	    { "_dmarc.a.example v=DMARC1; p=none; aspf=s" }, NULL }, "a.example example" },
	{ { "x@a.example", { "s.a.example" }, "?t.a.example", { REJECT }, NULL },
	  "a.example example s.a.example" },
	{ { "x@s.a.example", { NULL }, NULL, { REJECT }, NULL },
	  "s.a.example a.example example ?s.a.example" },
};

static void test_economy(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(economy); i++) {
		struct lookups *lookups = lookups_new();
		char *got = run(&economy[i].c, lookups, NULL), *names = asked(lookups);

		assert_string_equal(names, economy[i].asked);
		free(names);
		free(got);
		lookups_free(&lookups);
	}
}

static void test_explain(void **state)
{
	static const struct result_case c = {
		"x@s.a.example", { "b.example", "a.example" }, NULL,
		{ "_dmarc.a.example v=DMARC1; p=none; np=reject; x=\x1b\xc3", "_dmarc.a.example other",
		  "_dmarc.example v=DMARC1; p=none; p=none" }, NULL,
	};
	struct lookups *lookups = lookups_new();
	struct buf explain = BUF_INIT;
	char *got = run(&c, lookups, &explain);

	(void)state;
	assert_string_equal(buf_str(&explain),
		"policy for s.a.example\n"
		"_dmarc.s.a.example TXT, insecure: does not exist\n"
		"_dmarc.a.example TXT, insecure: \"v=DMARC1; p=none; np=reject; x=??\"\n"
		"_dmarc.example TXT, insecure: a record that is none: too long, too many tags, or one stands twice\n"
		"s.a.example: does not exist, np= holds\n"
		"Organizational Domain of s.a.example\n"
		"_dmarc.s.a.example TXT, insecure: does not exist\n"
		"_dmarc.a.example TXT, insecure: \"v=DMARC1; p=none; np=reject; x=??\"\n"
		"_dmarc.example TXT, insecure: a record that is none: too long, too many tags, or one stands twice\n"
		"not aligned: b.example\n"
		"Organizational Domain of a.example\n"
		"_dmarc.a.example TXT, insecure: \"v=DMARC1; p=none; np=reject; x=??\"\n"
		"_dmarc.example TXT, insecure: a record that is none: too long, too many tags, or one stands twice\n"
		"aligned: a.example\n"
		"pass for s.a.example\n");
	free(got);
	buf_free(&explain);
	lookups_free(&lookups);
}

/* The DNSSEC state is that of all that the policy rests on. */
static void test_security(void **state)
{
	struct zone *zone = zone_new();
	struct lookups *lookups = lookups_new();
	struct author author;
	struct dmarc_request request = { .author = &author, .ready = true };
	struct dmarc dmarc;

	(void)state;
	author_parse("x@s.a.example", 13, &author);
	zone_txt(zone, "_dmarc.a.example", "v=DMARC1; p=none", 16);
	zone_security(zone, DNS_SECURE);
	while (!dmarc_step(&request, lookups, &dmarc))
		zone_wait(zone, lookups, never);
	assert_int_equal(dmarc.security, DNS_SECURE);
	assert_string_equal(dmarc.org_domain, "a.example");
	lookups_free(&lookups);
	lookups = lookups_new();
	assert_false(dmarc_step(&request, lookups, &dmarc));
	zone_security(zone, DNS_INSECURE);
	zone_wait(zone, lookups, never);
	zone_security(zone, DNS_SECURE);
	while (!dmarc_step(&request, lookups, &dmarc))
		zone_wait(zone, lookups, never);
	assert_int_equal(dmarc.security, DNS_INSECURE);
	lookups_free(&lookups);
	zone_free(&zone);
}

/*
 * The sender's names do not answer, until time is up; by then the author's have answered all
 * that is needed to see that he may not.
 */
static void test_silence(void **state)
{
	static const char *const records[RECORDS_MAX] = {
		"_dmarc.a.example v=DMARC1; p=none; np=reject", "a.example",
	};
	const struct dmarc_identifier dkim[] = {
		{ "b.example", false, true }, { "b.example", true, false },
	};
	struct zone *zone = zone_of(records);
	struct lookups *lookups = lookups_new();
	struct author author;
	struct dmarc_request request = { .author = &author, .dkim = dkim };
	struct dmarc dmarc;

	(void)state;
	author_parse("x@s.a.example", 13, &author);
	assert_false(dmarc_step(&request, lookups, &dmarc));
	zone_wait(zone, lookups, never);
	assert_false(dmarc_step(&request, lookups, &dmarc));
	lookups_close(lookups, "timed out");
	request.ready = true;
	request.dkim_count = COUNT(dkim);
	assert_true(dmarc_step(&request, lookups, &dmarc));
	assert_int_equal(dmarc.result, DMARC_FAIL);
	assert_int_equal(dmarc.disposition, DMARC_P_REJECT);
	lookups_free(&lookups);
	zone_free(&zone);
}

/* Time is up before anything was answered. */
static void test_time_out(void **state)
{
	struct lookups *lookups = lookups_new();
	struct author author;
	struct dmarc_request request = { .author = &author, .ready = true };
	struct dmarc dmarc;

	(void)state;
	author_parse("x@a.example, y@b.example", 24, &author);
	assert_false(dmarc_step(&request, lookups, &dmarc));
	assert_int_equal(lookups_count(lookups), 2);
	lookups_close(lookups, "timed out");
	assert_true(dmarc_step(&request, lookups, &dmarc));
	assert_int_equal(dmarc.result, DMARC_TEMPERROR);
	assert_int_equal(dmarc.disposition, DMARC_P_NONE);
	lookups_free(&lookups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walks),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_economy),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_security),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_time_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
