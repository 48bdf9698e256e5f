/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-authres - any bytes as the value of Authentication-Results, or ARC's: what was read is
 * written so that it is read the same, in lines that nothing can be smuggled into
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

static void check_text(const char *a, const char *b)
{
	FUZZ_CHECK(!a == !b && (!a || strcmp(a, b) == 0));
}

static void check_same(const struct authres_result *a, const struct authres_result *b)
{
	check_text(a->method, b->method);
	check_text(a->result, b->result);
	check_text(a->reason, b->reason);
	FUZZ_CHECK(a->version == b->version && a->properties_count == b->properties_count);
	for (size_t i = 0; i < a->properties_count; i++) {
		check_text(a->properties[i].ptype, b->properties[i].ptype);
		check_text(a->properties[i].property, b->properties[i].property);
		check_text(a->properties[i].value, b->properties[i].value);
	}
}

/* Written, it is read as the same. */
static void check_written(const struct authres *ar)
{
	struct buf field = BUF_INIT, rewritten = BUF_INIT;
	struct authres *again;

	authres_write(ar, &field);
	check_lines(&field);
	again = authres_parse(field.data + sizeof name - 1, field.len - (sizeof name - 1));
	FUZZ_CHECK(again && !again->flawed && again->count == ar->count);
	FUZZ_CHECK(again->unregistered == ar->unregistered);
	FUZZ_CHECK(strcmp(again->id, ar->id) == 0);
	for (size_t i = 0; i < ar->count; i++)
		check_same(&ar->results[i], &again->results[i]);
	authres_write(again, &rewritten);
	FUZZ_CHECK(strcmp(field.data, rewritten.data) == 0);
	authres_free(&again);
	buf_free(&field);
	buf_free(&rewritten);
}

/* A copy of each result is the same result. */
static void check_copies(const struct authres *ar)
{
	struct authres *copy = authres_new(ar->id);

	for (size_t i = 0; i < ar->count; i++) {
		FUZZ_CHECK(authres_add_copy(copy, &ar->results[i]));
		check_same(&ar->results[i], &copy->results[i]);
	}
	authres_free(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *value = (const char *)data;
	struct token_text t = { value, value + size };
	struct authres *ar, *glance;
	unsigned instance;

	if (!authres_read_instance(&t, &instance))
		t.at = value;
	ar = authres_parse(t.at, (size_t)(t.end - t.at));
	glance = authres_glance(t.at, (size_t)(t.end - t.at));
	if (ar) {
		FUZZ_CHECK(ar->count <= AUTHRES_RESULTS_MAX && ar->bytes <= AUTHRES_BYTES_MAX);
		check_written(ar);
		check_copies(ar);
		/* Who only looks sees no less. */
		FUZZ_CHECK(glance && strcmp(glance->id, ar->id) == 0);
		FUZZ_CHECK(glance->count >= ar->count || glance->bytes > AUTHRES_BYTES_MAX / 2 ||
		           glance->count == AUTHRES_RESULTS_MAX);
	}
	authres_free(&ar);
	authres_free(&glance);
	return 0;
}
