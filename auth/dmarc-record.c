/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dmarc-record - a DMARC policy record (RFC 9989 4.7, 4.8) */
#include <config.h>

#include <string.h>

#include "auth/dmarc-record.h"
#include "auth/dmarc-uri.h"
#include "auth/token.h"

/* ---- values ------------------------------------------------------------- */

static bool read_policy(const struct tag *tag, enum dmarc_policy *out)
{
	for (*out = DMARC_P_NONE; *out <= DMARC_P_REJECT; ++*out)
		if (tag_is_nocase(tag, dmarc_policy_word(*out)))
			return true;
	*out = DMARC_P_NONE;
	return false;
}

/* One letter of those in words, in any case. */
static bool is_one_of(const struct tag *tag, const char *letters)
{
	char word[2] = { 0 };

	for (; *letters; letters++) {
		word[0] = *letters;
		if (tag_is_nocase(tag, word))
			return true;
	}
	return false;
}

static unsigned failure_option(char c)
{
	switch (c) {
	case 'd': case 'D': return 1;
	case 's': case 'S': return 2;
	case '0': case '1': return 4;
	}
	return 0;
}

/* d and s, and one of 0 and 1, each once, separated by colons. */
static bool is_failure_options(const struct tag *tag)
{
	unsigned seen = 0;

	for (size_t i = 0; i < tag->value_len; i++) {
		unsigned option = failure_option(tag->value[i]);

		if (i % 2 ? tag->value[i] != ':' : !option || seen & option)
			return false;
		seen |= option;
	}
	return tag->value_len % 2 == 1;
}

static bool has_valid_uri(const struct tag *tag, bool all)
{
	struct dmarc_uri uri;
	size_t at = 0, valid = 0, count = 0;

	for (; dmarc_uri_next(tag, &at, &uri); count++)
		valid += uri.valid;
	return all ? count && valid == count : valid > 0;
}

bool dmarc_tag_valid(const struct tag *tag)
{
	static const struct {
		const char *name, *letters;
	} flags[] = { { "psd", "ynu" }, { "t", "yn" }, { "adkim", "rs" }, { "aspf", "rs" } };
	static const char *const policies[] = { "p", "sp", "np" };
	enum dmarc_policy policy;

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (token_same(tag->name, tag->name_len, flags[i].name))
			return is_one_of(tag, flags[i].letters);
	for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
		if (token_same(tag->name, tag->name_len, policies[i]))
			return read_policy(tag, &policy);
	if (token_same(tag->name, tag->name_len, "fo"))
		return is_failure_options(tag);
	if (token_same(tag->name, tag->name_len, "rua") ||
	    token_same(tag->name, tag->name_len, "ruf"))
		return has_valid_uri(tag, true);
	return true;
}

/* ---- tags --------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void trim(const char **text, size_t *len)
{
	while (*len && is_blank((*text)[*len - 1]))
		--*len;
	for (; *len && is_blank(**text); ++*text)
		--*len;
}

/* 1*ALPHA equals 1*dmarc-value */
static bool parse_tag(const char *text, size_t len, struct tag *out)
{
	const char *equals = memchr(text, '=', len);

	if (!equals)
		return false;
	*out = (struct tag){ text, equals + 1, (size_t)(equals - text),
	                     len - (size_t)(equals - text) - 1 };
	trim(&out->name, &out->name_len);
	trim(&out->value, &out->value_len);
	for (size_t i = 0; i < out->name_len; i++)
		if ((unsigned char)((out->name[i] | 0x20) - 'a') > 'z' - 'a')
			return false;
	for (size_t i = 0; i < out->value_len; i++)
		if (!is_blank(out->value[i]) && (unsigned char)(out->value[i] - '!') > '~' - '!')
			return false;
	return out->name_len && out->value_len;
}

static const struct tag *find(const struct tag_list *list, const char *name, size_t len)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct tag *tag = &list->tag[i];
		size_t at = 0;

		while (at < len && tag->name_len == len &&
		       (tag->name[at] | 0x20) == (name[at] | 0x20))
			at++;
		if (at == len && tag->name_len == len)
			return tag;
	}
	return NULL;
}

const struct tag *dmarc_record_tag(const struct dmarc_record *record,
                                   const char *name)
{
	return find(&record->tags, name, strlen(name));
}

/* False: a tag stands twice (RFC 6376 3.2), or there are too many. */
static bool split(const char *text, size_t len, struct dmarc_record *out)
{
	for (size_t at = 0; at < len;) {
		const char *start = text + at, *semicolon = memchr(start, ';', len - at);
		size_t part = semicolon ? (size_t)(semicolon - start) : len - at;
		struct tag *tag = &out->tags.tag[out->tags.count];

		at += part + 1;
		trim(&start, &part);
		if (part == 0)
			continue;
		if (out->tags.count == TAG_LIST_MAX)
			return false;
		if (!parse_tag(start, part, tag)) {
			out->flawed = true;
			continue;
		}
		if (find(&out->tags, tag->name, tag->name_len))
			return false;
		out->flawed |= !dmarc_tag_valid(tag);
		out->tags.count++;
	}
	return true;
}

/* ---- records ------------------------------------------------------------ */

bool dmarc_record_is(const char *text, size_t len)
{
	const char *semicolon = memchr(text, ';', len);
	struct tag tag;

	return len && !is_blank(text[0]) &&
	       parse_tag(text, semicolon ? (size_t)(semicolon - text) : len, &tag) &&
	       token_same(tag.name, tag.name_len, "v") && tag_is(&tag, "DMARC1");
}

/* Sets what the tag says. False: it is there and not valid. */
static bool set_policy(const struct dmarc_record *record, const char *name,
                       enum dmarc_policy *policy, bool *has)
{
	const struct tag *tag = dmarc_record_tag(record, name);
	enum dmarc_policy value;

	*has = tag && read_policy(tag, &value);
	if (*has)
		*policy = value;
	return !tag || *has;
}

/*
 * RFC 9989 4.7 and 4.10.1: without p= it is none; with p=, sp= or np= that is not valid all are
 * none; both only if somebody wants reports.  A public suffix without p= marks its place.
 */
static void set_policies(struct dmarc_record *record)
{
	bool valid = set_policy(record, "p", &record->p, &record->has_p);

	record->sp = record->p;
	valid &= set_policy(record, "sp", &record->sp, &record->has_sp);
	record->np = record->sp;
	valid &= set_policy(record, "np", &record->np, &record->has_np);
	if (!valid)
		record->p = record->sp = record->np = DMARC_P_NONE;
	record->applies = (valid && (record->has_p || record->psd == DMARC_PSD_YES)) ||
	                  record->has_rua;
}

static bool flag_is(const struct dmarc_record *record, const char *name,
                    const char *letter)
{
	const struct tag *tag = dmarc_record_tag(record, name);

	return tag && tag_is_nocase(tag, letter);
}

bool dmarc_record_parse(const char *text, size_t len, struct dmarc_record *out)
{
	const struct tag *rua;

	memset(out, 0, sizeof *out);
	if (len > DMARC_RECORD_MAX || !dmarc_record_is(text, len) || !split(text, len, out))
		return false;
	rua = dmarc_record_tag(out, "rua");
	out->has_rua = rua && has_valid_uri(rua, false);
	out->adkim_strict = flag_is(out, "adkim", "s");
	out->aspf_strict = flag_is(out, "aspf", "s");
	out->testing = flag_is(out, "t", "y");
	out->psd = flag_is(out, "psd", "y") ? DMARC_PSD_YES
	           : flag_is(out, "psd", "n") ? DMARC_PSD_NO : DMARC_PSD_UNSET;
	set_policies(out);
	return true;
}

const char *dmarc_policy_word(enum dmarc_policy policy)
{
	switch (policy) {
	case DMARC_P_NONE: break;
	case DMARC_P_QUARANTINE: return "quarantine";
	case DMARC_P_REJECT: return "reject";
	}
	return "none";
}
