/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * outer-fields - which header fields stay readable outside a sealed message
 *
 * The rules of docs/format.md and the settings that tighten them. All fields
 * are inside as well.
 */
#ifndef MAILSEAL_MIME_OUTER_FIELDS_H
#define MAILSEAL_MIME_OUTER_FIELDS_H

#include <stdbool.h>

#include "mime/message.h"

#define OUTER_FIELDS_OURS "X-Mailseal" /* incoming names that begin so go */

enum protect_subject { PROTECT_SUBJECT_NO, PROTECT_SUBJECT_YES, PROTECT_SUBJECT_OMIT };

/* The settings. */
struct outer_fields {
	enum protect_subject protect_subject;
	bool strict;             /* protect-headers = strict */
	const char *const *hide; /* hide-fields, NULL-terminated, or NULL */
};

enum outer_field_fate {
	OUTER_FIELD_GOES,
	OUTER_FIELD_IS_HIDDEN, /* `Subject: [...]` takes its place */
	OUTER_FIELD_STAYS,     /* verbatim */
};

enum outer_field_fate outer_fields_fate(const struct outer_fields *rules,
                                        const struct field *field);

#endif
