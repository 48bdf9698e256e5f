/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-arc - any message: its chain is judged, with few questions, the same in whatever order
 * the answers come
 *
 * All keys are the one that the seeds are sealed with; selectors that begin with `temp` fail.
 */
#include <config.h>

#include <string.h>

#include "auth/arc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/spools.h"

#define KEY "v=DKIM1; k=ed25519; p=iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w="

static void check_printable(const char *s)
{
	for (; s && *s; s++)
		FUZZ_CHECK((*s >= ' ' && *s <= '~') || *s == '\n');
}

static struct dns_answer *answer(const char *name)
{
	struct dns_answer *a;

	if (strncmp(name, "temp", 4) == 0)
		return dns_answer_failed(DNS_UNKNOWN, "timed out");
	a = dns_answer_new(DNS_FOUND, DNS_SECURE);
	dns_answer_add(a, KEY, strlen(KEY), 0);
	return a;
}

/* All that is open, or only the newest question. */
static void feed(struct lookups *lookups, bool all)
{
	for (size_t i = lookups_count(lookups); i-- > 0;) {
		const struct lookup lookup = lookups_get(lookups, i);

		if (lookup.answer)
			continue;
		lookups_feed(lookups, i, answer(lookup.name));
		if (!all)
			return;
	}
}

static void check_arc(const struct arc *arc)
{
	enum arc_result result = arc_result(arc);
	int oldest = arc_oldest_pass(arc);
	size_t count = arc_count(arc);

	check_printable(arc_reason(arc));
	FUZZ_CHECK(count <= ARC_SETS_MAX);
	FUZZ_CHECK((arc_reason(arc) != NULL) == (result == ARC_FAIL || result == ARC_TEMPERROR));
	FUZZ_CHECK(result != ARC_NONE || count == 0);
	FUZZ_CHECK(result != ARC_PASS || count > 0);
	FUZZ_CHECK(oldest == -1 || (result == ARC_PASS && oldest <= (int)count));
	for (size_t i = 1; i <= count; i++) {
		const struct arc_set *set = arc_get(arc, i);

		FUZZ_CHECK(result != ARC_PASS || (set->domain && set->selector));
		check_printable(set->domain);
		check_printable(set->selector);
	}
}

static enum arc_result judge(const struct header *header, const struct message *message,
                             bool all)
{
	struct body_hashes *hashes = body_hashes_new();
	struct lookups *lookups = lookups_new();
	struct buf explain = BUF_INIT;
	struct arc *arc = arc_new(header, 1700000000, hashes, &explain);
	enum arc_result result;
	struct err err;

	spools_check(body_hashes_run(hashes, message, &err), &err);
	while (!arc_step(arc, lookups)) {
		size_t answered = lookups_answered(lookups);

		feed(lookups, all);
		FUZZ_CHECK(lookups_answered(lookups) > answered);
	}
	result = arc_result(arc);
	check_arc(arc);
	check_printable(buf_str(&explain));
	FUZZ_CHECK(lookups_count(lookups) <= arc_count(arc) + ARC_MESSAGES_MAX);
	FUZZ_CHECK(arc_step(arc, lookups) && arc_result(arc) == result);
	arc_free(&arc);
	lookups_free(&lookups);
	body_hashes_free(&hashes);
	buf_free(&explain);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spool *spool = spools_with(data, size);
	struct message message;
	struct header header;
	struct err err;

	spools_check(message_map(spool, &message, &err), &err);
	spools_check(header_load(&message, &header, &err), &err);
	FUZZ_CHECK(judge(&header, &message, true) == judge(&header, &message, false));
	header_free(&header);
	spool_free(&spool);
	return 0;
}
