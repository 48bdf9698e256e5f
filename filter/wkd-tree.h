/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wkd-tree - a Web Key Directory as files (draft-koch-openpgp-webkey-service), for a web server
 *
 *	DIR/.well-known/openpgpkey/.mailseal-wkd        the tree is ours; locked while it is changed
 *	DIR/.well-known/openpgpkey/DOMAIN/policy, hu/   for openpgpkey.DOMAIN, the advanced method
 *	DIR/.well-known/openpgpkey/policy, hu/          for DOMAIN, the direct method
 *
 * Each file is written beside its place and renamed, so that a web server never sees half of it;
 * what is as it should be is not touched.  Below DIR no symbolic link is followed: it may belong
 * to the web server's user.
 */
#ifndef MAILSEAL_FILTER_WKD_TREE_H
#define MAILSEAL_FILTER_WKD_TREE_H

#include <stddef.h>

#include "base/err.h"
#include "keystore/wkd.h"

struct wkd_tree {
	int top;    /* .well-known/openpgpkey */
	int marker; /* holds the lock */
};

/* A missing DIR is made, but not those above it. -1 with *err (ERR_TEMPORARY; ERR_DATA: files of
 * somebody else's are there); wkd_tree_close is due in any case. */
int wkd_tree_open(const char *dir, struct wkd_tree *tree, struct err *err);
void wkd_tree_close(struct wkd_tree *tree);

/* Calls each for every domain that has a folder, until it returns non-zero; returns that, or 0. */
int wkd_tree_each(const struct wkd_tree *tree, int (*each)(void *ctx, const char *domain),
                  void *ctx, struct err *err);

/* A folder hu with the policy beside it, made where they are missing; domain NULL: the direct
 * method's. A descriptor, the caller's; -1 with *err. */
int wkd_tree_folder(const struct wkd_tree *tree, const char *domain, struct err *err);

/* 1 written, 0 it was there already, -1 with *err. */
int wkd_tree_put(int folder, const char *hash, const void *data, size_t size,
                 struct err *err);

/* Removes the certificates whose hash is not in keep, which is sorted. How many; -1 with *err. */
int wkd_tree_sweep(int folder, const char (*keep)[WKD_HASH], size_t count,
                   struct err *err);

#endif
