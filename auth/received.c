/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * received - the clauses of a Received field (RFC 5321 4.4): words and comments in turn
 *
 * The first word behind a clause's name is its value, whatever it says.  Comments mean
 * something by where they stand and how they begin (received-comment.c).
 */
#include <config.h>

#include <string.h>

#include "auth/received-comment.h"
#include "auth/received.h"
#include "auth/token.h"

enum clause { NOTHING, FROM, BY, VIA, WITH, ID, FOR };

struct reader {
	struct received *out;
	enum clause clause;
	unsigned words;            /* of this clause so far */
	unsigned seen;             /* bit N: clause N was there */
	bool client_known;         /* the comment that names the client was read */
	bool program;              /* "(qmail 1 invoked by uid 0)", "(from jo@localhost)" */
	bool ambiguous;
	bool doubtful;             /* a second comment names a client: one may be from the HELO */
	bool named_later;          /* it stands behind `by`, as Exchange names itself: doubtful
	                              where there is another `by` */
	bool lmtp;
	struct token_text literal; /* `from [ADDRESS]`: Exim's way to say that it has no name */
	struct token_text before;  /* the word before */
};

static bool has(const struct reader *r, enum clause clause)
{
	return r->seen & 1u << clause;
}

static bool is_word(struct token_text word, const char *s)
{
	return token_same(word.at, (size_t)(word.end - word.at), s);
}

static enum clause clause_of(struct token_text word)
{
	static const char *const names[] = {
		[FROM] = "from", [BY] = "by", [VIA] = "via",
		[WITH] = "with", [ID] = "id", [FOR] = "for",
	};

	for (enum clause c = FROM; c <= FOR; c++)
		if (is_word(word, names[c]))
			return c;
	return NOTHING;
}

/* SMTP, ESMTPS, UTF8LMTPSA ... (RFC 3848, RFC 6531 4.3) */
static bool take_protocol(struct reader *r, struct token_text word)
{
	if (token_begins(&word, "utf8"))
		word.at += 4;
	r->lmtp = token_begins(&word, "lmtp");
	if (token_begins(&word, "esmtp"))
		word.at += 5;
	else if (r->lmtp || token_begins(&word, "smtp"))
		word.at += 4;
	else
		return false;
	if (is_word(word, "s") || is_word(word, "sa"))
		r->out->tls = true;
	else if (word.at < word.end && !is_word(word, "a"))
		return false;
	r->out->protocol = RECEIVED_SMTP;
	return true;
}

/* `with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384` (Exim), `with CIPHER encrypted SMTP` (qmail),
 * `with Microsoft SMTP Server` */
static void take_with(struct reader *r, struct token_text word)
{
	struct received *out = r->out;

	if (r->words > 1 && is_word(r->before, "tls")) {
		out->tls = true;
		received_keep(out->tls_cipher, sizeof out->tls_cipher, word,
		              RECEIVED_CIPHER);
	} else if (is_word(word, "encrypted")) {
		out->tls = true;
		received_keep(out->tls_cipher, sizeof out->tls_cipher, r->before,
		              RECEIVED_CIPHER);
	} else if (out->protocol == RECEIVED_UNKNOWN && !take_protocol(r, word) &&
	           (token_begins(&word, "local") || is_word(word, "internal"))) {
		out->protocol = RECEIVED_LOCAL;
	}
}

static void take_value(struct reader *r, struct token_text word)
{
	struct received *out = r->out;

	if (r->clause == FROM) {
		received_keep(out->helo, sizeof out->helo, word, RECEIVED_HOST);
		r->literal = word;
	} else if (r->clause == BY) {
		received_keep(out->by, sizeof out->by, word, RECEIVED_HOST);
	} else if (r->clause == ID) {
		if (token_take(&word, '<') && word.end[-1] == '>')
			word.end--;
		received_keep(out->id, sizeof out->id, word, RECEIVED_ID);
	}
}

static void take_word(struct reader *r, struct token_text word)
{
	enum clause begun = NOTHING;

	if (r->clause == NOTHING || r->words)
		begun = clause_of(word);
	if (begun != NOTHING) {
		r->doubtful |= begun == BY && r->named_later;
		/* Only the first of each counts. */
		r->clause = has(r, begun) ? VIA : begun;
		r->seen |= 1u << begun;
		r->words = 0;
		return;
	}
	if (r->words++ == 0)
		take_value(r, word);
	else if (r->clause == FROM)
		r->out->helo[0] = '\0'; /* a HELO of two words */
	if (r->clause == WITH)
		take_with(r, word);
	r->before = word;
}

/* A comment before any clause: no host wrote to this one. */
static void take_program(struct reader *r, struct token_text inside)
{
	struct token_text word;

	r->program |= token_begins(&inside, "qmail ") || token_begins(&inside, "from ");
	while (received_word(&inside, &word))
		if (r->program && is_word(word, "network"))
			r->out->protocol = RECEIVED_INSIDE;
}

/*
 * The first comment behind `from` names the client.  If a clause stands between the
 * two, it may be from the client's HELO: `HELO x by trusted.example with ESMTPS id 1`.
 */
static void take_client(struct reader *r, struct token_text inside)
{
	struct received none = { .by = "" };
	bool in_from = r->clause == FROM && r->words;
	enum received_client what;

	what = received_read_client(in_from ? r->out : &none, inside);
	r->client_known = what != RECEIVED_CLIENT_HELO;
	if (!in_from)
		r->ambiguous |= what != RECEIVED_CLIENT_NONE;
	else if (what == RECEIVED_CLIENT_LITERAL)
		received_address(r->literal.at, (size_t)(r->literal.end - r->literal.at),
		                 r->out->address);
}

/* Does that comment name a client? In Postfix's about TLS stand names of a certificate. */
static bool names_client(struct token_text inside)
{
	struct received unused = { .by = "" };

	return !token_begins(&inside, "Client CN ") &&
	       received_read_client(&unused, inside) == RECEIVED_CLIENT_KNOWN;
}

static void take_comment(struct reader *r, struct token_text inside)
{
	if (r->clause == NOTHING)
		take_program(r, inside);
	if (has(r, FROM) && !r->client_known)
		take_client(r, inside);
	else if (r->client_known && names_client(inside))
		*(r->clause == FROM ? &r->doubtful : &r->named_later) = true;
	received_read_tls(r->out, inside, r->clause == WITH);
}

/* A word, up to white space, a comment or the date; quotes and angles hold it together. */
static struct token_text next_word(struct token_text *t)
{
	struct token_text word = { t->at, t->at };
	bool quoted = false, angled = false;

	for (; t->at < t->end; t->at++) {
		char c = *t->at;

		if (c == '\\' && quoted && t->end - t->at > 1)
			t->at++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '<' || c == '>'))
			angled = c == '<';
		else if (!quoted && !angled && strchr(" \t\r\n(;", c))
			break;
	}
	word.end = t->at;
	return word;
}

/* What only the whole field tells. */
static void conclude(struct reader *r)
{
	struct received *out = r->out;

	if (r->ambiguous)
		memset(out, 0, sizeof *out);
	else if (r->doubtful)
		out->address[0] = out->name[0] = '\0';
	else if (out->protocol == RECEIVED_SMTP && r->lmtp && !out->address[0])
		out->protocol = RECEIVED_INSIDE;
	else if (out->protocol == RECEIVED_UNKNOWN && !has(r, FROM) &&
	         !has(r, WITH) && (r->program || out->by[0]))
		out->protocol = RECEIVED_LOCAL;
}

/*
 * Behind the date there is nothing.  If there is another `;`, or a comment that names a client, the
 * first `;` and all in front of it may be from the HELO.
 */
static void check_rest(struct reader *r, struct token_text t)
{
	struct token_text inside;

	while (!r->ambiguous && t.at < t.end) {
		if (!token_next_is(&t, '('))
			r->ambiguous = *t.at++ == ';';
		else if (token_comment(&t, &inside))
			r->ambiguous = names_client(inside);
		else
			break;
	}
}

void received_parse(const char *value, size_t len, struct received *out)
{
	struct token_text t = { value, value + len }, inside;
	struct reader r = { .out = out };

	memset(out, 0, sizeof *out);
	for (token_skip_blanks(&t); t.at < t.end && *t.at != ';';
	     token_skip_blanks(&t)) {
		if (*t.at != '(') {
			struct token_text word = next_word(&t);

			if (word.at == word.end)
				break; /* a CR or NUL */
			take_word(&r, word);
		} else if (token_comment(&t, &inside)) {
			take_comment(&r, inside);
		} else {
			r.ambiguous = true;
			break;
		}
	}
	if (token_take(&t, ';'))
		check_rest(&r, t);
	conclude(&r);
}
