/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * smime - is this CMS ciphertext, and nothing but ciphertext?
 *
 * A walk over BER, octet by octet: the header (tag and length) of a value is
 * collected; then the value is entered (constructed ones), kept whole and
 * looked at (short ones) or given to the noise test (encrypted content).
 */
#include <config.h>

#include <string.h>

#include "mime/der.h"
#include "mime/smime.h"

#define INNER_TYPE_MAX 32
#define MAC_MAX 64
#define CONTENT_MIN 8 /* one block of the smallest cipher */

static const uint8_t oid_enveloped[] = { /* 1.2.840.113549.1.7.3 */
	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03
};
static const uint8_t oid_auth_enveloped[] = { /* 1.2.840.113549.1.9.16.1.23 */
	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17
};

void smime_start(struct smime *s)
{
	memset(s, 0, sizeof *s);
}

/* Where the innermost definite value ends. */
static uint64_t limit(const struct smime *s)
{
	return s->depth ? s->level[s->depth - 1].end : UINT64_MAX;
}

/* What follows when a constructed value has ended. */
static enum smime_step step_after_end(const struct smime *s)
{
	if (s->step == SMIME_RECIPIENT)
		return s->recipients > 0 ? SMIME_INNER : SMIME_BAD;
	if (s->step == SMIME_PIECE)
		return SMIME_INNER_END;
	if (s->step == SMIME_INNER_END)
		return s->authenticated ? SMIME_MAC : SMIME_END;
	if (s->step == SMIME_END)
		return s->depth > 0 ? SMIME_END : SMIME_OVER;
	return SMIME_BAD;
}

static void leave(struct smime *s)
{
	s->depth--;
	s->step = step_after_end(s);
}

/* Definite values end by themselves. */
static void leave_ended(struct smime *s)
{
	while (s->depth > 0 && s->step != SMIME_BAD &&
	       !s->level[s->depth - 1].indefinite && s->at == limit(s))
		leave(s);
}

static void enter(struct smime *s, bool indefinite, uint64_t len,
                  enum smime_step next)
{
	if (s->depth == SMIME_DEPTH_MAX) {
		s->step = SMIME_BAD;
		return;
	}

	uint64_t end = indefinite ? limit(s) : s->at + len;

	s->level[s->depth++] = (struct smime_level){ indefinite, end };
	s->step = next;
}

/* A constructed value, by step: its tag and what its first element is. */
static bool enter_constructed(struct smime *s, unsigned tag, bool indefinite,
                              uint64_t len)
{
	static const struct {
		enum smime_step step;
		unsigned tag;
		enum smime_step next;
	} known[] = {
		{ SMIME_CONTENT_INFO, DER_SEQUENCE, SMIME_TYPE },
		{ SMIME_EXPLICIT, DER_CONTEXT_CONSTRUCTED(0), SMIME_ENVELOPED },
		{ SMIME_ENVELOPED, DER_SEQUENCE, SMIME_VERSION },
		{ SMIME_RECIPIENTS, DER_SET, SMIME_RECIPIENT },
		{ SMIME_INNER, DER_SEQUENCE, SMIME_INNER_TYPE },
		{ SMIME_CONTENT, DER_CONTEXT_CONSTRUCTED(0), SMIME_PIECE },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (s->step == known[i].step && tag == known[i].tag) {
			enter(s, indefinite, len, known[i].next);
			return true;
		}
	}
	return false;
}

/* The most octets that a value has which is kept whole; 0: none of that tag. */
static uint64_t kept_max(const struct smime *s, unsigned tag)
{
	switch (s->step) {
	case SMIME_TYPE:
		return tag == DER_OID ? sizeof oid_auth_enveloped : 0;
	case SMIME_VERSION:
		return tag == DER_INTEGER ? 1 : 0;
	case SMIME_RECIPIENT:
		return RECIPIENT_INFO_MAX; /* of any tag: looked at when it is whole */
	case SMIME_INNER_TYPE:
		return tag == DER_OID ? INNER_TYPE_MAX : 0;
	case SMIME_ALGORITHM:
		return tag == DER_SEQUENCE ? RECIPIENT_INFO_MAX : 0;
	case SMIME_MAC:
		return tag == DER_OCTET_STRING ? MAC_MAX : 0;
	default:
		return 0;
	}
}

/* [0] IMPLICIT OCTET STRING, or one of the OCTET STRINGs of a constructed one. */
static bool is_content(const struct smime *s, unsigned tag)
{
	return (s->step == SMIME_CONTENT && tag == DER_CONTEXT(0)) ||
	       (s->step == SMIME_PIECE && tag == DER_OCTET_STRING);
}

static bool is_type(const struct smime *s, const uint8_t *oid, size_t len)
{
	return s->value_have == len && memcmp(s->value, oid, len) == 0;
}

static enum smime_step type_step(struct smime *s)
{
	s->authenticated = is_type(s, oid_auth_enveloped, sizeof oid_auth_enveloped);
	return s->authenticated || is_type(s, oid_enveloped, sizeof oid_enveloped) ?
	       SMIME_EXPLICIT : SMIME_BAD;
}

static enum smime_step recipient_step(struct smime *s)
{
	struct der value = der_start(s->value, s->value_have);

	return ++s->recipients <= SMIME_RECIPIENTS_MAX &&
	       recipient_info_is_plain(s->header[0], value, &s->noise) ?
	       SMIME_RECIPIENT : SMIME_BAD;
}

/* A value that was kept is whole. */
static enum smime_step step_after_value(struct smime *s)
{
	switch (s->step) {
	case SMIME_TYPE:
		return type_step(s);
	case SMIME_VERSION:
		return SMIME_RECIPIENTS;
	case SMIME_RECIPIENT:
		return recipient_step(s);
	case SMIME_INNER_TYPE:
		return SMIME_ALGORITHM;
	case SMIME_ALGORITHM:
		return recipient_algorithm_is_plain(der_start(s->value, s->value_have)) ?
		       SMIME_CONTENT : SMIME_BAD;
	case SMIME_CONTENT:
		return SMIME_INNER_END;
	case SMIME_PIECE:
		return SMIME_PIECE;
	case SMIME_MAC:
		return noise_is_text(s->value, s->value_have) ? SMIME_BAD : SMIME_END;
	default:
		return SMIME_BAD;
	}
}

static void end_value(struct smime *s)
{
	s->in_value = false;
	s->step = step_after_value(s);
	leave_ended(s);
}

/* A value's tag and length are known. */
static void start_value(struct smime *s, bool indefinite, uint64_t len)
{
	unsigned tag = s->header[0];

	if (s->at > limit(s) || (!indefinite && len > limit(s) - s->at)) {
		s->step = SMIME_BAD;
		return;
	}
	if (enter_constructed(s, tag, indefinite, len)) {
		leave_ended(s);
		return;
	}
	if (indefinite || (!is_content(s, tag) && (len == 0 || len > kept_max(s, tag)))) {
		s->step = SMIME_BAD;
		return;
	}
	s->in_value = true;
	s->value_have = 0;
	s->left = len;
	if (len == 0)
		end_value(s);
}

/* Two zero octets end a value of indefinite length. */
static void end_of_contents(struct smime *s)
{
	if (s->depth > 0 && s->level[s->depth - 1].indefinite && s->at <= limit(s)) {
		leave(s);
		leave_ended(s);
	} else {
		s->step = SMIME_BAD;
	}
}

static void add_long_length(struct smime *s)
{
	unsigned octets = s->header[1] & 0x7f;
	uint64_t len = 0;

	if (octets > 8) {
		s->step = SMIME_BAD;
		return;
	}
	if (s->header_have < 2 + octets)
		return;
	for (unsigned i = 0; i < octets; i++)
		len = len << 8 | s->header[2 + i];
	s->header_have = 0;
	start_value(s, octets == 0, len);
}

static void add_header(struct smime *s, uint8_t octet)
{
	s->header[s->header_have++] = octet;
	s->at++;
	if (s->header_have == 1 && (octet & 0x1f) == 0x1f)
		s->step = SMIME_BAD; /* a tag of several octets */
	if (s->header_have < 2 || s->step == SMIME_BAD)
		return;
	if (s->header[0] == 0 && s->header[1] == 0) {
		s->header_have = 0;
		end_of_contents(s);
	} else if (s->header[1] & 0x80) {
		add_long_length(s);
	} else {
		s->header_have = 0;
		start_value(s, false, s->header[1]);
	}
}

/* As much of data as the value takes. */
static size_t add_value(struct smime *s, const uint8_t *data, size_t len)
{
	if (len > s->left)
		len = (size_t)s->left;
	if (s->step == SMIME_CONTENT || s->step == SMIME_PIECE) {
		noise_add(&s->noise, data, len);
		s->content_size += len;
	} else {
		memcpy(s->value + s->value_have, data, len);
		s->value_have += len;
	}
	s->at += len;
	s->left -= len;
	if (s->noise.failed)
		s->step = SMIME_BAD;
	else if (s->left == 0)
		end_value(s);
	return len;
}

static bool is_white(uint8_t c)
{
	return c == '\r' || c == '\n' || c == ' ' || c == '\t';
}

int smime_add(struct smime *s, const void *data, size_t len)
{
	const uint8_t *p = data, *end = p + len;

	while (p < end && s->step != SMIME_BAD) {
		if (s->step == SMIME_OVER) {
			if (!is_white(*p++))
				s->step = SMIME_BAD;
		} else if (s->in_value) {
			p += add_value(s, p, (size_t)(end - p));
		} else {
			add_header(s, *p++);
		}
	}
	return s->step == SMIME_BAD ? -1 : 0;
}

bool smime_finish(struct smime *s)
{
	return s->step == SMIME_OVER && s->content_size >= CONTENT_MIN &&
	       noise_finish(&s->noise);
}
