/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * content - the values of Content-Type and Content-Disposition (RFC 2045
 * section 5.1, RFC 2183)
 *
 * Takes what can be taken, and says `odd` of everything on which parsers may
 * differ: comments, RFC 2231 pieces, a parameter twice, 8-bit characters, stray
 * characters, too much of anything.
 */
#ifndef MAILSEAL_MIME_CONTENT_H
#define MAILSEAL_MIME_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#define CONTENT_TYPE_MAX 64   /* bytes with NUL, as the next two */
#define CONTENT_NAME_MAX 32
#define CONTENT_VALUE_MAX 128
#define CONTENT_PARAMS_MAX 12

struct content_param {
	char name[CONTENT_NAME_MAX]; /* lower case */
	char value[CONTENT_VALUE_MAX];
};

struct content {
	char type[CONTENT_TYPE_MAX]; /* `type/subtype` or a disposition, lower case */
	struct content_param param[CONTENT_PARAMS_MAX];
	unsigned params;
	bool odd;
};

/* text: a field's raw value, folds and all. */
void content_parse(const char *text, size_t len, struct content *out);

/* The value, or NULL. */
const char *content_param(const struct content *content, const char *name);

#endif
