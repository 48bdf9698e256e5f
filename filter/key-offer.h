/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-offer - what a source offers for an address, on its way into the store
 *
 * A source may answer with anything, and with several certificates: a revoked one beside its
 * successor, for instance.  Only what carries the address in a valid user ID counts; from there
 * on it is an import (filter/key-batch.h).
 */
#ifndef MAILSEAL_FILTER_KEY_OFFER_H
#define MAILSEAL_FILTER_KEY_OFFER_H

#include "filter/key-batch.h"

struct key_offer {
	const char *address; /* normal form */
	struct key_how how;
	bool dry_run;        /* nothing is written */
	const struct buf *found;
};

/*
 * Of the certificates that carry the address those that it is enrolled with are merged;
 * otherwise (and to replace) there must be one that can be sealed to.  What was written, or
 * would be, is added to *done.  -1 with *err, as key_batch_add and key_batch_write.
 */
int key_offer_take(struct key_run *run, const struct key_offer *offer,
                   struct key_batch *done, struct err *err);

#endif
