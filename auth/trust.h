/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trust - hosts that the administrator named, found in what a message claims
 *
 * An authserv-id compares without case, without a final dot, and as an A-label (RFC 8601 2.5,
 * RFC 8616 4).  To believe a claim takes that equality; to distrust one a mention is enough,
 * because another reader may be more lenient than the RFC.
 */
#ifndef MAILSEAL_AUTH_TRUST_H
#define MAILSEAL_AUTH_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#define TRUST_IDS_MAX 64     /* ids heeded, ours among them */
#define TRUST_TEXT_MAX 2048  /* bytes in which a mention is looked for */

struct border_trust; /* auth/border.h */
struct trust;

struct trust *trust_new(const struct border_trust *who); /* borrows its strings */
void trust_free(struct trust **trust);

#define TRUST_NONE (-1)
#define TRUST_OURS 0

/* Which of the ids is it? TRUST_OURS, a number above, or TRUST_NONE. */
int trust_find(const struct trust *trust, const char *id, size_t len);
/* Is it in trusted-authserv-ids? Ours need not be. */
bool trust_believes(const struct trust *trust, int id);
const char *trust_name(const struct trust *trust, int id); /* as configured */

/* Could a lenient reader find one of the ids in that text, as a word of its own?
 * Also if the text is too long to say. */
bool trust_mentioned(const struct trust *trust, const char *text, size_t len);
/* Could it take id for one of them, blanks dropped? Also if nobody can tell. */
bool trust_resembles(const struct trust *trust, const char *id, size_t len);

/* Is a client a trusted relay? name: its verified name; both may be empty. */
bool trust_relay(const struct trust *trust, const char *address,
                 const char *name);

#endif
