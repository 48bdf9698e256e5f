/* SPDX-License-Identifier: GPL-3.0-or-later */
/* edit - a message that is changed after it was signed, for tests */
#ifndef MAILSEAL_TESTS_EDIT_H
#define MAILSEAL_TESTS_EDIT_H

#include <string.h>

#include "tests/unit/unit.h"

#include "base/buf.h"

/* Replaces the first `from` by `to`; the test fails if there is none. */
static inline void edit(struct buf *text, const char *from, const char *to)
{
	const char *at = strstr(buf_str(text), from);
	struct buf out = BUF_INIT;

	if (!at)
		fail_msg("no %s in the message", from);
	buf_add(&out, text->data, (size_t)(at - text->data));
	buf_adds(&out, to);
	buf_adds(&out, at + strlen(from));
	buf_free(text);
	*text = out;
}

#endif
