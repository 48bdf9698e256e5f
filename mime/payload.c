/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * payload - what of a message is encrypted
 */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mime/cursor.h"
#include "mime/payload.h"

#define INSERTION_LEN (sizeof PAYLOAD_INSERTION - 1)

struct payload {
	const struct message *message;
	struct buf front;        /* all that stands before the original; ours alone */
	bool inserts;
	uint64_t cut;            /* offset of the insertion in the original */

	/* What comes next: text, then the original from at to stop. */
	const char *text;
	size_t text_len;
	uint64_t at, stop;
	bool insertion_due;
};

/* *(WSP / [CR] LF WSP); false at a CR that ends no line. In a field, a WSP
 * follows every LF but the last one, behind which nothing is left. */
static bool skip_folding(struct cursor *c)
{
	for (;;) {
		cursor_skip_blanks(c);

		bool cr = cursor_take(c, '\r');

		if (!cursor_take(c, '\n'))
			return !cr;
	}
}

/* RFC 2045 section 5.1: token, at least one byte. */
static bool skip_token(struct cursor *c)
{
	uint64_t start = c->at;
	int b;

	while ((b = cursor_peek(c)) > ' ' && b < 0x7f &&
	       !strchr("()<>@,;:\\\"/[]?=", b))
		cursor_skip(c, 1);
	return c->at > start;
}

/* *WSP, then what may follow the type: `;`, `(`, [CR] LF, the end. */
static bool type_ends(struct cursor *c)
{
	cursor_skip_blanks(c);
	if (cursor_take(c, '\r'))
		return cursor_take(c, '\n');

	int b = cursor_peek(c);

	return b == ';' || b == '(' || b == '\n' || b == CURSOR_END;
}

/* Where the insertion goes in a Content-Type field: 1, 0 nowhere, -1. */
static int find_cut(const struct message *message, const struct field *field,
                    uint64_t *cut, struct err *err)
{
	struct cursor c;

	cursor_start(&c, message->spool, field->value, field->end, err);

	bool found = skip_folding(&c) && skip_token(&c) &&
	             cursor_take(&c, '/') && skip_token(&c);

	*cut = c.at;
	found = found && type_ends(&c);
	return cursor_failed(&c) ? -1 : found;
}

static bool wants_type_line(const struct message *message)
{
	return !message->has_fields || message->end != HEADER_ENDS_OTHER_LINE;
}

static void add_lines(struct payload *p, const char *lines)
{
	const char *nl = message_nl(p->message);

	for (; *lines; lines++) {
		if (*lines == '\n')
			buf_adds(&p->front, nl);
		else
			buf_addc(&p->front, *lines);
	}
}

static void add_mark(struct payload *p, const char *sha256)
{
	const char *nl = message_nl(p->message);
	bool gap = message_begins_without_header(p->message);

	buf_addf(&p->front, PAYLOAD_MARK "size=%" PRIu64 "; ", p->message->size);
	if (p->inserts)
		buf_addf(&p->front, "cut=%" PRIu64 "+%zu; ", p->cut, INSERTION_LEN);
	if (gap)
		buf_addf(&p->front, "gap=%zu; ", strlen(nl));
	buf_addf(&p->front, "sha256=%s%s%s", sha256, nl, gap ? nl : "");
}

struct payload *payload_new(const struct message *message,
                            const struct compose_original *original,
                            const char *extra, struct err *err)
{
	struct payload *p = mem_alloc(sizeof *p);
	struct field type;
	int has_type, inserts = 0;

	p->message = message;
	has_type = message_find_field(message, "Content-Type", &type, err);
	if (has_type > 0)
		inserts = find_cut(message, &type, &p->cut, err);
	if (has_type < 0 || inserts < 0) {
		payload_free(&p);
		return NULL;
	}
	p->inserts = inserts;
	if (!has_type && wants_type_line(message))
		add_lines(p, PAYLOAD_TYPE_LINE "\n");
	if (extra)
		add_lines(p, extra);
	add_mark(p, original->sha256);
	return p;
}

void payload_free(struct payload **payload)
{
	if (!*payload)
		return;
	buf_free(&(*payload)->front);
	free(*payload);
	*payload = NULL;
}

/* Some bytes, at most size; 0 when all were given. */
static ssize_t read_piece(struct payload *p, char *out, size_t size,
                          struct err *err)
{
	if (p->text_len == 0 && p->at == p->stop && p->insertion_due) {
		p->insertion_due = false;
		p->text = PAYLOAD_INSERTION;
		p->text_len = INSERTION_LEN;
		p->stop = p->message->size;
	}
	if (p->text_len > 0) {
		if (size > p->text_len)
			size = p->text_len;
		memcpy(out, p->text, size);
		p->text += size;
		p->text_len -= size;
		return (ssize_t)size;
	}
	if (size > p->stop - p->at)
		size = (size_t)(p->stop - p->at);
	if (spool_read(p->message->spool, p->at, out, size, err))
		return -1;
	p->at += size;
	return (ssize_t)size;
}

static ssize_t read_payload(void *ctx, void *buf, size_t size, struct err *err)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read_piece(ctx, (char *)buf + done, size - done, err);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

struct source payload_source(struct payload *p)
{
	p->text = buf_str(&p->front);
	p->text_len = p->front.len;
	p->at = 0;
	p->stop = p->inserts ? p->cut : p->message->size;
	p->insertion_due = p->inserts;
	return (struct source){ read_payload, p };
}
