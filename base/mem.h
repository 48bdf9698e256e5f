/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mem - memory that is there, or the end of the program
 *
 * The mem_ functions never return NULL: when memory runs out the program
 * says so on stderr and leaves with EX_TEMPFAIL, which every caller
 * (an MTA, a script) reads as "try again, nothing lost".  Memory whose size
 * an attacker chooses is bounded by its caller first.
 */
#ifndef MAILSEAL_BASE_MEM_H
#define MAILSEAL_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);                    /* zeroed; free() it */
void *mem_array(size_t count, size_t size);      /* zeroed; overflow-checked */
void *mem_grow(void *old, size_t count, size_t size); /* realloc; not zeroed */
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t len);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Says so on stderr and leaves with EX_TEMPFAIL. Async-signal-safe. */
_Noreturn void mem_exhausted(void);

#endif
