/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decide - what happens to a message: a pure function, no I/O
 *
 * From the recipients, what the keystore answered, the policy, what the
 * message is and what was found out about its sender, to one outcome and the
 * subkeys to seal to.
 */
#ifndef MAILSEAL_FILTER_DECIDE_H
#define MAILSEAL_FILTER_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/dmarc.h"
#include "base/err.h"
#include "filter/config.h"
#include "filter/outcome.h"
#include "keystore/entry.h"
#include "keystore/store.h"
#include "mime/classify.h"

/* What is known of one address; all borrowed. */
struct decide_address {
	const char *address;
	enum store_answer answer;
	const struct entry *entry;   /* on STORE_FOUND */
	const struct err *could_not; /* on STORE_COULD_NOT_ASK */
	struct policy policy;        /* not looked at for an archive */
};

struct decide_question {
	const struct decide_address *recipient;
	size_t recipients; /* at least 1 */
	const struct decide_address *archive; /* archive-certificates */
	size_t archives;
	const struct decide_address *recovery; /* recovery-certificate */
	size_t recoveries;
	bool can_hold; /* this command can leave the message in the hold folder */
	enum mime_class class;
	int64_t now; /* seconds since the epoch */
	/* What was found out about the sender; before that was looked for: none, false. */
	enum dmarc_policy disposition;
	bool temperror;
	int on_temperror; /* TEMPERROR_... */
};

#define DECIDE_SUBKEYS_MAX 2048
#define DECIDE_STOPPED_MAX (ENTRY_REASON_MAX + 80) /* bytes with NUL */

struct decision {
	enum outcome outcome;
	struct err why; /* for OUTCOME_DEFERRED, OUTCOME_REFUSED and OUTCOME_HELD */
	enum usability unusable; /* for OUTCOME_HELD: what the recipient's certificate is */
	/* For OUTCOME_SEALED and OUTCOME_HELD: each once; the array is the caller's to free,
	 * the subkeys belong to the entries. */
	const struct entry_subkey **subkey;
	size_t subkeys;
	int64_t then; /* not 0: the certificates are used as of this last moment at which all were valid */
	const struct policy *policy; /* the recipients' common one */
	bool junk; /* stored, but as junk */
	/* For OUTCOME_NOT_SEALED: what X-Mailseal says of it, `; reason=paused; until=...`. */
	char stopped[DECIDE_STOPPED_MAX];
};

#define DECIDE_DATE_MAX 32

/* The day on which what could be used until then expired, `2026-12-31`; returns out. */
const char *decide_expired(int64_t then, char out[DECIDE_DATE_MAX]);

struct decision decide(const struct decide_question *question);

#endif
