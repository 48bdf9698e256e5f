/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names - a set of names, each with a value */
#include <config.h>

#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/names.h"

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->name, ((const struct name *)b)->name);
}

static struct name **find(const struct names *names, const char *name)
{
	const struct name wanted = { (char *)(uintptr_t)name, NULL };

	return tfind(&wanted, &names->tree, compare);
}

struct name *names_find(const struct names *names, const char *name)
{
	struct name **node = find(names, name);

	return node ? *node : NULL;
}

struct name *names_add(struct names *names, const char *name)
{
	struct name *n = names_find(names, name);

	if (n)
		return n;
	n = mem_alloc(sizeof *n);
	n->name = mem_strdup(name);
	if (!tsearch(n, &names->tree, compare))
		mem_exhausted();
	names->count++;
	return n;
}

void names_remove(struct names *names, const char *name)
{
	struct name *n = names_find(names, name);

	if (!n)
		return;
	tdelete(n, &names->tree, compare);
	names->count--;
	free(n->name);
	free(n);
}

struct walk {
	int (*each)(void *ctx, struct name *name);
	void *ctx;
	int rc;
};

static void visit(const void *node, VISIT order, void *closure)
{
	struct walk *w = closure;

	if ((order == postorder || order == leaf) && w->rc == 0)
		w->rc = w->each(w->ctx, *(struct name *const *)node);
}

int names_each(const struct names *names, int (*each)(void *ctx, struct name *name), void *ctx)
{
	struct walk w = { each, ctx, 0 };

	twalk_r(names->tree, visit, &w);
	return w.rc;
}

void names_free(struct names *names, void (*release)(void *value))
{
	while (names->tree) {
		struct name *n = *(struct name **)names->tree;

		tdelete(n, &names->tree, compare);
		if (release)
			release(n->value);
		free(n->name);
		free(n);
	}
	names->count = 0;
}
