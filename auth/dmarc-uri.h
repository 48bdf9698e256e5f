/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dmarc-uri - where a DMARC record wants reports sent (RFC 9989 4.6, 4.8)
 */
#ifndef MAILSEAL_AUTH_DMARC_URI_H
#define MAILSEAL_AUTH_DMARC_URI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/tag-list.h"
#include "base/buf.h"

struct dmarc_uri {
	const char *text; /* without a size limit; borrowed */
	size_t len;
	bool valid;     /* has the form of a URI; a mailto: has an address */
	bool has_limit; /* `!10m`: obsolete, to be ignored when a report is sent */
	uint64_t limit; /* in octets */
};

/* Walks a list separated by commas (rua=, ruf=). at: 0 first. False at the end. */
bool dmarc_uri_next(const struct tag *tag, size_t *at, struct dmarc_uri *out);

/* Appends the address of a valid mailto: URI, decoded (RFC 6068). False: it is none. */
bool dmarc_uri_address(const struct dmarc_uri *uri, struct buf *out);

#endif
