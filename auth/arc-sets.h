/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arc-sets - the ARC fields of a header, sorted into sets by their instance (RFC 8617 4.1, 5.2)
 */
#ifndef MAILSEAL_AUTH_ARC_SETS_H
#define MAILSEAL_AUTH_ARC_SETS_H

#include <stddef.h>

#include "auth/arc.h"
#include "auth/header.h"

struct arc_fields { /* one set; borrowed from the header */
	const struct header_field *results; /* ARC-Authentication-Results */
	const struct header_field *message; /* ARC-Message-Signature */
	const struct header_field *seal;    /* ARC-Seal */
	const char *text;                   /* of results, behind `i=N;` */
	size_t text_len;
};

/*
 * set[0] is instance 1.  NULL, with their number (0: there are no ARC fields); or why they
 * are no chain (5.2 steps 1, 3A and 3B): static text.
 */
const char *arc_sets_read(const struct header *header,
                          struct arc_fields set[ARC_SETS_MAX], size_t *count);

#endif
