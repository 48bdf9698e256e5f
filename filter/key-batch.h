/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-batch - certificates on their way into the store: the next version of each address's entry
 *
 * All of a batch is made first, and then written or not.
 */
#ifndef MAILSEAL_FILTER_KEY_BATCH_H
#define MAILSEAL_FILTER_KEY_BATCH_H

#include "filter/key.h"

#define KEY_RETIRED_MAX 4 /* certificates kept for reference; older ones go */
#define KEY_SEEN_S (30 * 24 * 3600) /* how old a note of where it was seen may become */
#define KEY_DEADLINE_MS (120 * 1000) /* for gpg to look at certificates */

/* What may happen to a certificate that the address has already. */
enum key_intent {
	KEY_IMPORT,  /* the first one, or a newer copy of one that is there */
	KEY_ADD,     /* also one beside those that are there */
	KEY_REPLACE, /* another one; those that are there are retired */
};

struct key_how {
	enum key_intent intent;
	enum entry_source source;
};

/* An entry that is ready to be written, and what stood there before. */
struct key_pending {
	struct entry *entry;
	struct entry *before; /* NULL: none */
	bool unchanged, replaced;
	char *note; /* what the administrator should know of the certificate, or NULL */
};

struct key_batch {
	struct key_pending *item;
	size_t count;
};

/*
 * Adds the certificate for an address (normal form): merged with the stored copy of the same
 * primary key, so that an older copy undoes nothing.  -1 with *err: ERR_DATA it can't be sealed
 * to, or the address has another; ERR_TEMPORARY.
 */
int key_batch_add(struct key_run *run, struct key_batch *batch,
                  const struct key_how *how, const struct engine_cert *cert,
                  const char *address, struct err *err);

/* Is the address (normal form) in one of its valid user IDs? */
bool key_cert_carries(const struct engine_cert *cert, const char *address);

/* Writes all of it, or puts back what was there; a missing store is made. */
int key_batch_write(struct key_run *run, const struct key_batch *batch,
                    struct err *err);
/* What was done, a line for each certificate. */
int key_batch_print(const struct key_run *run, const struct key_batch *batch,
                    struct err *err);
void key_batch_free(struct key_batch *batch);

#endif
