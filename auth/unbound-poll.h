/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unbound-poll - the sockets and timers of libunbound, over poll(2)
 *
 * libunbound hands its events to whoever runs the loop (<unbound-event.h>).  Ours has only to
 * wait for some dozen sockets, and never longer than it is told: poll(2) is enough, and no
 * second library has to be the very one that libunbound was built with.
 */
#ifndef MAILSEAL_AUTH_UNBOUND_POLL_H
#define MAILSEAL_AUTH_UNBOUND_POLL_H

struct ub_event_base;
struct unbound_poll;

struct unbound_poll *unbound_poll_new(void); /* NULL: no memory */
/* When libunbound's context is gone, and its events with it. */
void unbound_poll_free(struct unbound_poll **loop);
struct ub_event_base *unbound_poll_base(struct unbound_poll *loop);

/* One round: waits until something is ready, at most max_ms, and calls back. */
void unbound_poll_run(struct unbound_poll *loop, int max_ms);

#endif
