/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * secret - memory that holds plaintext or keys
 *
 * Pages of their own: locked where the limit allows, never in a core dump,
 * not inherited by forked children, wiped before they go back.
 */
#ifndef MAILSEAL_BASE_SECRET_H
#define MAILSEAL_BASE_SECRET_H

#include <stddef.h>

/* size bytes, zeroed, page-aligned; never NULL (mem_exhausted). */
void *secret_alloc(size_t size);
/* Wipes the first `used` of size bytes (no other was ever written to) and
 * frees; NULL is allowed. */
void secret_free(void *data, size_t size, size_t used);

/* size random bytes. */
void secret_random(void *data, size_t size);

/* Once, at the start: core dumps off (RLIMIT_CORE 0), libsodium ready. */
void secret_init(void);

#endif
