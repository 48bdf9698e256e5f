/* SPDX-License-Identifier: GPL-3.0-or-later */
/* packet - the framing of an OpenPGP encrypted message (RFC 9580 section 4.2, 10.3) */
#include <config.h>

#include <string.h>

#include "mime/packet.h"

#define TAG_PKESK 1u
#define TAG_SKESK 3u
#define TAG_SED 9u    /* without integrity protection */
#define TAG_SEIPD 18u
#define TAG_OCB 20u   /* LibrePGP; RFC 9580 reserves it */

/* RFC 9580 section 4.2.1.4: the first piece has at least so many octets. */
#define FIRST_PARTIAL_MIN 512

/* Fewer octets of encrypted data than these can't hold a packet. */
#define SED_MIN 12           /* random prefix */
#define SEIPD1_MIN 33        /* version, random prefix, MDC */
#define SEIPD2_MIN (4 + 32 + 2 * 16) /* head, salt, tags */
#define OCB_MIN (4 + 15 + 2 * 16)    /* head, nonce, tags */

void packet_start(struct packet_walk *w, struct ciphertext *found)
{
	memset(w, 0, sizeof *w);
	w->found = found;
}

static bool is_session_key(const struct packet_walk *w)
{
	return w->tag == TAG_PKESK || w->tag == TAG_SKESK;
}

static bool is_data(const struct packet_walk *w)
{
	return w->tag == TAG_SED || w->tag == TAG_SEIPD || w->tag == TAG_OCB;
}

static int start_packet(struct packet_walk *w, unsigned octet)
{
	if (!(octet & 0x80))
		return -1;
	w->old_format = !(octet & 0x40);
	w->tag = w->old_format ? (octet >> 2) & 15 : octet & 63;
	w->old_length_type = octet & 3;
	w->length_have = 0;
	w->body_have = 0;
	w->partial = false;
	w->state = PACKET_LENGTH;
	if (is_data(w))
		return w->found->pkesk + w->found->skesk > 0 ? 0 : -1;
	return is_session_key(w) ? 0 : -1;
}

static uint64_t big_endian(const uint8_t *p, unsigned len)
{
	uint64_t n = 0;

	while (len--)
		n = n << 8 | *p++;
	return n;
}

/* Old format: 1, 2 or 4 octets. True when the length is complete. */
static bool old_length(struct packet_walk *w)
{
	unsigned need = 1u << w->old_length_type;

	if (w->length_have < need)
		return false;
	w->left = big_endian(w->length, need);
	return true;
}

/* New format: the first octet says how many there are. */
static bool new_length(struct packet_walk *w)
{
	unsigned first = w->length[0];

	w->partial = first >= 224 && first < 255;
	if (w->partial) {
		w->left = UINT64_C(1) << (first & 31);
	} else if (first < 192) {
		w->left = first;
	} else if (first < 224) {
		if (w->length_have < 2)
			return false;
		w->left = ((first - 192) << 8) + w->length[1] + 192;
	} else {
		if (w->length_have < 5)
			return false;
		w->left = big_endian(w->length + 1, 4);
	}
	return true;
}

static void end_piece(struct packet_walk *w)
{
	w->length_have = 0;
	w->state = w->partial ? PACKET_LENGTH : PACKET_OVER;
}

/* The length of a body, or of a piece of it, is known. */
static int start_body(struct packet_walk *w)
{
	w->state = PACKET_BODY;
	if (is_session_key(w))
		return w->partial || w->open_ended || w->left == 0 ||
		       w->left > SESSION_KEY_MAX ? -1 : 0;
	if (w->partial && w->data_size == 0 && w->left < FIRST_PARTIAL_MIN)
		return -1;
	if (w->left == 0 && !w->open_ended)
		end_piece(w);
	return 0;
}

static int add_length(struct packet_walk *w, uint8_t octet)
{
	w->length[w->length_have++] = octet;
	if (w->old_format ? old_length(w) : new_length(w))
		return start_body(w);
	return 0;
}

static int add_tag(struct packet_walk *w, uint8_t octet)
{
	if (start_packet(w, octet))
		return -1;
	w->open_ended = w->old_format && w->old_length_type == 3;
	return w->open_ended ? start_body(w) : 0;
}

static bool is_text(uint64_t keyid)
{
	for (int i = 0; i < 8; i++, keyid >>= 8)
		if ((keyid & 0xff) < 0x20 || (keyid & 0xff) > 0x7e)
			return false;
	return true;
}

static int add_pkesk(struct packet_walk *w)
{
	struct ciphertext *found = w->found;
	uint64_t keyid;

	if (!session_key_is_pkesk(w->body, w->body_have, &keyid, &w->noise))
		return -1;
	if (found->pkesk < CIPHERTEXT_KEYIDS_MAX)
		found->keyid[found->pkesk] = keyid;
	found->pkesk++;
	w->text_ids = is_text(keyid) ? w->text_ids + 1 : 0;
	return w->text_ids < PACKET_TEXT_IDS_MAX ? 0 : -1;
}

static int end_session_key(struct packet_walk *w)
{
	w->state = PACKET_TAG;
	if (w->found->pkesk + w->found->skesk == PACKET_SESSION_KEYS_MAX)
		return -1;
	if (w->tag == TAG_PKESK)
		return add_pkesk(w);
	w->found->skesk++;
	return session_key_is_skesk(w->body, w->body_have, &w->noise) ? 0 : -1;
}

static int add_session_key(struct packet_walk *w, const uint8_t *data, size_t len)
{
	memcpy(w->body + w->body_have, data, len);
	w->body_have += len;
	return w->body_have == w->left ? end_session_key(w) : 0;
}

/* Octets in front of what looks random: version; cipher, AEAD mode, chunk size. */
static unsigned head_size(const struct packet_walk *w)
{
	if (w->tag == TAG_SED)
		return 0;
	if (w->tag == TAG_SEIPD && (w->head_have == 0 || w->head[0] == 1))
		return 1;
	return 4;
}

static bool is_known_cipher(unsigned cipher)
{
	return (cipher >= 1 && cipher <= 4) || (cipher >= 7 && cipher <= 13);
}

static bool is_good_head(const struct packet_walk *w)
{
	unsigned version = w->head[0];

	if (w->tag == TAG_SED)
		return true;
	if (w->tag == TAG_SEIPD && version == 1)
		return true;
	if (version != (w->tag == TAG_SEIPD ? 2 : 1))
		return false;
	return is_known_cipher(w->head[1]) && w->head[2] >= 1 && w->head[2] <= 3 &&
	       w->head[3] <= (w->tag == TAG_SEIPD ? 16 : 56);
}

static int add_head(struct packet_walk *w, uint8_t octet)
{
	w->head[w->head_have++] = octet;
	if (w->head_have < head_size(w))
		return 0;
	w->found->seipd1 = w->tag == TAG_SEIPD && w->head[0] == 1;
	return is_good_head(w) ? 0 : -1;
}

static int add_data(struct packet_walk *w, const uint8_t *data, size_t len)
{
	size_t i = 0;

	w->data_size += len;
	while (i < len && w->head_have < head_size(w))
		if (add_head(w, data[i++]))
			return -1;
	noise_add(&w->noise, data + i, len - i);
	if (!w->open_ended) {
		w->left -= len;
		if (w->left == 0)
			end_piece(w);
	}
	return w->noise.failed ? -1 : 0;
}

/* As much of data as this body, or this piece of it, still takes. */
static int add_body(struct packet_walk *w, const uint8_t *data, size_t len,
                    size_t *taken)
{
	uint64_t room = is_data(w) ? w->left : w->left - w->body_have;

	if (!w->open_ended && len > room)
		len = (size_t)room;
	*taken = len;
	return is_data(w) ? add_data(w, data, len) : add_session_key(w, data, len);
}

int packet_add(struct packet_walk *w, const uint8_t *data, size_t len)
{
	while (len > 0 && !w->failed) {
		size_t taken = 1;
		int rc = -1;

		if (w->state == PACKET_TAG)
			rc = add_tag(w, *data);
		else if (w->state == PACKET_LENGTH)
			rc = add_length(w, *data);
		else if (w->state == PACKET_BODY)
			rc = add_body(w, data, len, &taken);
		w->failed = rc < 0;
		data += taken;
		len -= taken;
	}
	return w->failed ? -1 : 0;
}

bool packet_is_in_data(const struct packet_walk *w)
{
	return !w->failed && is_data(w) && w->data_size > 0 &&
	       w->head_have >= head_size(w);
}

static uint64_t data_min(const struct packet_walk *w)
{
	if (w->tag == TAG_SED)
		return SED_MIN;
	if (w->tag == TAG_OCB)
		return OCB_MIN;
	return w->head[0] == 1 ? SEIPD1_MIN : SEIPD2_MIN;
}

bool packet_finish(struct packet_walk *w)
{
	bool over = w->state == PACKET_OVER ||
	            (w->state == PACKET_BODY && w->open_ended);

	return !w->failed && over && packet_is_in_data(w) &&
	       w->data_size >= data_min(w) && noise_finish(&w->noise);
}
