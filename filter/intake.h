/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * intake - one message, read once, to its end
 *
 * The bytes go into a spool; the mbox From line that procmail and others put
 * in front is kept apart; size and SHA-256 of the rest (the original,
 * docs/format.md) are taken on the way.
 */
#ifndef MAILSEAL_FILTER_INTAKE_H
#define MAILSEAL_FILTER_INTAKE_H

#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/spool.h"
#include "mime/payload.h"

/* A longer first line that begins `From ` is a part of the message. Bytes. */
#define INTAKE_FROM_LINE_MAX ((size_t)4096)

struct intake {
	char *from_line; /* with its line end, or NULL */
	struct spool *spool;
	struct compose_original original;
};

/*
 * Reads fd to its end. max_size in bytes, 0 for none: a larger message is read all
 * the same (a caller that gets EPIPE may take exit 0 for success) and then
 * refused with ERR_POLICY. On failure *err is set, nothing is left to free.
 */
int intake_read(int fd, const char *spool_dir, uint64_t max_size,
                struct deadline deadline, struct intake *intake,
                struct err *err);
/* The same with a file by its name, `-` for standard input, for a command that a person runs:
 * no bound on size or time; a file that can't be opened is ERR_NO_INPUT. */
int intake_read_file(const char *file, const char *spool_dir,
                     struct intake *intake, struct err *err);
void intake_free(struct intake *intake);

#endif
