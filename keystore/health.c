/* SPDX-License-Identifier: GPL-3.0-or-later */
/* health - how long a certificate can be used, and what changes next */
#include <config.h>

#include "keystore/health.h"

/* Of two ends, 0 being none, the earlier. */
static int64_t earlier(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return a ? a : b;
	return a < b ? a : b;
}

static int64_t later_start(const struct entry_cert *cert, const struct entry_subkey *s)
{
	return cert->created > s->created ? cert->created : s->created;
}

/* Could it be sealed to at any time at all? */
static bool serves(const struct entry_cert *cert, const struct entry_subkey *s)
{
	int64_t end = earlier(cert->expires, s->expires);

	return !cert->retired && !cert->revoked && !s->revoked && !s->weak &&
	       (end == 0 || end > later_start(cert, s));
}

/* ---- the next change -------------------------------------------------------- */

static void consider(struct health_change *next, int64_t now, int64_t when,
                     const char *fingerprint, bool primary, bool begins)
{
	if (when <= now || (next->when && next->when <= when))
		return;
	*next = (struct health_change){ when, fingerprint, primary, begins };
}

/* The primary first: of changes at one time it is the one that counts. */
struct health_change health_next(const struct entry_cert *cert, int64_t now)
{
	struct health_change next = { .when = 0 };

	if (cert->retired || cert->revoked)
		return next;
	consider(&next, now, cert->created, cert->fingerprint, true, true);
	consider(&next, now, cert->expires, cert->fingerprint, true, false);
	for (size_t i = 0; i < cert->subkeys; i++) {
		const struct entry_subkey *s = &cert->subkey[i];

		if (!serves(cert, s))
			continue;
		consider(&next, now, s->created, s->fingerprint, false, true);
		consider(&next, now, s->expires, s->fingerprint, false, false);
	}
	return next;
}

/* ---- the end ------------------------------------------------------------------ */

/* Of two ends, the one that is further away; 0 is furthest, -1 nearest. */
static int64_t further(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return 0;
	return a > b ? a : b;
}

int64_t health_end(const struct entry_cert *cert)
{
	int64_t end = -1;

	for (size_t i = 0; i < cert->subkeys; i++)
		if (serves(cert, &cert->subkey[i]))
			end = further(end, earlier(cert->expires,
			                           cert->subkey[i].expires));
	return end;
}

int64_t health_entry_end(const struct entry *entry)
{
	int64_t end = -1;

	for (size_t i = 0; i < entry->certs; i++)
		end = further(end, health_end(&entry->cert[i]));
	return end;
}

int64_t health_last_usable(const struct entry *entry, int64_t now)
{
	int64_t end = health_entry_end(entry);

	if (end < 0)
		return 0;
	return end == 0 || end > now ? now : end - 1;
}
