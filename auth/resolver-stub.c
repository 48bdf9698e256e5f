/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resolver-stub - believes the AD bit of a validating resolver on this host (RFC 6840 5.8)
 *
 * Loopback alone, since whoever is on the way could set that bit.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/exchange.h"
#include "auth/resolver-kind.h"
#include "base/io.h"
#include "base/mem.h"

/*
 * Sockets; other questions wait their turn.  More than a message asks at first of names that
 * its sender chose (auth/verify.c): servers of his that never answer must not take all turns.
 */
#define RUNNING_MAX 256

struct stub {
	struct resolver_address server;
	struct exchange **exchange; /* in the order of the questions; the first ones run */
	size_t count, room;
};

static void forget(void *self)
{
	struct stub *s = self;

	for (size_t i = 0; i < s->count; i++)
		exchange_free(&s->exchange[i]);
	s->count = 0;
}

static void close_stub(void *self)
{
	struct stub *s = self;

	forget(s);
	free(s->exchange);
	free(s);
}

static void ask(void *self, struct lookups *lookups, const struct lookup *question)
{
	struct stub *s = self;

	(void)lookups; /* nothing is answered yet */
	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 64;
		s->exchange = mem_grow(s->exchange, s->room, sizeof(struct exchange *));
	}
	s->exchange[s->count++] = exchange_new(&s->server, question);
}

static void drop(struct stub *s, size_t i)
{
	exchange_free(&s->exchange[i]);
	s->count--;
	memmove(&s->exchange[i], &s->exchange[i + 1],
	        (s->count - i) * sizeof(struct exchange *));
}

/* What an earlier message asked and did not wait for: it must not take this one's turns. */
static void drop_others(struct stub *s, const struct lookups *lookups)
{
	for (size_t i = s->count; i-- > 0;)
		if (!resolver_question_open(exchange_question(s->exchange[i]), lookups))
			drop(s, i);
}

/* answer: NULL while it goes on. False: that was the end of exchange i. */
static bool goes_on(struct stub *s, size_t i, struct lookups *lookups,
                    struct dns_answer *answer)
{
	if (!answer)
		return true;
	resolver_question_feed(exchange_question(s->exchange[i]), lookups, answer);
	drop(s, i);
	return false;
}

/* As many as may run: their number, and when the first of their timers passes. */
static size_t begin(struct stub *s, struct lookups *lookups, struct pollfd fds[RUNNING_MAX],
                    struct deadline *timer)
{
	size_t i = 0;

	while (i < s->count && i < RUNNING_MAX) {
		struct exchange *x = s->exchange[i];

		if (!exchange_begun(x) && !goes_on(s, i, lookups, exchange_begin(x)))
			continue;
		fds[i++] = exchange_poll(x);
		*timer = deadline_earlier(*timer, exchange_timer(x));
	}
	return i;
}

/* From the last to the first, for those that end leave the list. */
static void go_on(struct stub *s, struct lookups *lookups, const struct pollfd *fds,
                  size_t running)
{
	for (size_t i = running; i-- > 0;) {
		struct exchange *x = s->exchange[i];
		struct dns_answer *answer = NULL;

		if (fds[i].revents)
			answer = exchange_ready(x);
		else if (deadline_passed(exchange_timer(x)))
			answer = exchange_late(x);
		goes_on(s, i, lookups, answer);
	}
}

static int wait_for_some(void *self, struct lookups *lookups, struct deadline deadline,
                         struct err *err)
{
	struct stub *s = self;
	struct pollfd fds[RUNNING_MAX];
	struct deadline timer = deadline;
	size_t before = lookups_answered(lookups), running;

	drop_others(s, lookups);
	running = begin(s, lookups, fds, &timer);
	if (lookups_answered(lookups) > before)
		return 0;
	if (io_wait(fds, running, timer, err) < 0 &&
	    (!deadline_passed(timer) || deadline_passed(deadline)))
		return -1;
	go_on(s, lookups, fds, running);
	return 0;
}

/* ---- the probe ------------------------------------------------------------------ */

static struct stub *stub_for(const struct resolver_address *server)
{
	struct stub *s = mem_alloc(sizeof *s);

	s->server = *server;
	return s;
}

/* What the resolver says of the root's SOA, which is signed: does it validate that? */
static int probe(struct stub *s, struct deadline deadline, struct err *err)
{
	struct lookups *lookups = lookups_new();
	const struct dns_answer *answer;
	struct lookup question;
	int rc;

	lookups_ask(lookups, ".", DNS_SOA);
	while (lookups_take(lookups, &question))
		ask(s, lookups, &question);
	while (!(answer = lookups_ask(lookups, ".", DNS_SOA)))
		if (wait_for_some(s, lookups, deadline, err))
			break;
	if (answer && answer->status == DNS_FOUND && answer->security == DNS_SECURE)
		rc = 0;
	else if (answer && answer->status != DNS_FAILED)
		rc = err_set(err, ERR_TEMPORARY, "let it validate (RFC 4035), or validate here",
		             "the resolver at %s does not validate", s->server.host);
	else
		rc = err_set(err, ERR_TEMPORARY, "start one, or validate here",
		             "no resolver answers at %s: %s", s->server.host,
		             answer ? answer->why : "timed out");
	forget(s);
	lookups_free(&lookups);
	return rc;
}

/* Of those that are left, each has an equal part of the time. */
static void *open_stub(const struct resolver_config *config, struct deadline deadline,
                       struct err *err)
{
	static const char *const usual[] = { "127.0.0.1", "::1", NULL };
	const char *const *servers = config->servers && *config->servers ? config->servers : usual;
	struct resolver_address address;
	size_t left = 0;

	while (servers[left])
		left++;
	deadline = deadline_earlier(deadline, deadline_in(RESOLVER_PROBE_MS));
	for (; left; servers++, left--) {
		int part = deadline_left_ms(deadline, RESOLVER_PROBE_MS) / (int)left;
		struct stub *s;

		if (!resolver_address_parse(*servers, &address))
			continue;
		s = stub_for(&address);
		if (!probe(s, deadline_in(part), err))
			return s;
		close_stub(s);
	}
	return NULL;
}

const struct resolver_kind_methods resolver_stub = {
	.open = open_stub,
	.close = close_stub,
	.ask = ask,
	.wait = wait_for_some,
	.forget = forget,
};
