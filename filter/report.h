/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report - the one line per message in the mail log
 *
 * id=QUEUEID|MESSAGEID from=DOMAIN to=ADDRESS[,...] outcome=WORD
 * cert=FINGERPRINT[,...] size=BYTES tls=TRANSPORT spf=WORD dkim=WORD dmarc=WORD
 * [expired=DATE] [junk=yes] [hold=ID] ms=MILLISECONDS
 *
 * Never a word of the message; what an attacker wrote (a Message-ID, an
 * address) is cut and stripped of all but plain characters.
 */
#ifndef MAILSEAL_FILTER_REPORT_H
#define MAILSEAL_FILTER_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "filter/authenticate.h"
#include "filter/decide.h"
#include "filter/envelope.h"
#include "filter/outcome.h"

/* What is known when the run is over; all borrowed, NULL where it did not get so far. */
struct report {
	const struct message *message;
	const struct authentication *auth;
	const struct envelope *envelope;
	const struct envelope_options *options; /* where the envelope is not known yet */
	const struct decide_address *recipient;
	size_t recipients;
	int64_t now;
	int64_t then; /* not 0: sealed to certificates as of then, since one is expired */
	enum outcome outcome;
	bool junk;
	const char *hold_id; /* where it is held */
	int64_t ms;
};

void report_log(const struct report *report, const struct log *log);

#endif
