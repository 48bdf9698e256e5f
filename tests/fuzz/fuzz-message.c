/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-message - any bytes as a message: its map holds together, and it comes back
 * exactly, sealed and passed
 */
#include <config.h>

#include <string.h>

#include "mime/compose.h"
#include "mime/restore.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/spools.h"

static void walk(const struct message *m)
{
	struct field field;
	struct err err;
	uint64_t at = 0, end = 0;

	while (message_next_field(m, &at, &field, &err) > 0) {
		FUZZ_CHECK(field.start == end && field.end == at);
		FUZZ_CHECK(field.value > field.start && field.value <= field.end);
		FUZZ_CHECK(field.name_len > 0);
		FUZZ_CHECK(!field.unended || at == m->size);
		end = at;
	}
	FUZZ_CHECK(end == m->header_size && end <= m->body && m->body <= m->size);
	FUZZ_CHECK(m->body - end <= 2);
}

static void seal_and_open(const struct message *m, const uint8_t *data)
{
	struct compose_original original = spools_original(data, m->size);
	struct buf payload = BUF_INIT, got = BUF_INIT;
	enum restore_result result;
	struct err err;

	spools_payload(m, &original, NULL, &payload);

	struct spool *spool = spools_with(payload.data, payload.len);

	FUZZ_CHECK(restore_payload(spool, spools_sink(&got), &result, &err) == 0);
	FUZZ_CHECK(result == RESTORE_EXACT && spools_same(&got, data, m->size));
	spool_free(&spool);
	buf_free(&payload);
	buf_free(&got);
}

static bool is_results(void *ctx, const struct message *message,
                       const struct field *field)
{
	(void)ctx;
	(void)message;
	return field_is(field, "Authentication-Results");
}

static void pass_and_open(const struct message *m, const uint8_t *data)
{
	struct compose_original original = spools_original(data, m->size);
	const struct compose_trace trace = {
		.mailseal = "",
		.auth = "Authentication-Results: x;\n\tnone",
		.further = "X-Mailseal-Junk: yes; reason=dmarc",
		.forged = is_results,
	};
	struct spool *spool = spools_new();
	struct buf got = BUF_INIT;
	enum restore_result result;
	struct message stored;
	struct err err;

	FUZZ_CHECK(compose_passed(m, NULL, &original, &trace, spool_sink(spool),
	                          &err) == 0);
	FUZZ_CHECK(message_map(spool, &stored, &err) == 0);
	FUZZ_CHECK(restore_passed(&stored, false, spools_sink(&got), &result,
	                          &err) == 0);
	FUZZ_CHECK(result == RESTORE_EXACT && spools_same(&got, data, m->size));
	spool_free(&spool);
	buf_free(&got);
}

/* No field outside holds what a lenient reader may take for a line end. */
static void seal_head(const struct message *m)
{
	const struct outer_fields outside = { PROTECT_SUBJECT_YES, false, NULL };
	const struct compose_trace trace = { .mailseal = "" };
	struct buf head = BUF_INIT;
	struct err err;

	FUZZ_CHECK(compose_sealed_head(m, NULL, &outside, &trace, "B",
	                               spools_sink(&head), &err) == 0);
	FUZZ_CHECK(!memchr(head.data, '\0', head.len));
	for (size_t i = 0; i < head.len; i++)
		FUZZ_CHECK(head.data[i] != '\r' || head.data[i + 1] == '\n');
	buf_free(&head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spool *spool = spools_with(data, size);
	struct message m;
	struct err err;

	FUZZ_CHECK(message_map(spool, &m, &err) == 0);
	FUZZ_CHECK(m.size == size);
	walk(&m);
	seal_head(&m);
	seal_and_open(&m, data);
	pass_and_open(&m, data);
	spool_free(&spool);
	return 0;
}
