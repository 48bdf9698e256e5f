/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * health - how long a certificate can be used, and what changes next
 *
 * From what the import recorded and a clock, without gpg (keystore/entry.h has the usability now).
 * Times are seconds since the epoch; an end is the first second in which it is over.
 */
#ifndef MAILSEAL_KEYSTORE_HEALTH_H
#define MAILSEAL_KEYSTORE_HEALTH_H

#include "keystore/entry.h"

/* What will be different at that time. */
struct health_change {
	int64_t when;            /* 0: nothing will change */
	const char *fingerprint; /* of the primary key or subkey; borrowed */
	bool primary;
	bool begins; /* it can be used from then on; else it can't any more */
};

/* The next change after now: of the primary key, or of a subkey that mail could be sealed to. */
struct health_change health_next(const struct entry_cert *cert, int64_t now);

/* When there will be no subkey left that can be used. 0: never, as far as it says; for a
 * certificate that can't be used any more, when that was. -1: it never could. */
int64_t health_end(const struct entry_cert *cert);

/* The same for all certificates in use of an entry: the last of their ends. */
int64_t health_entry_end(const struct entry *entry);

/* The last second at which one of the certificates in use could be sealed to; 0: none, since they are
 * revoked, weak or without a subkey. Of one that never ends: now. */
int64_t health_last_usable(const struct entry *entry, int64_t now);

#endif
