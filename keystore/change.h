/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * change - a line of the keystore's log: who changed what, when, chained to the one before
 *
 *	mailseal-change 1 NUMBER TIME WHO ACTION ADDRESS SERIAL SHA256 PREVIOUS [ed25519:SIGNATURE]
 *
 * NUMBER counts from 1.  SHA256 is the hash of the entry's text as stored; PREVIOUS that of the
 * whole line before (without its LF), 64 zeros for the first.  So no line can be taken out or
 * changed without all that follow, and a head that was noted elsewhere (a checkpoint) shows even that.
 * WHO and ADDRESS have bytes other than printable ASCII, blanks and `%` as %XX.
 */
#ifndef MAILSEAL_KEYSTORE_CHANGE_H
#define MAILSEAL_KEYSTORE_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "keystore/signing.h"

#define CHANGE_LINE_MAX ((size_t)8192) /* bytes with LF */
#define CHANGE_ACTION_MAX 16           /* bytes with NUL: `import`, `remove`, ... */
#define CHANGE_WHO_MAX 128             /* bytes of it, as it reads */

struct change {
	uint64_t number;
	int64_t time;
	char *who;
	char action[CHANGE_ACTION_MAX];
	char *address;
	uint64_t serial;
	char entry[SHA256_HEX];    /* hash of the entry's text */
	char previous[SHA256_HEX]; /* hash of the line before */
};

void change_clear(struct change *change);

/* Appends the line, with its LF; secret may be NULL. */
void change_format(const struct change *change,
                   const struct signing_secret *secret, struct buf *out);

/*
 * A line without its LF.  NULL, or why it is none: static text.  keys: must have signed it; NULL: whatever is
 * there.  *out is for change_clear.
 */
const char *change_parse(const char *line, size_t len,
                         const struct signing_public *keys, struct change *out);

/* The hash of a text, for `entry` and `previous`. */
void change_hash(const char *text, size_t len, char out[SHA256_HEX]);

#endif
