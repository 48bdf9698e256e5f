/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outcome - the one exit door */
#include <config.h>

#include <stdlib.h>
#include <sysexits.h>

#include "filter/outcome.h"

static const struct {
	const char *word;
	int exit;
} table[] = {
	[OUTCOME_DEFERRED] = { "deferred", EX_TEMPFAIL },
	[OUTCOME_SEALED] = { "sealed", EX_OK },
	[OUTCOME_PASSED_ENCRYPTED] = { "passed-encrypted", EX_OK },
	[OUTCOME_NOT_ENROLLED] = { "not-enrolled", EX_OK },
	[OUTCOME_NOT_SEALED] = { "not-sealed", EX_OK },
	[OUTCOME_HELD] = { "held", EX_OK },
	[OUTCOME_REFUSED] = { "refused", EX_NOPERM },
};

const char *outcome_word(enum outcome outcome)
{
	return table[outcome].word;
}

int outcome_exit(enum outcome outcome)
{
	return table[outcome].exit;
}

enum outcome outcome_of_error(const struct err *err)
{
	return err->class == ERR_POLICY ? OUTCOME_REFUSED : OUTCOME_DEFERRED;
}

int outcome_exit_error(const struct err *err, bool for_mta)
{
	if (for_mta)
		return outcome_exit(outcome_of_error(err));
	switch (err->class) {
	case ERR_NONE: return EX_OK;
	case ERR_TEMPORARY: return EX_TEMPFAIL;
	case ERR_POLICY: return EX_NOPERM;
	case ERR_USAGE: return EX_USAGE;
	case ERR_CONFIG: return EX_CONFIG;
	case ERR_DATA: return EX_DATAERR;
	case ERR_NO_INPUT: return EX_NOINPUT;
	case ERR_UNAVAILABLE: return EX_UNAVAILABLE;
	}
	return EX_SOFTWARE;
}
