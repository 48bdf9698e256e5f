/* SPDX-License-Identifier: GPL-3.0-or-later */
/* change - a line of the keystore's log */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "keystore/address.h"
#include "keystore/change.h"

#define FIRST "mailseal-change 1 "
#define WORDS 8 /* behind FIRST, without the signature */

void change_clear(struct change *change)
{
	free(change->who);
	free(change->address);
	memset(change, 0, sizeof *change);
}

void change_hash(const char *text, size_t len, char out[SHA256_HEX])
{
	struct sha256 h;

	sha256_start(&h);
	sha256_add(&h, text, len);
	sha256_hex(&h, out);
}

/* ---- writing ----------------------------------------------------------- */

static void add_escaped(struct buf *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p > ' ' && *p < 0x7f && *p != '%')
			buf_addc(out, (char)*p);
		else
			buf_addf(out, "%%%02X", *p);
	}
}

void change_format(const struct change *change,
                   const struct signing_secret *secret, struct buf *out)
{
	size_t start = out->len;

	buf_addf(out, FIRST "%" PRIu64 " %" PRId64 " ", change->number,
	         change->time);
	add_escaped(out, change->who);
	buf_addf(out, " %s ", change->action);
	add_escaped(out, change->address);
	buf_addf(out, " %" PRIu64 " %s %s", change->serial, change->entry,
	         change->previous);
	if (secret) {
		struct buf signature = BUF_INIT;

		signing_sign(secret, out->data + start, out->len - start,
		             &signature);
		buf_addf(out, " %s", buf_str(&signature));
		buf_free(&signature);
	}
	buf_addc(out, '\n');
}

/* ---- reading ----------------------------------------------------------- */

struct word {
	const char *text;
	size_t len;
};

/* Splits at single blanks; how many there are, at most max + 1. */
static size_t split(const char *line, size_t len, struct word *word, size_t max)
{
	const char *end = line + len;
	size_t count = 0;

	for (;;) {
		const char *blank = memchr(line, ' ', (size_t)(end - line));
		size_t size = (size_t)((blank ? blank : end) - line);

		if (count == max)
			return max + 1;
		word[count++] = (struct word){ line, size };
		if (!blank)
			return count;
		line = blank + 1;
	}
}

static bool read_number(struct word w, uint64_t *out)
{
	uint64_t n = 0;

	if (w.len == 0 || w.len > 18 || (w.len > 1 && w.text[0] == '0'))
		return false;
	for (size_t i = 0; i < w.len; i++) {
		if (w.text[i] < '0' || w.text[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(w.text[i] - '0');
	}
	*out = n;
	return true;
}

static bool read_hash(struct word w, char out[SHA256_HEX])
{
	if (w.len != SHA256_HEX - 1)
		return false;
	for (size_t i = 0; i < w.len; i++)
		if (w.text[i] == '\0' || !strchr("0123456789abcdef", w.text[i]))
			return false;
	memcpy(out, w.text, w.len);
	out[w.len] = '\0';
	return true;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789ABCDEF", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* NULL: not what add_escaped writes. */
static char *unescape(struct word w)
{
	struct buf out = BUF_INIT, again = BUF_INIT;
	bool ok = w.len > 0;

	for (size_t i = 0; ok && i < w.len; i++) {
		int high, low;

		if (w.text[i] != '%') {
			buf_addc(&out, w.text[i]);
			continue;
		}
		high = i + 2 < w.len ? hex_digit(w.text[i + 1]) : -1;
		low = high < 0 ? -1 : hex_digit(w.text[i + 2]);
		ok = low >= 0;
		if (ok)
			buf_addc(&out, (char)(high << 4 | low));
		i += 2;
	}
	if (ok)
		add_escaped(&again, buf_str(&out));
	ok = ok && again.len == w.len && memcmp(again.data, w.text, w.len) == 0;
	buf_free(&again);
	if (!ok)
		buf_free(&out);
	return ok ? buf_steal(&out) : NULL;
}

static bool read_action(struct word w, char out[CHANGE_ACTION_MAX])
{
	if (w.len == 0 || w.len >= CHANGE_ACTION_MAX)
		return false;
	for (size_t i = 0; i < w.len; i++)
		if (w.text[i] < 'a' || w.text[i] > 'z')
			return false;
	memcpy(out, w.text, w.len);
	out[w.len] = '\0';
	return true;
}

static bool read_words(const struct word *w, struct change *out)
{
	uint64_t time;

	if (!read_number(w[0], &out->number) || !read_number(w[1], &time) ||
	    !read_action(w[3], out->action) || !read_number(w[5], &out->serial) ||
	    !read_hash(w[6], out->entry) || !read_hash(w[7], out->previous))
		return false;
	out->time = (int64_t)time;
	out->who = unescape(w[2]);
	out->address = unescape(w[4]);
	return out->who && out->address && address_is_normal(out->address);
}

const char *change_parse(const char *line, size_t len,
                         const struct signing_public *keys, struct change *out)
{
	const size_t first = strlen(FIRST);
	struct word word[WORDS + 1];
	size_t words = 0;

	memset(out, 0, sizeof *out);
	if (len >= CHANGE_LINE_MAX || memchr(line, '\0', len))
		return "it is too long, or holds a NUL";
	if (len > first && memcmp(line, FIRST, first) == 0)
		words = split(line + first, len - first, word, WORDS + 1);
	if ((words != WORDS && words != WORDS + 1) || !read_words(word, out))
		return "it is no line of the log";
	if (keys) {
		const struct word *last = &word[WORDS];
		char *signature = words > WORDS ? mem_strndup(last->text, last->len) : NULL;
		bool ok = signature &&
		          signing_verify(keys, line, (size_t)(last->text - line) - 1,
		                         signature);

		free(signature);
		if (!ok)
			return "its signature does not verify";
	}
	return NULL;
}
