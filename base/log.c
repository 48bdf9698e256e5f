/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log - one line to syslog, to stderr as well when asked */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "base/log.h"

#define LINE_MAX_BYTES 1024

void log_sanitize(char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c > 0x7e)
			*text = '?';
	}
}

static void emit(bool to_stderr, bool to_syslog, int priority,
                 const char *line)
{
	if (to_stderr)
		fprintf(stderr, "mailseal: %s\n", line);
	if (to_syslog)
		syslog(LOG_MAIL | priority, "%s", line);
}

void log_info(const struct log *log, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	log_sanitize(line);
	emit(log->to_stderr, log->to_syslog, LOG_INFO, line);
}

void log_err(const struct log *log, const struct err *err)
{
	char line[LINE_MAX_BYTES];

	err_line(err, line, sizeof line);
	log_sanitize(line);
	emit(true, log->to_syslog, LOG_ERR, line);
}
