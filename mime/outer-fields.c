/* SPDX-License-Identifier: GPL-3.0-or-later */
/* outer-fields - which header fields stay readable outside a sealed message */
#include <config.h>

#include "mime/outer-fields.h"

/* Fields that are written anew, or could only fail over the sealed body. */
static const char *const inside_names[] = {
	"MIME-Version", "Lines", "DKIM-Signature", "DomainKey-Signature", NULL,
};
static const char *const inside_prefixes[] = {
	"Content-", "ARC-", OUTER_FIELDS_OURS, NULL,
};

/* They repeat the subject, or tell as much. */
static const char *const like_subject[] = {
	"Thread-Topic", "Keywords", "Comments", NULL,
};

/* protect-headers = strict: what delivery, replies and threads need. */
static const char *const strict_names[] = {
	"Return-Path", "Delivered-To", "X-Original-To",
	"From", "Sender", "Reply-To", "To", "Cc", "Date",
	"Message-ID", "In-Reply-To", "References", "Mail-Followup-To",
	"Auto-Submitted", "Precedence", NULL,
};
static const char *const strict_prefixes[] = { "List-", NULL };

static bool any_of(const struct field *field, const char *const *list,
                   bool (*matches)(const struct field *, const char *))
{
	for (; list && *list; list++)
		if (matches(field, *list))
			return true;
	return false;
}

static bool stays(const struct outer_fields *rules, const struct field *field)
{
	if (field->opaque || any_of(field, inside_names, field_is) ||
	    any_of(field, inside_prefixes, field_begins))
		return false;
	if (rules->protect_subject != PROTECT_SUBJECT_NO &&
	    any_of(field, like_subject, field_is))
		return false;
	return !rules->strict || any_of(field, strict_names, field_is) ||
	       any_of(field, strict_prefixes, field_begins);
}

enum outer_field_fate outer_fields_fate(const struct outer_fields *rules,
                                        const struct field *field)
{
	if (any_of(field, rules->hide, field_is))
		return OUTER_FIELD_GOES;
	if (field_is(field, "Subject") &&
	    rules->protect_subject == PROTECT_SUBJECT_OMIT)
		return OUTER_FIELD_GOES;
	if (field_is(field, "Subject") &&
	    rules->protect_subject == PROTECT_SUBJECT_YES)
		return OUTER_FIELD_IS_HIDDEN;
	return stays(rules, field) ? OUTER_FIELD_STAYS : OUTER_FIELD_GOES;
}
