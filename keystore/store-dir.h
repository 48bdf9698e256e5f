/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store-dir - a keystore in a folder; for store-dir*.c alone
 *
 * store-dir.c looks up, store-dir-list.c lists, store-dir-write.c changes, store-dir-log.c
 * keeps the log, store-dir-fill.c makes one of another store's texts.
 * docs/keystore.md is the layout.
 */
#ifndef MAILSEAL_KEYSTORE_STORE_DIR_H
#define MAILSEAL_KEYSTORE_STORE_DIR_H

#include <sys/types.h>

#include "keystore/store-private.h"

#define STORE_DIR_MARKER "mailseal-keystore"
#define STORE_DIR_MARKER_LINE "mailseal-keystore 1\n"
#define STORE_DIR_MARKER_MAX 4096 /* bytes; only the first line is read */
#define STORE_DIR_LOG "changes"
#define STORE_DIR_NAME_MAX 200    /* bytes of a name that is not a hash */
#define STORE_DIR_LOCK_MS 30000   /* a writer waits so long for another */

struct store_dir {
	char *path;
	int fd; /* O_PATH: it need not be listable for who reads an entry */
	int lock; /* while it is filled; else -1 */
};

/* Where an address's entry is: HH/NAME below the root. */
struct store_dir_place {
	char folder[3];
	char path[3 + STORE_DIR_NAME_MAX + 1];
};

/* The one path computation. Any bytes are safe. */
void store_dir_place(const char *address, struct store_dir_place *place);

enum store_answer store_dir_get(void *ctx, const char *address,
                                struct buf *text, struct err *err);
/* What is in the file path: at most max bytes, not none. STORE_NOT_ENROLLED: ENOENT. */
enum store_answer store_dir_read(const struct store_dir *dir, const char *path,
                                 size_t max, struct buf *text, struct err *err);
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
/* Opens, or makes, a file that grows in place; -1 with *err. Owner and mode follow the root. */
int store_dir_open_owned(const struct store_dir *dir, const char *name,
                         int flags, struct err *err);
int store_dir_put(void *ctx, const struct store_entry_text *new, struct err *err);

/* A descriptor that holds the lock until it is closed, or -1 with *err. */
int store_dir_take_lock(const struct store_dir *dir, struct err *err);
/* Makes a missing folder of entries; the rest with the lock held. -1 with *err. */
int store_dir_place_folder(const struct store_dir *dir, const char *folder,
                           struct err *err);
/* A whole file below the root, on disk; the caller syncs its folder. */
int store_dir_place_file(const struct store_dir *dir, const char *path,
                         const void *data, size_t len, struct err *err);
/* Writes the marker, on disk. */
int store_dir_place_marker(const struct store_dir *dir, struct err *err);
/* Nothing in it that is not a keystore's? -1 with *err. */
int store_dir_check_empty(const struct store_dir *dir, struct err *err);
/* -1 with *err from errno. */
int store_dir_write_failed(const struct store_dir *dir, const char *path,
                           struct err *err);

void store_dir_close(void *ctx);

/* ---- made of another (store-dir-fill.c) ------------------------------------ */

void *store_dir_fill(const char *where, struct err *err);
int store_dir_fill_entry(void *ctx, const char *address, const struct buf *text,
                         struct err *err);
int store_dir_fill_change(void *ctx, const char *line, size_t len, struct err *err);
int store_dir_fill_end(void *ctx, struct err *err);

/* ---- the log (store-dir-log.c) ------------------------------------------- */

int store_dir_changes(void *ctx, uint64_t since,
                      int (*each)(void *each_ctx, const char *line, size_t len),
                      void *each_ctx, struct err *err);

/* Its end, for the one writer who holds the lock. */
struct store_dir_log {
	int fd;
	off_t end;               /* behind the last whole line */
	struct change last;      /* number 0: there is none */
	char head[SHA256_HEX];   /* hash of the last line; 64 zeros without one */
};

/* Opens it, and cuts off the half line of a writer that was killed. -1 with *err. */
int store_dir_log_open(const struct store_dir *dir, struct store_dir_log *log,
                       struct err *err);
void store_dir_log_close(struct store_dir_log *log);
/* Appends a change, durably: fills in its number and previous. */
int store_dir_log_add(const struct store_dir *dir, struct store_dir_log *log,
                      struct change *change, const struct signing_secret *secret,
                      struct err *err);
/* Takes back the line that was added last. */
void store_dir_log_undo(struct store_dir_log *log);

#endif
