/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * leaf - is the body of a part what it has to be, and nothing else?
 *
 * The body is decoded (mime/transfer.h) and followed to its last byte.
 * 1 yes, 0 no, -1 with *err when the spool can't be read.
 */
#ifndef MAILSEAL_MIME_LEAF_H
#define MAILSEAL_MIME_LEAF_H

#include "base/err.h"
#include "base/spool.h"
#include "mime/part.h"

#define LEAF_VERSION_MAX 64 /* bytes of a decoded version part */

/* White space alone. */
int leaf_is_blank(struct spool *spool, const struct part *part, struct err *err);
/* `Version: 1` (RFC 3156 section 4), with white space around it. */
int leaf_is_version(struct spool *spool, const struct part *part, struct err *err);
/* Armoured OpenPGP ciphertext, with white space around it. */
int leaf_is_armour(struct spool *spool, const struct part *part, struct err *err);
/* S/MIME ciphertext. */
int leaf_is_smime(struct spool *spool, const struct part *part, struct err *err);

#endif
