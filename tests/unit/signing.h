/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signing - messages signed with DKIM and sealed with ARC, for tests
 *
 * Ed25519 (RFC 8463) with keys made of a number.  Nothing here uses what is to be tested:
 * a message has CRLF line ends and one at its end, so that simple canonicalization
 * leaves it alone, and the fields of a seal are written as the relaxed one would.
 */
#ifndef MAILSEAL_TESTS_SIGNING_H
#define MAILSEAL_TESTS_SIGNING_H

#include "base/buf.h"

struct signing {
	const char *domain, *selector;
	size_t domain_len, selector_len; /* 0: up to the NUL */
	const char *names; /* h=; NULL: from:subject */
	const char *more;  /* further tags, `l=5; `; or NULL */
	long body;         /* bytes of the body to hash; 0: all of it; -1: none */
	unsigned char key; /* which key */
};

/* Appends `v=DKIM1; k=ed25519; p=...`. */
void signing_key_record(unsigned char key, struct buf *out);
/* Puts a DKIM-Signature on top. */
void signing_dkim(const struct signing *signing, struct buf *message);
/* Puts a set on top: seal, message signature, results. cv: "none", "pass", "fail". */
void signing_arc(const struct signing *signing, unsigned instance,
                 const char *cv, const char *results, struct buf *message);

#endif
