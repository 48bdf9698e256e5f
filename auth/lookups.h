/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lookups - what the evaluators of one message ask, and what came back
 *
 * This is how SPF, every DKIM and ARC key and the DMARC walk run at once without a callback, a
 * thread or a blocking call.  An evaluator is a step function: it asks for the names that it needs, in
 * the order in which it thinks; as soon as an answer that it can't go on without is missing it returns
 * "not done", and it is called again from its start when answers have come.  So
 * it is straight code and keeps no state between the calls: the answers are the state, and
 * identical questions are asked once.  Tests and fuzzers feed the answers themselves.
 *
 *	step all; done? -> finish
 *	resolver_wait: send what is new, take what comes -> again
 */
#ifndef MAILSEAL_AUTH_LOOKUPS_H
#define MAILSEAL_AUTH_LOOKUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/dns.h"

#define LOOKUPS_MAX 512                              /* questions for one message */
#define LOOKUPS_BYTES_MAX ((size_t)16 * 1024 * 1024) /* of all answers together */

struct lookups;

struct lookups *lookups_new(void);
void lookups_free(struct lookups **lookups);

/*
 * The answer, borrowed until lookups_free, or NULL: not known yet, and now wanted.  name: text,
 * in any case, with or without a final dot.  One that can't be asked (dns_name_valid) does not
 * exist: DNS_NO_NAME.  Once the table is closed or full the answer is DNS_FAILED, never NULL.
 */
const struct dns_answer *lookups_ask(struct lookups *lookups, const char *name,
                                     enum dns_type type);

/* ---- for who answers ---------------------------------------------------- */

struct lookup {
	size_t id;        /* for lookups_feed */
	const char *name; /* lower case, no final dot; borrowed */
	enum dns_type type;
	const struct dns_answer *answer; /* NULL: open */
};

/* A question that was not taken yet: true, and it counts as taken. */
bool lookups_take(struct lookups *lookups, struct lookup *out);
/* Takes the answer over. A second one for the same id is dropped. */
void lookups_feed(struct lookups *lookups, size_t id, struct dns_answer *answer);
/* Time is up: every open question, and each that is asked from now on, has failed, and why. */
void lookups_close(struct lookups *lookups, const char *why);

/* How many have an answer; grows while there is hope. */
size_t lookups_answered(const struct lookups *lookups);
/* All that was asked, in order: 0 .. lookups_count() - 1. */
size_t lookups_count(const struct lookups *lookups);
struct lookup lookups_get(const struct lookups *lookups, size_t id);

#endif
