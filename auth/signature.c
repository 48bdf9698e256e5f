/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signature - a DKIM-Signature (RFC 6376 3.5), ARC-Message-Signature or ARC-Seal (RFC 8617 4.1)
 * field, parsed
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/signature.h"
#include "auth/token.h"
#include "base/idn.h"
#include "base/mem.h"

/* ---- names -------------------------------------------------------------- */

/* Labels of letters, digits, hyphens and underscores; lower case into out. */
static bool copy_name(const char *name, size_t len, char out[DNS_NAME_MAX])
{
	if (len == 0 || len >= DNS_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
		      c == '_' || c == '.'))
			return false;
		out[i] = c;
	}
	out[len] = '\0';
	return out[len - 1] != '.' && dns_name_valid(out);
}

/* The same of a name that may have U-labels (RFC 8616). */
static bool read_name(const char *name, size_t len, char out[DNS_NAME_MAX])
{
	char *copy, *ascii;
	struct err err;
	bool valid;

	if (copy_name(name, len, out))
		return true;
	out[0] = '\0';
	if (len > IDN_NAME_MAX || memchr(name, '\0', len))
		return false;
	copy = mem_strndup(name, len);
	ascii = idn_is_ascii(copy) ? NULL : idn_to_ascii(copy, &err);
	valid = ascii && copy_name(ascii, strlen(ascii), out);
	if (!valid)
		out[0] = '\0';
	free(ascii);
	free(copy);
	return valid;
}

/* A domain has two labels or more (RFC 6376 3.5: domain-name). */
static bool read_domain(const char *name, size_t len, char out[DNS_NAME_MAX])
{
	if (read_name(name, len, out) && strchr(out, '.'))
		return true;
	out[0] = '\0';
	return false;
}

/* ---- tags --------------------------------------------------------------- */

/* NULL, or what is wrong with it. */
typedef const char *tag_reader(const struct tag *tag, struct signature *out);

static const char *read_version(const struct tag *tag, struct signature *out)
{
	(void)out;
	return tag_is(tag, "1") ? NULL : "v= is not 1";
}

static const char *read_algorithm(const struct tag *tag, struct signature *out)
{
	for (int i = SIGNATURE_RSA_SHA256; i <= SIGNATURE_RSA_SHA1; i++)
		if (tag_is_nocase(tag, signature_algorithm_word((enum signature_algorithm)i))) {
			out->algorithm = (enum signature_algorithm)i;
			out->has_algorithm = true;
			return NULL;
		}
	return "a= is of an unknown algorithm";
}

static const char *read_d(const struct tag *tag, struct signature *out)
{
	return read_domain(tag->value, tag->value_len, out->domain) ? NULL
	                                                            : "d= is no domain";
}

static const char *read_s(const struct tag *tag, struct signature *out)
{
	return read_name(tag->value, tag->value_len, out->selector) ? NULL
	                                                            : "s= is no selector";
}

static const char *read_b(const struct tag *tag, struct signature *out)
{
	long len = tag_base64(tag, out->signature, sizeof out->signature);

	if (len <= 0)
		return "b= is no signature";
	out->signature_len = (size_t)len;
	return NULL;
}

static const char *read_bh(const struct tag *tag, struct signature *out)
{
	long size = (long)digest_size(signature_digest(out));

	return tag_base64(tag, out->hash, sizeof out->hash) == size ? NULL
	                                                            : "bh= is no hash";
}

static bool read_canon(const char *word, size_t len, enum canon *out)
{
	*out = token_same(word, len, "relaxed") ? CANON_RELAXED : CANON_SIMPLE;
	return *out == CANON_RELAXED || token_same(word, len, "simple");
}

static const char *read_c(const struct tag *tag, struct signature *out)
{
	const char *slash = memchr(tag->value, '/', tag->value_len);
	size_t len = slash ? (size_t)(slash - tag->value) : tag->value_len;

	if (!read_canon(tag->value, len, &out->header_canon) ||
	    (slash && !read_canon(slash + 1, tag->value_len - len - 1, &out->body_canon)))
		return "c= is of an unknown canonicalization";
	return NULL;
}

static const char *read_h(const struct tag *tag, struct signature *out)
{
	size_t at = 0, len, count = 0;
	const char *name;
	bool from = false;

	while (tag_next_item(tag, &at, &name, &len)) {
		if (++count > SIGNATURE_HEADERS_MAX)
			return "h= has too many names";
		from |= token_same(name, len, "From");
		/* RFC 8617 4.1.2 */
		if (out->kind == SIGNATURE_ARC_MESSAGE && token_same(name, len, "ARC-Seal"))
			return "h= names ARC-Seal";
	}
	/* The rule is DKIM's (RFC 6376 5.4); chains are sealed without it. */
	return from || out->kind == SIGNATURE_ARC_MESSAGE ? NULL : "h= does not name From";
}

static const char *read_q(const struct tag *tag, struct signature *out)
{
	const char *item;
	size_t at = 0, len;

	(void)out;
	while (tag_next_item(tag, &at, &item, &len))
		if (token_same(item, len, "dns/txt"))
			return NULL;
	return "q= has no method that is known";
}

static const char *read_l(const struct tag *tag, struct signature *out)
{
	return tag_number(tag, &out->body_length) ? NULL : "l= is no length";
}

/* A time too far away to be counted never comes. */
static bool read_time(const struct tag *tag, int64_t *out)
{
	uint64_t number;

	for (size_t i = 0; i < tag->value_len; i++)
		if (tag->value[i] < '0' || tag->value[i] > '9')
			return false;
	*out = tag_number(tag, &number) ? (int64_t)number : INT64_MAX;
	return tag->value_len > 0;
}

static const char *read_t(const struct tag *tag, struct signature *out)
{
	return read_time(tag, &out->time) ? NULL : "t= is no time";
}

static const char *read_x(const struct tag *tag, struct signature *out)
{
	return read_time(tag, &out->expiry) ? NULL : "x= is no time";
}

static const char *read_instance(const struct tag *tag, struct signature *out)
{
	uint64_t number;

	if (!tag_number(tag, &number) || number == 0 || number > 1000)
		return "i= is no instance";
	out->instance = (unsigned)number;
	return NULL;
}

/* ---- i= of DKIM --------------------------------------------------------- */

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10
	     : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* dkim-quoted-printable (RFC 6376 2.11); a `=` that begins no code stands for itself. False: it
 * has a NUL. */
static bool decode_quoted(const struct tag *tag, struct buf *out)
{
	const char *end = tag->value + tag->value_len;

	for (const char *at = tag->value; at < end; at++) {
		char c = *at;

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c == '=' && end - at >= 3 && hex(at[1]) >= 0 && hex(at[2]) >= 0) {
			c = (char)(hex(at[1]) * 16 + hex(at[2]));
			at += 2;
		}
		if (!c)
			return false;
		buf_addc(out, c);
	}
	return true;
}

/* domain is d= or a name below it. */
static bool is_within(const char *domain, const char *d, bool *below)
{
	size_t len = strlen(domain), d_len = strlen(d);

	*below = len > d_len;
	return len >= d_len && strcmp(domain + len - d_len, d) == 0 &&
	       (len == d_len || domain[len - d_len - 1] == '.');
}

static const char *read_identity(const struct tag *tag, struct signature *out)
{
	struct buf text = BUF_INIT;
	char domain[DNS_NAME_MAX];
	const char *at, *why = NULL;

	if (!decode_quoted(tag, &text) || !(at = strrchr(buf_str(&text), '@')) ||
	    !read_domain(at + 1, strlen(at + 1), domain))
		why = "i= is no identity";
	else if (!is_within(domain, out->domain, &out->subdomain))
		why = "i= is not of d=";
	else
		out->identity = mem_printf("%.*s@%s", (int)(at - text.data), text.data, domain);
	buf_free(&text);
	return why;
}

/* ---- the whole ---------------------------------------------------------- */

#define DKIM (1U << SIGNATURE_DKIM)
#define MESSAGE (1U << SIGNATURE_ARC_MESSAGE)
#define SEAL (1U << SIGNATURE_ARC_SEAL)

/* In the order in which they are read: what names the signer first. */
static const struct {
	const char *name;
	unsigned kinds;      /* that have it */
	const char *missing; /* what is said if it is; NULL: it may be */
	tag_reader *read;
} tags_of[] = {
	{ "d", DKIM | MESSAGE | SEAL, "d= is missing", read_d },
	{ "s", DKIM | MESSAGE | SEAL, "s= is missing", read_s },
	{ "a", DKIM | MESSAGE | SEAL, "a= is missing", read_algorithm },
	{ "v", DKIM, NULL, read_version },
	{ "i", DKIM, NULL, read_identity },
	{ "i", MESSAGE | SEAL, "i= is missing", read_instance },
	{ "c", DKIM | MESSAGE, NULL, read_c },
	{ "h", DKIM | MESSAGE, "h= is missing", read_h },
	{ "bh", DKIM | MESSAGE, "bh= is missing", read_bh },
	{ "b", DKIM | MESSAGE | SEAL, "b= is missing", read_b },
	{ "q", DKIM | MESSAGE, NULL, read_q },
	{ "l", DKIM | MESSAGE, NULL, read_l },
	{ "t", DKIM | MESSAGE | SEAL, NULL, read_t },
	{ "x", DKIM | MESSAGE, NULL, read_x },
};

const char *signature_parse(const struct header_field *field,
                            enum signature_kind kind, struct signature *out)
{
	const char *why;

	memset(out, 0, sizeof *out);
	out->kind = kind;
	out->field = field;
	out->header_canon = kind == SIGNATURE_ARC_SEAL ? CANON_RELAXED : CANON_SIMPLE;
	out->body_length = UINT64_MAX;
	out->time = out->expiry = -1;
	why = tag_list_parse(field->text + field->value, field->len - field->value, &out->tags);
	for (size_t i = 0; i < sizeof tags_of / sizeof tags_of[0]; i++) {
		const struct tag *tag = tag_find(&out->tags, tags_of[i].name);
		const char *wrong = NULL;

		if (!(tags_of[i].kinds & 1U << kind))
			continue;
		if (tag)
			wrong = tags_of[i].read(tag, out);
		else
			wrong = tags_of[i].missing;
		if (!why)
			why = wrong;
	}
	out->draft = kind == SIGNATURE_DKIM && !tag_find(&out->tags, "v");
	return why;
}

void signature_free(struct signature *signature)
{
	free(signature->identity);
	signature->identity = NULL;
}

enum digest_kind signature_digest(const struct signature *signature)
{
	return signature->has_algorithm && signature->algorithm == SIGNATURE_RSA_SHA1
	               ? DIGEST_SHA1
	               : DIGEST_SHA256;
}

const char *signature_algorithm_word(enum signature_algorithm algorithm)
{
	switch (algorithm) {
	case SIGNATURE_RSA_SHA256: return "rsa-sha256";
	case SIGNATURE_ED25519_SHA256: return "ed25519-sha256";
	case SIGNATURE_RSA_SHA1: break;
	}
	return "rsa-sha1";
}
