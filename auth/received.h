/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * received - what a Received field says of the hop it records (RFC 5321 4.4, RFC 3848)
 *
 * Written for the fields that real MTAs make: Postfix, Exim, Sendmail, qmail, Exchange,
 * Google, Dovecot.  A client chooses its HELO, and some MTAs let it hold blanks: text that can be
 * read in two ways is not read at all.  Whether the field can be believed is not asked here.
 */
#ifndef MAILSEAL_AUTH_RECEIVED_H
#define MAILSEAL_AUTH_RECEIVED_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/* Bytes with NUL; what is longer, or has a character that does not belong there, is
 * taken for absent. */
#define RECEIVED_HOST_MAX 256
#define RECEIVED_ID_MAX 65
#define RECEIVED_TLS_MAX 64

enum received_protocol {
	RECEIVED_UNKNOWN,
	RECEIVED_SMTP,   /* SMTP, ESMTP and LMTP in all their spellings */
	RECEIVED_LOCAL,  /* handed over on the host itself, by a program */
	RECEIVED_INSIDE, /* passed on by the host's own MTA (LMTP without an address,
	                    qmail-queue): the field below tells of the hop */
};

struct received {
	char address[INET6_ADDRSTRLEN];  /* the client's; IPv4 also where it was mapped */
	char name[RECEIVED_HOST_MAX];    /* the client's, where the MTA has verified it */
	char helo[RECEIVED_HOST_MAX];    /* what the client claims */
	char by[RECEIVED_HOST_MAX];      /* the receiving host */
	char id[RECEIVED_ID_MAX];        /* its queue id */
	enum received_protocol protocol;
	bool tls;
	char tls_version[RECEIVED_TLS_MAX]; /* "TLSv1.3", or "" */
	char tls_cipher[RECEIVED_TLS_MAX];
};

/* value: what stands behind the colon, folds and all. */
void received_parse(const char *value, size_t len, struct received *out);

/* `[192.0.2.1]`, `[IPv6:2001:db8::1]`, or one without brackets: false if it is no address. */
bool received_address(const char *text, size_t len, char out[INET6_ADDRSTRLEN]);

#endif
