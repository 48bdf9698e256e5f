/* SPDX-License-Identifier: GPL-3.0-or-later */
/* noise - do these bytes look like ciphertext? */
#include <config.h>

#include <string.h>

#include "mime/noise.h"

/* For 255 degrees of freedom: mean 255, standard deviation 22.6. */
#define CHI_SQUARED_MAX 530

static bool is_printable(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f) || (c >= '\t' && c <= '\r');
}

/* sum((count - expected)^2 / expected) = 256 * sum(count^2) / block - block */
static bool is_even(const struct noise *n)
{
	uint64_t squares = 0;

	for (size_t i = 0; i < 256; i++)
		squares += (uint64_t)n->count[i] * n->count[i];
	return 256 * squares <= (uint64_t)n->block * (n->block + CHI_SQUARED_MAX);
}

static void end_block(struct noise *n)
{
	if (!is_even(n))
		n->failed = true;
	memset(n->count, 0, sizeof n->count);
	n->block = 0;
}

void noise_add(struct noise *n, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len && !n->failed; i++) {
		n->run = is_printable(p[i]) ? n->run + 1 : 0;
		if (n->run >= NOISE_RUN_MAX)
			n->failed = true;
		n->count[p[i]]++;
		if (++n->block == NOISE_BLOCK)
			end_block(n);
	}
}

void noise_break(struct noise *n)
{
	n->run = 0;
}

bool noise_finish(struct noise *n)
{
	if (n->block >= NOISE_BLOCK_MIN)
		end_block(n);
	return !n->failed;
}

bool noise_is_text(const void *data, size_t len)
{
	const unsigned char *p = data;
	unsigned run = 0;

	for (size_t i = 0; i < len; i++) {
		run = is_printable(p[i]) ? run + 1 : 0;
		if (run >= NOISE_RUN_MAX)
			return true;
	}
	return false;
}
