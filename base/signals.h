/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signals - a termination signal is a request, not an accident
 *
 * SIGTERM, SIGINT, SIGHUP, SIGQUIT and SIGXCPU set a flag that every wait looks at
 * (base/io.h), so that a delivery leaves through the one exit door; SIGPIPE
 * and SIGXFSZ are ignored (the write says EPIPE or EFBIG); dispositions and
 * masks that a caller left behind are put right.
 */
#ifndef MAILSEAL_BASE_SIGNALS_H
#define MAILSEAL_BASE_SIGNALS_H

#include <stdbool.h>

void signals_init(void);
/* The signal that asked us to stop, or 0. */
int signals_stop(void);
/* In a forked child before exec: dispositions and mask as a fresh program has them. */
void signals_reset_for_exec(void);
/* For a delivery: a crash (SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP) leaves with
 * EX_TEMPFAIL and no core, since some callers bounce on a signal. */
void signals_crash_is_tempfail(void);

#endif
