/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authenticate - who sent it: what the border MTA recorded and what is verified here
 *
 * Shared by deliveries and `mailseal auth`, so that what the command prints is what a delivery
 * records.  DNS does not stop them: what could not be asked within dns-budget is a temperror, and
 * where no resolver is configured and none answers on this host, only what the border recorded counts.
 * A resolver that the command line names must be one.
 */
#ifndef MAILSEAL_FILTER_AUTHENTICATE_H
#define MAILSEAL_FILTER_AUTHENTICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/border.h"
#include "auth/results.h"
#include "auth/verify.h"
#include "filter/client.h"
#include "filter/config.h"

/* All borrowed, until authentication_free. */
struct authenticate_request {
	const struct config *config;
	const struct message *message;
	/* As the command line says it. The command takes it as it is; of a delivery it is what
	 * the MTA knows (client_find). */
	struct client client;
	const char *sender; /* of the envelope; "" is the null sender, NULL: not known */
	const struct resolver_config *resolver; /* the command line's; NULL: the configuration's */
	int64_t now;        /* seconds since the epoch */
	bool explain;
	bool delivery;
	struct deadline deadline; /* of all; dns-budget, or half of what is left, ends earlier */
};

struct authentication {
	struct border *border;
	struct client client;    /* that was used; borrowed */
	bool verified;           /* verify is filled */
	struct verify verify;
	struct results *results; /* the field and what follows from it */
	struct err no_resolver;  /* why what was configured can't be asked; ERR_NONE */
};

/* Whom the header can be believed: *out anew. -1 with *err: the spool can't be read. */
int authenticate_border(const struct config *config,
                        const struct message *message,
                        struct authentication *out, struct err *err);

/* The rest, after that. -1 with *err: the spool can't be read; or the command line's resolver is none. Whatever happens, *out is authentication_free's. */
int authenticate(const struct authenticate_request *request,
                 struct authentication *out, struct err *err);
void authentication_free(struct authentication *a);

/* Which resolver the configuration asks for, borrowed from it. */
enum authenticate_resolver {
	AUTHENTICATE_UNSET,  /* it does not say: *out is the one of a delivery, if it answers */
	AUTHENTICATE_NOBODY, /* none; *out as for unset */
	AUTHENTICATE_ASKS,   /* *out */
};
enum authenticate_resolver authenticate_resolver(const struct config *config,
                                                 struct resolver_config *out);

/* For the log, in RFC 8601's words; "-": not looked for. Of several signatures one that passes
 * counts, as for DMARC. */
const char *authentication_spf(const struct authentication *a);
const char *authentication_dkim(const struct authentication *a);
const char *authentication_dmarc(const struct authentication *a);

#endif
