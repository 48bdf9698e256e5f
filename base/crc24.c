/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crc24 - the checksum of OpenPGP's ASCII armour (RFC 4880 section 6.1) */
#include <config.h>

#include "base/crc24.h"

#define INIT 0xb704ceu
#define POLY 0x864cfbu

void crc24_start(struct crc24 *crc)
{
	crc->value = INIT;
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i << 16;

		for (int bit = 0; bit < 8; bit++)
			c = c << 1 ^ (c & 0x800000u ? POLY : 0);
		crc->table[i] = c & 0xffffffu;
	}
}

void crc24_add(struct crc24 *crc, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t c = crc->value;

	for (size_t i = 0; i < len; i++)
		c = (c << 8 ^ crc->table[(c >> 16 ^ p[i]) & 0xff]) & 0xffffffu;
	crc->value = c;
}
