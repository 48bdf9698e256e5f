/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entry-read - an entry read back from its text (docs/keystore.md, entry-text.c)
 *
 * A line that this version does not know is an error: it may say that the entry must not be used.
 */
#include <config.h>

#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "keystore/address.h"
#include "keystore/entry-private.h"

struct reader {
	const char *start, *at, *end;
	unsigned line;   /* the one last looked at, from 1 */
	const char *why; /* set by what fails first */
};

struct span {
	const char *data;
	size_t len;
};

static bool fail(struct reader *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return false;
}

static bool next_is(const struct reader *r, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(r->end - r->at) >= len && memcmp(r->at, text, len) == 0;
}

/* The value of the next line, which begins with name (`Name: `); at moves on. */
static bool take(struct reader *r, const char *name, struct span *value)
{
	r->line++;
	if (!next_is(r, name))
		return fail(r, "another line was expected");

	const char *from = r->at + strlen(name);
	const char *lf = memchr(from, '\n', (size_t)(r->end - from));

	if (!lf)
		return fail(r, "it is cut off");
	*value = (struct span){ from, (size_t)(lf - from) };
	r->at = lf + 1;
	return true;
}

static bool value_is(struct span value, const char *text)
{
	return value.len == strlen(text) && memcmp(value.data, text, value.len) == 0;
}

/* All of the value's bytes are of set. */
static bool value_of(struct span value, const char *set)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] == '\0' || !strchr(set, value.data[i]))
			return false;
	return true;
}

/* 0 .. INT64_MAX, without leading zeros. */
static bool take_number(struct reader *r, const char *name, int64_t *number)
{
	struct span v;
	int64_t n = 0;

	if (!take(r, name, &v))
		return false;
	if (v.len == 0 || (v.len > 1 && v.data[0] == '0') ||
	    !value_of(v, "0123456789"))
		return fail(r, "no number");
	for (size_t i = 0; i < v.len; i++) {
		int digit = v.data[i] - '0';

		if (n > (INT64_MAX - digit) / 10)
			return fail(r, "too large a number");
		n = n * 10 + digit;
	}
	*number = n;
	return true;
}

static bool take_flag(struct reader *r, const char *name, bool *flag)
{
	struct span v;

	if (!take(r, name, &v))
		return false;
	*flag = value_is(v, "yes");
	return *flag || value_is(v, "no") ||
	       fail(r, "neither yes nor no");
}

static bool take_fingerprint(struct reader *r, const char *name,
                             char out[FINGERPRINT_MAX])
{
	struct span v;

	if (!take(r, name, &v))
		return false;
	if ((v.len != 40 && v.len != 64) || !value_of(v, "0123456789ABCDEF"))
		return fail(r, "no fingerprint");
	memcpy(out, v.data, v.len);
	out[v.len] = '\0';
	return true;
}

static bool take_algorithm(struct reader *r, char out[ENTRY_ALGORITHM_MAX])
{
	struct span v;

	if (!take(r, "Algorithm: ", &v))
		return false;
	if (v.len == 0 || v.len >= ENTRY_ALGORITHM_MAX ||
	    !value_of(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                 "0123456789._-"))
		return fail(r, "no algorithm");
	memcpy(out, v.data, v.len);
	out[v.len] = '\0';
	return true;
}

/* nettle skips white space, which is excluded first, and checks the rest:
 * alphabet, padding, and that the unused bits are 0. */
static bool take_data(struct reader *r, unsigned char **data, size_t *size)
{
	struct base64_decode_ctx ctx;
	struct span v;

	if (!take(r, "Data: ", &v))
		return false;
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] < '+' || v.data[i] > 'z')
			return fail(r, "not base64");
	if (v.len == 0 || v.len % 4 != 0)
		return fail(r, "not base64");
	*data = mem_alloc(BASE64_DECODE_LENGTH(v.len));
	base64_decode_init(&ctx);
	if (!base64_decode_update(&ctx, size, *data, v.len, v.data) ||
	    !base64_decode_final(&ctx))
		return fail(r, "not base64");
	return true;
}

static bool take_validity(struct reader *r, int64_t *created, int64_t *expires,
                          bool *revoked)
{
	return take_number(r, "Created: ", created) &&
	       take_number(r, "Expires: ", expires) &&
	       take_flag(r, "Revoked: ", revoked);
}

static bool take_subkey(struct reader *r, struct entry_cert *cert)
{
	if (cert->subkeys == ENTRY_SUBKEYS_MAX)
		return fail(r, "too many subkeys");

	/* Counted first, so that what a half-read one holds is freed. */
	struct entry_subkey *s = &cert->subkey[cert->subkeys++];

	if (!take_fingerprint(r, "Subkey: ", s->fingerprint) ||
	    !take_validity(r, &s->created, &s->expires, &s->revoked) ||
	    !take_flag(r, "Weak: ", &s->weak) ||
	    !take_algorithm(r, s->algorithm) ||
	    !take_data(r, &s->data, &s->size))
		return false;
	s->keyid = entry_keyid(s->fingerprint);
	return true;
}

static bool take_source(struct reader *r, struct entry_cert *cert)
{
	struct span v;

	if (!next_is(r, "Source: "))
		return true;
	if (!take(r, "Source: ", &v))
		return false;
	for (enum entry_source s = ENTRY_SOURCE_IMPORT; s <= ENTRY_SOURCE_DANE; s++) {
		if (!value_is(v, entry_source_word(s)))
			continue;
		cert->source = s;
		return take_number(r, "Fetched: ", &cert->fetched);
	}
	return fail(r, "no source that this version knows");
}

static bool take_retired(struct reader *r, struct entry_cert *cert)
{
	if (!next_is(r, "Retired: "))
		return true;
	return take_number(r, "Retired: ", &cert->retired) &&
	       (cert->retired || fail(r, "retired at 0 is not at all"));
}

static bool take_cert(struct reader *r, struct entry *entry)
{
	if (entry->certs == ENTRY_CERTS_MAX)
		return fail(r, "too many certificates");

	struct entry_cert *c = &entry->cert[entry->certs++];

	if (!take_fingerprint(r, "Certificate: ", c->fingerprint) ||
	    !take_source(r, c) || !take_retired(r, c) ||
	    !take_validity(r, &c->created, &c->expires, &c->revoked) ||
	    !take_data(r, &c->data, &c->size))
		return false;
	while (next_is(r, "Subkey: "))
		if (!take_subkey(r, c))
			return false;
	return true;
}

/* asked: whose entry this must be; NULL: any. */
static bool take_address(struct reader *r, const char *asked, char **address)
{
	struct span v;

	if (!take(r, "Address: ", &v))
		return false;
	if (asked && !value_is(v, asked))
		return fail(r, "the entry is for another address");
	if (v.len > ADDRESS_MAX || memchr(v.data, '\0', v.len))
		return fail(r, "no address");
	*address = mem_strndup(v.data, v.len);
	return asked || address_is_normal(*address) ||
	       fail(r, "no address in normal form");
}

static bool take_alias(struct reader *r, struct entry *entry)
{
	struct span v;

	if (!next_is(r, "Alias: "))
		return true;
	if (!take(r, "Alias: ", &v) || v.len > ADDRESS_MAX ||
	    memchr(v.data, '\0', v.len))
		return fail(r, "no address");
	entry->alias = mem_strndup(v.data, v.len);
	return (entry->alias[0] != '@' && address_is_normal(entry->alias)) ||
	       fail(r, "no address in normal form");
}

static bool take_reason(struct reader *r, struct entry *entry)
{
	struct span v;

	if (!next_is(r, "Reason: "))
		return true;
	if (!take(r, "Reason: ", &v) || v.len > ENTRY_REASON_MAX ||
	    memchr(v.data, '\0', v.len))
		return fail(r, "no reason");
	entry->reason = mem_strndup(v.data, v.len);
	return entry_reason_valid(entry->reason) || fail(r, "no reason");
}

static bool take_seal(struct reader *r, struct entry *entry)
{
	struct span v;

	if (!next_is(r, "Seal: "))
		return true;
	if (!take(r, "Seal: ", &v))
		return false;
	if (value_is(v, "on")) {
		entry->seal = ENTRY_SEAL_ON;
		return true;
	}
	if (value_is(v, "off"))
		entry->seal = ENTRY_SEAL_OFF;
	else if (value_is(v, "pause"))
		entry->seal = ENTRY_SEAL_PAUSE;
	else
		return fail(r, "neither on, off nor pause");
	return (entry->seal == ENTRY_SEAL_OFF ||
	        take_number(r, "Until: ", &entry->pause_until)) &&
	       take_reason(r, entry);
}

static bool take_publish(struct reader *r, struct entry *entry)
{
	bool yes;

	if (!next_is(r, "Publish: "))
		return true;
	if (!take_flag(r, "Publish: ", &yes))
		return false;
	entry->publish = yes ? ENTRY_PUBLISH_YES : ENTRY_PUBLISH_NO;
	return true;
}

static bool take_policy(struct reader *r, struct entry *entry)
{
	if (next_is(r, "Removed: ") &&
	    (!take_flag(r, "Removed: ", &entry->removed) || !entry->removed))
		return fail(r, "a tombstone says yes");
	return take_alias(r, entry) && take_seal(r, entry) &&
	       take_publish(r, entry);
}

static bool take_first_line(struct reader *r)
{
	r->line++;
	if (!next_is(r, ENTRY_FIRST_LINE))
		return fail(r, next_is(r, ENTRY_FIRST_WORD)
		               ? "a newer version of mailseal made it"
		               : "it is no entry");
	r->at += strlen(ENTRY_FIRST_LINE);
	return true;
}

static bool take_end(struct reader *r)
{
	int64_t front = r->at - r->start, counted = 0;

	if (!take_number(r, "End: ", &counted))
		return false;
	return counted == front || fail(r, "its length is not the one it was written with");
}

/* What signs the bytes in front of it. */
static bool take_signature(struct reader *r, struct entry *entry)
{
	struct span v;

	entry->signed_len = (size_t)(r->at - r->start);
	if (r->at == r->end)
		return true;
	if (!take(r, "Signature: ", &v))
		return false;
	if (v.len == 0 || v.len > ENTRY_SIGNATURE_MAX)
		return fail(r, "the signature has no fitting length");
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] < ' ' || v.data[i] > '~')
			return fail(r, "the signature is no text");
	entry->signature = mem_strndup(v.data, v.len);
	return r->at == r->end || fail(r, "something follows the signature");
}

static bool take_entry(struct reader *r, const char *asked, struct entry *entry)
{
	int64_t serial = 0;

	if (!take_first_line(r) || !take_address(r, asked, &entry->address) ||
	    !take_number(r, "Serial: ", &serial) ||
	    !take_number(r, "Changed: ", &entry->changed))
		return false;
	if (serial == 0)
		return fail(r, "serial 0 is none");
	entry->serial = (uint64_t)serial;
	if (!take_policy(r, entry))
		return false;
	while (next_is(r, "Certificate: "))
		if (!take_cert(r, entry))
			return false;
	return (entry_is_whole(entry) || fail(r, "it says nothing, or too much")) &&
	       take_end(r) && take_signature(r, entry);
}

struct entry *entry_parse(const char *text, size_t len, const char *address,
                          struct err *err)
{
	struct reader r = { .start = text, .at = text, .end = text + len };
	struct entry *entry = mem_alloc(sizeof *entry);

	if (len > ENTRY_MAX)
		fail(&r, "it is too large");
	else if (take_entry(&r, address, entry))
		return entry;
	err_set(err, ERR_TEMPORARY,
	        "restore it from a backup, or `mailseal key remove` it (mail is not sealed"
	        " from then on) and import again",
	        "the keystore's entry%s%.100s is broken: line %u: %s",
	        address ? " of " : "", address ? address : "", r.line, r.why);
	entry_free(&entry);
	return NULL;
}
