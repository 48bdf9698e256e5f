/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spf-record - an SPF record, read (RFC 7208 sections 4.5, 4.6.1, 5, 6 and 12)
 *
 * The grammar is taken by the letter: one wrong character makes the whole record wrong.
 */
#ifndef MAILSEAL_AUTH_SPF_RECORD_H
#define MAILSEAL_AUTH_SPF_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/ip.h"
#include "auth/spf-macro.h"
#include "base/buf.h"

#define SPF_RECORD_MAX 16384 /* bytes; RFC 7208 3.4 wants it below 512 */

enum spf_mechanism {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
};

struct spf_directive {
	enum spf_mechanism mechanism;
	char qualifier;               /* + - ~ ? */
	struct spf_slice text;        /* all of it, as it is written */
	struct spf_slice domain_spec; /* len 0: none */
	struct ip network;            /* ip4, ip6 */
	unsigned prefix4, prefix6;    /* a, mx, ip4, ip6; without one 32 and 128 */
};

/* Slices are borrowed from the text that was read. */
struct spf_record {
	struct spf_directive *directive;
	size_t count;
	struct spf_slice redirect, explanation; /* domain-specs; len 0: none */
	size_t unknown_modifiers;               /* they are allowed, and ignored */
};

/* Is it one: v=spf1, then a space or the end? */
bool spf_record_is(const char *text, size_t len);

/*
 * Reads such a text.  False: it is wrong, and why was said in *why (printable ASCII, begins with the
 * term).  Either way *out is for spf_record_free.
 */
bool spf_record_parse(const char *text, size_t len, struct spf_record *out,
                      struct buf *why);
void spf_record_free(struct spf_record *record);

/* Of the client's address family. */
unsigned spf_directive_prefix(const struct spf_directive *directive, const struct ip *ip);

#endif
