/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream - how bytes go from one room to the next */
#include <config.h>

#include <string.h>

#include "base/secret.h"
#include "base/stream.h"

#define PIECE ((size_t)64 * 1024)

int sink_puts(struct sink s, const char *text, struct err *err)
{
	return sink_write(s, text, strlen(text), err);
}

int stream_copy(struct source from, struct sink to, struct err *err)
{
	/* What passes here may be plaintext. */
	char *piece = secret_alloc(PIECE);
	size_t used = 0;
	ssize_t n;
	int rc = 0;

	while ((n = source_read(from, piece, PIECE, err)) > 0) {
		if ((size_t)n > used)
			used = (size_t)n;
		rc = sink_write(to, piece, (size_t)n, err);
		if (rc)
			break;
	}
	secret_free(piece, PIECE, used);
	return n < 0 ? -1 : rc;
}
