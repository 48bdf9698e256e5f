/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * deliver - the finished message is handed on, durably
 *
 * One back end a file: stdout.c, maildir.c, command.c, lmtp.c, hold.c (backend.h is
 * what they implement).  A delivery is begun, written to and committed; only
 * a commit that returned 0 is success.  This room knows neither keys nor
 * policy: it sees bytes that are ready to rest.
 *
 * Errors are ERR_TEMPORARY, or ERR_POLICY for what the receiver refuses for
 * good where refuse_upstream asks for that.
 */
#ifndef MAILSEAL_DELIVER_DELIVER_H
#define MAILSEAL_DELIVER_DELIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/stream.h"

struct delivery;

/* The receiver could take half a message for a whole one, so the caller must
 * have all of it before delivery_begin. */
bool delivery_wants_whole(const struct delivery *d);
/* It gets the mbox From line, if there was one. */
bool delivery_wants_from_line(const struct delivery *d);

/* size: the bytes to come, or 0 for unknown, where it does not want a whole
 * one.  What is written must add up to it. */
int delivery_begin(struct delivery *d, uint64_t size, struct err *err);
struct sink delivery_sink(struct delivery *d); /* borrows d */
/* 0: stored or accepted, for good.  -1: not, or perhaps: the caller must say
 * try again, since a doubled message is better than a lost one. */
int delivery_commit(struct delivery *d, struct err *err);
void delivery_free(struct delivery **d); /* aborts what was not committed */

/* A descriptor, such as stdout, stays open. */
struct delivery *delivery_stdout_new(int fd, struct deadline deadline);

/* dir is absolute or relative to home (NULL: none; then a relative dir is an
 * error on begin).  folder: one of the Maildir's, as Maildir++ names them (".Junk"), or
 * NULL for the Maildir itself; made like it when it is missing.  All are copied. */
struct delivery *delivery_maildir_new(const char *dir, const char *home,
                                      const char *folder);

/* A command, fed on stdin.  The arrays are borrowed until delivery_free. */
struct delivery *delivery_command_new(char *const argv[], char *const envp[],
                                      bool refuse_upstream,
                                      struct deadline deadline);

/* The drop folder at path, as id (hold_folder_new_id; borrowed), with head in front of the message.
 * max_size: bytes that one user may have in it. */
struct delivery *delivery_hold_new(const char *path, uint64_t max_size,
                                   const char *head, const char *id);

/* LMTP over a Unix socket.  sender "" is the null sender; the list ends with
 * NULL.  All are borrowed until delivery_free. */
struct delivery *delivery_lmtp_new(const char *socket, const char *sender,
                                   const char *const *recipients,
                                   bool refuse_upstream,
                                   struct deadline deadline);

#endif
