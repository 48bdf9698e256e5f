/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hold-folder - the drop folder in which messages wait: its names, and what root does with it
 *
 *   hold/                         mode 1733: any user may add, nobody but its owner can list
 *   hold/UID/                     a user's own, mode 0700, made with his first message
 *   hold/UID/TIME-RANDOM,S=SIZE   one message: seconds since 1970, 64 random bits in
 *                                 hexadecimal, bytes of the file. TIME-RANDOM is its ID
 *   hold/UID/.tmp-TIME-RANDOM     one that is being written
 *
 * A folder for each user, because a delivery must sync the folder in which a message gets its
 * name, and count what is there: neither can be done where it may not read.  Only a folder
 * that belongs to the user whose number is its name counts.  Users are not to be trusted: what
 * else lies there is looked at by nobody, links are not followed, devices not opened.
 */
#ifndef MAILSEAL_DELIVER_HOLD_FOLDER_H
#define MAILSEAL_DELIVER_HOLD_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define HOLD_FOLDER_ID_MAX 40   /* bytes with the NUL */
#define HOLD_FOLDER_NAME_MAX 80 /* bytes with the NUL */
#define HOLD_FOLDER_TMP ".tmp-"
#define HOLD_FOLDER_FILES_MAX 100000 /* of one user; what is more is not taken, nor listed */

struct hold_folder_item {
	char id[HOLD_FOLDER_ID_MAX];
	uid_t owner;
	uint64_t size; /* bytes of the file */
	int64_t since; /* when it came, seconds since 1970 */
};

void hold_folder_new_id(char id[static HOLD_FOLDER_ID_MAX]);
void hold_folder_name(char out[static HOLD_FOLDER_NAME_MAX], const char *id, uint64_t size);
/* Is it a message's name? All of *item but its owner. */
bool hold_folder_parse(const char *name, struct hold_folder_item *item);

struct hold_folder_list {
	struct hold_folder_item *item; /* oldest first */
	size_t count;
	size_t odd; /* users' folders that are not theirs, or hold more than is looked at */
};

/* All that is held; nothing, where there is no such folder. -1 with *err: it can't be listed. */
int hold_folder_list(const char *path, struct hold_folder_list *list, struct err *err);
void hold_folder_list_free(struct hold_folder_list *list);

/* An open message. */
struct hold_folder_file {
	int fd;     /* at its start */
	int folder;
	char name[HOLD_FOLDER_NAME_MAX];
};

/*
 * Opens one; locked: so that no other process has it locked at the same time, and it can be
 * removed.  0; 1 it is gone, or another has it; -1 with *err.  *file is hold_folder_close's either way.
 */
int hold_folder_open(const char *path, const struct hold_folder_item *item, bool locked,
                     struct hold_folder_file *file, struct err *err);
/* It is not held any more, for good. */
int hold_folder_remove(struct hold_folder_file *file, struct err *err);
void hold_folder_close(struct hold_folder_file *file);

#endif
