/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arc-sets - the ARC fields of a header, sorted into sets by their instance (RFC 8617 4.1, 5.2) */
#include <config.h>

#include <string.h>

#include "auth/arc-sets.h"
#include "auth/authres.h"
#include "auth/tag-list.h"
#include "auth/token.h"

/* `1*2DIGIT ; 1 - 50`; 0: it is none. */
static unsigned instance_number(const char *text, size_t len)
{
	const struct tag tag = { .value = text, .value_len = len };
	uint64_t number;

	if (len > 2 || !tag_number(&tag, &number) || number > ARC_SETS_MAX)
		return 0;
	return (unsigned)number;
}

/* AMS and AS: tags in any order.  Whether the rest is a tag list matters only for those that are
 * verified; the number must be there in all. */
static unsigned signature_instance(const struct header_field *field)
{
	struct tag_list tags;
	const struct tag *tag;

	tag_list_parse(field->text + field->value, field->len - field->value, &tags);
	tag = tag_find(&tags, "i");
	return tag ? instance_number(tag->value, tag->value_len) : 0;
}

/* AAR: `i=N;` in front, comments allowed (4.1.1). rest: what stands behind. */
static unsigned results_instance(const struct header_field *field,
                                 struct token_text *rest)
{
	unsigned instance;

	rest->at = field->text + field->value;
	rest->end = field->text + field->len;
	return authres_read_instance(rest, &instance) ? instance : 0;
}

static const struct header_field **place(struct arc_fields *set,
                                         const struct header_field *field)
{
	if (header_field_is(field, "ARC-Seal"))
		return &set->seal;
	if (header_field_is(field, "ARC-Message-Signature"))
		return &set->message;
	return &set->results;
}

static const char *add(const struct header_field *field,
                       struct arc_fields set[ARC_SETS_MAX], size_t *newest)
{
	bool results = header_field_is(field, "ARC-Authentication-Results");
	struct token_text rest = { NULL, NULL };
	unsigned instance = results ? results_instance(field, &rest)
	                            : signature_instance(field);
	const struct header_field **at;

	if (instance == 0)
		return "an ARC field without a valid instance number";
	at = place(&set[instance - 1], field);
	if (*at)
		return "an ARC field stands twice";
	*at = field;
	if (results) {
		set[instance - 1].text = rest.at;
		set[instance - 1].text_len = (size_t)(rest.end - rest.at);
	}
	if (instance > *newest)
		*newest = instance;
	return NULL;
}

const char *arc_sets_read(const struct header *header,
                          struct arc_fields set[ARC_SETS_MAX], size_t *count)
{
	static const char *const names[] = { "ARC-Seal", "ARC-Message-Signature",
		                             "ARC-Authentication-Results" };

	size_t newest = 0;

	*count = 0;
	memset(set, 0, ARC_SETS_MAX * sizeof *set);
	for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
		size_t first, fields = header_group(header, names[n], strlen(names[n]), &first);

		if (fields > ARC_SETS_MAX)
			return "more than 50 ARC sets";
		for (size_t i = first; i < first + fields; i++) {
			const char *why = add(header->by_name[i], set, &newest);

			if (why)
				return why;
		}
	}
	for (size_t i = 0; i < newest; i++)
		if (!set[i].seal || !set[i].message || !set[i].results)
			return "an ARC set is not complete";
	*count = newest;
	return NULL;
}
