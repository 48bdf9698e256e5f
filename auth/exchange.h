/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exchange - one question put to one resolver, over UDP and, if need be, TCP (RFC 1035 4.2, 7766)
 *
 * A connected socket of its own for each, so that the port and the id must be guessed
 * together, and nothing but that resolver's packets is seen.  What does not match is ignored.
 * After a SERVFAIL the question is put once more with CD=1 (RFC 4035 3.2.2): if the data is
 * there, it is bogus.
 */
#ifndef MAILSEAL_AUTH_EXCHANGE_H
#define MAILSEAL_AUTH_EXCHANGE_H

#include <poll.h>
#include <stdbool.h>

#include "auth/resolver-kind.h"
#include "base/clock.h"

#define EXCHANGE_SENDS_MAX 4       /* over UDP, after 1, 2 and 4 seconds; given up after 8 more */
#define EXCHANGE_AGAIN_MS 1000
#define EXCHANGE_TCP_MS 10000      /* for connection, question and answer */

struct exchange;

/* Not begun. */
struct exchange *exchange_new(const struct resolver_address *server,
                              const struct lookup *question);
void exchange_free(struct exchange **exchange);
const struct resolver_question *exchange_question(const struct exchange *exchange);
bool exchange_begun(const struct exchange *exchange);

/* NULL: it goes on; else the answer, the caller's, and the exchange is over. */
struct dns_answer *exchange_begin(struct exchange *exchange);
struct dns_answer *exchange_ready(struct exchange *exchange); /* poll(2) found something */
struct dns_answer *exchange_late(struct exchange *exchange);  /* the timer has passed */

/* Of a server on this host the kernel knows at once that nobody is there. */
bool exchange_refused(const struct resolver_address *server);

struct pollfd exchange_poll(const struct exchange *exchange); /* what to wait for */
struct deadline exchange_timer(const struct exchange *exchange);

#endif
