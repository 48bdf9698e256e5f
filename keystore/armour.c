/* SPDX-License-Identifier: GPL-3.0-or-later */
/* armour - a certificate as text (RFC 9580 section 6.2) */
#include <config.h>

#include <nettle/base64.h>

#include "keystore/armour.h"

#define LINE_BYTES 48 /* 64 characters */

void armour_certificate(const void *data, size_t size, struct buf *out)
{
	const uint8_t *p = data;

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
	buf_adds(out, "-----END PGP PUBLIC KEY BLOCK-----\n");
}
