/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spf-macro - the macro language of SPF records (RFC 7208 section 7)
 *
 * The grammar is checked when a record is read, the values are put in when a term is
 * evaluated.  Nothing is looked up here: who expands %{p} brings the name.
 */
#ifndef MAILSEAL_AUTH_SPF_MACRO_H
#define MAILSEAL_AUTH_SPF_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/dns.h"
#include "auth/ip.h"
#include "base/buf.h"

#define SPF_EXPLANATION_MAX 2048 /* bytes of an expanded explanation */

/* A piece of a record; borrowed. */
struct spf_slice {
	const char *at;
	size_t len;
};

/* RFC 7208 7.1; len 0 is a macro-string, but no domain-spec. */
bool spf_macro_string_valid(struct spf_slice text); /* without c, r, t (7.2) */
bool spf_domain_spec_valid(struct spf_slice text);  /* likewise */
bool spf_explain_string_valid(struct spf_slice text);

/* Is that macro letter (lower case) in a valid text? */
bool spf_macro_uses(struct spf_slice text, char letter);

/* What the letters stand for; all borrowed, none NULL. */
struct spf_macro_values {
	const char *local_part, *sender_domain; /* s, l, o */
	const char *domain;                     /* d */
	const char *validated;                  /* p: a name, or "unknown" */
	const char *helo;                       /* h */
	const char *receiver;                   /* r */
	struct ip ip;                           /* i, v, c */
	int64_t now;                            /* t */
};

/* A valid domain-spec as the name to ask for, without a final dot and cut to 253 bytes from
 * the left, label by label (7.3). It may still be no name that can be asked (dns_name_valid). */
void spf_expand_domain(struct spf_slice text, const struct spf_macro_values *values,
                       char out[DNS_NAME_MAX]);
/* A valid explain-string. False: the text would be too long, or not printable ASCII. */
bool spf_expand_explanation(struct spf_slice text, const struct spf_macro_values *values,
                            struct buf *out);

#endif
