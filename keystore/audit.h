/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * audit - is the keystore what its log says, and the log what a checkpoint said
 *
 * The log is walked once: its chain, its signatures, and for each address the serial and hash of
 * its last change.  Then each entry is compared.
 *
 * A checkpoint is one line, `mailseal-checkpoint 1 NUMBER HASH TIME [ed25519:SIGNATURE]`: the log had that
 * many lines, and that was the hash of the last.  Kept on another host, it shows that lines were cut off or
 * that the whole keystore was put back to an older state.
 */
#ifndef MAILSEAL_KEYSTORE_AUDIT_H
#define MAILSEAL_KEYSTORE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "keystore/store.h"

enum audit_kind {
	AUDIT_LOG,         /* the log itself: a line that is none, a break in its chain, a signature */
	AUDIT_SWAPPED,     /* an entry is not the one that was written last */
	AUDIT_ADDED,       /* an entry that the log knows nothing of */
	AUDIT_MISSING,     /* an entry is gone that nobody removed */
	AUDIT_ROLLED_BACK, /* an older version of an entry stands again */
	AUDIT_UNSIGNED,    /* nobody who is pinned signed it */
	AUDIT_CHECKPOINT,  /* the log is not the one that the checkpoint saw */
};

struct audit_finding {
	enum audit_kind kind;
	const char *address; /* "" for the log; borrowed */
	const char *text;    /* in words */
};

struct audit {
	struct store *store;
	const struct signing_public *keys; /* pinned, or NULL */
	const char *checkpoint;            /* its line without LF, or NULL */
	void (*found)(void *ctx, const struct audit_finding *finding);
	void *ctx;
	/* Out: */
	size_t findings, entries;
	uint64_t changes;
};

/* 0 also when there are findings; -1 with *err when the store can't be read. */
int audit_run(struct audit *audit, struct err *err);

/* Appends the checkpoint of the store as it is now, with its LF. */
int audit_checkpoint(struct store *store, const struct signing_secret *secret,
                     int64_t now, struct buf *out, struct err *err);

const char *audit_word(enum audit_kind kind);

#endif
