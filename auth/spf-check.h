/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spf-check - check_host(), the function of RFC 7208 section 4, and its mechanisms (section 5)
 *
 * One struct spf_check lives through one step of auth/spf.h: it carries the connection's data
 * and the counts of the limits (4.6.4) through all includes and redirects.
 */
#ifndef MAILSEAL_AUTH_SPF_CHECK_H
#define MAILSEAL_AUTH_SPF_CHECK_H

#include <stdbool.h>

#include "auth/lookups.h"
#include "auth/spf-macro.h"
#include "auth/spf-record.h"
#include "auth/spf.h"
#include "base/buf.h"

struct spf_check {
	struct lookups *lookups;        /* borrowed, as the values are */
	struct spf_macro_values values; /* domain and validated change on the way */
	struct buf *explain;            /* or NULL */
	unsigned depth;                 /* of includes and redirects */
	unsigned terms, voids;          /* that counted so far */
	bool term_is_void;              /* the present one was counted among the voids */
	bool waiting;                   /* an answer is missing: no result means anything */
	enum spf_result stopped;        /* the error that ended it, after SPF_STOP */
	enum dns_security security;     /* the least of what was used */
	struct buf reason;              /* freed by whoever made the check */
	struct spf_slice explanation;   /* exp= of the record whose directive matched; len 0: none */
	char explanation_domain[DNS_NAME_MAX];
};

enum spf_match {
	SPF_NO_MATCH,
	SPF_MATCH,
	SPF_STOP, /* waiting, or stopped with an error: it goes through to the caller */
};

/* False: the domain can't be checked, the result is none (RFC 7208 4.3). */
bool spf_domain_checkable(const char *domain);
/* domain: without a final dot. The result means nothing while check->waiting. */
enum spf_result spf_check_host(struct spf_check *check, const char *domain);

/* ---- for the mechanisms ----------------------------------------------------- */

/* a, mx, ptr, exists */
enum spf_match spf_mechanism_look_up(struct spf_check *check, const struct spf_directive *d);

/* The name that a domain-spec makes; the present domain if it is empty (RFC 7208 4.8).
 * SPF_NO_MATCH: a name that can't be in the DNS. */
enum spf_match spf_target(struct spf_check *check, struct spf_slice domain_spec,
                          char out[DNS_NAME_MAX]);
/* Brings the name for %{p} if the text uses it. False: waiting. */
bool spf_find_validated(struct spf_check *check, struct spf_slice text);
/* NULL: stopped. */
const struct dns_answer *spf_ask(struct spf_check *check, const char *name, enum dns_type type);
/* SPF_STOP, with that result and reason. */
enum spf_match spf_stop(struct spf_check *check, enum spf_result result, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void spf_reason(struct spf_check *check, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A line for --explain, indented by depth. */
void spf_explain(struct spf_check *check, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
