/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * restore - the bytes that arrived, from what compose made of them
 *
 * Both halves go alike: read the claim (where the original is, its size and
 * hash), stream the original through the hash, then stream it out.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "mime/claim.h"
#include "mime/compose.h"
#include "mime/cursor.h"
#include "mime/lineend.h"
#include "mime/payload.h"
#include "mime/restore.h"

#define CLAIM_MAX 512 /* bytes read of a mark-line or an X-Mailseal field */

static int write_hash(void *ctx, const void *data, size_t len,
                      struct err *err)
{
	(void)err;
	sha256_add(ctx, data, len);
	return 0;
}

static bool hash_is(struct sha256 *hash, const char *expected)
{
	char hex[SHA256_HEX];

	sha256_hex(hash, hex);
	return strcmp(hex, expected) == 0;
}

/* A line without its end; of a longer one the first bytes. */
struct line {
	char text[CLAIM_MAX]; /* NUL-terminated, and may hold NULs */
	size_t len;
};

/* False at the end, if the line has no LF, and if it is too long. */
static bool read_line(struct cursor *c, struct line *line)
{
	uint64_t start = c->at;
	bool ended = false;

	line->len = 0;
	while (!ended && c->at - start < RESTORE_LINE_MAX && cursor_fill(c)) {
		const char *lf = memchr(c->data, '\n', c->len);
		size_t n = lf ? (size_t)(lf - c->data) : c->len;
		size_t room = sizeof line->text - 1 - line->len;
		size_t kept = n < room ? n : room;

		memcpy(line->text + line->len, c->data, kept);
		line->len += kept;
		ended = lf;
		cursor_skip(c, n + ended);
	}
	if (line->len > 0 && line->text[line->len - 1] == '\r')
		line->len--;
	line->text[line->len] = '\0';
	return ended && c->at - start <= RESTORE_LINE_MAX;
}

static bool line_begins(const struct line *line, const char *text)
{
	return strncmp(line->text, text, strlen(text)) == 0;
}

static bool is_type_line(const struct line *line)
{
	return line->len == strlen(PAYLOAD_TYPE_LINE) &&
	       line_begins(line, PAYLOAD_TYPE_LINE);
}

/* Offsets in a payload. */
struct front {
	uint64_t further; /* behind the type-line: the further lines */
	uint64_t mark;    /* the mark-line */
	uint64_t end;     /* behind it */
};

/* Finds the mark-line and puts it into *mark. 1, 0 none, -1. */
static int find_mark(struct spool *payload, struct line *mark,
                     struct front *front, struct err *err)
{
	struct cursor c;

	memset(front, 0, sizeof *front);
	cursor_start(&c, payload, 0, UINT64_MAX, err);
	for (int i = 0; i < RESTORE_LINES_MAX && read_line(&c, mark); i++) {
		front->mark = front->end;
		front->end = c.at;
		if (line_begins(mark, PAYLOAD_MARK))
			return 1;
		if (i == 0 && is_type_line(mark))
			front->further = c.at;
		else if (!line_begins(mark, PAYLOAD_LINE))
			break;
	}
	return cursor_failed(&c) ? -1 : 0;
}

/* Reads the claim of a mark-line; false if it is not well-formed. */
static bool read_mark(const struct line *mark, struct claim *claim)
{
	size_t len = strlen(PAYLOAD_MARK);

	return claim_read_mark(mark->text + len, mark->len - len, claim);
}

/* Does what follows the mark add up to the claim? Moves *at behind the gap. */
static bool fits(const struct claim *claim, uint64_t *at, uint64_t end)
{
	uint64_t left = end - *at;

	if (claim->gap > left)
		return false;
	left -= claim->gap;
	*at += claim->gap;
	return claim->cut_at <= left && claim->cut_len <= left - claim->cut_at &&
	       claim->size == left - claim->cut_len;
}

/* The original in a payload that fits: all from `at` on but what was inserted. */
static int put_uncut(struct spool *payload, const struct claim *claim,
                     uint64_t at, struct sink to, struct err *err)
{
	uint64_t cut = at + claim->cut_at;

	if (spool_copy(payload, at, cut, to, err))
		return -1;
	return spool_copy(payload, cut + claim->cut_len, spool_size(payload), to,
	                  err);
}

/* Is what stands behind the mark the original that it claims? Moves *at to
 * the original's start. 1, 0, -1. */
static int check_payload(struct spool *payload, const struct line *mark,
                         struct claim *claim, uint64_t *at, struct err *err)
{
	struct sha256 hash;

	if (!read_mark(mark, claim) || !fits(claim, at, spool_size(payload)))
		return 0;
	sha256_start(&hash);
	if (put_uncut(payload, claim, *at, (struct sink){ write_hash, &hash }, err))
		return -1;
	return hash_is(&hash, claim->sha256);
}

int restore_payload(struct spool *payload, struct sink to,
                    enum restore_result *result, struct err *err)
{
	struct line mark;
	struct claim claim;
	struct front front;
	int rc = find_mark(payload, &mark, &front, err);
	uint64_t at = front.end;

	*result = RESTORE_FOREIGN;
	if (rc <= 0)
		return rc;
	rc = check_payload(payload, &mark, &claim, &at, err);
	if (rc < 0)
		return -1;
	*result = rc ? RESTORE_EXACT : RESTORE_MISMATCH;
	if (*result == RESTORE_MISMATCH)
		return spool_copy(payload, 0, spool_size(payload), to, err);
	return put_uncut(payload, &claim, at, to, err);
}

int restore_further_lines(struct spool *payload, struct buf *out, struct err *err)
{
	struct line mark;
	struct front front;
	int rc = find_mark(payload, &mark, &front, err);

	if (rc <= 0 || front.mark - front.further > RESTORE_FURTHER_MAX)
		return rc < 0 ? -1 : 0;

	size_t len = (size_t)(front.mark - front.further);
	char *lines = mem_alloc(len + 1);

	rc = spool_read(payload, front.further, lines, len, err);
	if (!rc)
		buf_add(out, lines, len);
	free(lines);
	return rc;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A value in which each run of blanks and line ends is one space (a later hop
 * may have folded it), and none stands in front. */
static void unfold(const struct buf *value, char out[CLAIM_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < value->len && n < CLAIM_MAX - 1; i++) {
		if (!is_space(value->data[i]))
			out[n++] = value->data[i];
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	out[n] = '\0';
}

/* The value of the first X-Mailseal field if that says passed; *start becomes
 * the field's offset. 1, 0, -1. */
static int find_passed(const struct message *stored, char value[CLAIM_MAX],
                       uint64_t *start, struct err *err)
{
	struct buf raw = BUF_INIT;
	struct field field;
	int rc = message_find_field(stored, COMPOSE_FIELD, &field, err);

	if (rc <= 0)
		return rc;
	*start = field.start;
	rc = field_value(stored, &field, CLAIM_MAX - 1, &raw, err);
	unfold(&raw, value);
	buf_free(&raw);
	return rc < 0 ? -1 : claim_says_passed(value);
}

/* The offset behind `lines` lines from `at` on, or the end. */
static int skip_lines(struct spool *spool, uint64_t lines, uint64_t *at,
                      struct err *err)
{
	struct cursor c;

	cursor_start(&c, spool, *at, UINT64_MAX, err);
	while (lines-- > 0 && cursor_find_lf(&c))
		cursor_skip(&c, 1);
	*at = c.at;
	return cursor_failed(&c) ? -1 : 0;
}

/* What follows the block, one COMPOSE_WAS taken from each field that has it. */
static int put_unmarked(const struct message *stored, uint64_t from,
                        struct sink to, struct err *err)
{
	struct field field;
	uint64_t at = from, done = from;
	int rc;

	while ((rc = message_walk(stored->spool, &at, &field, err)) > 0) {
		if (!field_begins(&field, COMPOSE_WAS))
			continue;
		if (spool_copy(stored->spool, done, field.start, to, err))
			return -1;
		done = field.start + strlen(COMPOSE_WAS);
	}
	return rc < 0 ? -1 : spool_copy(stored->spool, done, stored->size, to, err);
}

/* A sink that lets so many bytes through and drops the rest. */
struct limit {
	struct sink to;
	uint64_t left;
};

static int write_limited(void *ctx, const void *data, size_t len,
                         struct err *err)
{
	struct limit *limit = ctx;

	if (len > limit->left)
		len = (size_t)limit->left;
	limit->left -= len;
	return sink_write(limit->to, data, len, err);
}

/* A variant of the original: with these line ends, cut to size.
 * *short_r: it has fewer bytes. */
static int put_variant(const struct message *stored, uint64_t from,
                       enum lineend ends, uint64_t size, struct sink to,
                       bool *short_r, struct err *err)
{
	struct limit limit = { to, size };
	struct lineend_filter filter = {
		.to = ends,
		.sink = { write_limited, &limit },
	};

	if (put_unmarked(stored, from, lineend_sink(&filter), err) ||
	    lineend_finish(&filter, err))
		return -1;
	*short_r = limit.left > 0;
	return 0;
}

/* Which line ends give the claimed hash: 1 found, 0 none do, -1. */
static int find_variant(const struct message *stored, uint64_t from,
                        const struct claim *claim, enum lineend *ends,
                        struct err *err)
{
	static const enum lineend variants[] = {
		LINEEND_KEEP, LINEEND_LF, LINEEND_CRLF,
	};

	for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
		struct sha256 hash;
		bool too_short;

		sha256_start(&hash);
		*ends = variants[i];
		if (put_variant(stored, from, *ends, claim->size,
		                (struct sink){ write_hash, &hash }, &too_short,
		                err))
			return -1;
		if (!too_short && hash_is(&hash, claim->sha256))
			return 1;
	}
	return 0;
}

/* The fields above and the block, in the line ends of the original. */
static int put_trace(const struct message *stored, uint64_t end,
                     enum lineend ends, struct sink to, struct err *err)
{
	struct lineend_filter filter = { .to = ends, .sink = to };

	if (spool_copy(stored->spool, 0, end, lineend_sink(&filter), err))
		return -1;
	return lineend_finish(&filter, err);
}

int restore_passed(const struct message *stored, bool as_stored,
                   struct sink to, enum restore_result *result,
                   struct err *err)
{
	char value[CLAIM_MAX];
	struct claim claim;
	enum lineend ends = LINEEND_KEEP;
	uint64_t from = 0;
	bool too_short;
	int rc = find_passed(stored, value, &from, err);

	*result = RESTORE_FOREIGN;
	if (rc <= 0)
		return rc;
	rc = claim_read_passed(value, &claim);
	if (rc && skip_lines(stored->spool, claim.lines, &from, err))
		return -1;
	if (rc)
		rc = find_variant(stored, from, &claim, &ends, err);
	if (rc < 0)
		return -1;
	*result = rc ? RESTORE_EXACT : RESTORE_MISMATCH;
	if (*result == RESTORE_MISMATCH)
		return spool_copy(stored->spool, 0, stored->size, to, err);
	if (as_stored && put_trace(stored, from, ends, to, err))
		return -1;
	return put_variant(stored, from, ends, claim.size, to, &too_short, err);
}
