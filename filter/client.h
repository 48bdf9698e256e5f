/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * client - which host gave us the message by SMTP, as far as that is known
 *
 * SPF is about a connection that is long gone (RFC 7208 2.3, 2.4).  What is known of it: the
 * options, else the caller's environment (Postfix's local(8)), else the border MTA's Received
 * where that is trusted.  Address and names come from one of these together.  A client that
 * is one of our own (trusted-relays, or this very host) is not where the message came from,
 * so the next place is asked; where none knows better there is no client: it is never guessed.
 */
#ifndef MAILSEAL_FILTER_CLIENT_H
#define MAILSEAL_FILTER_CLIENT_H

#include "auth/border.h"
#include "auth/trust.h"

/* Borrowed from whoever knew; NULL: not known. */
struct client {
	const char *address; /* without one, nothing else is known */
	const char *name;    /* that the address was verified to have */
	const char *helo;
};

/*
 * An address as an option has it: plain, `[192.0.2.1]` or `IPv6:2001:db8::1`, in brackets or not
 * (RFC 5321 4.1.3); "" and `unknown` are NULL.  Points into text, from which a bracket is cut.
 */
const char *client_address(char *text);

struct client client_find(const struct client *options,
                          const struct trust *trust,
                          const struct border *border);

#endif
