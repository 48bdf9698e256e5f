/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log - one line to syslog (facility mail), to stderr as well when asked
 *
 * What may be logged is decided by the callers' room: never a word of a message.
 * Control characters and bytes above 0x7e become `?` here, whatever comes.
 */
#ifndef MAILSEAL_BASE_LOG_H
#define MAILSEAL_BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

struct log {
	bool to_stderr; /* -v */
	bool to_syslog; /* commands that an MTA runs */
};

void log_info(const struct log *log, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* An error's one line: always to stderr, to syslog too where asked. */
void log_err(const struct log *log, const struct err *err);

/* Replaces what must not reach a terminal or a log, in place. */
void log_sanitize(char *text);

#endif
