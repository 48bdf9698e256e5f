/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * smime - is this CMS ciphertext, and nothing but ciphertext?
 *
 * EnvelopedData (RFC 5652 section 6.1) and AuthEnvelopedData (RFC 5083),
 * DER or BER, followed to the last octet:
 *   ContentInfo { type, [0] { version, recipientInfos,
 *     { contentType, algorithm, [0] encryptedContent }, [mac] } }
 * originatorInfo, attributes and anything else that could be read end the
 * walk.  It decrypts nothing.  Fed in pieces; memory is constant.
 */
#ifndef MAILSEAL_MIME_SMIME_H
#define MAILSEAL_MIME_SMIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mime/noise.h"
#include "mime/recipient-info.h"

#define SMIME_RECIPIENTS_MAX 1000
#define SMIME_DEPTH_MAX 8 /* such a message nests 6 deep */

/* What comes next. */
enum smime_step {
	SMIME_CONTENT_INFO,
	SMIME_TYPE,
	SMIME_EXPLICIT,
	SMIME_ENVELOPED,
	SMIME_VERSION,
	SMIME_RECIPIENTS,
	SMIME_RECIPIENT,   /* or the end of the set */
	SMIME_INNER,       /* EncryptedContentInfo */
	SMIME_INNER_TYPE,
	SMIME_ALGORITHM,
	SMIME_CONTENT,
	SMIME_PIECE,       /* of the encrypted content, or its end */
	SMIME_INNER_END,
	SMIME_MAC,
	SMIME_END,         /* only ends of values */
	SMIME_OVER,        /* only white space */
	SMIME_BAD,
};

struct smime_level {
	bool indefinite;
	uint64_t end; /* of this value, or of the nearest definite one around it */
};

struct smime {
	enum smime_step step;
	uint64_t at; /* octets seen */
	struct smime_level level[SMIME_DEPTH_MAX];
	unsigned depth;
	uint8_t header[10]; /* tag and length of the value that begins */
	unsigned header_have;
	uint64_t left;      /* of a value that is kept or skimmed */
	bool in_value;
	uint8_t value[RECIPIENT_INFO_MAX];
	size_t value_have;
	bool authenticated;
	unsigned recipients;
	uint64_t content_size;
	struct noise noise;
};

void smime_start(struct smime *s);
/* 0, or -1 when it can't be ciphertext any more. */
int smime_add(struct smime *s, const void *data, size_t len);
/* All was well and it is whole. */
bool smime_finish(struct smime *s);

#endif
