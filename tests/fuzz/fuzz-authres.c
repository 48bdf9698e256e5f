/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-authres - any bytes as the value of Authentication-Results: what was read is written
 * so that it is read the same, in lines that nothing can be smuggled into
 */
#include <config.h>

#include <string.h>

#include "auth/authres.h"
#include "tests/fuzz/fuzz.h"

static const char name[] = "Authentication-Results:";

static void check_lines(const struct buf *field)
{
	size_t line = 0;

	FUZZ_CHECK(strlen(field->data) == field->len);
	FUZZ_CHECK(strncmp(field->data, name, sizeof name - 1) == 0);
	for (const char *c = field->data; *c; c++) {
		FUZZ_CHECK((unsigned char)*c >= ' ' || *c == '\n' || *c == '\t');
		FUZZ_CHECK(*c != '\n' || (c[1] == '\t' && c[2] > ' '));
		line = *c == '\n' ? 0 : line + 1;
		FUZZ_CHECK(line <= 998);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct authres *ar = authres_parse((const char *)data, size), *again;
	struct buf field = BUF_INIT, rewritten = BUF_INIT;

	if (!ar)
		return 0;
	FUZZ_CHECK(ar->count <= AUTHRES_RESULTS_MAX && ar->bytes <= AUTHRES_BYTES_MAX);
	authres_write(ar, &field);
	check_lines(&field);
	again = authres_parse(field.data + sizeof name - 1, field.len - (sizeof name - 1));
	FUZZ_CHECK(again && !again->flawed && again->count == ar->count);
	FUZZ_CHECK(strcmp(again->id, ar->id) == 0);
	authres_write(again, &rewritten);
	FUZZ_CHECK(strcmp(field.data, rewritten.data) == 0);
	authres_free(&ar);
	authres_free(&again);
	buf_free(&field);
	buf_free(&rewritten);
	return 0;
}
