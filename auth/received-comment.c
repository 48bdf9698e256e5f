/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * received-comment - what MTAs put into the comments of Received
 *
 * The client may choose a HELO, an ident answer (RFC 1413) and its certificate's names; each
 * MTA writes them at a place of its own, and only the others are believed.
 */
#include <config.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "auth/received-comment.h"

static bool is_word(struct token_text word, const char *s)
{
	return token_same(word.at, (size_t)(word.end - word.at), s);
}

void received_keep(char *out, size_t size, struct token_text word,
                   const char *allowed)
{
	size_t len = (size_t)(word.end - word.at);

	if (out[0] || !len || len >= size)
		return;
	memcpy(out, word.at, len);
	out[len] = '\0';
	if (strspn(out, allowed) != len)
		out[0] = '\0';
}

/* A word up to one of these. */
static bool word_until(struct token_text *t, struct token_text *word,
                       const char *separators)
{
	while (t->at < t->end && strchr(separators, *t->at))
		t->at++;
	word->at = t->at;
	while (t->at < t->end && !(*t->at && strchr(separators, *t->at)))
		t->at++;
	word->end = t->at;
	return word->at < word->end;
}

bool received_word(struct token_text *t, struct token_text *word)
{
	return word_until(t, word, " \t\r\n,");
}

bool received_address(const char *text, size_t len, char out[INET6_ADDRSTRLEN])
{
	struct token_text t = { text, text + len };
	char copy[INET6_ADDRSTRLEN] = "";
	unsigned char v6[16];
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	token_take(&t, '[');
	if (token_begins(&t, "ipv6:"))
		t.at += 5;
	for (const char *c = t.at; c < t.end; c++)
		if (*c == ']' || *c == '%')
			t.end = c;
	received_keep(copy, sizeof copy, t, "0123456789abcdefABCDEF:.");
	if (inet_pton(AF_INET, copy, v6) == 1)
		return inet_ntop(AF_INET, v6, out, INET6_ADDRSTRLEN) != NULL;
	if (inet_pton(AF_INET6, copy, v6) != 1)
		return false;
	if (!memcmp(v6, mapped, sizeof mapped))
		return inet_ntop(AF_INET, v6 + 12, out, INET6_ADDRSTRLEN) != NULL;
	return inet_ntop(AF_INET6, v6, out, INET6_ADDRSTRLEN) != NULL;
}

static bool take_address(struct received *out, struct token_text word)
{
	return received_address(word.at, (size_t)(word.end - word.at), out->address);
}

/* `ident@host`, `IDENT:x@host`, `"port 1"@host`: what stands behind the last `@`. */
static struct token_text behind_at(struct token_text word)
{
	for (const char *c = word.at; c < word.end; c++)
		if (*c == '@')
			word.at = c + 1;
	return word;
}

static void take_helo(struct received *out, struct token_text word)
{
	out->helo[0] = '\0';
	received_keep(out->helo, sizeof out->helo, word, RECEIVED_HOST);
}

/* The words of a client comment. */
struct client {
	struct token_text before; /* the word before this one */
	unsigned words, addresses;
	bool exim;                /* had `helo=` or `ident=`: what follows is the client's */
	bool doubtful;            /* a client could have made it look like this */
};

static void take_word(struct client *c, struct received *out,
                      struct token_text word)
{
	bool helo = token_begins(&word, "helo=");

	if (helo) {
		word.at += 5;
		take_helo(out, word);
	}
	if (helo || token_begins(&word, "ident=")) {
		c->exim = true;
	} else if (token_next_is(&word, '[')) {
		c->doubtful |= c->exim || c->addresses > 0;
		c->addresses++;
		if (take_address(out, word))
			received_keep(out->name, sizeof out->name, behind_at(c->before),
			              RECEIVED_HOST);
	} else if (is_word(word, "(may")) { /* Sendmail: "(may be forged)" */
		out->name[0] = '\0';
	}
	c->before = word;
	c->words++;
}

/* What the words come to. */
static enum received_client judge(const struct client *c, struct received *out)
{
	if (c->doubtful)
		out->address[0] = '\0';
	if (c->doubtful || token_same(out->name, strlen(out->name), "unknown"))
		out->name[0] = '\0';
	if (c->addresses)
		return RECEIVED_CLIENT_KNOWN;
	if (c->exim)
		return RECEIVED_CLIENT_LITERAL;
	if (c->words == 1 && take_address(out, behind_at(c->before)))
		return RECEIVED_CLIENT_KNOWN;
	return RECEIVED_CLIENT_NONE;
}

/*
 * `name [ADDRESS]` (Postfix), `ident@name [ADDRESS] (may be forged)` (Sendmail), `[ADDRESS]:port
 * helo=x ident=y` or `helo=x` (Exim), `HELO x` then `ident@ADDRESS` (qmail), `ADDRESS` (Exchange).
 * An ident answer may look like an address or like `helo=x`: two addresses, or one
 * behind `helo=`, are none.
 */
enum received_client received_read_client(struct received *out,
                                          struct token_text inside)
{
	struct client c = { .before = { "", "" } };
	struct token_text word;

	if (!received_word(&inside, &word))
		return RECEIVED_CLIENT_NONE;
	if (is_word(word, "helo") || is_word(word, "ehlo")) {
		if (received_word(&inside, &word))
			take_helo(out, word);
		return RECEIVED_CLIENT_HELO;
	}
	do
		take_word(&c, out, word);
	while (received_word(&inside, &word));
	return judge(&c, out);
}

/* TLSv1.3, TLS1.3, TLS1_3, TLS-1.3, TLS1, SSLv3: kept as OpenSSL writes it. */
static void take_version(struct received *out, struct token_text word)
{
	unsigned major, minor;
	const char *name;

	if (token_begins(&word, "x=")) /* Exim's name for it in the log */
		word.at += 2;
	name = token_begins(&word, "ssl") ? "SSLv" : "TLSv";
	if (out->tls_version[0] || (name[0] == 'T' && !token_begins(&word, "tls")))
		return;
	word.at += 3;
	if (token_begins(&word, "v") || token_begins(&word, "-"))
		word.at++;
	if (!token_number(&word, &major))
		return;
	if (word.at == word.end)
		snprintf(out->tls_version, RECEIVED_TLS_MAX, "%s%u", name, major);
	else if ((token_take(&word, '.') || token_take(&word, '_')) &&
	         token_number(&word, &minor) && word.at == word.end)
		snprintf(out->tls_version, RECEIVED_TLS_MAX, "%s%u.%u", name, major, minor);
}

static void take_cipher(struct received *out, struct token_text word)
{
	received_keep(out->tls_cipher, sizeof out->tls_cipher, word, RECEIVED_CIPHER);
}

/*
 * `using TLSv1.3 with cipher X (256/256 bits)` (Postfix), `version=TLSv1.3 cipher=X bits=256`
 * (Sendmail, Google, Exchange); behind `with` also `TLS1.3`, `TLS1.3:X:256` (Exim), `TLS`
 * (Exchange), `X encrypted` (qmail).
 */
void received_read_tls(struct received *out, struct token_text inside,
                       bool in_with)
{
	bool words = token_begins(&inside, "using tls") || token_begins(&inside, "using ssl");
	bool pairs = token_begins(&inside, "version=");
	bool bare = in_with && (token_begins(&inside, "tls") || token_begins(&inside, "ssl") ||
	                        token_begins(&inside, "x=") || token_begins(&inside, "unknown:"));
	struct token_text word, before = { "", "" };

	out->tls |= words || pairs || bare;
	for (unsigned n = 0; word_until(&inside, &word, " \t\r\n,:"); n++) {
		if (pairs && token_begins(&word, "version="))
			take_version(out, (struct token_text){ word.at + 8, word.end });
		else if (pairs && token_begins(&word, "cipher="))
			take_cipher(out, (struct token_text){ word.at + 7, word.end });
		else if (words && is_word(before, "using"))
			take_version(out, word);
		else if ((words && is_word(before, "cipher")) || (bare && n == 1))
			take_cipher(out, word);
		else if (bare && n == 0)
			take_version(out, word);
		else if (in_with && n == 1 && is_word(word, "encrypted")) {
			out->tls = true;
			take_cipher(out, before);
		}
		before = word;
	}
}
