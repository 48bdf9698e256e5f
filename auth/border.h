/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * border - what trusted border MTAs wrote into this header, and what is forged
 *
 * Works out which Authentication-Results (RFC 8601) and Received-SPF (RFC 7208 section 9.1)
 * fields come from a trusted border MTA, which are forgeries, how the last hop was
 * transported (RFC 5321 4.4, RFC 3848).  Our own field is composed elsewhere (auth/results.h).
 *
 * Authentication-Results: the topmost field of a trusted id is believed and its results are
 * imported; RFC 8601 section 5 has the MTA that wrote it remove what came in under its name.
 *
 * Received: the topmost one is the border's if the configuration says that the MTA writes it.
 * Else it is if its `by` host has our id or a trusted one, which anybody can write: good
 * enough for the log and as a mark below which no Received-SPF counts; no client is taken from it.  What a trusted host wrote about a trusted
 * relay makes the next field trusted too, down to the border, whose client is nobody's friend.
 * LMTP without an address and qmail-queue are steps inside a host.
 *
 * Received-SPF: believed if receiver= is a trusted id, whose MTA removes what came in under its name, and
 * it stands above the border's Received.  One without receiver= is not believed; it goes
 * only if a comment in front of its keys names us or a trusted host.
 */
#ifndef MAILSEAL_AUTH_BORDER_H
#define MAILSEAL_AUTH_BORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/authres.h"
#include "base/err.h"
#include "mime/message.h"

/* Whom to believe; borrowed strings, NULL-terminated lists (NULL: empty). */
struct border_trust {
	const char *authserv_id;
	const char *const *trusted_authserv_ids; /* ours may be among them */
	const char *const *trusted_relays;  /* host names or IP addresses, with /PREFIX */
	bool received_trusted;              /* trusted-envelope-fields names Received */
};

#define BORDER_FIELD_MAX ((size_t)64 * 1024)     /* bytes looked at of one field */
#define BORDER_RESULTS_MAX AUTHRES_RESULTS_MAX   /* results imported */

struct border;

/* Reads the header. NULL with *err only when the spool can't be read. What trust points
 * to is borrowed. */
struct border *border_read(const struct message *message,
                         const struct border_trust *trust, struct err *err);
void border_free(struct border **trace);

/*
 * Must this field go? An Authentication-Results whose id is ours, or is a trusted one's but not
 * the topmost, or can't be read, or could be taken for one of these by a lenient
 * reader; a Received-SPF that claims to be ours or a trusted one's and is not believed.
 * ctx is the struct border; the signature is compose_trace.forged's.
 */
bool border_forged(void *trace, const struct message *message,
                  const struct field *field);

/*
 * What was imported.  Each result says so in a comment (RFC 8601 2.2 allows CFWS there, and
 * has no property for it): `spf=pass (imported from mx.example.org) smtp.mailfrom=...`. Borrowed.
 */
const struct authres *border_results(const struct border *trace);

/* Transport security of the last hop for the log: "TLSv1.3/TLS_AES_256_GCM_SHA384", "TLSv1.3",
 * "tls", "none" (the border's Received says SMTP or ESMTP without TLS), "local", or "unknown".
 * Borrowed. */
const char *border_transport(const struct border *trace);

/* From the border MTA's Received, if the configuration trusts that: for the envelope. Borrowed, or NULL. */
const char *border_client_address(const struct border *trace);
const char *border_client_helo(const struct border *trace);
const char *border_queue_id(const struct border *trace); /* of the topmost Received, for the log */

#endif
