/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compose - the message that leaves: sealed (PGP/MIME, RFC 3156) or passed
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "mime/compose.h"
#include "mime/lineend.h"

static bool is_forged(const struct message *message, const struct field *field,
                      const struct compose_trace *trace)
{
	return trace->forged && trace->forged(trace->forged_ctx, message, field);
}

static int put_field(const struct message *message, const struct field *field,
                     const struct outer_fields *rules,
                     const struct compose_trace *trace, struct sink to,
                     struct err *err)
{
	switch (outer_fields_fate(rules, field)) {
	case OUTER_FIELD_GOES:
		return 0;
	case OUTER_FIELD_IS_HIDDEN:
		return lineend_puts(to, "Subject: [...]\n", message->crlf, err);
	case OUTER_FIELD_STAYS:
		break;
	}
	if (is_forged(message, field, trace))
		return 0;
	if (spool_copy(message->spool, field->start, field->end, to, err))
		return -1;
	return field->unended ? sink_puts(to, message_nl(message), err) : 0;
}

static int put_fields(const struct message *message,
                      const struct outer_fields *rules,
                      const struct compose_trace *trace, struct sink to,
                      struct err *err)
{
	struct field field;
	uint64_t at = 0;
	int rc;

	while ((rc = message_next_field(message, &at, &field, err)) > 0)
		if (put_field(message, &field, rules, trace, to, err))
			return -1;
	return rc;
}

/* The From line, X-Mailseal (what: its value without the line end), then
 * Authentication-Results and what else is ours. */
static int put_top(const struct message *message, const char *from_line,
                   const char *what, const struct compose_trace *trace,
                   struct sink to, struct err *err)
{
	struct buf text = BUF_INIT;

	if (from_line && sink_puts(to, from_line, err))
		return -1;
	buf_addf(&text, COMPOSE_FIELD ": %s%s\n", what, trace->mailseal);
	if (trace->auth)
		buf_addf(&text, "%s\n", trace->auth);
	if (trace->further)
		buf_addf(&text, "%s\n", trace->further);

	int rc = lineend_puts(to, buf_str(&text), message->crlf, err);

	buf_free(&text);
	return rc;
}

/* The MIME part of the header, and all up to the armour. */
static int put_wrapper(const struct message *message, const char *boundary,
                       struct sink to, struct err *err)
{
	struct buf text = BUF_INIT;

	buf_addf(&text,
		"MIME-Version: 1.0\n"
		"Content-Type: multipart/encrypted;"
		" protocol=\"application/pgp-encrypted\";\n"
		"\tboundary=\"%s\"\n"
		"\n"
		COMPOSE_PREAMBLE "\n"
		"\n"
		"--%s\n"
		"Content-Type: application/pgp-encrypted\n"
		"\n"
		"Version: 1\n"
		"\n"
		"--%s\n"
		"Content-Type: application/octet-stream;"
		" name=\"encrypted.asc\"\n"
		"Content-Disposition: inline; filename=\"encrypted.asc\"\n"
		"\n", boundary, boundary, boundary);

	int rc = lineend_puts(to, buf_str(&text), message->crlf, err);

	buf_free(&text);
	return rc;
}

int compose_sealed_head(const struct message *message, const char *from_line,
                        const struct outer_fields *rules,
                        const struct compose_trace *trace,
                        const char *boundary, struct sink to, struct err *err)
{
	if (put_top(message, from_line, "v=1; at-rest", trace, to, err) ||
	    put_fields(message, rules, trace, to, err))
		return -1;
	return put_wrapper(message, boundary, to, err);
}

int compose_sealed_tail(const struct message *message, const char *boundary,
                        struct sink to, struct err *err)
{
	if (lineend_puts(to, "\n--", message->crlf, err) ||
	    sink_puts(to, boundary, err))
		return -1;
	return lineend_puts(to, "--\n", message->crlf, err);
}

void compose_boundary(char out[COMPOSE_BOUNDARY_MAX])
{
	unsigned char random[16];
	int len = snprintf(out, COMPOSE_BOUNDARY_MAX, "=_mailseal_");

	secret_random(random, sizeof random);
	for (size_t i = 0; i < sizeof random; i++)
		len += snprintf(out + len, COMPOSE_BOUNDARY_MAX - (size_t)len,
		                "%02x", random[i]);
}

static int write_armour(void *ctx, const void *data, size_t len,
                        struct err *err)
{
	const struct compose_armour *armour = ctx;
	struct lineend_filter ends = {
		.to = armour->crlf ? LINEEND_CRLF : LINEEND_KEEP,
		.sink = armour->to,
	};

	return sink_write(lineend_sink(&ends), data, len, err);
}

struct sink compose_armour_sink(struct compose_armour *armour)
{
	return (struct sink){ write_armour, armour };
}

/* The original with COMPOSE_WAS before the name of each field that would go. */
static int put_marked(const struct message *message,
                      const struct compose_trace *trace, struct sink to,
                      struct err *err)
{
	struct field field;
	uint64_t at = 0, done = 0;
	int rc;

	while ((rc = message_next_field(message, &at, &field, err)) > 0) {
		if (!field_begins(&field, COMPOSE_FIELD) &&
		    !is_forged(message, &field, trace))
			continue;
		if (spool_copy(message->spool, done, field.start, to, err) ||
		    sink_puts(to, COMPOSE_WAS, err))
			return -1;
		done = field.start;
	}
	if (rc < 0)
		return -1;
	return spool_copy(message->spool, done, message->size, to, err);
}

/* The lines of a text whose last one has no line end; NULL has none. */
static unsigned count_lines(const char *text)
{
	unsigned lines = text != NULL;

	for (; text && *text; text++)
		lines += *text == '\n';
	return lines;
}

int compose_passed(const struct message *message, const char *from_line,
                   const struct compose_original *original,
                   const struct compose_trace *trace, struct sink to,
                   struct err *err)
{
	bool gap = message_begins_without_header(message);
	unsigned lines = 1 + count_lines(trace->auth) +
	                 count_lines(trace->further) + gap;
	struct buf what = BUF_INIT;

	buf_addf(&what, "v=1; passed; lines=%u; size=%" PRIu64 "; sha256=%s",
	         lines, message->size, original->sha256);

	int rc = put_top(message, from_line, buf_str(&what), trace, to, err);

	buf_free(&what);
	if (rc || (gap && sink_puts(to, message_nl(message), err)))
		return -1;
	return put_marked(message, trace, to, err);
}
