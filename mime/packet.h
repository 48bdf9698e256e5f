/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * packet - the framing of an OpenPGP encrypted message (RFC 9580 section 4.2, 10.3)
 *
 * Session key packets, then one packet of encrypted data to the very end:
 *   1*(PKESK / SKESK) (SED / SEIPD / GnuPG's OCB packet)
 * Any other packet, marker and padding included, could be read, so it ends
 * the walk.  Fed in pieces; memory is constant.
 */
#ifndef MAILSEAL_MIME_PACKET_H
#define MAILSEAL_MIME_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/ciphertext.h"
#include "mime/noise.h"
#include "mime/session-key.h"

#define PACKET_SESSION_KEYS_MAX 4096 /* more recipients than any message has */
#define PACKET_TEXT_IDS_MAX 4 /* printable key IDs in a row: 32 characters */

enum packet_state {
	PACKET_TAG,    /* the first octet of a packet is next */
	PACKET_LENGTH, /* an octet of a length */
	PACKET_BODY,
	PACKET_OVER,   /* the encrypted data is over: nothing may follow */
};

struct packet_walk {
	enum packet_state state;
	unsigned tag;
	bool old_format;
	unsigned old_length_type;
	uint8_t length[5];        /* octets of a length so far */
	unsigned length_have;
	bool partial;             /* another length follows the body's piece */
	bool open_ended;          /* old format: up to the end */
	uint64_t left;            /* of the body, or of its piece */
	uint8_t body[SESSION_KEY_MAX]; /* a session key packet, whole */
	size_t body_have;
	uint8_t head[4];          /* the encrypted data's first octets */
	unsigned head_have;
	uint64_t data_size;       /* octets of encrypted data so far */
	unsigned text_ids;        /* key IDs in a row that are printable text */
	struct noise noise;
	struct ciphertext *found; /* counts and key IDs go here */
	bool failed;
};

void packet_start(struct packet_walk *w, struct ciphertext *found);
/* 0, or -1 when it can't be an encrypted message any more. */
int packet_add(struct packet_walk *w, const uint8_t *data, size_t len);
/* The encrypted data has begun: its packet's version is known. */
bool packet_is_in_data(const struct packet_walk *w);
/* All was well, and the encrypted data is whole. */
bool packet_finish(struct packet_walk *w);

#endif
