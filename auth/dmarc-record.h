/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dmarc-record - a DMARC record (RFC 9989 4.7, 4.8)
 *
 * A bad or unknown tag is ignored, as the RFC says; only v= decides whether it is a record. audit/ uses the
 * same parser.
 */
#ifndef MAILSEAL_AUTH_DMARC_RECORD_H
#define MAILSEAL_AUTH_DMARC_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/dmarc.h"
#include "auth/tag-list.h"

enum dmarc_psd { DMARC_PSD_UNSET, DMARC_PSD_YES, DMARC_PSD_NO };

struct dmarc_record {
	enum dmarc_policy p, sp, np; /* sp defaults to p, np to sp */
	bool has_p, has_sp, has_np, has_rua;
	bool adkim_strict, aspf_strict;
	enum dmarc_psd psd;
	bool testing;         /* t=y */
	struct tag_list tags; /* borrowed from the text */
};

/* False: no DMARC record. */
bool dmarc_record_parse(const char *text, size_t len,
                        struct dmarc_record *out);

#endif
