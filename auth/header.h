/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * header - the fields of a message's header, in memory, for those who look at them many times
 *
 * Signatures name fields from the bottom up (RFC 6376 5.4.2), so they are indexed once.
 */
#ifndef MAILSEAL_AUTH_HEADER_H
#define MAILSEAL_AUTH_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "mime/message.h"

/*
 * A header beyond these is `too_large`, and what rests on it is no pass.  Of its fields there are
 * only those that tell whose message it says it is, and that somebody signed it.
 */
#define HEADER_BYTES_MAX ((size_t)1024 * 1024)
#define HEADER_FIELDS_MAX 4096
#define HEADER_SOME_MAX (HEADER_BYTES_MAX / 2) /* of From kept of one that is too large, and of signatures */
#define HEADER_BELOW_MAX HEADER_BYTES_MAX      /* bytes read below a line that is no field */

struct header_field {
	const char *text; /* the whole field, continuations and last line end included */
	size_t len;
	size_t name_len;  /* of the name, which stands in front; without blanks before the colon */
	size_t value;     /* offset in text right behind the colon */
};

struct header {
	char *text; /* all of it */
	size_t len;
	struct header_field *field; /* top to bottom; they borrow text */
	const struct header_field **by_name; /* the same, those of one name side by side */
	size_t count;
	bool too_large;
	bool cut;       /* ends at a line that is neither field nor empty: some readers go on */
	char *below;    /* what they find: from that line to an empty one; else NULL */
	size_t below_len;
	bool from_left_out; /* there may be a From that is in neither: beyond the bounds */
};

/* -1 with *err only when the spool can't be read. */
int header_load(const struct message *message, struct header *out,
                struct err *err);
void header_free(struct header *header); /* wipes it */

/* Names compare without case. */
bool header_field_is(const struct header_field *field, const char *name);
/* The next field of that name at or below index *at, which moves behind it; NULL: none. */
const struct header_field *header_find(const struct header *header,
                                       const char *name, size_t *at);

/* All fields of a name, however many there are: by_name[*first] on, top to bottom. Their number. */
size_t header_group(const struct header *header, const char *name, size_t len,
                    size_t *first);

#endif
