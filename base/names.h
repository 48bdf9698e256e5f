/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * names - a set of names, each with a value, that stays fast whatever the names are
 */
#ifndef MAILSEAL_BASE_NAMES_H
#define MAILSEAL_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct name {
	char *name;
	void *value; /* the caller's; NULL in a new one */
};

struct names {
	void *tree; /* NULL: it is empty */
	size_t count;
};

/* The one of that name, or NULL. Stays where it is until it is removed. */
struct name *names_find(const struct names *names, const char *name);
/* The same; made if it is missing. */
struct name *names_add(struct names *names, const char *name);
void names_remove(struct names *names, const char *name); /* its value is not freed */
/* In order of the names, until each returns non-zero. */
int names_each(const struct names *names, int (*each)(void *ctx, struct name *name), void *ctx);
/* release: for each value; NULL: there is nothing to free. */
void names_free(struct names *names, void (*release)(void *value));

#endif
