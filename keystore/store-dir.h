/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store-dir - a keystore in a folder; for store-dir*.c alone
 *
 * store-dir.c looks up, store-dir-list.c lists, store-dir-write.c changes.
 * docs/keystore.md is the layout.
 */
#ifndef MAILSEAL_KEYSTORE_STORE_DIR_H
#define MAILSEAL_KEYSTORE_STORE_DIR_H

#include "keystore/store-private.h"

#define STORE_DIR_MARKER "mailseal-keystore"
#define STORE_DIR_MARKER_LINE "mailseal-keystore 1\n"
#define STORE_DIR_MARKER_MAX 4096 /* bytes; only the first line is read */
#define STORE_DIR_NAME_MAX 200    /* bytes of a name that is not a hash */
#define STORE_DIR_LOCK_MS 30000   /* a writer waits so long for another */

struct store_dir {
	char *path;
	int fd; /* O_PATH: it need not be listable for who reads an entry */
};

/* Where an address's entry is: HH/NAME below the root. */
struct store_dir_place {
	char folder[3];
	char path[3 + STORE_DIR_NAME_MAX + 1];
};

/* The one path computation. Any bytes are safe. */
void store_dir_place(const char *address, struct store_dir_place *place);

enum store_answer store_dir_get(void *ctx, const char *address,
                                struct entry **entry, struct err *err);
/* The entry in the file path, which must be address's (NULL: any address's). */
enum store_answer store_dir_read(const struct store_dir *dir, const char *path,
                                 const char *address, struct entry **entry,
                                 struct err *err);
/* STORE_COULD_NOT_ASK with *err from errno. */
enum store_answer store_dir_unreadable(const struct store_dir *dir,
                                       const char *path, struct err *err);
/* Is this a marked store? STORE_NOT_ENROLLED: it has no marker. */
enum store_answer store_dir_marked(const struct store_dir *dir, struct err *err);
/* A descriptor to list or sync a folder below the root (or "."), or -1 with errno. */
int store_dir_open_folder(const struct store_dir *dir, const char *folder);

int store_dir_each(void *ctx, int (*each)(void *each_ctx, const char *address),
                   void *each_ctx, struct err *err);

/* Makes path and its missing parents, 0755 whatever the umask. */
int store_dir_make_folders(const char *path, struct err *err);
/* Marks an empty folder as a store: 1 marked, 0 another did meanwhile, -1 with *err. */
int store_dir_mark(const struct store_dir *dir, struct err *err);
int store_dir_put(void *ctx, const char *address, uint64_t serial,
                  const struct buf *text, struct err *err);
int store_dir_remove(void *ctx, const char *address, struct err *err);

#endif
