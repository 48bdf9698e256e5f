/* SPDX-License-Identifier: GPL-3.0-or-later */
/* err - what went wrong, for the person who must act */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"

__attribute__((format(printf, 4, 0)))
static void fill(struct err *err, enum err_class class, const char *advice,
                 const char *fmt, va_list ap)
{
	char what[ERR_WHAT_MAX];

	/* By way of a copy: an argument may be a part of *err itself. */
	vsnprintf(what, sizeof what, fmt, ap);
	snprintf(err->advice, sizeof err->advice, "%s", advice ? advice : "");
	memcpy(err->what, what, sizeof err->what);
	log_sanitize(err->what);
	log_sanitize(err->advice);
	err->class = class;
}

int err_set(struct err *err, enum err_class class, const char *advice,
            const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, class, advice, fmt, ap);
	va_end(ap);
	return -1;
}

int err_sys(struct err *err, enum err_class class, const char *advice,
            const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	fill(err, class, advice, fmt, ap);
	va_end(ap);

	size_t len = strlen(err->what);

	snprintf(err->what + len, sizeof err->what - len, ": %s",
	         strerror(saved));
	errno = saved;
	return -1;
}

int err_context(struct err *err, const char *fmt, ...)
{
	char old[ERR_WHAT_MAX];
	va_list ap;

	memcpy(old, err->what, sizeof old);
	va_start(ap, fmt);
	vsnprintf(err->what, sizeof err->what, fmt, ap);
	va_end(ap);
	log_sanitize(err->what);

	size_t len = strlen(err->what);

	snprintf(err->what + len, sizeof err->what - len, ": %s", old);
	return -1;
}

void err_line(const struct err *err, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", err->what, err->advice[0] ? "; " : "",
	         err->advice);
}
