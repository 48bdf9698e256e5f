/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unbound-poll - the sockets and timers of libunbound, over poll(2) */
#include <config.h>

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unbound-event.h>

#include "auth/unbound-poll.h"

#define NEVER INT64_MAX

typedef void callback(int fd, short bits, void *arg);

/* Starts as libunbound's own struct, so that a pointer to one is a pointer to the other. */
struct event {
	struct ub_event event;
	struct unbound_poll *loop;
	int fd; /* -1: a timer */
	short bits, ready;
	callback *call;
	void *arg;
	int64_t at_ms, every_ms; /* NEVER: no timeout */
	bool active;             /* in the list */
	struct event *previous, *next;
};

struct unbound_poll {
	struct ub_event_base base;
	struct event *first; /* active ones */
	struct event *next;  /* the next one to be looked at while calling back */
	struct pollfd *fds;
	size_t room, count;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the list of active events --------------------------------------------- */

static void deactivate(struct event *e)
{
	struct unbound_poll *loop = e->loop;

	e->ready = 0;
	if (!e->active)
		return;
	e->active = false;
	if (loop->next == e)
		loop->next = e->next;
	if (e->previous)
		e->previous->next = e->next;
	else
		loop->first = e->next;
	if (e->next)
		e->next->previous = e->previous;
	if (e->fd >= 0)
		loop->count--;
}

/* Has room for its descriptor, or it could not be waited for. */
static int reserve(struct unbound_poll *loop)
{
	size_t room = loop->room ? loop->room * 2 : 64;
	struct pollfd *fds;

	if (loop->count < loop->room)
		return 0;
	fds = reallocarray(loop->fds, room, sizeof *fds);
	if (!fds)
		return -1;
	loop->fds = fds;
	loop->room = room;
	return 0;
}

static int activate(struct event *e)
{
	struct unbound_poll *loop = e->loop;

	if (e->active)
		return 0;
	if (e->fd >= 0) {
		if (reserve(loop))
			return -1;
		loop->count++;
	}
	e->active = true;
	e->previous = NULL;
	e->next = loop->first;
	if (e->next)
		e->next->previous = e;
	loop->first = e;
	return 0;
}

/* From now on; NULL leaves it as it is. */
static void set_timeout(struct event *e, const struct timeval *after)
{
	if (!after)
		return;
	e->every_ms = (int64_t)after->tv_sec * 1000 + (after->tv_usec + 999) / 1000;
	e->at_ms = now_ms() + e->every_ms;
}

/* ---- what libunbound calls --------------------------------------------------- */

static struct event *ours(struct ub_event *event)
{
	return (struct event *)(void *)event;
}

static void add_bits(struct ub_event *event, short bits)
{
	deactivate(ours(event));
	ours(event)->bits |= bits;
}

static void del_bits(struct ub_event *event, short bits)
{
	deactivate(ours(event));
	ours(event)->bits &= (short)~bits;
}

static void set_fd(struct ub_event *event, int fd)
{
	deactivate(ours(event));
	ours(event)->fd = fd;
}

static void free_event(struct ub_event *event)
{
	deactivate(ours(event));
	free(ours(event));
}

static int add_event(struct ub_event *event, struct timeval *after)
{
	struct event *e = ours(event);

	if (!e->active)
		e->at_ms = NEVER;
	set_timeout(e, after);
	return activate(e);
}

static int del_event(struct ub_event *event)
{
	deactivate(ours(event));
	return 0;
}

static int add_timer(struct ub_event *event, struct ub_event_base *base, callback *call,
                     void *arg, struct timeval *after)
{
	struct event *e = ours(event);

	(void)base; /* the one that it was made for */
	e->call = call;
	e->arg = arg;
	return add_event(event, after);
}

static int no_signal(struct ub_event *event, struct timeval *after)
{
	(void)event;
	(void)after;
	return -1;
}

static int no_signal_either(struct ub_event *event)
{
	(void)event;
	return -1;
}

static void not_on_unix(struct ub_event *event)
{
	(void)event;
}

static void not_on_unix_either(struct ub_event *event, int bit)
{
	(void)event;
	(void)bit;
}

static const struct ub_event_vmt event_methods = {
	.add_bits = add_bits,
	.del_bits = del_bits,
	.set_fd = set_fd,
	.free = free_event,
	.add = add_event,
	.del = del_event,
	.add_timer = add_timer,
	.del_timer = del_event,
	.add_signal = no_signal,
	.del_signal = no_signal_either,
	.winsock_unregister_wsaevent = not_on_unix,
	.winsock_tcp_wouldblock = not_on_unix_either,
};

static struct ub_event *new_event(struct ub_event_base *base, int fd, short bits,
                                  callback *call, void *arg)
{
	struct event *e = calloc(1, sizeof *e);

	if (!e)
		return NULL;
	e->event.magic = UB_EVENT_MAGIC;
	/* libunbound only reads it, but its header does not say so */
	e->event.vmt = (struct ub_event_vmt *)(uintptr_t)&event_methods;
	e->loop = (struct unbound_poll *)(void *)base;
	e->fd = fd;
	e->bits = bits;
	e->call = call;
	e->arg = arg;
	e->at_ms = NEVER;
	return &e->event;
}

static struct ub_event *no_new_signal(struct ub_event_base *base, int fd,
                                      callback *call, void *arg)
{
	(void)base;
	(void)fd;
	(void)call;
	(void)arg;
	return NULL;
}

static struct ub_event *no_new_wsaevent(struct ub_event_base *base, void *wsaevent,
                                        callback *call, void *arg)
{
	(void)wsaevent;
	return no_new_signal(base, -1, call, arg);
}

static void keep_base(struct ub_event_base *base)
{
	(void)base;
}

static int no_dispatch(struct ub_event_base *base)
{
	(void)base;
	return -1;
}

static int no_exit(struct ub_event_base *base, struct timeval *after)
{
	(void)base;
	(void)after;
	return 0;
}

static const struct ub_event_base_vmt base_methods = {
	.free = keep_base,
	.dispatch = no_dispatch,
	.loopexit = no_exit,
	.new_event = new_event,
	.new_signal = no_new_signal,
	.winsock_register_wsaevent = no_new_wsaevent,
};

/* ---- the loop -------------------------------------------------------------------- */

struct unbound_poll *unbound_poll_new(void)
{
	struct unbound_poll *loop = calloc(1, sizeof *loop);

	if (!loop)
		return NULL;
	loop->base.magic = UB_EVENT_MAGIC;
	loop->base.vmt = (struct ub_event_base_vmt *)(uintptr_t)&base_methods;
	return loop;
}

void unbound_poll_free(struct unbound_poll **loop)
{
	if (!*loop)
		return;
	free((*loop)->fds);
	free(*loop);
	*loop = NULL;
}

struct ub_event_base *unbound_poll_base(struct unbound_poll *loop)
{
	return &loop->base;
}

/* Fills fds in the order of the list; the timeout for poll. */
static int prepare(struct unbound_poll *loop, int max_ms)
{
	int64_t now = now_ms(), left = max_ms;
	size_t n = 0;

	for (const struct event *e = loop->first; e; e = e->next) {
		if (e->fd >= 0)
			loop->fds[n++] = (struct pollfd){
				.fd = e->fd,
				.events = (short)((e->bits & UB_EV_READ ? POLLIN : 0) |
				                  (e->bits & UB_EV_WRITE ? POLLOUT : 0)),
			};
		if (e->at_ms != NEVER && e->at_ms - now < left)
			left = e->at_ms - now;
	}
	return left > 0 ? (int)left : 0;
}

static void mark_ready(struct unbound_poll *loop, bool polled)
{
	int64_t now = now_ms();
	size_t n = 0;

	for (struct event *e = loop->first; e; e = e->next) {
		short got = e->fd >= 0 ? loop->fds[n++].revents : 0;

		e->ready = 0;
		if (polled && got & (POLLIN | POLLERR | POLLHUP | POLLNVAL))
			e->ready |= e->bits & UB_EV_READ;
		if (polled && got & (POLLOUT | POLLERR | POLLHUP | POLLNVAL))
			e->ready |= e->bits & UB_EV_WRITE;
		if (!e->ready && e->at_ms <= now)
			e->ready = UB_EV_TIMEOUT;
	}
}

/* A callback may add, remove and free any event, its own too. */
static void call(struct event *e)
{
	short ready = e->ready;

	e->ready = 0;
	if (!(e->bits & UB_EV_PERSIST))
		deactivate(e);
	else if (e->at_ms != NEVER)
		e->at_ms = now_ms() + e->every_ms;
	e->call(e->fd, ready, e->arg);
}

void unbound_poll_run(struct unbound_poll *loop, int max_ms)
{
	int timeout = prepare(loop, max_ms);
	int rc = poll(loop->fds, loop->count, timeout);
	struct event *e;

	mark_ready(loop, rc > 0);
	for (loop->next = loop->first; (e = loop->next);) {
		loop->next = e->next;
		if (e->ready)
			call(e);
	}
}
