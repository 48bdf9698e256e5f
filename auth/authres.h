/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authres - the Authentication-Results field (RFC 8601), read and written
 *
 * A struct authres holds only what can be written safely: every string that is added is
 * checked and bounded, so that no domain, selector, local part or reason, read
 * from a field or made by a verifier, can break out of its place in the field.
 */
#ifndef MAILSEAL_AUTH_AUTHRES_H
#define MAILSEAL_AUTH_AUTHRES_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/token.h"
#include "base/buf.h"

#define AUTHRES_RESULTS_MAX 64
#define AUTHRES_PROPERTIES_MAX 16               /* of one result */
#define AUTHRES_KEYWORD_MAX 40                  /* bytes */
#define AUTHRES_VALUE_MAX 512                   /* bytes of a value, reason or comment */
#define AUTHRES_BYTES_MAX ((size_t)32 * 1024)   /* of all strings together */

struct authres_property {
	char *ptype, *property, *value; /* smtp.mailfrom=value */
};

struct authres_result {
	char *method, *result; /* spf=pass */
	unsigned version;      /* of the method; 1 is not written */
	char *reason;          /* or NULL */
	char *comment;         /* written behind the result, or NULL; never read */
	struct authres_property properties[AUTHRES_PROPERTIES_MAX];
	size_t properties_count;
};

struct authres {
	char *id; /* the authserv-id as it reads, without quotes */
	unsigned version;
	struct authres_result results[AUTHRES_RESULTS_MAX];
	size_t count;
	size_t bytes;
	/* When it was read, something was not of RFC 8601's grammar; or a result of DKIM, SPF or
	 * DMARC was none of those that are registered for it (RFC 8601 2.7), so that a reader
	 * may ignore it. */
	bool flawed, unregistered;
};

/* NULL: an id that is empty or can't be written. */
struct authres *authres_new(const char *id);
void authres_free(struct authres **ar);

/*
 * A new result, or false: method or result is no keyword, there are too many, or its text
 * has no room.  The others add to the newest result; false when the text is too long, not
 * UTF-8, or has a control character: then that result should be dropped, since
 * without it the result could say something else.
 */
bool authres_add(struct authres *ar, const char *method, const char *result);
bool authres_add_reason(struct authres *ar, const char *text);
bool authres_add_comment(struct authres *ar, const char *text);
bool authres_add_property(struct authres *ar, const char *ptype,
                          const char *property, const char *value);
void authres_drop(struct authres *ar); /* the newest */
/* Adds a copy of another one's, whole; false: it has no room, and nothing was added. */
bool authres_add_copy(struct authres *ar, const struct authres_result *result);

/* Is there a result of that method? */
bool authres_has(const struct authres *ar, const char *method);
bool authres_is(const struct authres_result *result, const char *method); /* of it? */
/* The value of the first of that name, or NULL. Borrowed. */
const char *authres_property(const struct authres_result *result,
                             const char *ptype, const char *property);

/*
 * Reads the front of a value, `[CFWS] authserv-id [CFWS version] [CFWS]`, up to the `;` or
 * the end where t then stands.  False: there is no such front, so that nobody can tell
 * what another reader takes for the id.  id is empty before.
 */
bool authres_read_id(struct token_text *t, struct buf *id, unsigned *version);

/*
 * Reads the results behind the front and adds them, with that comment (NULL: none).  A
 * result that is not understood whole is left out; its neighbours are kept; comments in the field
 * are dropped.  What real fields have besides the grammar (a final `;`, `action=none`,
 * base64 without quotes) is tolerated and marks ar as flawed.
 */
void authres_read_results(struct token_text *t, struct authres *ar,
                          const char *comment);

/* A whole value (what stands behind the colon). NULL: its id can't be read, or written. */
struct authres *authres_parse(const char *value, size_t len);

/*
 * The same, for what is not believed by its id (but by the seal over it, RFC 8617, or not at all):
 * that may be missing, id is "" then (Outlook), or words may follow it (Yahoo), and words may
 * have an underscore.  NULL: there is neither an id nor a result.
 */
struct authres *authres_glance(const char *value, size_t len);

/*
 * `i=N;`, with which ARC-Authentication-Results begins (RFC 8617 4.1.1): what follows is for the
 * functions above.  False: it does not begin so.
 */
bool authres_read_instance(struct token_text *t, unsigned *instance);

/*
 * Appends the field, name and all, without the last line end: `; none` without results; a
 * line of its own for each result, folded with LF TAB below 78 bytes where
 * possible and below 998 always.
 */
void authres_write(const struct authres *ar, struct buf *out);

#endif
