/* SPDX-License-Identifier: GPL-3.0-or-later */
/* author-loose - the domains that a lenient reader could find in a broken From: of auth/author.c */
#ifndef MAILSEAL_AUTH_AUTHOR_LOOSE_H
#define MAILSEAL_AUTH_AUTHOR_LOOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/author.h"

/*
 * Reading stops where a value is broken; other readers go on.  So each domain behind an `@`
 * counts, wherever it stands: one too many does no harm, since a broken From never passes.
 */
void author_loose_value(const char *value, size_t len, struct author *out);

/*
 * The same for each line of a text that some may take for a From field: behind a CR alone, or
 * with bytes in front that are not shown.  at_start: the text begins with a line, and LF ends
 * lines; else a CR alone does.  True: there was one.
 */
bool author_loose_lines(const char *text, size_t len, bool at_start, struct author *out);

#endif
