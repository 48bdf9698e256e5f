/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * noise - do these bytes look like ciphertext?
 *
 * Framing alone proves nothing: a sender can put a plain text where the
 * ciphertext belongs.  Ciphertext looks random.  Two tests that random bytes
 * practically never fail, and that text, markup, UTF-16, base64 and images
 * without compression do:
 * - no run of NOISE_RUN_MAX printable ASCII characters (chance per position
 *   about 5e-14);
 * - in each block the counts of the 256 byte values are even (chi-squared;
 *   the limit is some nine standard deviations up).
 * Compressed plaintext passes; a sender who compresses is not caught here.
 */
#ifndef MAILSEAL_MIME_NOISE_H
#define MAILSEAL_MIME_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOISE_RUN_MAX 32    /* printable characters in a row */
#define NOISE_BLOCK 4096    /* bytes that are counted together */
#define NOISE_BLOCK_MIN 128 /* fewer at the end are not counted */

struct noise {
	uint16_t count[256];
	unsigned block; /* bytes counted */
	unsigned run;   /* printable characters just seen */
	bool failed;
};

/* All zero is a fresh one. */
void noise_add(struct noise *n, const void *data, size_t len);
/* A run does not go on over this point. */
void noise_break(struct noise *n);
/* All that was added looks random. */
bool noise_finish(struct noise *n);

/* A run of NOISE_RUN_MAX printable characters in these bytes. */
bool noise_is_text(const void *data, size_t len);

#endif
