/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-verify - any message, envelope and answers: all is judged, a pass has something that it
 * rests on, and what is recorded is one field
 *
 * Lines up to an empty one, then the message.  The first three are client address, HELO and sender;
 * each further one answers a question that is not for a key, in the order in which they are asked: `!` fails, `?` is
 * bogus, `-` has no data, anything else is records between `|`.  Behind the last, policies
 * are p=reject and nothing else exists.  Keys are the one that the seeds are signed with.
 */
#include <config.h>

#include <arpa/inet.h>
#include <string.h>

#include "auth/results.h"
#include "base/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/spools.h"

#define KEY "v=DKIM1; k=ed25519; p=iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w="
#define POLICY "v=DMARC1; p=reject"

struct input {
	const char *at, *end;
};

/* The next piece of it, up to a byte or the end. */
static struct input next(struct input *input, char until)
{
	struct input piece = *input;
	const char *stop = input->at == input->end
	                           ? NULL
	                           : memchr(input->at, until, (size_t)(input->end - input->at));

	piece.end = stop ? stop : input->end;
	input->at = stop ? stop + 1 : input->end;
	return piece;
}

/* Up to a NUL; the caller's. */
static char *next_line(struct input *lines)
{
	struct input line = next(lines, '\n');

	return mem_strndup(line.at, (size_t)(line.end - line.at));
}

/* ---- answers ------------------------------------------------------------ */

/* As auth/dns.h promises: addresses have their length, host names are visible ASCII. */
static void add_record(struct dns_answer *answer, enum dns_type type, struct input piece)
{
	char text[DNS_NAME_MAX], bytes[16] = { 0 };
	size_t size = (size_t)(piece.end - piece.at), len = 0;

	for (const char *c = piece.at; c < piece.end && len < sizeof text - 1; c++)
		if (*c > ' ' && *c <= '~')
			text[len++] = *c;
	text[len] = '\0';
	if (type == DNS_TXT)
		dns_answer_add(answer, piece.at, size, 0);
	else if (type == DNS_MX || type == DNS_PTR)
		dns_answer_add(answer, text, len, (unsigned)size % 4);
	else if (inet_pton(type == DNS_A ? AF_INET : AF_INET6, text, bytes) >= 0)
		dns_answer_add(answer, bytes, type == DNS_A ? 4 : 16, 0);
}

static struct dns_answer *with_text(const char *text)
{
	struct dns_answer *answer = dns_answer_new(DNS_FOUND, DNS_SECURE);

	dns_answer_add(answer, text, strlen(text), 0);
	return answer;
}

static struct dns_answer *answer(struct input *lines, const struct lookup *lookup)
{
	struct dns_answer *a;
	struct input line;

	if (strstr(lookup->name, "._domainkey."))
		return with_text(KEY);
	if (lines->at == lines->end)
		return strncmp(lookup->name, "_dmarc.", 7) == 0 ? with_text(POLICY)
		                                                : dns_answer_new(DNS_NO_NAME, DNS_SECURE);
	line = next(lines, '\n');
	if (line.at == line.end || *line.at == '!')
		return dns_answer_failed(DNS_UNKNOWN, "timed out");
	if (*line.at == '?')
		return dns_answer_failed(DNS_BOGUS, "bogus");
	if (*line.at == '-')
		return dns_answer_new(DNS_NO_DATA, DNS_INSECURE);
	a = dns_answer_new(DNS_NO_DATA, DNS_INSECURE);
	while (line.at < line.end)
		add_record(a, lookup->type, next(&line, '|'));
	return a;
}

/* A verify_wait. */
static void feed(void *lines, struct lookups *lookups, struct deadline deadline)
{
	struct lookup lookup;
	size_t fed = 0;

	(void)deadline;
	for (; lookups_take(lookups, &lookup); fed++)
		lookups_feed(lookups, lookup.id, answer(lines, &lookup));
	FUZZ_CHECK(fed > 0);
}

/* ---- what must hold ------------------------------------------------------ */

static bool dkim_passed(const struct verify *v, const char *domain)
{
	for (size_t i = 0; i < dkim_count(v->dkim); i++) {
		const struct dkim_signature *s = dkim_get(v->dkim, i);

		if (s->result == DKIM_PASS && strcmp(s->domain, domain) == 0)
			return true;
	}
	return false;
}

static void check_verify(const struct verify *v)
{
	const struct dmarc *dmarc = &v->dmarc;

	FUZZ_CHECK(v->spf.security != DNS_BOGUS || v->spf.result == SPF_TEMPERROR);
	FUZZ_CHECK(!dmarc->spf_aligned || v->spf.result == SPF_PASS);
	FUZZ_CHECK(!dmarc->dkim_aligned || dkim_passed(v, dmarc->dkim_domain));
	if (dmarc->result == DMARC_PASS) {
		FUZZ_CHECK(v->author.state == AUTHOR_ONE || v->author.state == AUTHOR_SEVERAL);
		FUZZ_CHECK(dmarc->spf_aligned || dmarc->dkim_aligned);
		FUZZ_CHECK(dmarc->from_domain[0] && dmarc->disposition == DMARC_P_NONE);
	}
	if (v->rescued_by)
		FUZZ_CHECK(dmarc->result == DMARC_FAIL && arc_result(v->arc) == ARC_PASS &&
		           strcmp(v->rescued_by, "list.example") == 0);
	for (size_t i = 0; i < lookups_count(v->lookups); i++)
		FUZZ_CHECK(lookups_get(v->lookups, i).answer);
	for (size_t i = 0; i < VERIFY_METHODS; i++)
		for (const char *c = buf_str(&v->explain[i]); *c; c++)
			FUZZ_CHECK((*c >= ' ' && *c <= '~') || *c == '\n');
}

/* One field, that reads as it was meant. */
static void check_field(const char *field)
{
	const char *value = strchr(field, ':');
	struct authres *ar;

	FUZZ_CHECK(value);
	for (const char *c = field; *c; c++) {
		FUZZ_CHECK((unsigned char)*c >= ' ' || *c == '\t' || *c == '\n');
		FUZZ_CHECK(*c != '\n' || c[1] == '\t');
	}
	ar = authres_parse(value + 1, strlen(value + 1));
	FUZZ_CHECK(ar && !ar->flawed && strcmp(ar->id, "mx.example.net") == 0);
	authres_free(&ar);
}

static void verify(struct input *lines, struct spool *spool)
{
	static const char *const trusted[] = { "list.example", NULL };
	char *address = next_line(lines), *helo = next_line(lines), *sender = next_line(lines);
	struct verify_request request = {
		.client_address = address, .helo = helo, .sender = sender,
		.receiver = "mx.example.net", .now = 1700000000,
		.trusted_sealers = trusted, .explain = true,
	};
	struct results *results;
	struct message message;
	struct verify out;
	struct err err;

	spools_check(message_map(spool, &message, &err), &err);
	request.message = &message;
	spools_check(verify_run(&request, feed, lines, DEADLINE_NEVER, &out, &err), &err);
	check_verify(&out);
	results = results_new("mx.example.net", NULL, &out);
	check_field(results_field(results));
	results_free(&results);
	verify_free(&out);
	free(address);
	free(helo);
	free(sender);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *empty = memmem(text, size, "\n\n", 2);
	size_t front = empty ? (size_t)(empty - text) : size;
	struct input lines = { text, text + front };
	struct spool *spool = empty ? spools_with(empty + 2, size - front - 2)
	                            : spools_with("", 0);

	verify(&lines, spool);
	spool_free(&spool);
	return 0;
}
