/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dmarc-record - a DMARC policy record (RFC 9989 4.7, 4.8)
 *
 * The form is a tag list's (RFC 6376 3.2), read leniently: tag names in any case, and
 * what is no tag, or has no valid value, is ignored.  Only v=, and a tag that stands twice, decide
 * whether it is a record.  audit/ uses the same parser.
 */
#ifndef MAILSEAL_AUTH_DMARC_RECORD_H
#define MAILSEAL_AUTH_DMARC_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/tag-list.h"

#define DMARC_RECORD_MAX 4096 /* bytes; a longer one is none */

enum dmarc_policy { DMARC_P_NONE, DMARC_P_QUARANTINE, DMARC_P_REJECT };
enum dmarc_psd { DMARC_PSD_UNSET, DMARC_PSD_YES, DMARC_PSD_NO };

struct dmarc_record {
	enum dmarc_policy p, sp, np; /* what holds: sp defaults to p, np to sp */
	bool has_p, has_sp, has_np;  /* valid ones */
	bool has_rua;                /* one URI or more of the right form */
	/* False: it has no policy, and nobody is told (4.10.1): DMARC does not apply to what it
	 * is for.  It marks its place in the tree all the same. */
	bool applies;
	bool flawed; /* something was ignored: for a linter */
	bool adkim_strict, aspf_strict;
	enum dmarc_psd psd;
	bool testing;         /* t=y */
	struct tag_list tags; /* all of them, also unknown ones; borrowed from the text */
};

/* Does it begin with v=DMARC1? Then it counts (4.10, steps 2 and 6), if only to be discarded. */
bool dmarc_record_is(const char *text, size_t len);

/* False: no DMARC record. */
bool dmarc_record_parse(const char *text, size_t len,
                        struct dmarc_record *out);

/* NULL: absent. Tag names compare without case (4.8). */
const struct tag *dmarc_record_tag(const struct dmarc_record *record,
                                   const char *name);
/* Has the tag a value that is valid for it? Yes for tags that are not in the registry. */
bool dmarc_tag_valid(const struct tag *tag);

const char *dmarc_policy_word(enum dmarc_policy policy); /* "none", ... */

#endif
