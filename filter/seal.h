/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * seal - a message in its sealed form: head, armour, tail
 *
 * Shared by deliveries and by the release of what was held, so that both make the same.
 */
#ifndef MAILSEAL_FILTER_SEAL_H
#define MAILSEAL_FILTER_SEAL_H

#include "base/clock.h"
#include "base/err.h"
#include "base/stream.h"
#include "filter/config.h"
#include "filter/decide.h"
#include "mime/compose.h"

/* For a recipe to file by: what came in under this name is gone. */
#define SEAL_JUNK_FIELD COMPOSE_FIELD "-Junk: yes; reason=dmarc"

#define SEAL_TRACE_MAX 96

/* What X-Mailseal says of it, `; engine=gpg[; expired=2026-12-31][; held=2026-12-31T23:59:59Z]`;
 * held: since when it waits, or waited, in the hold folder; 0: it did not. Returns out. */
const char *seal_trace(const struct decision *decision, int64_t held,
                       char out[static SEAL_TRACE_MAX]);

/* All borrowed. */
struct seal {
	const struct config *config;
	const struct message *message;
	const struct compose_original *original;
	const char *from_line; /* or NULL */
	const char *further;   /* lines of the payload, each with its LF; or NULL */
	const struct compose_trace *trace;
	const struct decision *decision; /* its subkeys, policy */
	struct deadline deadline;
};

int seal_write(const struct seal *seal, struct sink to, struct err *err);

#endif
