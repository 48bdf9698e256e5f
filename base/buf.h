/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * buf - a byte string that grows
 *
 * `struct buf b = BUF_INIT;` is an empty one; data is NUL-terminated behind
 * its len bytes as soon as something was added (NULL before).  The owner
 * calls buf_free, which wipes nothing: key material and plaintext of messages do not
 * belong here (base/spool.h).
 */
#ifndef MAILSEAL_BASE_BUF_H
#define MAILSEAL_BASE_BUF_H

#include <stddef.h>

struct buf {
	char *data;
	size_t len, cap;
};

#define BUF_INIT { NULL, 0, 0 }

void buf_add(struct buf *b, const void *data, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void buf_cut(struct buf *b, size_t len); /* shorten to len bytes */
const char *buf_str(const struct buf *b); /* never NULL; borrowed */
char *buf_steal(struct buf *b);           /* the string, now the caller's */
void buf_free(struct buf *b);

#endif
