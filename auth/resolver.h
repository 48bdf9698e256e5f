/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resolver - who answers the lookups: libunbound, or a validating resolver on this host
 *
 * RESOLVER_VALIDATE: libunbound validates here (RFC 4035), from the root down or through
 * forwarders.  It costs a one-shot delivery about 5 ms of CPU time, so it is loaded on use.
 * RESOLVER_TRUST_AD: a small stub (RFC 1035 4.2, UDP, then TCP when the answer was cut) that
 * believes the AD bit (RFC 6840 5.7, 5.8) of a resolver on loopback alone; whether that one
 * validates is probed first.
 */
#ifndef MAILSEAL_AUTH_RESOLVER_H
#define MAILSEAL_AUTH_RESOLVER_H

#include <stdbool.h>

#include "auth/lookups.h"
#include "base/clock.h"
#include "base/err.h"

enum resolver_kind {
	RESOLVER_VALIDATE,
	RESOLVER_TRUST_AD,
};

#define RESOLVER_SERVERS_MAX 8
#define RESOLVER_PROBE_MS 1000 /* for a validating resolver on loopback to show itself */

struct resolver_config {
	enum resolver_kind kind;
	/* ADDRESS[@PORT], NULL-terminated, or NULL. Validate: forwarders (none: from the root
	 * down). Trust-ad: the resolver (none: 127.0.0.1, then ::1), loopback only. */
	const char *const *servers;
	/* A file (DS or DNSKEY, zone file form), "none", or NULL: the root's own. */
	const char *trust_anchor;
	int64_t now; /* at which signatures must hold, seconds since the epoch; 0: by the clock. Validate alone */
};

struct resolver;

/*
 * NULL with *err: libunbound can't be loaded (ERR_UNAVAILABLE); a bad address or anchor file
 * (ERR_CONFIG); trust-ad: no resolver answers there, or it does not validate (ERR_TEMPORARY).
 * The probe takes at most RESOLVER_PROBE_MS and ends with the deadline.
 */
struct resolver *resolver_new(const struct resolver_config *config,
                              struct deadline deadline, struct err *err);
void resolver_free(struct resolver **resolver); /* forgets what is under way */

/* Is the text an ADDRESS[@PORT]; for trust-ad, of loopback? */
bool resolver_address_valid(const char *text, bool loopback);

/*
 * Sends what lookups has that is new, and returns when at least one more question has an
 * answer.  At the deadline it closes lookups ("timed out") and returns.  One lookups at a
 * time; when it is freed with questions open, their answers go nowhere.
 */
void resolver_wait(struct resolver *resolver, struct lookups *lookups,
                   struct deadline deadline);

#endif
