/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ciphertext - is this OpenPGP ciphertext, and nothing but ciphertext? */
#include <config.h>

#include <stdlib.h>

#include "base/mem.h"
#include "mime/armour.h"
#include "mime/ciphertext.h"
#include "mime/packet.h"

struct ciphertext_reader {
	enum ciphertext_mode mode;
	struct armour armour;
	struct packet_walk packets;
	struct ciphertext found;
	bool failed;
};

/* Decoded octets on their way to the packets. */
static int take_decoded(void *ctx, const void *data, size_t len)
{
	struct ciphertext_reader *r = ctx;

	if (packet_add(&r->packets, data, len))
		return -1;
	if (r->mode == CIPHERTEXT_FRONT && packet_is_in_data(&r->packets))
		armour_skim(&r->armour);
	return 0;
}

struct ciphertext_reader *ciphertext_reader_new(enum ciphertext_mode mode)
{
	struct ciphertext_reader *r = mem_alloc(sizeof *r);

	r->mode = mode;
	armour_start(&r->armour, (struct octets){ take_decoded, r });
	packet_start(&r->packets, &r->found);
	return r;
}

int ciphertext_reader_add(struct ciphertext_reader *r, const void *data,
                          size_t len)
{
	if (!r->failed)
		r->failed = r->mode == CIPHERTEXT_BINARY ?
		            packet_add(&r->packets, data, len) < 0 :
		            armour_add(&r->armour, data, len) < 0;
	return r->failed ? -1 : 0;
}

static bool is_complete(struct ciphertext_reader *r)
{
	if (r->failed)
		return false;
	if (r->mode != CIPHERTEXT_BINARY && !armour_finish(&r->armour))
		return false;
	if (r->mode == CIPHERTEXT_FRONT)
		return packet_is_in_data(&r->packets);
	return packet_finish(&r->packets);
}

void ciphertext_reader_finish(struct ciphertext_reader *r,
                              struct ciphertext *out)
{
	r->found.complete = is_complete(r);
	*out = r->found;
}

void ciphertext_reader_free(struct ciphertext_reader **r)
{
	free(*r);
	*r = NULL;
}
