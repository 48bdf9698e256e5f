/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock - how much time is left */
#include <config.h>

#include <time.h>

#include "base/clock.h"

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct deadline deadline_in(int64_t ms)
{
	return (struct deadline){ clock_ms() + ms };
}

struct deadline deadline_earlier(struct deadline a, struct deadline b)
{
	return a.at_ms < b.at_ms ? a : b;
}

bool deadline_passed(struct deadline d)
{
	return d.at_ms != INT64_MAX && clock_ms() >= d.at_ms;
}

int deadline_left_ms(struct deadline d, int max_ms)
{
	if (d.at_ms == INT64_MAX)
		return max_ms;

	int64_t left = d.at_ms - clock_ms();

	if (left <= 0)
		return 0;
	return left < max_ms ? (int)left : max_ms;
}
