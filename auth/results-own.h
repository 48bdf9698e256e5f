/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * results-own - what we verified, as results of RFC 8601 (one part of auth/results.c)
 *
 * Texts are constants of ours.  What others chose (domains, selectors, i=) stands as the value of a
 * property alone; one that can't be written safely is left out, and a pass that would not say whose
 * it is becomes permerror.
 */
#ifndef MAILSEAL_AUTH_RESULTS_OWN_H
#define MAILSEAL_AUTH_RESULTS_OWN_H

#include "auth/authres.h"
#include "auth/verify.h"

/* Adds them to an empty one. doubtful: DMARC's fail is, for want of SPF. */
void results_own(const struct verify *verify, bool doubtful, struct authres *to);

#endif
