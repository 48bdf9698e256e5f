/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-classify - any bytes as a message: what passes as ciphertext does not
 * pass any more with a text in its body
 *
 * The first two bytes choose where the text goes.
 */
#include <config.h>

#include <string.h>

#include "mime/classify.h"
#include "mime/structure.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/spools.h"

static const char text[] = "\nMeet me at noon\n";

/* *body: where the body begins. */
static enum mime_class classify(const void *data, size_t size, size_t *body)
{
	struct spool *spool = spools_with(data, size);
	struct ciphertext_range range;
	struct message message;
	enum mime_class class;
	struct err err;

	FUZZ_CHECK(structure_check(&err) == 0); /* else nothing passes */
	FUZZ_CHECK(message_map(spool, &message, &err) == 0);
	FUZZ_CHECK(classify_message(&message, &class, &err) == 0);

	int found = classify_find_ciphertext(&message, &range, &err);

	FUZZ_CHECK(found >= 0);
	FUZZ_CHECK(!found || (range.start <= range.end && range.end <= size &&
	                      range.start >= message.body));
	FUZZ_CHECK(found || (class != MIME_PGP_MIME && class != MIME_SEALED));
	*body = (size_t)message.body;
	spool_free(&spool);
	return class;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t body, ignored;

	if (size < 2)
		return 0;

	size_t at = (size_t)data[0] << 8 | data[1];

	data += 2;
	size -= 2;
	if (classify(data, size, &body) == MIME_READABLE)
		return 0;

	struct buf with = BUF_INIT;

	at = body + at % (size - body + 1);
	buf_add(&with, data, at);
	buf_adds(&with, text);
	buf_add(&with, data + at, size - at);
	FUZZ_CHECK(classify(with.data, with.len, &ignored) == MIME_READABLE);
	buf_free(&with);
	return 0;
}
