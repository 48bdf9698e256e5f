/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * body-hash - the hashes of a body, canonicalized (RFC 6376 3.4.3, 3.4.4), for all signatures at once
 *
 * Each signature orders the hash that it wants; then the body is read once, in a stream, whatever
 * its size.  A bare LF is read as CRLF; a bare CR is an ordinary byte.
 */
#ifndef MAILSEAL_AUTH_BODY_HASH_H
#define MAILSEAL_AUTH_BODY_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "auth/canon.h"
#include "auth/digest.h"
#include "base/err.h"
#include "mime/message.h"

#define BODY_HASHES_MAX 64 /* different ones for one message */
#define BODY_WHOLE UINT64_MAX

struct body_hashes;

struct body_hashes *body_hashes_new(void);
void body_hashes_free(struct body_hashes **hashes);

/* Of the first `length` bytes of the canonicalized body, or BODY_WHOLE. Equal orders share one
 * hash. Returns its number, or -1: too many different ones. */
int body_hashes_order(struct body_hashes *hashes, enum canon canon,
                      enum digest_kind kind, uint64_t length);
/* Reads the body, if anything was ordered; once. -1 with *err when the spool can't be read. */
int body_hashes_run(struct body_hashes *hashes, const struct message *message,
                    struct err *err);

/* Valid after the run: DIGEST_MAX bytes, borrowed; NULL: the body has fewer bytes than `length`. */
const unsigned char *body_hashes_get(const struct body_hashes *hashes, int id);
/* Size of the whole canonicalized body, for a canonicalization that was ordered. */
uint64_t body_hashes_size(const struct body_hashes *hashes, enum canon canon);

#endif
