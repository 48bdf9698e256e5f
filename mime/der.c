/* SPDX-License-Identifier: GPL-3.0-or-later */
/* der - a reader of short DER in memory (ITU-T X.690) */
#include <config.h>

#include "mime/der.h"

struct der der_start(const uint8_t *data, size_t len)
{
	return (struct der){ data, data + len, false };
}

size_t der_left(const struct der *d)
{
	return (size_t)(d->end - d->p);
}

bool der_is_over(const struct der *d)
{
	return !d->bad && d->p == d->end;
}

unsigned der_peek(const struct der *d)
{
	return d->bad || d->p == d->end ? DER_NONE : *d->p;
}

static struct der fail(struct der *d)
{
	d->bad = true;
	return (struct der){ d->end, d->end, true };
}

/* Up to four octets of length in the long form. */
static bool take_length(struct der *d, size_t *len)
{
	if (d->p == d->end)
		return false;
	*len = *d->p++;
	if (*len < 0x80)
		return true;

	size_t octets = *len & 0x7f;

	if (octets < 1 || octets > 4 || octets > der_left(d))
		return false;
	*len = 0;
	while (octets--)
		*len = *len << 8 | *d->p++;
	return true;
}

struct der der_take_any(struct der *d)
{
	size_t len;

	if (der_peek(d) == DER_NONE || (*d->p & 0x1f) == 0x1f)
		return fail(d);
	d->p++;
	if (!take_length(d, &len) || len > der_left(d))
		return fail(d);

	struct der inner = der_start(d->p, len);

	d->p += len;
	return inner;
}

struct der der_take(struct der *d, unsigned tag)
{
	return der_peek(d) == tag ? der_take_any(d) : fail(d);
}
