/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spf - may that host send for that domain (RFC 7208)
 *
 * One pure step (auth/lookups.h).  What SPF is about is the SMTP connection, which is long gone at
 * delivery: the caller says what is known of it, and what is not known is never guessed.
 */
#ifndef MAILSEAL_AUTH_SPF_H
#define MAILSEAL_AUTH_SPF_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/lookups.h"
#include "base/buf.h"

/* RFC 7208 4.6.4 */
#define SPF_LOOKUPS_MAX 10
#define SPF_VOID_MAX 2
#define SPF_MX_MAX 10
/* REVERSE_NAMES_MAX is the limit of PTR records */

#define SPF_SENDER_MAX 512 /* bytes of a sender that is checked; RFC 5321 4.5.3.1 has less */

enum spf_result { /* RFC 7208 2.6 */
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR,
};

enum spf_identity { SPF_MAILFROM, SPF_HELO };

/* Borrowed. NULL where it is not known. */
struct spf_request {
	const char *client_address; /* IPv4 or IPv6 text; ::ffff:a.b.c.d is IPv4 */
	const char *helo;
	const char *sender;   /* envelope sender without <>; "" is the null sender */
	const char *receiver; /* our host name, for %{r} */
	int64_t now;          /* seconds since the epoch, for %{t} */
	struct buf *explain;  /* NULL, or emptied, then a line for each lookup and term */
};

struct spf {
	enum spf_result result;
	enum spf_identity identity;
	char *domain;      /* that was checked, A-labels; NULL: none */
	char *explanation; /* of a fail, exp= expanded (RFC 7208 6.2); or NULL */
	char *reason;      /* what matched, what is wrong, what is not known; printable ASCII */
	enum dns_security security; /* the least of all answers used */
};

/* True: *out is filled, for spf_free. False: not done, and *out is untouched. */
bool spf_step(const struct spf_request *request, struct lookups *lookups,
              struct spf *out);
void spf_free(struct spf *spf);

const char *spf_word(enum spf_result result);
const char *spf_identity_word(enum spf_identity identity); /* "mailfrom", "helo" */

#endif
