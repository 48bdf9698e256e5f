/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * results - our own Authentication-Results field (RFC 8601): what was verified here, and what was imported
 *
 * What a trusted border MTA recorded (auth/border.h) and what we verified ourselves
 * (auth/verify.h) are joined result by result.  Our own stands; but a pass of the border's about the
 * same identity replaces one of ours that is no pass, since it saw the message before any hop
 * inside changed it.  What the border says about identities that we have no result for stays.  Each
 * result says in a comment where it comes from if it is not our own, and its DNSSEC state in
 * dns.sec where something was asked.  docs/auth.md has the whole of it.
 */
#ifndef MAILSEAL_AUTH_RESULTS_H
#define MAILSEAL_AUTH_RESULTS_H

#include <stdbool.h>

#include "auth/border.h"
#include "auth/verify.h"

struct results;

/* border or verify may be NULL. Both are borrowed while this runs, not after. Never NULL. */
struct results *results_new(const char *authserv_id,
                            const struct border *border,
                            const struct verify *verify);
void results_free(struct results **results);

/* The whole field, folded with LF TAB, without the last line end. */
const char *results_field(const struct results *results);

/* What the author's domain asks for (RFC 9989 5), after what was imported and what a trusted
 * sealer saw. DMARC_P_NONE when it passes, nothing is known, or SPF, which could not be checked and
 * was not imported, might make it pass. */
enum dmarc_policy results_disposition(const struct results *results);
/* Could something not be asked, so that another try may give another result?  iprev does not
 * count: nothing follows from it, and a broken reverse zone stays broken. */
bool results_temperror(const struct results *results);

#endif
