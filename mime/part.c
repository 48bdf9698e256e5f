/* SPDX-License-Identifier: GPL-3.0-or-later */
/* part - what the Content-* fields of a header say */
#include <config.h>

#include <string.h>

#include "base/buf.h"
#include "mime/cursor.h"
#include "mime/harmless.h"
#include "mime/part.h"

/* Folds become a space, and blanks around go. */
static void unfold(struct buf *value)
{
	size_t from = 0, to = 0;

	for (size_t i = 0; i < value->len; i++)
		if (strchr("\r\n\t", value->data[i]))
			value->data[i] = ' ';
	while (from < value->len && value->data[from] == ' ')
		from++;
	for (; from < value->len; from++)
		value->data[to++] = value->data[from];
	while (to > 0 && value->data[to - 1] == ' ')
		to--;
	buf_cut(value, to);
}

/* Content-Type or Content-Disposition. Twice: nobody knows which one holds. */
static void add_content(struct content *content, const struct buf *value)
{
	bool again = content->type[0] != '\0' || content->odd;

	content_parse(buf_str(value), value->len, content);
	content->odd |= again;
}

static void add_encoding(struct part *part, const struct buf *value)
{
	if (part->encoded)
		part->harmless = false;
	part->encoded = true;
	part->encoding = transfer_encoding_of(buf_str(value));
}

static void add_value(struct part *part, const struct field *field,
                      struct buf *value)
{
	bool has_nul = value->len != strlen(buf_str(value));

	if (field_is(field, "Content-Type")) {
		add_content(&part->type, value);
		part->harmless &= harmless_type(&part->type);
		return;
	}
	if (field_is(field, "Content-Disposition")) {
		add_content(&part->disposition, value);
		part->harmless &= harmless_disposition(&part->disposition);
		return;
	}
	unfold(value);
	if (has_nul || !harmless_field(field->name, buf_str(value)))
		part->harmless = false;
	if (field_is(field, "Content-Transfer-Encoding"))
		add_encoding(part, value);
}

static int add_field(const struct message *message, struct part *part,
                     const struct field *field, struct err *err)
{
	struct buf value = BUF_INIT;

	if (!field_begins(field, "Content-")) {
		part->content_only = false;
		return 0;
	}
	if (field->opaque || field->name_len >= FIELD_NAME_MAX ||
	    field->end - field->value > PART_FIELD_MAX)
		part->harmless = false;

	int rc = field_value(message, field, PART_FIELD_MAX, &value, err);

	if (rc == 0)
		add_value(part, field, &value);
	buf_free(&value);
	return rc;
}

static void start(struct part *part)
{
	memset(part, 0, sizeof *part);
	part->harmless = true;
	part->content_only = true;
}

int part_of_message(const struct message *message, struct part *part,
                    struct err *err)
{
	struct field field;
	uint64_t at = 0;
	int rc;

	start(part);
	while ((rc = message_next_field(message, &at, &field, err)) > 0)
		if (add_field(message, part, &field, err))
			return -1;
	part->headed = message->end == HEADER_ENDS_EMPTY_LINE;
	part->body = message->body;
	part->end = message->size;
	return rc;
}

/* The empty line behind the fields, at offset at. */
static int find_body(const struct message *message, uint64_t at, struct part *part,
                     struct err *err)
{
	struct cursor c;

	cursor_start(&c, message->spool, at, part->end, err);
	cursor_take(&c, '\r');
	part->headed = cursor_take(&c, '\n');
	part->body = c.at;
	return cursor_failed(&c) ? -1 : 0;
}

int part_of_multipart(const struct message *message, uint64_t from,
                      uint64_t end, struct part *part, struct err *err)
{
	struct field field;
	uint64_t at = from;
	int rc = 0;

	start(part);
	part->end = end;
	while (at < end && (rc = message_walk(message->spool, &at, &field, err)) > 0) {
		if (at > end) /* what looked like a field is the next delimiter */
			break;
		if (add_field(message, part, &field, err))
			return -1;
	}
	return rc < 0 ? -1 : find_body(message, at, part, err);
}
