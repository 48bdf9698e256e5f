/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keybox - the certificates in a GnuPG home, read where they lie */
#include <config.h>

#include <stdint.h>
#include <string.h>

#include "keystore/keybox.h"

/* What every blob begins with: length, type, version, flags; then, of an OpenPGP blob, where its
 * packets are and how many bytes. Numbers are big-endian. */
enum {
	AT_TYPE = 4,
	AT_FLAGS = 6,
	HEAD = 8,
	AT_MAGIC = 8, /* of the first blob */
	AT_OFFSET = 8,
	AT_LENGTH = 12,
	OPENPGP_HEAD = 16,
};

enum { TYPE_HEADER = 1, TYPE_OPENPGP = 2 };

#define FLAG_EPHEMERAL 2u

static const char magic[] = "KBXf";

static uint32_t number(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool keybox_is(const void *data, size_t size)
{
	const unsigned char *head = data;

	return size >= AT_MAGIC + sizeof magic - 1 && head[AT_TYPE] == TYPE_HEADER &&
	       memcmp(head + AT_MAGIC, magic, sizeof magic - 1) == 0;
}

/* Is it a certificate that is there to stay? False with *broken where it is not whole. */
static bool is_certificate(const unsigned char *blob, size_t size, bool *broken)
{
	unsigned flags = (unsigned)blob[AT_FLAGS] << 8 | blob[AT_FLAGS + 1];

	if (blob[AT_TYPE] != TYPE_OPENPGP || (flags & FLAG_EPHEMERAL))
		return false;
	*broken = size < OPENPGP_HEAD || number(blob + AT_OFFSET) > size ||
	          number(blob + AT_LENGTH) > size - number(blob + AT_OFFSET);
	return !*broken;
}

int keybox_each(const void *data, size_t size,
                int (*each)(void *ctx, const void *cert, size_t len),
                void *ctx, struct err *err)
{
	const unsigned char *blob = data, *end = blob + size;
	int rc = 0;

	for (size_t len; rc == 0 && blob < end; blob += len) {
		size_t left = (size_t)(end - blob);
		bool broken = false;

		len = left < HEAD ? 0 : number(blob);
		if (len < HEAD || len > left)
			broken = true;
		else if (is_certificate(blob, len, &broken))
			rc = each(ctx, blob + number(blob + AT_OFFSET),
			          number(blob + AT_LENGTH));
		if (broken)
			return err_set(err, ERR_DATA, "see what `gpg --list-keys` says of it",
			               "the keybox is damaged or cut off");
	}
	return rc;
}
