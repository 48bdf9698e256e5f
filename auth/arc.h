/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arc - the Authenticated Received Chain of a message, validated (RFC 8617 section 5.2)
 *
 * As with DKIM: arc_new reads the sets and orders the body hash, arc_step asks for keys and
 * checks, newest set first as the RFC has it.
 */
#ifndef MAILSEAL_AUTH_ARC_H
#define MAILSEAL_AUTH_ARC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/body-hash.h"
#include "auth/header.h"
#include "auth/lookups.h"
#include "base/buf.h"

#define ARC_SETS_MAX 50    /* RFC 8617 4.2.1 */
#define ARC_MESSAGES_MAX 8 /* AMS that are verified, newest first; the older ones decide nothing */

enum arc_result { ARC_NONE, ARC_PASS, ARC_FAIL, ARC_TEMPERROR };

struct arc_set {
	const char *domain, *selector; /* of the seal: who vouches; NULL: could not be read */
	const char *results;           /* value of ARC-Authentication-Results behind `i=N;` */
	size_t results_len;
	enum dns_security security;    /* of the keys of this set that were asked */
};

struct arc;

/*
 * Never NULL.  header, hashes and explain are borrowed; explain: NULL, or gets a line for each
 * thing that was checked, and is emptied first.
 */
struct arc *arc_new(const struct header *header, int64_t now,
                    struct body_hashes *hashes, struct buf *explain);
void arc_free(struct arc **arc);
bool arc_step(struct arc *arc, struct lookups *lookups); /* true: done */

enum arc_result arc_result(const struct arc *arc);
const char *arc_reason(const struct arc *arc); /* in words, or NULL */
/* Instances 1 .. arc_count() are there; 0 when there is no chain, or its structure is broken. */
size_t arc_count(const struct arc *arc);
const struct arc_set *arc_get(const struct arc *arc, size_t instance);
/* The oldest instance down to which each AMS verifies, 0 for all (RFC 8617 5.2: oldest-pass); -1
 * unknown: no pass, a key could not be asked for, or ARC_MESSAGES_MAX was reached. */
int arc_oldest_pass(const struct arc *arc);
/* Of a chain that passes: does the newest AMS cover From and the whole body?  If it does not,
 * what the sealers saw need not be this message. */
bool arc_covers_message(const struct arc *arc);
enum dns_security arc_security(const struct arc *arc); /* of all keys on which the result rests */

const char *arc_word(enum arc_result result); /* RFC 8601's words */

#endif
