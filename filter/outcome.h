/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outcome - the one exit door
 *
 * Every way in which a message can fare has one name, one word in the log
 * and one exit code; an error's class has one exit code for commands that
 * an MTA runs and one for those that a person runs.  Nobody else writes
 * a number of sysexits.h, but for the two ends that can't come here: no
 * memory (base/mem.c) and a crash (base/signals.c), both EX_TEMPFAIL.
 *
 * MTAs differ in what they make of a code (docs/exit-codes.md): only 75 is "try
 * again" for all of them, so an MTA's command says 75 for whatever is not
 * a success or a refusal that the administrator asked for.
 */
#ifndef MAILSEAL_FILTER_OUTCOME_H
#define MAILSEAL_FILTER_OUTCOME_H

#include <stdbool.h>

#include "base/err.h"

enum outcome {
	OUTCOME_DEFERRED = 0, /* nothing was stored; the MTA tries again */
	OUTCOME_SEALED,
	OUTCOME_PASSED_ENCRYPTED, /* it was ciphertext already */
	OUTCOME_NOT_ENROLLED,     /* passed: no recipient has a certificate */
	OUTCOME_NOT_SEALED,       /* passed: their entries say off, or pause */
	OUTCOME_HELD,             /* stored, sealed to the site's recovery certificate */
	OUTCOME_REFUSED,          /* by a policy that the administrator set */
};

/* What a monitoring system reads: the exit codes of its plugins. */
enum { OUTCOME_MONITOR_OK = 0, OUTCOME_MONITOR_WARNING = 1, OUTCOME_MONITOR_CRITICAL = 2 };

const char *outcome_word(enum outcome outcome); /* for the log */
int outcome_exit(enum outcome outcome);

/* Refused for ERR_POLICY, else deferred. */
enum outcome outcome_of_error(const struct err *err);

/* for_mta: the command is one that an MTA or MDA runs. */
int outcome_exit_error(const struct err *err, bool for_mta);

#endif
