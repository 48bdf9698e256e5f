/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cert-armour - a certificate as text (RFC 4880 section 6.2) */
#include <config.h>

#include <nettle/base64.h>

#include "base/crc24.h"
#include "keystore/cert-armour.h"

#define LINE_BYTES 48 /* 64 characters */

void cert_armour(const void *data, size_t size, struct buf *out)
{
	const uint8_t *p = data;
	struct crc24 crc;
	char sum[BASE64_ENCODE_RAW_LENGTH(3)];

	crc24_start(&crc);
	crc24_add(&crc, data, size);
	buf_adds(out, "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n");
	while (size > 0) {
		char line[BASE64_ENCODE_RAW_LENGTH(LINE_BYTES)];
		size_t n = size < LINE_BYTES ? size : LINE_BYTES;

		base64_encode_raw(line, n, p);
		buf_add(out, line, BASE64_ENCODE_RAW_LENGTH(n));
		buf_addc(out, '\n');
		p += n;
		size -= n;
	}
	base64_encode_raw(sum, 3, (const uint8_t[]){
		crc.value >> 16 & 0xff, crc.value >> 8 & 0xff, crc.value & 0xff });
	buf_addc(out, '=');
	buf_add(out, sum, sizeof sum);
	buf_adds(out, "\n-----END PGP PUBLIC KEY BLOCK-----\n");
}
