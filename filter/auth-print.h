/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * auth-print - what `mailseal auth` found, for people and for programs
 */
#ifndef MAILSEAL_FILTER_AUTH_PRINT_H
#define MAILSEAL_FILTER_AUTH_PRINT_H

#include <jansson.h>

#include "base/buf.h"
#include "filter/authenticate.h"

/* What of a check is told: lines in printable ASCII, each with its LF. */
enum auth_section {
	AUTH_ENVELOPE,
	AUTH_SPF,
	AUTH_DKIM,
	AUTH_ARC,
	AUTH_DMARC,
	AUTH_IPREV,
	AUTH_LOOKUPS,
	AUTH_SECTIONS
};

/* Check by check: what it came to, why, and all that was looked up.  section: empty ones, for
 * buf_free.  Everything in them that comes from a message or from DNS is escaped. */
void auth_explain(const struct authentication *a, const char *sender,
                  struct buf section[AUTH_SECTIONS]);
const char *auth_section_word(enum auth_section section); /* "spf" */

/* The one object of --json; section may be NULL, else becomes its member `explain`. */
json_t *auth_json(const struct authentication *a, const char *authserv_id,
                  const struct buf section[AUTH_SECTIONS]);

#endif
