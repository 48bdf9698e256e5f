/* SPDX-License-Identifier: GPL-3.0-or-later */
/* author-list - the value of From, read for its domains: of auth/author.c */
#ifndef MAILSEAL_AUTH_AUTHOR_LIST_H
#define MAILSEAL_AUTH_AUTHOR_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/author.h"

/* Adds the domains of the value to those of out; *literal becomes true if an address has none.
 * NULL, or why the value is broken: static text. */
const char *author_list_read(const char *value, size_t len, struct author *out,
                             bool *literal);

/* Adds a domain as it was written, if it is a new one. NULL, or why not. */
const char *author_list_add(struct author *out, const char *text);

#endif
