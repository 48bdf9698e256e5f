/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-publish-wkd - mailseal key publish --wkd: certificates as a Web Key Directory
 *
 * The advanced method's folders are one for each domain.  The direct method's holds all: one web
 * root may serve several domains, and a file has the certificates of every address with that
 * local part; whoever fetches looks at the user ID.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "filter/key-publish.h"
#include "filter/wkd-tree.h"

struct item {
	const char *address;
	char hash[WKD_HASH];
};

struct publication {
	const struct key_run *run;
	struct wkd_tree tree;
	struct item *item; /* sorted by domain, then hash */
	size_t items;
	const char *only;  /* one domain, or NULL */
	size_t written, removed, failed;
	struct err *err;
};

static const char *domain_of(const struct item *item)
{
	return strrchr(item->address, '@') + 1;
}

static int by_hash(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->hash, ((const struct item *)b)->hash);
}

static int by_domain(const void *a, const void *b)
{
	int order = strcmp(domain_of(a), domain_of(b));

	return order ? order : by_hash(a, b);
}

static int is_of_domain(const void *domain, const void *item)
{
	return strcmp(domain, domain_of(item));
}

/* ---- one folder ------------------------------------------------------------------------ */

static void add_cert(void *ctx, const struct entry_cert *cert)
{
	buf_add(ctx, cert->data, cert->size);
}

/* The file of the items, which all have one hash. 1: it is to stay, 0: there is nothing, -1. */
static int publish_file(struct publication *p, int folder, const struct item *item,
                        size_t count)
{
	struct buf data = BUF_INIT;
	struct err why;
	bool failed = false;
	int rc = 1;

	for (size_t i = 0; i < count; i++)
		failed |= key_publish_each(p->run, item[i].address, add_cert, &data, &why) < 0;
	if (failed) {
		p->failed++;
	} else if (data.len == 0) {
		rc = 0;
	} else {
		int written = wkd_tree_put(folder, item->hash, data.data, data.len, p->err);

		rc = written < 0 ? -1 : 1;
		p->written += written > 0;
	}
	buf_free(&data);
	return rc;
}

/* The items sorted by hash; what else is in the folder goes. */
static int publish_items(struct publication *p, int folder, const struct item *item,
                         size_t count)
{
	char (*keep)[WKD_HASH] = mem_array(count + 1, sizeof *keep);
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0, next; rc >= 0 && i < count; i = next) {
		for (next = i + 1; next < count && by_hash(&item[i], &item[next]) == 0;)
			next++;
		rc = publish_file(p, folder, &item[i], next - i);
		if (rc > 0)
			memcpy(keep[kept++], item[i].hash, WKD_HASH);
	}
	if (rc >= 0)
		rc = wkd_tree_sweep(folder, (const char (*)[WKD_HASH])keep, kept, p->err);
	if (rc > 0)
		p->removed += (size_t)rc;
	free(keep);
	return rc < 0 ? -1 : 0;
}

static int publish_folder(struct publication *p, const char *domain,
                          const struct item *item, size_t count)
{
	int folder = wkd_tree_folder(&p->tree, domain, p->err);
	int rc = folder < 0 ? -1 : publish_items(p, folder, item, count);

	if (folder >= 0)
		close(folder);
	return rc;
}

/* ---- all folders ------------------------------------------------------------------------- */

static int publish_domains(struct publication *p)
{
	int rc = 0;

	for (size_t i = 0, next; !rc && i < p->items; i = next) {
		for (next = i + 1; next < p->items &&
		     strcmp(domain_of(&p->item[i]), domain_of(&p->item[next])) == 0;)
			next++;
		rc = publish_folder(p, domain_of(&p->item[i]), &p->item[i], next - i);
	}
	return rc;
}

/* A folder of a domain that has nothing any more. */
static int empty_domain(void *ctx, const char *domain)
{
	struct publication *p = ctx;

	if (p->only && strcmp(p->only, domain) != 0)
		return 0;
	if (p->items && bsearch(domain, p->item, p->items, sizeof *p->item, is_of_domain))
		return 0;
	return publish_folder(p, domain, NULL, 0);
}

static int publish_direct(struct publication *p)
{
	if (p->items)
		qsort(p->item, p->items, sizeof *p->item, by_hash);
	return publish_folder(p, NULL, p->item, p->items);
}

static void fill(struct publication *p, const struct key_addresses *addresses)
{
	p->items = addresses->count;
	p->item = mem_array(p->items + 1, sizeof *p->item);
	for (size_t i = 0; i < p->items; i++) {
		p->item[i].address = addresses->address[i];
		wkd_hash(addresses->address[i], p->item[i].hash);
	}
	if (p->items)
		qsort(p->item, p->items, sizeof *p->item, by_domain);
}

int key_publish_wkd(const struct key_run *run, const char *dir, const char *domain,
                    struct key_published *published, struct err *err)
{
	struct publication p = { .run = run, .only = domain, .err = err };
	int rc = wkd_tree_open(dir, &p.tree, err);

	fill(&p, &published->addresses);
	if (!rc)
		rc = publish_domains(&p);
	if (!rc)
		rc = wkd_tree_each(&p.tree, empty_domain, &p, err);
	if (!rc)
		rc = publish_direct(&p);
	if (!rc)
		printf("published %zu addresses: %zu files written, %zu removed\n",
		       p.items - published->failed, p.written, p.removed);
	if (!rc && (published->failed || p.failed))
		rc = err_set(err, ERR_TEMPORARY, NULL,
		             "entries could not be read; their files stay as they are");
	wkd_tree_close(&p.tree);
	free(p.item);
	return rc;
}
