/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-dmarc - any records, authors and identifiers: it comes to an end, asks no more than
 * the bounds say, and nobody passes without a pass that is aligned
 *
 * Lines: `From VALUE`; `dkim DOMAIN`, `spf DOMAIN`, which passed; `dkim? DOMAIN`, `spf? DOMAIN`,
 * which failed temporarily; `txt NAME TEXT`, `name NAME`, `fails NAME`.  Each line is also read
 * as a record.
 */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "auth/dmarc-uri.h"
#include "auth/dmarc-walk.h"
#include "auth/dmarc.h"
#include "base/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/suites/zone.h"

#define LINES_MAX 64

static const struct deadline never = { 0 };

struct input {
	char *line[LINES_MAX];
	size_t lines;
	struct zone *zone;
	struct author author;
	struct dmarc_identifier dkim[DMARC_IDENTIFIERS_MAX], spf;
	size_t dkim_count;
};

/* ---- records ------------------------------------------------------------ */

static void check_uris(const struct tag *tag)
{
	struct dmarc_uri uri;
	size_t at = 0;

	while (tag && dmarc_uri_next(tag, &at, &uri)) {
		struct buf address = BUF_INIT;
		bool mailbox = dmarc_uri_address(&uri, &address);

		FUZZ_CHECK(uri.text >= tag->value &&
		           uri.text + uri.len <= tag->value + tag->value_len);
		FUZZ_CHECK(!mailbox || (uri.valid && strchr(buf_str(&address), '@')));
		buf_free(&address);
	}
}

static void check_record(const char *text, size_t len)
{
	char *copy = mem_alloc(len ? len : 1);
	struct dmarc_record record;

	if (len)
		memcpy(copy, text, len);
	if (dmarc_record_parse(copy, len, &record)) {
		FUZZ_CHECK(dmarc_record_is(copy, len));
		FUZZ_CHECK(record.applies || record.p == DMARC_P_NONE || record.has_p);
		FUZZ_CHECK(!record.applies || record.has_p || record.p == DMARC_P_NONE);
		FUZZ_CHECK(dmarc_record_tag(&record, "V") == &record.tags.tag[0]);
		check_uris(dmarc_record_tag(&record, "rua"));
		check_uris(dmarc_record_tag(&record, "ruf"));
	}
	free(copy);
}

/* ---- input -------------------------------------------------------------- */

static const char *behind(const char *line, const char *word)
{
	size_t len = strlen(word);

	return strncmp(line, word, len) == 0 && line[len] == ' ' ? line + len + 1 : NULL;
}

static void add_txt(struct zone *zone, char *rest)
{
	char *blank = strchr(rest, ' ');

	if (!blank)
		return;
	*blank = '\0';
	zone_txt(zone, rest, blank + 1, strlen(blank + 1));
}

static void read_identifier(struct input *in, char *line)
{
	const char *domain;

	if ((domain = behind(line, "spf")))
		in->spf = (struct dmarc_identifier){ domain, true, false };
	else if ((domain = behind(line, "spf?")))
		in->spf = (struct dmarc_identifier){ domain, false, true };
	if (in->dkim_count == DMARC_IDENTIFIERS_MAX)
		return;
	if ((domain = behind(line, "dkim")))
		in->dkim[in->dkim_count++] = (struct dmarc_identifier){ domain, true, false };
	else if ((domain = behind(line, "dkim?")))
		in->dkim[in->dkim_count++] = (struct dmarc_identifier){ domain, false, true };
}

static void read_line(struct input *in, char *line)
{
	const char *rest;

	if ((rest = behind(line, "From")))
		author_parse(rest, strlen(rest), &in->author);
	else if (behind(line, "txt"))
		add_txt(in->zone, line + 4);
	else if ((rest = behind(line, "name")))
		zone_name(in->zone, rest);
	else if ((rest = behind(line, "fails")))
		zone_fails(in->zone, rest, 0, "server failure");
	else
		read_identifier(in, line);
}

static void read_input(struct input *in, const char *data, size_t size)
{
	memset(in, 0, sizeof *in);
	in->zone = zone_new();
	author_parse("", 0, &in->author);
	for (size_t at = 0; at < size && in->lines < LINES_MAX;) {
		const char *lf = memchr(data + at, '\n', size - at);
		size_t len = lf ? (size_t)(lf - data) - at : size - at;

		check_record(data + at, len);
		in->line[in->lines] = mem_strndup(data + at, strnlen(data + at, len));
		read_line(in, in->line[in->lines++]);
		at += len + 1;
	}
}

/* ---- evaluation --------------------------------------------------------- */

static char *organization(struct input *in, const char *domain)
{
	struct lookups *lookups = lookups_new();
	struct dmarc_walk walk;
	const char *found;
	char *copy;

	while (!dmarc_walk(domain, lookups, &walk, NULL))
		zone_wait(in->zone, lookups, never);
	FUZZ_CHECK(lookups_count(lookups) <= DMARC_WALK_MAX);
	found = dmarc_walk_organization(&walk);
	copy = found ? mem_strdup(found) : NULL;
	lookups_free(&lookups);
	return copy;
}

/* What is said to be aligned is. */
static void check_aligned(struct input *in, const char *domain, bool strict, const char *from)
{
	char *theirs, *ours;

	FUZZ_CHECK(*domain);
	if (strcmp(domain, from) == 0)
		return;
	FUZZ_CHECK(!strict);
	theirs = organization(in, domain);
	ours = organization(in, from);
	FUZZ_CHECK(theirs && ours && strcmp(theirs, ours) == 0);
	free(theirs);
	free(ours);
}

static void run(struct input *in, bool passes, struct dmarc *out)
{
	struct lookups *lookups = lookups_new();
	struct buf explain = BUF_INIT;
	struct dmarc_request request = {
		.author = &in->author, .dkim = in->dkim, .spf = in->spf, .explain = &explain,
		.dkim_count = passes ? in->dkim_count : 0,
	};
	size_t steps = 0;

	request.spf.pass &= passes;
	FUZZ_CHECK(!dmarc_step(&request, lookups, out));
	request.ready = true;
	while (!dmarc_step(&request, lookups, out)) {
		zone_wait(in->zone, lookups, never);
		FUZZ_CHECK(++steps < LOOKUPS_MAX);
	}
	FUZZ_CHECK(lookups_count(lookups) <=
	           (AUTHOR_DOMAINS_MAX + DMARC_IDENTIFIERS_MAX + 1) * (DMARC_WALK_MAX + 1));
	buf_free(&explain);
	lookups_free(&lookups);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dmarc dmarc;
	struct input in;

	read_input(&in, (const char *)data, size);
	run(&in, true, &dmarc);
	FUZZ_CHECK(dmarc.result == DMARC_FAIL || dmarc.disposition == DMARC_P_NONE ||
	           in.author.more);
	FUZZ_CHECK(dmarc.result != DMARC_PASS || dmarc.dkim_aligned || dmarc.spf_aligned);
	FUZZ_CHECK(dmarc.result != DMARC_PASS || in.author.state == AUTHOR_ONE ||
	           in.author.state == AUTHOR_SEVERAL);
	if (dmarc.dkim_aligned)
		check_aligned(&in, dmarc.dkim_domain, dmarc.dkim_strict, dmarc.from_domain);
	if (dmarc.spf_aligned)
		check_aligned(&in, dmarc.spf_domain, dmarc.spf_strict, dmarc.from_domain);
	run(&in, false, &dmarc);
	FUZZ_CHECK(dmarc.result != DMARC_PASS && !dmarc.dkim_aligned && !dmarc.spf_aligned);
	for (size_t i = 0; i < in.lines; i++)
		free(in.line[i]);
	zone_free(&in.zone);
	return 0;
}
