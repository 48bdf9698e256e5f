/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mem - memory that is there, or the end of the program */
#include <config.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"

_Noreturn void mem_exhausted(void)
{
	static const char line[] =
		"mailseal: out of memory; try again, or raise the memory limit\n";
	ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);

	(void)ignored;
	_exit(EX_TEMPFAIL);
}

static void *or_exhausted(void *p)
{
	if (!p)
		mem_exhausted();
	return p;
}

void *mem_alloc(size_t size)
{
	return or_exhausted(calloc(1, size ? size : 1));
}

void *mem_array(size_t count, size_t size)
{
	return or_exhausted(calloc(count ? count : 1, size ? size : 1));
}

void *mem_grow(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count ? count : 1, size ? size : 1);

	return or_exhausted(p);
}

char *mem_strdup(const char *s)
{
	return or_exhausted(strdup(s));
}

char *mem_strndup(const char *s, size_t len)
{
	return or_exhausted(strndup(s, len));
}

char *mem_printf(const char *fmt, ...)
{
	char *out = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&out, fmt, ap) < 0)
		mem_exhausted();
	va_end(ap);
	return out;
}
