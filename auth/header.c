/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * header - the fields of a message's header, in memory, for those who look at them many times
 *
 * The fields are those of mime/message.h.  They are sorted by name, so that 512 names
 * looked for among 4096 fields cost no product of the two.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/header.h"
#include "base/mem.h"

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

/* Shorter names first. */
static int compare_names(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (a_len != b_len)
		return a_len < b_len ? -1 : 1;
	if (memcmp(a, b, a_len) == 0)
		return 0;
	for (size_t i = 0; i < a_len; i++) {
		int difference = lower(a[i]) - lower(b[i]);

		if (difference)
			return difference;
	}
	return 0;
}

static int compare_fields(const void *one, const void *other)
{
	const struct header_field *a = *(const struct header_field *const *)one;
	const struct header_field *b = *(const struct header_field *const *)other;
	int difference = compare_names(a->text, a->name_len, b->text, b->name_len);

	return difference ? difference : a < b ? -1 : a > b;
}

/* Where the field at `at` ends: its lines, and those that begin with a blank. */
static const char *field_end(const char *at, const char *end)
{
	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));

		at = lf ? lf + 1 : end;
		if (at < end && *at != ' ' && *at != '\t')
			break;
	}
	return at;
}

/* False: too many fields. */
static bool split(struct header *header)
{
	const char *end = header->text + header->len;

	for (const char *at = header->text; at < end;) {
		const char *next = field_end(at, end);
		const char *colon = memchr(at, ':', (size_t)(next - at));
		struct header_field *field;

		if (header->count == HEADER_FIELDS_MAX)
			return false;
		if (header->count % 64 == 0)
			header->field = mem_grow(header->field, header->count + 64,
			                         sizeof *header->field);
		field = &header->field[header->count++];
		field->text = at;
		field->len = (size_t)(next - at);
		field->value = (size_t)(colon - at) + 1;
		field->name_len = field->value - 1;
		while (at[field->name_len - 1] == ' ' || at[field->name_len - 1] == '\t')
			field->name_len--;
		at = next;
	}
	return true;
}

static void sort(struct header *header)
{
	header->by_name = mem_array(header->count + 1, sizeof *header->by_name);
	for (size_t i = 0; i < header->count; i++)
		header->by_name[i] = &header->field[i];
	qsort(header->by_name, header->count, sizeof *header->by_name, compare_fields);
}

/* ---- a header that is too large ------------------------------------------- */

/* How much of it is kept. */
struct room {
	size_t bytes, fields;
};

static bool is_signature(const struct field *field)
{
	return field_is(field, "DKIM-Signature") || field_is(field, "ARC-Seal") ||
	       field_is(field, "ARC-Message-Signature") ||
	       field_is(field, "ARC-Authentication-Results");
}

/* A From, or a field in which some readers find one. */
static bool is_from(const struct field *field)
{
	return field_is(field, "From") || field->opaque;
}

/* Appends the field to the text. False: there is no room. */
static bool keep(const struct message *message, const struct field *field,
                 struct room *room, struct header *out, int *rc, struct err *err)
{
	const uint64_t len = field->end - field->start;

	if (len > room->bytes || !room->fields)
		return false;
	room->bytes -= (size_t)len;
	room->fields--;
	*rc = spool_read(message->spool, field->start, out->text + out->len, (size_t)len, err);
	out->len += (size_t)len;
	return true;
}

static int keep_some(const struct message *message, struct header *out, struct err *err)
{
	struct room from = { HEADER_SOME_MAX, HEADER_FIELDS_MAX / 2 }, signatures = from;
	struct field field;
	uint64_t at = 0;
	int rc;

	while ((rc = message_next_field(message, &at, &field, err)) > 0) {
		if (is_from(&field))
			out->from_left_out |= !keep(message, &field, &from, out, &rc, err);
		else if (is_signature(&field))
			keep(message, &field, &signatures, out, &rc, err);
		if (rc < 0)
			break;
	}
	return rc;
}

static int load_some(const struct message *message, struct header *out, struct err *err)
{
	out->too_large = true;
	out->len = 0;
	out->count = 0;
	free(out->text);
	out->text = mem_alloc(2 * HEADER_SOME_MAX + 1);
	if (keep_some(message, out, err) < 0)
		return -1;
	split(out);
	return 0;
}

/* ---- below a line that is no field ----------------------------------------- */

/* The bytes up to the first empty line; all, if there is none. */
static size_t until_empty_line(const char *text, size_t len)
{
	const char *at = text, *end = text + len;

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		at++;
		if (at < end && (*at == '\n' || (*at == '\r' && end - at > 1 && at[1] == '\n')))
			return (size_t)(at - text);
	}
	return len;
}

static int load_below(const struct message *message, struct header *out, struct err *err)
{
	const uint64_t left = message->size - message->header_size;
	size_t len = left < HEADER_BELOW_MAX ? (size_t)left : HEADER_BELOW_MAX;

	out->below = mem_alloc(len + 1);
	out->below_len = len;
	if (spool_read(message->spool, message->header_size, out->below, len, err))
		return -1;
	out->below_len = until_empty_line(out->below, len);
	out->from_left_out |= out->below_len == len && left > len;
	return 0;
}

/* ---- all of it -------------------------------------------------------------- */

static int load(const struct message *message, struct header *out, struct err *err)
{
	if (message->end == HEADER_ENDS_OTHER_LINE) {
		out->cut = true;
		if (load_below(message, out, err))
			return -1;
	}
	if (message->header_size > HEADER_BYTES_MAX)
		return load_some(message, out, err);
	out->len = (size_t)message->header_size;
	out->text = mem_alloc(out->len + 1);
	if (spool_read(message->spool, 0, out->text, out->len, err))
		return -1;
	return split(out) ? 0 : load_some(message, out, err);
}

int header_load(const struct message *message, struct header *out,
                struct err *err)
{
	memset(out, 0, sizeof *out);
	if (load(message, out, err)) {
		header_free(out);
		return -1;
	}
	sort(out);
	return 0;
}

static void wipe(char *text, size_t len)
{
	if (text)
		explicit_bzero(text, len);
	free(text);
}

void header_free(struct header *header)
{
	wipe(header->text, header->len);
	wipe(header->below, header->below_len);
	free(header->field);
	free(header->by_name);
	memset(header, 0, sizeof *header);
}

bool header_field_is(const struct header_field *field, const char *name)
{
	return compare_names(field->text, field->name_len, name, strlen(name)) == 0;
}

const struct header_field *header_find(const struct header *header,
                                       const char *name, size_t *at)
{
	while (*at < header->count) {
		const struct header_field *field = &header->field[(*at)++];

		if (header_field_is(field, name))
			return field;
	}
	return NULL;
}

/* Index in by_name of the first field whose name is not before that one, or is behind it. */
static size_t bound(const struct header *header, const char *name, size_t len,
                    bool behind)
{
	size_t low = 0, high = header->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct header_field *field = header->by_name[middle];
		int difference = compare_names(field->text, field->name_len, name, len);

		if (difference < 0 || (behind && difference == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t header_group(const struct header *header, const char *name, size_t len,
                    size_t *first)
{
	*first = bound(header, name, len, false);
	return bound(header, name, len, true) - *first;
}
