/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tag-list - `tag=value; tag=value` (RFC 6376 section 3.2)
 *
 * The form of DKIM and ARC signatures, key records and DMARC records.  Values keep their inner
 * folding white space; it is taken off at both ends.  Tag names are case-sensitive.
 */
#ifndef MAILSEAL_AUTH_TAG_LIST_H
#define MAILSEAL_AUTH_TAG_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAG_LIST_MAX 64 /* tags */

/* Borrowed from the text that was parsed. */
struct tag {
	const char *name, *value;
	size_t name_len, value_len;
};

struct tag_list {
	struct tag tag[TAG_LIST_MAX];
	size_t count;
};

/*
 * White space is SP, TAB, LF and CRLF.  A value may hold any byte above 0x20 but DEL: what it means is
 * its reader's to say (RFC 8616: UTF-8 in d=, s=, i=).
 *
 * NULL, or why it is no tag list ("a tag stands twice"): static text. out is filled up to there.
 */
const char *tag_list_parse(const char *text, size_t len, struct tag_list *out);

/* One `tag=value` after the other, for who goes on after a bad one: false at the end. at: 0 first. *why: NULL,
 * or why this one is none (then *out is not to be used). */
bool tag_next(const char *text, size_t len, size_t *at, struct tag *out,
              const char **why);

/* NULL: absent. */
const struct tag *tag_find(const struct tag_list *list, const char *name);
/* The value is that word (case-sensitive, or not). */
bool tag_is(const struct tag *tag, const char *word);
bool tag_is_nocase(const struct tag *tag, const char *word);
/* 1 to 18 digits and nothing else: false if not. */
bool tag_number(const struct tag *tag, uint64_t *out);

/* Walks a list separated by colons, white space around its items taken off: `a : b`. at: 0 first.
 * False at the end. An empty item is given as such. */
bool tag_next_item(const struct tag *tag, size_t *at, const char **item,
                   size_t *len);

/* base64 with folding white space in it (RFC 6376 3.2: ALPHADIGITPS *FWS). Bytes written, at most size, or
 * -1: it is none, or too long. */
long tag_base64(const struct tag *tag, unsigned char *out, size_t size);

#endif
