/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-tag-list - any bytes as a tag list: what is read lies inside, is trimmed, stands there once;
 * its values as numbers, lists and base64
 */
#include <config.h>

#include <string.h>

#include "auth/tag-list.h"
#include "tests/fuzz/fuzz.h"

static bool is_inside(const char *text, size_t size, const char *part, size_t len)
{
	return part >= text && len <= size && part <= text + size - len;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static void check_value(const struct tag *tag)
{
	unsigned char out[64];
	const char *item;
	size_t at = 0, len, items = 0;
	uint64_t number;
	long bytes = tag_base64(tag, out, sizeof out);

	FUZZ_CHECK(bytes >= -1 && bytes <= (long)sizeof out);
	if (tag_number(tag, &number))
		FUZZ_CHECK(number < UINT64_C(1000000000000000000));
	while (tag_next_item(tag, &at, &item, &len)) {
		FUZZ_CHECK(is_inside(tag->value, tag->value_len, item, len));
		FUZZ_CHECK(!memchr(item, ':', len));
		items++;
	}
	FUZZ_CHECK(items > 0 && items <= tag->value_len + 1);
}

static void check_tag(const char *text, size_t size, const struct tag *tag)
{
	FUZZ_CHECK(is_inside(text, size, tag->name, tag->name_len) && tag->name_len > 0);
	FUZZ_CHECK(is_inside(text, size, tag->value, tag->value_len));
	FUZZ_CHECK(tag->value_len == 0 || (!is_blank(tag->value[0]) &&
	                                   !is_blank(tag->value[tag->value_len - 1])));
	FUZZ_CHECK(!memchr(tag->value, ';', tag->value_len));
	FUZZ_CHECK(!memchr(tag->value, '\0', tag->value_len));
	check_value(tag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *why = NULL, *bad = NULL;
	struct tag_list list;
	struct tag tag;
	size_t at = 0, count = 0;
	const char *result = tag_list_parse(text, size, &list);

	FUZZ_CHECK(list.count <= TAG_LIST_MAX);
	for (size_t i = 0; i < list.count; i++) {
		char name[TAG_LIST_MAX];

		check_tag(text, size, &list.tag[i]);
		if (list.tag[i].name_len >= sizeof name)
			continue;
		memcpy(name, list.tag[i].name, list.tag[i].name_len);
		name[list.tag[i].name_len] = '\0';
		FUZZ_CHECK(tag_find(&list, name) == &list.tag[i]);
	}
	while (tag_next(text, size, &at, &tag, &why)) {
		if (why)
			bad = why;
		else
			check_tag(text, size, &tag);
		count++;
	}
	FUZZ_CHECK(at <= size && count >= list.count);
	FUZZ_CHECK(result || (count == list.count && !bad));
	return 0;
}
