/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * classify - what counts as already encrypted
 *
 * Two things must hold.  Every byte of the body is accounted for: it belongs
 * to the ciphertext, which is followed to its last octet (mime/leaf.h), or to
 * what mail programs write around it (mime/harmless.h).  So it does not matter
 * how some other parser would cut the message.  And GMime sees the same parts
 * at the same offsets (mime/structure.h).
 *
 * Ordinary mail is told apart by its Content-Type or its first lines, and
 * never reaches GMime.
 */
#include <config.h>

#include <string.h>
#include <strings.h>

#include "mime/classify.h"
#include "mime/compose.h"
#include "mime/harmless.h"
#include "mime/leaf.h"
#include "mime/multipart.h"
#include "mime/part.h"
#include "mime/structure.h"

#define PARTS_MAX 3          /* of an accepted multipart */
#define SMALL_PART_MAX 4096  /* bytes of a part that is not the ciphertext */

/* A message that may be ciphertext. The checks give 1 (yes), 0 (no), -1 (*err). */
struct candidate {
	const struct message *message;
	struct err *err;
	struct part top;
	struct part part[PARTS_MAX];
	unsigned parts;
	bool ours; /* the preamble is mailseal's */
};

static bool is_type(const struct part *part, const char *type)
{
	return strcmp(part->type.type, type) == 0;
}

/* The text part that Exchange puts in front. */
static int check_blank(struct candidate *c, const struct part *part)
{
	if (!is_type(part, "") && !is_type(part, "text/plain") && !is_type(part, "text/html"))
		return 0;
	return leaf_is_blank(c->message->spool, part, c->err);
}

static int check_version(struct candidate *c, const struct part *part)
{
	if (!is_type(part, "application/pgp-encrypted"))
		return 0;
	return leaf_is_version(c->message->spool, part, c->err);
}

static int check_encrypted(struct candidate *c, const struct part *part)
{
	if (!is_type(part, "application/octet-stream"))
		return 0;
	return leaf_is_armour(c->message->spool, part, c->err);
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* A line of the preamble, len bytes without LF. */
static bool is_harmless_line(struct candidate *c, const char *line, size_t len,
                             unsigned *sentences)
{
	char copy[256];

	while (len > 0 && is_white(line[len - 1]))
		len--;
	if (len == 0)
		return true;
	if (len >= sizeof copy || memchr(line, '\0', len))
		return false;
	memcpy(copy, line, len);
	copy[len] = '\0';
	(*sentences)++;
	c->ours = *sentences == 1 && strcmp(copy, COMPOSE_PREAMBLE) == 0;
	return harmless_preamble(copy);
}

/* What stands before the first delimiter, up to offset end. */
static int check_preamble(struct candidate *c, uint64_t end)
{
	char text[SMALL_PART_MAX];
	size_t len = (size_t)(end - c->message->body);
	unsigned sentences = 0;

	if (end - c->message->body > sizeof text)
		return 0;
	if (spool_read(c->message->spool, c->message->body, text, len, c->err))
		return -1;
	for (size_t at = 0; at < len;) {
		const char *lf = memchr(text + at, '\n', len - at);
		size_t n = lf ? (size_t)(lf - text) - at : len - at;

		if (!is_harmless_line(c, text + at, n, &sentences))
			return 0;
		at += n + 1;
	}
	return 1;
}

/* What stands behind the closing delimiter. */
static int check_epilogue(struct candidate *c, uint64_t start)
{
	struct part rest = { .body = start, .end = c->message->size };

	return leaf_is_blank(c->message->spool, &rest, c->err);
}

/* What a part must be. */
typedef int check_part(struct candidate *c, const struct part *part);

/* The part between two delimiters. */
static int check_part_at(struct candidate *c, uint64_t start, uint64_t end,
                         check_part *check)
{
	struct part *part = &c->part[c->parts++];

	if (part_of_multipart(c->message, start, end, part, c->err))
		return -1;
	if (!part->headed || !part->harmless || !part->content_only ||
	    content_param(&part->type, "boundary"))
		return 0;
	return check(c, part);
}

/* A multipart of exactly these parts, of which the last one may be large. */
static int check_multipart(struct candidate *c, check_part *const *checks,
                           unsigned count)
{
	const char *boundary = content_param(&c->top.type, "boundary");
	struct multipart m;
	struct delimiter d;
	int rc;

	if (!boundary || !*boundary || c->top.encoding != TRANSFER_IDENTITY)
		return 0;
	multipart_start(&m, c->message->spool, c->message->body, boundary);
	rc = multipart_next(&m, c->message->body + SMALL_PART_MAX, &d, c->err);
	if (rc > 0)
		rc = d.closing || d.odd ? 0 : check_preamble(c, d.start);
	for (unsigned i = 0; i < count && rc > 0; i++) {
		bool last = i + 1 == count;
		uint64_t start = d.end;

		rc = multipart_next(&m, last ? UINT64_MAX : start + SMALL_PART_MAX, &d, c->err);
		if (rc > 0)
			rc = d.closing != last || d.odd ? 0 :
			     check_part_at(c, start, d.start, checks[i]);
	}
	return rc > 0 ? check_epilogue(c, d.end) : rc;
}

/* RFC 3156 section 4. */
static int check_pgp_mime(struct candidate *c, enum mime_class *class)
{
	static check_part *const checks[] = { check_version, check_encrypted };
	const char *protocol = content_param(&c->top.type, "protocol");

	if (!protocol || strcasecmp(protocol, "application/pgp-encrypted") != 0)
		return 0;

	int rc = check_multipart(c, checks, 2);

	*class = c->ours ? MIME_SEALED : MIME_PGP_MIME;
	return rc;
}

/* The same after Exchange: multipart/mixed, with an empty text in front. */
static int check_mangled(struct candidate *c, enum mime_class *class)
{
	static check_part *const checks[] = {
		check_blank, check_version, check_encrypted
	};

	*class = MIME_PGP_MIME;
	return check_multipart(c, checks, 3);
}

static int check_inline(struct candidate *c, enum mime_class *class)
{
	*class = MIME_PGP_INLINE;
	c->part[c->parts++] = c->top;
	return leaf_is_armour(c->message->spool, &c->top, c->err);
}

static int check_smime(struct candidate *c, enum mime_class *class)
{
	*class = MIME_SMIME;
	c->part[c->parts++] = c->top;
	return leaf_is_smime(c->message->spool, &c->top, c->err);
}

static bool is_p7m(const char *name)
{
	size_t len = name ? strlen(name) : 0;

	return len >= 4 && strcasecmp(name + len - 4, ".p7m") == 0;
}

/* Some programs and gateways do not say that it is S/MIME. */
static int check_octet_stream(struct candidate *c, enum mime_class *class)
{
	if (!is_p7m(content_param(&c->top.type, "name")) &&
	    !is_p7m(content_param(&c->top.disposition, "filename")))
		return 0;
	return check_smime(c, class);
}

static int check_candidate(struct candidate *c, enum mime_class *class)
{
	static const struct {
		const char *type;
		int (*check)(struct candidate *c, enum mime_class *class);
	} shapes[] = {
		{ "multipart/encrypted", check_pgp_mime },
		{ "multipart/mixed", check_mangled },
		{ "text/plain", check_inline },
		{ "", check_inline },
		{ "application/pkcs7-mime", check_smime },
		{ "application/x-pkcs7-mime", check_smime },
		{ "application/octet-stream", check_octet_stream },
	};

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (is_type(&c->top, shapes[i].type))
			return shapes[i].check(c, class);
	return 0;
}

static const char *type_or_default(const struct part *part)
{
	return *part->type.type ? part->type.type : "text/plain";
}

/* GMime leaves the line end before a delimiter out of the part. */
static bool is_same_part(const struct structure_part *seen, const struct part *part)
{
	return strcmp(seen->type, type_or_default(part)) == 0 &&
	       seen->encoding == part->encoding && seen->start == part->body &&
	       seen->end <= part->end && part->end - seen->end <= 2;
}

static int check_with_gmime(struct candidate *c)
{
	struct structure seen;

	if (structure_read(c->message, &seen, c->err))
		return -1;
	if (strcmp(seen.type, type_or_default(&c->top)) != 0 || seen.parts != c->parts)
		return 0;
	for (unsigned i = 0; i < c->parts; i++)
		if (!is_same_part(&seen.part[i], &c->part[i]))
			return 0;
	return 1;
}

int classify_message(const struct message *message, enum mime_class *class,
                     struct err *err)
{
	struct candidate c = { .message = message, .err = err };
	enum mime_class found = MIME_READABLE;

	*class = MIME_READABLE;
	if (message->opaque_header || message->end != HEADER_ENDS_EMPTY_LINE ||
	    message->header_size > CLASSIFY_HEADER_MAX)
		return 0;
	if (part_of_message(message, &c.top, err))
		return -1;
	if (!c.top.harmless)
		return 0;

	int rc = check_candidate(&c, &found);

	if (rc > 0)
		rc = check_with_gmime(&c);
	if (rc > 0)
		*class = found;
	return rc < 0 ? -1 : 0;
}

const char *classify_word(enum mime_class class)
{
	switch (class) {
	case MIME_PGP_MIME: return "pgp-mime";
	case MIME_PGP_INLINE: return "pgp-inline";
	case MIME_SMIME: return "s-mime";
	case MIME_SEALED: return "mailseal";
	default: return "readable";
	}
}
