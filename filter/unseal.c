/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unseal - the payload of a PGP/MIME message */
#include <config.h>

#include "filter/unseal.h"
#include "keystore/engine.h"
#include "mime/classify.h"

/* A range of a spool as a source. */
struct range {
	struct spool *spool;
	uint64_t at, end;
};

static ssize_t read_range(void *ctx, void *buf, size_t size, struct err *err)
{
	struct range *r = ctx;
	size_t n = r->end - r->at < size ? (size_t)(r->end - r->at) : size;

	if (spool_read(r->spool, r->at, buf, n, err))
		return -1;
	r->at += n;
	return (ssize_t)n;
}

int unseal(const struct config *config, const struct message *message,
           struct spool *payload, struct err *err)
{
	const struct engine_config engine = {
		.program = config_text(config, SET_GPG_PROGRAM),
	};
	struct ciphertext_range where;
	int found = classify_find_ciphertext(message, &where, err);

	if (found <= 0)
		return found;

	struct range range = { message->spool, where.start, where.end };

	return engine_open(&engine, (struct source){ read_range, &range },
	                   spool_sink(payload), err) ? -1 : 1;
}
