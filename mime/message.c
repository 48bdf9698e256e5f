/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * message - the byte map of a message (RFC 5322 section 2.2, and whatever else arrives)
 *
 * Each byte of the header is looked at a fixed number of times, however the
 * fields are cut: an attacker chooses their number and length.
 */
#include <config.h>

#include <string.h>

#include "mime/cursor.h"
#include "mime/message.h"

static bool is_blank(int byte)
{
	return byte == ' ' || byte == '\t';
}

/* A byte of a field's name: printable ASCII without the colon. */
static bool is_name_byte(int byte)
{
	return byte > ' ' && byte < 0x7f && byte != ':';
}

/* `1*(%x21-39 / %x3B-7E) *WSP ":"`; false if the line is no field. */
static bool walk_name(struct cursor *c, struct field *field)
{
	for (int b = cursor_peek(c); is_name_byte(b); b = cursor_peek(c)) {
		if (field->name_len < FIELD_NAME_MAX - 1)
			field->name[field->name_len] = (char)b;
		field->name_len++;
		cursor_skip(c, 1);
	}
	cursor_skip_blanks(c);
	if (!cursor_take(c, ':') || field->name_len == 0)
		return false;
	field->value = c->at;
	return true;
}

/* Is there a NUL, or a CR that no LF follows, in bytes that end before an LF
 * or in the middle of a line? *cr: the byte before them was a CR; kept up. */
static bool is_opaque(const char *data, size_t len, bool *cr)
{
	if (len == 0)
		return false;

	bool bare = *cr;

	*cr = data[len - 1] == '\r';
	return bare || memchr(data, '\0', len) || memchr(data, '\r', len - *cr);
}

/* The rest of a line with its LF. */
static void walk_line(struct cursor *c, struct field *field)
{
	bool cr = false;

	while (cursor_fill(c)) {
		const char *lf = memchr(c->data, '\n', c->len);
		size_t len = lf ? (size_t)(lf - c->data) : c->len;

		if (!field->opaque)
			field->opaque = is_opaque(c->data, len, &cr);
		cursor_skip(c, lf ? len + 1 : len);
		if (lf)
			return;
	}
	field->opaque |= cr;
	field->unended = true;
}

int message_walk(struct spool *spool, uint64_t *at, struct field *field,
                 struct err *err)
{
	struct cursor c;

	*field = (struct field){ .start = *at };
	cursor_start(&c, spool, *at, UINT64_MAX, err);
	if (!walk_name(&c, field))
		return cursor_failed(&c) ? -1 : 0;
	do {
		walk_line(&c, field);
	} while (is_blank(cursor_peek(&c)));
	if (cursor_failed(&c))
		return -1;
	field->end = c.at;
	*at = c.at;
	return 1;
}

/* Is the first line's end a CRLF? */
static int map_line_ends(struct message *message, struct err *err)
{
	struct cursor c;
	char before;

	cursor_start(&c, message->spool, 0, message->size, err);
	if (cursor_find_lf(&c) && c.at > 0) {
		if (spool_read(message->spool, c.at - 1, &before, 1, err))
			return -1;
		message->crlf = before == '\r';
	}
	return cursor_failed(&c) ? -1 : 0;
}

/* What stands where the fields are over. */
static int map_header_end(struct message *message, struct err *err)
{
	struct cursor c;

	cursor_start(&c, message->spool, message->header_size, message->size, err);
	message->body = message->header_size;
	if (cursor_peek(&c) == CURSOR_END) {
		message->end = HEADER_ENDS_MESSAGE;
	} else {
		cursor_take(&c, '\r');
		message->end = HEADER_ENDS_OTHER_LINE;
		if (cursor_take(&c, '\n')) {
			message->end = HEADER_ENDS_EMPTY_LINE;
			message->body = c.at;
		}
	}
	return cursor_failed(&c) ? -1 : 0;
}

int message_map(struct spool *spool, struct message *message, struct err *err)
{
	struct field field;
	int rc;

	*message = (struct message){ .spool = spool, .size = spool_size(spool) };
	if (map_line_ends(message, err))
		return -1;
	while ((rc = message_walk(spool, &message->header_size, &field, err)) > 0) {
		message->has_fields = true;
		message->opaque_header |= field.opaque;
	}
	return rc < 0 ? -1 : map_header_end(message, err);
}

const char *message_nl(const struct message *message)
{
	return message->crlf ? "\r\n" : "\n";
}

bool message_begins_without_header(const struct message *message)
{
	return !message->has_fields && message->end == HEADER_ENDS_OTHER_LINE;
}

int message_next_field(const struct message *message, uint64_t *at,
                       struct field *field, struct err *err)
{
	if (*at >= message->header_size)
		return 0;
	return message_walk(message->spool, at, field, err);
}

int message_find_field(const struct message *message, const char *name,
                       struct field *field, struct err *err)
{
	uint64_t at = 0;
	int rc;

	while ((rc = message_next_field(message, &at, field, err)) > 0)
		if (field_is(field, name))
			break;
	return rc;
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool field_begins(const struct field *field, const char *prefix)
{
	size_t i = 0;

	/* name ends with a NUL, so that a longer prefix differs there. */
	while (prefix[i] && lower(prefix[i]) == lower(field->name[i]))
		i++;
	return prefix[i] == '\0';
}

bool field_is(const struct field *field, const char *name)
{
	return strlen(name) == field->name_len && field_begins(field, name);
}

/* Offset behind the value: the last line's end is no part of it. */
static int value_end(const struct message *message, const struct field *field,
                     uint64_t *end, struct err *err)
{
	char before;

	*end = field->end;
	if (field->unended)
		return 0;
	(*end)--;
	if (*end == field->value)
		return 0;
	if (spool_read(message->spool, *end - 1, &before, 1, err))
		return -1;
	if (before == '\r')
		(*end)--;
	return 0;
}

int field_value(const struct message *message, const struct field *field,
                size_t max, struct buf *out, struct err *err)
{
	struct cursor c;
	uint64_t end;

	if (value_end(message, field, &end, err))
		return -1;
	if (end - field->value > max)
		end = field->value + max;
	cursor_start(&c, message->spool, field->value, end, err);
	while (cursor_fill(&c)) {
		buf_add(out, c.data, c.len);
		cursor_skip(&c, c.len);
	}
	return cursor_failed(&c) ? -1 : 0;
}

bool message_is_from_line(const char *line, size_t len)
{
	size_t i = 5;
	bool cr = false;

	if (len < 6 || memcmp(line, "From ", 5) != 0 || line[len - 1] != '\n' ||
	    is_opaque(line, len - 1, &cr))
		return false;
	while (is_blank(line[i]))
		i++;
	return line[i] != ':';
}
