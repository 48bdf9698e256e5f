/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-ciphertext - any bytes as armour or packets: the answer is the same
 * however they are cut, and what is complete stays so under white space alone
 *
 * The first byte chooses the mode.
 */
#include <config.h>

#include <string.h>

#include "mime/ciphertext.h"
#include "tests/fuzz/fuzz.h"

struct text {
	const uint8_t *data;
	size_t len;
};

static struct ciphertext read_in(enum ciphertext_mode mode, struct text text,
                                 size_t piece, const char *more)
{
	struct ciphertext_reader *reader = ciphertext_reader_new(mode);
	struct ciphertext found;
	int rc = 0;

	for (size_t at = 0; at < text.len; at += piece) {
		size_t left = text.len - at;

		rc = ciphertext_reader_add(reader, text.data + at, left < piece ? left : piece);
	}
	if (*more)
		rc = ciphertext_reader_add(reader, more, strlen(more));
	ciphertext_reader_finish(reader, &found);
	FUZZ_CHECK(rc == 0 || !found.complete);
	ciphertext_reader_free(&reader);
	return found;
}

static void check_complete(enum ciphertext_mode mode, struct text text)
{
	if (mode == CIPHERTEXT_BINARY)
		return;
	FUZZ_CHECK(read_in(mode, text, text.len, " \r\n\n").complete);
	FUZZ_CHECK(!read_in(mode, text, text.len, "\nnoon").complete);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;

	enum ciphertext_mode mode = data[0] % 3;
	struct text text = { data + 1, size - 1 };
	struct ciphertext whole = read_in(mode, text, text.len, "");
	struct ciphertext pieces = read_in(mode, text, 1 + data[0] % 7, "");

	FUZZ_CHECK(whole.complete == pieces.complete);
	if (!whole.complete)
		return 0;
	FUZZ_CHECK(whole.pkesk + whole.skesk > 0);
	FUZZ_CHECK(memcmp(&whole, &pieces, sizeof whole) == 0);
	check_complete(mode, text);
	return 0;
}
