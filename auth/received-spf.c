/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * received-spf - the Received-SPF field (RFC 7208 section 9.1), read
 *
 * Real fields have values unquoted, `<>` around addresses and blanks instead of
 * semicolons between the pairs; that much is tolerated.
 */
#include <config.h>

#include <string.h>

#include "auth/received-spf.h"

#define KEY_MAX 32

const char *received_spf_result(const struct received_spf *spf)
{
	static const char *const words[] = {
		"pass", "fail", "softfail", "neutral", "none", "temperror", "permerror",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (token_same(spf->result, strlen(spf->result), words[i]))
			return words[i];
	return NULL;
}

void received_spf_free(struct received_spf *spf)
{
	buf_free(&spf->receiver);
	buf_free(&spf->identity);
	buf_free(&spf->envelope_from);
	buf_free(&spf->helo);
	buf_free(&spf->client_ip);
}

/* Where the value of that key goes. */
static struct buf *place(struct received_spf *spf, const char *key,
                         struct buf *other)
{
	struct { const char *key; struct buf *to; } const places[] = {
		{ "receiver", &spf->receiver },
		{ "identity", &spf->identity },
		{ "envelope-from", &spf->envelope_from },
		{ "helo", &spf->helo },
		{ "client-ip", &spf->client_ip },
	};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (token_same(key, strlen(key), places[i].key))
			return places[i].to;
	buf_cut(other, 0);
	return other;
}

static bool read_pair(struct token_text *t, struct received_spf *out,
                      struct buf *other)
{
	char key[KEY_MAX];
	struct buf *to;

	if (!token_keyword(t, key, sizeof key) || !token_skip(t) ||
	    !token_take(t, '=') || !token_skip(t))
		return false;
	to = place(out, key, other);
	if (to->len || !token_loose(t, to) || !token_skip(t))
		return false;
	return true;
}

bool received_spf_parse(const char *value, size_t len, struct received_spf *out)
{
	struct token_text t = { value, value + len };
	struct buf other = BUF_INIT;
	bool readable;

	*out = (struct received_spf){ .result = "" };
	readable = token_skip(&t) &&
	           token_keyword(&t, out->result, sizeof out->result) &&
	           token_skip(&t);
	out->front = (struct token_text){ value, t.at };
	while (readable && t.at < t.end) {
		readable = read_pair(&t, out, &other);
		if (readable && token_take(&t, ';'))
			readable = token_skip(&t);
	}
	buf_free(&other);
	return readable;
}
