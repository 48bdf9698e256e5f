/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compose - the message that leaves: sealed (PGP/MIME, RFC 3156) or passed
 *
 * The exact format is docs/format.md.  Everything streams; what is not ours
 * to change is copied byte for byte.
 */
#ifndef MAILSEAL_MIME_COMPOSE_H
#define MAILSEAL_MIME_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/stream.h"
#include "mime/message.h"
#include "mime/outer-fields.h"
#include "mime/payload.h"

#define COMPOSE_FIELD OUTER_FIELDS_OURS
#define COMPOSE_WAS "X-Mailseal-Was-" /* before the name of what goes, in passed mail */

/* The preamble, which tells people at what they are looking, and
 * mime/classify.h that a mailseal made it. */
#define COMPOSE_PREAMBLE \
	"OpenPGP/MIME message, encrypted at rest by the receiving mail server (mailseal)."

/* The trace: what mailseal says on top of the message. */
struct compose_trace {
	/* Further `; name=value` of X-Mailseal, e.g. "; engine=gpg", or "". */
	const char *mailseal;
	/* The whole field `Authentication-Results: ...`, lines folded with LF
	 * and without the last line end; NULL: none. */
	const char *auth;
	/* Further fields of ours, whole lines folded in the same way and without the
	 * last line end; NULL: none. Their names begin COMPOSE_FIELD. */
	const char *further;
	/* True for an incoming field that must not stay outside (a forged
	 * Authentication-Results). May be NULL. X-Mailseal* is not asked about. */
	bool (*forged)(void *ctx, const struct message *message,
	               const struct field *field);
	void *forged_ctx;
};

#define COMPOSE_BOUNDARY_MAX 64
/* A fresh `=_mailseal_` + 32 hex digits. */
void compose_boundary(char out[COMPOSE_BOUNDARY_MAX]);

/* All that stands in front of the armour. from_line: the mbox From line with
 * its line end, or NULL. */
int compose_sealed_head(const struct message *message, const char *from_line,
                        const struct outer_fields *rules,
                        const struct compose_trace *trace,
                        const char *boundary, struct sink to,
                        struct err *err);
/* The closing boundary. */
int compose_sealed_tail(const struct message *message, const char *boundary,
                        struct sink to, struct err *err);

/* A sink that gives armour, whose lines end in LF, the message's line ends
 * (CRLF or LF) on its way to `to`. */
struct compose_armour {
	struct sink to;
	bool crlf;
};
struct sink compose_armour_sink(struct compose_armour *armour);

/* A message that passes: the X-Mailseal block, then the original in
 * which each field that would go has COMPOSE_WAS before its name. */
int compose_passed(const struct message *message, const char *from_line,
                   const struct compose_original *original,
                   const struct compose_trace *trace, struct sink to,
                   struct err *err);

#endif
