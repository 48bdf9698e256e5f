/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hold-envelope - what stands in front of a held message */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "filter/hold-envelope.h"

static const char magic[] = "mailseal-hold 1\n";

/* ---- to text -------------------------------------------------------------------- */

void hold_envelope_escape(const char *value, struct buf *out)
{
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if (c > ' ' && c < 0x7f && c != '%')
			buf_addc(out, (char)c);
		else
			buf_addf(out, "%%%02X", c);
	}
}

static bool fits(const char *value)
{
	return !value || strlen(value) <= ADDRESS_MAX;
}

int hold_envelope_format(const struct hold_envelope *e, struct buf *out,
                         struct err *err)
{
	if (!fits(e->recipient) || !fits(e->given) || !fits(e->sender))
		return err_set(err, ERR_TEMPORARY, NULL,
		               "an address of the envelope is longer than %d bytes",
		               ADDRESS_MAX);
	buf_addf(out, "%sHeld: %" PRId64 "\nRecipient: ", magic, e->held);
	hold_envelope_escape(e->recipient, out);
	buf_adds(out, "\nGiven: ");
	hold_envelope_escape(e->given, out);
	if (e->sender) {
		buf_adds(out, "\nSender: <");
		hold_envelope_escape(e->sender, out);
		buf_addc(out, '>');
	}
	buf_addf(out, "\nReason: %s\n%s\n", e->reason, e->junk ? "Junk: yes\n" : "");
	return 0;
}

/* ---- from text ------------------------------------------------------------------ */

/* What is read is put into text again and compared, so this need not be strict. */
struct reader {
	const char *at, *end;
};

/* The value of the line NAME, if that is next: *len bytes, or NULL. */
static const char *take(struct reader *r, const char *name, size_t *len)
{
	const size_t n = strlen(name);
	const char *value, *lf;

	if ((size_t)(r->end - r->at) < n || memcmp(r->at, name, n) != 0)
		return NULL;
	value = r->at + n;
	lf = memchr(value, '\n', (size_t)(r->end - value));
	if (!lf)
		return NULL;
	*len = (size_t)(lf - value);
	r->at = lf + 1;
	return value;
}

static int hex(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* NULL: not escaped as we do it, or too long. */
static char *unescape(const char *text, size_t len)
{
	char *value = mem_alloc(len + 1);
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		int byte = (unsigned char)text[i];

		if (byte == '%') {
			byte = i + 2 < len ? hex(text[i + 1]) * 16 + hex(text[i + 2]) : -1;
			i += 2;
		}
		if (byte <= 0) {
			free(value);
			return NULL;
		}
		value[out++] = (char)byte;
	}
	return value;
}

static char *take_address(struct reader *r, const char *name)
{
	size_t len;
	const char *text = take(r, name, &len);

	return text ? unescape(text, len) : NULL;
}

static char *take_sender(struct reader *r)
{
	size_t len;
	const char *text = take(r, "Sender: <", &len);

	return text && len && text[len - 1] == '>' ? unescape(text, len - 1) : NULL;
}

static int64_t take_number(struct reader *r, const char *name)
{
	size_t len;
	const char *text = take(r, name, &len);
	int64_t value = 0;

	if (!text || len > 18)
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

static void take_reason(struct reader *r, char out[HOLD_REASON_MAX])
{
	size_t len;
	const char *text = take(r, "Reason: ", &len);

	for (size_t i = 0; text && i < len; i++)
		if ((text[i] < 'a' || text[i] > 'z') && text[i] != ' ')
			return;
	if (text && len < HOLD_REASON_MAX)
		snprintf(out, HOLD_REASON_MAX, "%.*s", (int)len, text);
}

/* Both are the same address; so nothing odd is in the one that goes to other programs. */
static bool same_address(const struct hold_envelope *e)
{
	struct err err;
	char *normal = e->given ? address_normalize(e->given, &err) : NULL;
	const bool same = normal && e->recipient && strcmp(normal, e->recipient) == 0;

	free(normal);
	return same;
}

/* Does text begin with just what the envelope reads as? */
static bool is_text_of(const struct hold_envelope *e, const char *text,
                       size_t len, size_t *size)
{
	struct buf again = BUF_INIT;
	struct err err;
	bool same = hold_envelope_format(e, &again, &err) == 0 &&
	            again.len <= len && memcmp(again.data, text, again.len) == 0;

	*size = again.len;
	buf_free(&again);
	return same;
}

int hold_envelope_parse(const char *text, size_t len, struct hold_envelope *e,
                        size_t *size, struct err *err)
{
	struct reader r = { text, text + (len < HOLD_ENVELOPE_MAX ? len : HOLD_ENVELOPE_MAX) };
	size_t ignored;

	memset(e, 0, sizeof *e);
	take(&r, "mailseal-hold 1", &ignored);
	e->held = take_number(&r, "Held: ");
	e->recipient = take_address(&r, "Recipient: ");
	e->given = take_address(&r, "Given: ");
	e->sender = take_sender(&r);
	take_reason(&r, e->reason);
	e->junk = take(&r, "Junk: ", &ignored) != NULL;
	if (e->held && same_address(e) && *e->reason &&
	    is_text_of(e, text, len, size))
		return 0;
	return err_set(err, ERR_DATA, "see who put it there",
	               "this is not a held message, or one of a newer version");
}

void hold_envelope_free(struct hold_envelope *e)
{
	free(e->recipient);
	free(e->given);
	free(e->sender);
	memset(e, 0, sizeof *e);
}
