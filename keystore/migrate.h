/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * migrate - a keystore copied into another kind of store, to the byte
 *
 * Entries with serial, signature and tombstones, and the log.  The copy can't be asked before it is
 * whole: until then it is no keystore.  One that was broken off is gone on with.  What changes in
 * the source meanwhile is copied too; the source is only read.
 */
#ifndef MAILSEAL_KEYSTORE_MIGRATE_H
#define MAILSEAL_KEYSTORE_MIGRATE_H

#include <stddef.h>
#include <stdint.h>

#include "keystore/store.h"

#define MIGRATE_PASSES_MAX 8 /* over a source that is being changed */
#define MIGRATE_PAUSE_MS 50

enum migrate_phase { MIGRATE_COPY, MIGRATE_CHECK };

struct migrate {
	struct store *from;
	const char *to;                    /* a spec */
	const struct signing_public *keys; /* an entry that none of them signed is not copied; or NULL */
	/* Called for each entry; may be NULL. */
	void (*progress)(void *ctx, enum migrate_phase phase, size_t done, size_t total);
	void *ctx;
	/* Out: */
	size_t entries, tombstones; /* in the copy */
	size_t copied;              /* this time */
	uint64_t changes;           /* lines of the log */
};

/*
 * -1 with *err: ERR_TEMPORARY a store can't be read or written, or an entry is not whole, or is
 * signed by nobody of keys; ERR_DATA `to` is a keystore already, or holds what is not of this one; ERR_CONFIG.
 */
int migrate_run(struct migrate *m, struct err *err);

#endif
