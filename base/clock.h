/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * clock - how much time is left
 *
 * A deadline is a moment of CLOCK_MONOTONIC in milliseconds; every wait in
 * the program takes one, so that no peer can hold a delivery for longer
 * than the administrator allowed.
 */
#ifndef MAILSEAL_BASE_CLOCK_H
#define MAILSEAL_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct deadline {
	int64_t at_ms;
};

#define DEADLINE_NEVER ((struct deadline){ INT64_MAX })

int64_t clock_ms(void); /* CLOCK_MONOTONIC, milliseconds */
struct deadline deadline_in(int64_t ms);
struct deadline deadline_earlier(struct deadline a, struct deadline b);
bool deadline_passed(struct deadline d);
/* What is left for poll(2): 0 when passed, at most max_ms. */
int deadline_left_ms(struct deadline d, int max_ms);

#endif
