/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-author - any bytes as the value of From: an author's domain is a name that stands there,
 * and another author beside him is never overlooked
 */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "auth/author.h"
#include "base/mem.h"
#include "tests/fuzz/fuzz.h"

static bool is_ascii(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] >= 0x80)
			return false;
	return true;
}

static bool is_blank(uint8_t c)
{
	return c <= ' ' || c == 0x7f;
}

/* Behind the comment that may begin at i. */
static size_t skip_comment(const uint8_t *data, size_t size, size_t i)
{
	size_t depth = 0;

	do {
		if (data[i] == '\\')
			i++;
		else
			depth += data[i] == '(' ? 1 : data[i] == ')' ? (size_t)-1 : 0;
	} while (++i < size && depth);
	return i;
}

/* Does the name stand in the value, in any case, blanks, controls and comments in between? */
static bool stands_in(const uint8_t *data, size_t size, const char *name)
{
	size_t len = strlen(name);

	for (size_t at = 0; at + len <= size; at++) {
		size_t same = 0, i = at;

		while (same < len && i < size) {
			if (data[i] == '(')
				i = skip_comment(data, size, i);
			else if (is_blank(data[i]))
				i++;
			else if ((data[i++] | 0x20) == ((uint8_t)name[same] | 0x20))
				same++;
			else
				break;
		}
		if (same == len)
			return true;
	}
	return false;
}

static void check(const struct author *author)
{
	FUZZ_CHECK(author->domains <= AUTHOR_DOMAINS_MAX);
	FUZZ_CHECK(!author->more || author->state == AUTHOR_BROKEN);
	FUZZ_CHECK((author->reason == NULL) == (author->state == AUTHOR_ONE));
	FUZZ_CHECK(author->state != AUTHOR_ONE || author->domains == 1);
	FUZZ_CHECK(author->state != AUTHOR_SEVERAL || author->domains > 1);
	for (size_t i = 0; i < author->domains; i++) {
		FUZZ_CHECK(dns_name_valid(author->domain[i]));
		for (const char *c = author->domain[i]; *c; c++)
			FUZZ_CHECK(*c > ' ' && *c < 0x7f && (*c < 'A' || *c > 'Z'));
	}
}

/* The value with another author in front and behind. */
static void check_other(const uint8_t *data, size_t size, const struct author *author)
{
	static const char other[] = "x@other.test";
	const size_t len = sizeof other - 1;
	char *text = mem_alloc(size + 2 * len + 2);
	struct author both;

	memcpy(text, other, len);
	text[len] = ',';
	if (size)
		memcpy(text + len + 1, data, size);
	text[len + 1 + size] = ',';
	memcpy(text + len + 2 + size, other, len);
	author_parse(text, size + 2 * len + 2, &both);
	check(&both);
	if (author->state == AUTHOR_ONE && strcmp(author->domain[0], "other.test") != 0)
		FUZZ_CHECK(both.state != AUTHOR_ONE && both.state != AUTHOR_NONE);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct author author;

	author_parse((const char *)data, size, &author);
	check(&author);
	if (is_ascii(data, size))
		for (size_t i = 0; i < author.domains; i++)
			FUZZ_CHECK(stands_in(data, size, author.domain[i]));
	check_other(data, size, &author);
	return 0;
}
