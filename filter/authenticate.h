/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authenticate - who sent it: what the border MTA recorded and what is verified here
 *
 * Shared by deliveries and `mailseal auth`, so that what the command prints is what a delivery records.
 */
#ifndef MAILSEAL_FILTER_AUTHENTICATE_H
#define MAILSEAL_FILTER_AUTHENTICATE_H

#include "auth/border.h"
#include "auth/results.h"
#include "auth/verify.h"
#include "filter/config.h"

/* The SMTP client, as far as the command line says it; NULL: not given. Borrowed. */
struct client {
	const char *address, *name, *helo;
};

/* All borrowed, until authentication_free. */
struct authenticate_request {
	const struct config *config;
	const struct message *message;
	struct client client;
	const char *sender; /* of the envelope; "" is the null sender, NULL: not known */
	const struct resolver_config *resolver; /* NULL: the configuration's */
	int64_t now;        /* seconds since the epoch */
	bool explain;
	struct deadline deadline; /* the budget for DNS ends earlier, or with it */
};

struct authentication {
	struct client client;    /* that was used: options, environment or border; borrowed */
	struct resolver *resolver;
	struct border *border;
	struct verify verify;
	struct results *results; /* the field and what follows from it */
};

/* 0, or -1 with *err: the spool can't be read, or no resolver as configured. Either way *out is
 * authentication_free's afterwards. */
int authenticate(const struct authenticate_request *request,
                 struct authentication *out, struct err *err);
void authentication_free(struct authentication *a);

/*
 * The client: from the options if these have an address, else from the environment (Postfix's
 * local(8)), else from the trusted border MTA's Received.  Address and names come from one
 * source; only --helo and --client-name stand above all.
 */
struct client authenticate_client(const struct client *options,
                                  const struct border *border);

#endif
