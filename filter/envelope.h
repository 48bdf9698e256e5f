/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * envelope - for whom the message is and where it came from (RFC 5321)
 *
 * Options first, then the caller's environment, then header fields that the
 * configuration says the MTA writes (trusted-envelope-fields), then USER or
 * LOGNAME at default-domain.  `To:` and `Cc:` never choose a key: a sender writes them.
 */
#ifndef MAILSEAL_FILTER_ENVELOPE_H
#define MAILSEAL_FILTER_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "filter/config.h"
#include "mime/message.h"

#define ENVELOPE_RECIPIENTS_MAX 100

/* As given on the command line; borrowed. */
struct envelope_options {
	const char *recipient[ENVELOPE_RECIPIENTS_MAX];
	size_t recipients;
	const char *sender; /* NULL: no -f */
};

struct envelope {
	/* In normal form, for the keystore; NULL-terminated. */
	char *recipient[ENVELOPE_RECIPIENTS_MAX + 1];
	/* As they were given, with the default domain: what an LMTP server is
	 * told, since the case of a local part is the owner's. */
	char *given[ENVELOPE_RECIPIENTS_MAX + 1];
	size_t recipients; /* at least 1 */
	char *sender;       /* "" is the null sender; NULL: not known */
};

/* 0, or -1 with *err (ERR_TEMPORARY): nobody to seal for, or not a whole address. */
int envelope_resolve(const struct envelope_options *options,
                     const struct config *config,
                     const struct message *message,
                     struct envelope *envelope, struct err *err);
void envelope_free(struct envelope *envelope);

/* Its sender alone, for the caller to free: "" is the null sender, NULL: not known. */
char *envelope_sender(const struct envelope_options *options,
                      const struct config *config, const struct message *message);

/* The sender's domain for the log: "<>" for the null sender, "-" unknown. Borrowed. */
const char *envelope_sender_domain(const struct envelope *envelope);

#endif
