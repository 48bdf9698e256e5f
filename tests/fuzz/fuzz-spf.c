/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-spf - any connection and any answers: SPF and iprev end within their limits, and what
 * they say is printable
 *
 * Lines: client address, HELO, sender, then one for each question in the order in which they are
 * asked: `!` fails, `?` is bogus, `-` has no data, anything else is records between `|`.  Behind the
 * last line no name exists.  The lines are read as records and explanations too.
 */
#include <config.h>

#include <arpa/inet.h>
#include <string.h>

#include "auth/iprev.h"
#include "auth/reverse.h"
#include "auth/spf-record.h"
#include "auth/spf.h"
#include "base/mem.h"
#include "tests/fuzz/fuzz.h"

/* Its record; a term may ask 10 hosts; the PTR records' names; exp=. */
#define QUESTIONS_MAX (1 + SPF_LOOKUPS_MAX * (1 + SPF_MX_MAX) + 1 + REVERSE_NAMES_MAX + 1)

struct input {
	const char *at, *end;
};

static struct spf_slice next(struct input *input, char until)
{
	struct spf_slice piece = { input->at, 0 };
	const char *stop;

	if (input->at == input->end)
		return piece;
	stop = memchr(input->at, until, (size_t)(input->end - input->at));
	piece.len = (size_t)((stop ? stop : input->end) - input->at);
	input->at = stop ? stop + 1 : input->end;
	return piece;
}

/* A text until NUL; the caller frees. */
static char *next_line(struct input *input)
{
	struct spf_slice line = next(input, '\n');

	return mem_strndup(line.at, line.len);
}

static void check_printable(const char *s, bool lines)
{
	for (; s && *s; s++)
		FUZZ_CHECK((*s >= ' ' && *s <= '~') || (lines && *s == '\n'));
}

/* As auth/dns.h promises: addresses have their length, host names are visible ASCII. */
static void add_record(struct dns_answer *answer, enum dns_type type, struct spf_slice piece)
{
	char text[DNS_NAME_MAX], bytes[16] = { 0 };
	size_t len = 0;

	for (size_t i = 0; i < piece.len && len < sizeof text - 1; i++)
		if (piece.at[i] > ' ' && piece.at[i] <= '~')
			text[len++] = piece.at[i];
	text[len] = '\0';
	if (type == DNS_TXT)
		dns_answer_add(answer, piece.at, piece.len, 0);
	else if (type == DNS_MX || type == DNS_PTR)
		dns_answer_add(answer, text, len, (unsigned)piece.len % 4);
	else if (inet_pton(type == DNS_A ? AF_INET : AF_INET6, text, bytes) >= 0)
		dns_answer_add(answer, bytes, type == DNS_A ? 4 : 16, 0);
}

static struct dns_answer *answer(struct input *input, enum dns_type type)
{
	struct spf_slice line = next(input, '\n');
	struct input pieces = { line.at, line.at + line.len };
	struct dns_answer *a;

	if (line.len && *line.at == '!')
		return dns_answer_failed(DNS_UNKNOWN, "timed out");
	if (line.len && *line.at == '?')
		return dns_answer_failed(DNS_BOGUS, "bogus");
	if (!line.len || *line.at == '-')
		return dns_answer_new(line.len ? DNS_NO_DATA : DNS_NO_NAME, DNS_SECURE);
	a = dns_answer_new(DNS_NO_DATA, DNS_INSECURE);
	while (pieces.at < pieces.end)
		add_record(a, type, next(&pieces, '|'));
	return a;
}

static void feed(struct lookups *lookups, struct input *input)
{
	struct lookup lookup;
	size_t fed = 0;

	for (; lookups_take(lookups, &lookup); fed++)
		lookups_feed(lookups, lookup.id, answer(input, lookup.type));
	FUZZ_CHECK(fed > 0);
	FUZZ_CHECK(lookups_count(lookups) <= QUESTIONS_MAX);
}

static void check_spf(const struct spf *spf)
{
	check_printable(spf->reason, false);
	check_printable(spf->explanation, false);
	check_printable(spf->domain, false);
	FUZZ_CHECK(spf->reason && *spf->reason);
	FUZZ_CHECK(!spf->explanation || spf->result == SPF_FAIL);
	FUZZ_CHECK(spf->domain || spf->result == SPF_NONE);
	FUZZ_CHECK(spf->security != DNS_BOGUS || spf->result == SPF_TEMPERROR);
}

static void evaluate(struct input *input)
{
	char *address = next_line(input), *helo = next_line(input), *sender = next_line(input);
	struct buf explain = BUF_INIT;
	const struct spf_request request = {
		.client_address = address, .helo = helo, .sender = sender,
		.now = -1, .explain = &explain,
	};
	struct lookups *lookups = lookups_new();
	struct spf spf, again;
	struct iprev iprev;

	while (!spf_step(&request, lookups, &spf))
		feed(lookups, input);
	check_spf(&spf);
	check_printable(buf_str(&explain), true);
	FUZZ_CHECK(spf_step(&request, lookups, &again) && again.result == spf.result);
	while (!iprev_step(address, lookups, &iprev, &explain))
		feed(lookups, input);
	FUZZ_CHECK(!iprev.name[0] == (iprev.result != IPREV_PASS));
	spf_free(&spf);
	spf_free(&again);
	lookups_free(&lookups);
	buf_free(&explain);
	free(address);
	free(helo);
	free(sender);
}

/* A line as a record and an explanation, without anything behind it. */
static void read_line(struct spf_slice line)
{
	static const struct spf_macro_values values = {
		.local_part = "a.b-c", .sender_domain = "example.com", .domain = "example.org",
		.validated = "unknown", .helo = "\xff\x01", .receiver = "", .ip = { .len = 16 },
	};
	char *copy = mem_alloc(line.len ? line.len : 1), name[DNS_NAME_MAX];
	struct spf_slice text = { copy, line.len };
	struct buf out = BUF_INIT;
	struct spf_record record;

	if (line.len)
		memcpy(copy, line.at, line.len);
	FUZZ_CHECK(spf_record_parse(copy, line.len, &record, &out) == !out.len);
	check_printable(buf_str(&out), false);
	spf_record_free(&record);
	buf_cut(&out, 0);
	if (spf_domain_spec_valid(text)) {
		FUZZ_CHECK(spf_macro_string_valid(text) && spf_explain_string_valid(text));
		spf_expand_domain(text, &values, name);
		FUZZ_CHECK(strlen(name) < sizeof name);
	}
	if (spf_explain_string_valid(text) && spf_expand_explanation(text, &values, &out))
		check_printable(buf_str(&out), false);
	buf_free(&out);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { (const char *)data, (const char *)data + size };
	struct input lines = input;

	while (lines.at < lines.end)
		read_line(next(&lines, '\n'));
	evaluate(&input);
	return 0;
}
