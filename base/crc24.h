/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crc24 - the checksum of OpenPGP's ASCII armour (RFC 4880 section 6.1)
 */
#ifndef MAILSEAL_BASE_CRC24_H
#define MAILSEAL_BASE_CRC24_H

#include <stddef.h>
#include <stdint.h>

struct crc24 {
	uint32_t value; /* 24 bits */
	uint32_t table[256];
};

void crc24_start(struct crc24 *crc);
void crc24_add(struct crc24 *crc, const void *data, size_t len);

#endif
