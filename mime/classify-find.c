/* SPDX-License-Identifier: GPL-3.0-or-later */
/* classify-find - where the ciphertext of a PGP/MIME message is, for `open` */
#include <config.h>

#include <string.h>

#include "mime/classify.h"
#include "mime/multipart.h"
#include "mime/part.h"

static bool is_type(const struct part *part, const char *type)
{
	return strcmp(part->type.type, type) == 0;
}

/* The next delimiter, over lines that only begin like one. */
static int next_delimiter(struct multipart *m, struct delimiter *d, struct err *err)
{
	int rc;

	do {
		rc = multipart_next(m, UINT64_MAX, d, err);
	} while (rc > 0 && d->odd);
	return rc;
}

/* The part after the application/pgp-encrypted one, wherever that is. */
static int find_encrypted_part(const struct message *message, const char *boundary,
                               struct part *part, struct err *err)
{
	struct multipart m;
	struct delimiter d;
	bool after_version = false;
	int rc;

	multipart_start(&m, message->spool, message->body, boundary);
	rc = next_delimiter(&m, &d, err);
	for (unsigned i = 0; rc > 0 && !d.closing && i < CLASSIFY_PARTS_MAX; i++) {
		uint64_t start = d.end;

		rc = next_delimiter(&m, &d, err);
		if (rc < 0 || part_of_multipart(message, start, rc ? d.start : message->size,
		                                part, err))
			return -1;
		if (after_version)
			return part->headed;
		after_version = is_type(part, "application/pgp-encrypted");
	}
	return rc < 0 ? -1 : 0;
}

int classify_find_ciphertext(const struct message *message,
                             struct ciphertext_range *range, struct err *err)
{
	struct part top, part;

	if (part_of_message(message, &top, err))
		return -1;

	const char *boundary = content_param(&top.type, "boundary");

	if (!boundary || !*boundary ||
	    (!is_type(&top, "multipart/encrypted") && !is_type(&top, "multipart/mixed")))
		return 0;

	int rc = find_encrypted_part(message, boundary, &part, err);

	if (rc > 0)
		*range = (struct ciphertext_range){
			.start = part.body,
			.end = part.end,
			.base64 = part.encoding == TRANSFER_BASE64,
			.quoted_printable = part.encoding == TRANSFER_QUOTED_PRINTABLE,
		};
	return rc;
}
