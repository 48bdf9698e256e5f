/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * structure - the parts of a message as GMime sees them
 *
 * A second opinion for mime/classify.h: what it takes for ciphertext must be
 * the same bytes to a parser that mail programs use.  Only for messages that
 * are known to be flat; an outline, nothing is loaded into memory.
 *
 * GMime and what it needs take as long to load as the rest of the program to
 * start, and make every fork dearer, but few messages need them: they are in
 * a module that is loaded on use (mime/structure-module.h).
 */
#ifndef MAILSEAL_MIME_STRUCTURE_H
#define MAILSEAL_MIME_STRUCTURE_H

#include "base/err.h"
#include "mime/message.h"
#include "mime/structure-module.h"

/*
 * *out stays all zero, which is the structure of no message, when GMime makes
 * nothing of it or the module can't be loaded: then it is sealed like any
 * other. -1 with *err only when the spool can't be read.
 */
int structure_read(const struct message *message, struct structure *out,
                   struct err *err);

/* Can the module be loaded? -1 with *err says why not. */
int structure_check(struct err *err);

#endif
