/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * der - a reader of short DER in memory (ITU-T X.690)
 *
 * One-octet tags and definite lengths, which is all that the fields of a
 * CMS message other than its content need.  Errors stick: check bad and
 * der_is_over at the end.
 */
#ifndef MAILSEAL_MIME_DER_H
#define MAILSEAL_MIME_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03
#define DER_OCTET_STRING 0x04
#define DER_OID 0x06
#define DER_SEQUENCE 0x30
#define DER_SET 0x31
#define DER_CONTEXT(n) (0x80 | (n))             /* primitive [n] */
#define DER_CONTEXT_CONSTRUCTED(n) (0xa0 | (n)) /* constructed [n] */
#define DER_NONE 0 /* at the end, or after an error */

struct der {
	const uint8_t *p, *end;
	bool bad;
};

struct der der_start(const uint8_t *data, size_t len);
size_t der_left(const struct der *d);
bool der_is_over(const struct der *d); /* at the end, and nothing was bad */
unsigned der_peek(const struct der *d); /* the next tag */

/* The contents of the next value, which must have that tag; moves behind it. */
struct der der_take(struct der *d, unsigned tag);
/* Of any tag. */
struct der der_take_any(struct der *d);

#endif
