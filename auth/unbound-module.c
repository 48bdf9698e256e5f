/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unbound-module - the one place that asks libunbound, loaded on use
 *
 * Its sockets and timers are libevent's, with which it is built; a timer of ours ends each wait.
 */
#include <config.h>

#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unbound.h>
#include <unbound-event.h>

#include "auth/unbound-module.h"

#define CLASS_IN 1

struct unbound_question {
	struct unbound *unbound;
	void *ctx;
	int number;         /* libunbound's */
	bool asking, done;  /* answered before it was asked to the end: from the cache */
	struct unbound_question *previous, *next;
};

struct unbound {
	struct event_base *loop;
	struct event *alarm; /* ends a wait */
	struct ub_ctx *context;
	struct unbound_question *first; /* all that are open */
	void (*answer)(void *ctx, const struct unbound_answer *answer);
};

static const struct { const char *name, *value; } options[] = {
	/* A resolver on loopback may be a forwarder. */
	{ "do-not-query-localhost:", "no" },
	/* One query less for each anchor. */
	{ "trust-anchor-signaling:", "no" },
	/* The owner of a bogus zone chooses how often it is asked again: once. */
	{ "val-max-restart:", "1" },
	/* Private addresses have names where somebody gave them some. */
	{ "unblock-lan-zones:", "yes" },
	/* All questions of a message at once, and a server that was down is tried again. */
	{ "outgoing-range:", "256" },
	{ "num-queries-per-thread:", "512" },
	{ "infra-keep-probing:", "yes" },
	{ "edns-buffer-size:", "1232" },
};

/* Zones of which libunbound has data of its own; it is for the resolver to say what they hold. */
static const char *const no_zones[] = {
	"localhost.", "onion.", "test.", "invalid.", "home.arpa.", "127.in-addr.arpa.",
	"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
};

/* ---- open questions ---------------------------------------------------------- */

static struct unbound_question *add(struct unbound *u, void *ctx)
{
	struct unbound_question *q = calloc(1, sizeof *q);

	if (!q)
		return NULL;
	q->unbound = u;
	q->ctx = ctx;
	q->asking = true;
	q->next = u->first;
	if (q->next)
		q->next->previous = q;
	u->first = q;
	return q;
}

static void drop(struct unbound_question *q)
{
	if (q->previous)
		q->previous->next = q->next;
	else
		q->unbound->first = q->next;
	if (q->next)
		q->next->previous = q->previous;
	free(q);
}

/* ---- opening -------------------------------------------------------------------- */

static bool set(struct unbound *u, const char *option, const char *value,
                char *why, size_t size)
{
	int rc = ub_ctx_set_option(u->context, option, value);

	if (rc)
		snprintf(why, size, "libunbound, %s %s: %s", option, value, ub_strerror(rc));
	return !rc;
}

static bool set_options(struct unbound *u, bool validate, char *why, size_t size)
{
	/* It would write to stderr, and names of strangers too. */
	ub_ctx_debugout(u->context, NULL);
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (!set(u, options[i].name, options[i].value, why, size))
			return false;
	return validate || set(u, "module-config:", "iterator", why, size);
}

/* Signatures hold, or do not, at another time than now. */
static bool set_now(struct unbound *u, long long now, char *why, size_t size)
{
	time_t t = (time_t)now;
	char date[32];
	struct tm tm;

	if (!now)
		return true;
	if (!gmtime_r(&t, &tm) || !strftime(date, sizeof date, "%Y%m%d%H%M%S", &tm)) {
		snprintf(why, size, "no time: %lld", now);
		return false;
	}
	return set(u, "val-override-date:", date, why, size);
}

static bool set_servers(struct unbound *u, const struct unbound_config *config,
                        char *why, size_t size)
{
	int rc = 0;

	for (const char *const *f = config->forwarders; f && *f && !rc; f++)
		rc = ub_ctx_set_fwd(u->context, *f);
	if (rc)
		snprintf(why, size, "forwarder: %s", ub_strerror(rc));
	return !rc;
}

static bool set_anchors(struct unbound *u, const struct unbound_config *config,
                        char *why, size_t size)
{
	int rc = 0;

	for (const char *const *a = config->anchors; a && *a && !rc; a++)
		rc = ub_ctx_add_ta(u->context, *a);
	if (!rc && config->anchor_file)
		rc = ub_ctx_add_ta_file(u->context, config->anchor_file);
	if (rc)
		snprintf(why, size, "trust anchor: %s", ub_strerror(rc));
	return !rc;
}

/* At the first one all settings are read and judged. */
static bool remove_zones(struct unbound *u, char *why, size_t size)
{
	int rc = 0;

	for (size_t i = 0; i < sizeof no_zones / sizeof *no_zones && !rc; i++)
		rc = ub_ctx_zone_remove(u->context, no_zones[i]);
	if (rc)
		snprintf(why, size, "libunbound refuses its settings or the trust anchor: %s",
		         ub_strerror(rc));
	return !rc;
}

static void close_unbound(struct unbound *u)
{
	while (u->first) {
		ub_cancel(u->context, u->first->number); /* or it would be answered now */
		drop(u->first);
	}
	if (u->context)
		ub_ctx_delete(u->context);
	if (u->alarm)
		event_free(u->alarm);
	if (u->loop)
		event_base_free(u->loop);
	free(u);
}

/* The wait ends because something happened: nothing more is to be done. */
static void ring(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)ctx;
}

static struct unbound *open_unbound(const struct unbound_config *config, char *why,
                                    size_t size)
{
	struct unbound *u = calloc(1, sizeof *u);
	bool validate = config->anchor_file || (config->anchors && *config->anchors);

	snprintf(why, size, "out of memory");
	if (!u)
		return NULL;
	u->answer = config->answer;
	u->loop = event_base_new();
	u->alarm = u->loop ? evtimer_new(u->loop, ring, NULL) : NULL;
	u->context = u->alarm ? ub_ctx_create_event(u->loop) : NULL;
	if (u->context && set_options(u, validate, why, size) &&
	    (!validate || set_now(u, config->now, why, size)) &&
	    set_servers(u, config, why, size) && set_anchors(u, config, why, size) &&
	    remove_zones(u, why, size))
		return u;
	close_unbound(u);
	return NULL;
}

/* ---- asking ------------------------------------------------------------------- */

/* libunbound's: sec is 0 insecure, 1 bogus, 2 secure, and bogus comes with data. */
static void answered(void *question, int code, void *packet, int len, int sec,
                     char *why, int ratelimited)
{
	struct unbound_question *q = question;
	const struct unbound_answer answer = {
		.code = code || packet ? code : 2,
		.packet = packet,
		.len = packet && len > 0 ? (size_t)len : 0,
		.security = sec == 2 ? UNBOUND_SECURE : sec == 1 ? UNBOUND_BOGUS : UNBOUND_INSECURE,
		.why = why,
	};

	(void)ratelimited;
	q->unbound->answer(q->ctx, &answer);
	q->done = true;
	if (!q->asking)
		drop(q);
}

static int ask(struct unbound *u, const char *name, int type, void *ctx)
{
	struct unbound_question *q = add(u, ctx);
	bool done;
	int rc;

	if (!q)
		return -1;
	rc = ub_resolve_event(u->context, name, type, CLASS_IN, q, answered, &q->number);
	q->asking = false;
	done = q->done;
	if (rc || done)
		drop(q);
	return rc && !done ? -1 : 0;
}

static void wait_for_it(struct unbound *u, int max_ms)
{
	const struct timeval left = { max_ms / 1000, max_ms % 1000 * 1000 };

	evtimer_add(u->alarm, &left);
	event_base_loop(u->loop, EVLOOP_ONCE);
	evtimer_del(u->alarm);
}

static void forget(struct unbound *u, void (*drop_ctx)(void *ctx))
{
	struct unbound_question *q;

	while ((q = u->first)) {
		ub_cancel(u->context, q->number);
		drop_ctx(q->ctx);
		drop(q);
	}
}

/* All that is to be seen from outside; the program knows it by its name. */
extern const struct unbound_module unbound_module __attribute__((visibility("default")));

const struct unbound_module unbound_module = {
	.abi = UNBOUND_MODULE_ABI,
	.open = open_unbound,
	.close = close_unbound,
	.ask = ask,
	.wait = wait_for_it,
	.forget = forget,
};
