/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure - the parts of a message as GMime sees them */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/module.h"
#include "mime/structure.h"

/* One reading of a spool, as the module's peek. */
struct reading {
	struct spool *spool;
	bool failed;
	struct err *err;
};

static int peek(void *ctx, uint64_t offset, const char **data, size_t *len)
{
	struct reading *r = ctx;

	if (spool_peek(r->spool, offset, data, len, r->err))
		r->failed = true;
	return r->failed ? -1 : 0;
}

static const struct structure_module *load(struct err *err)
{
	return module_load(STRUCTURE_MODULE_FILE, STRUCTURE_MODULE_SYMBOL,
	                   STRUCTURE_MODULE_ABI, "GMime", err);
}

int structure_read(const struct message *message, struct structure *out,
                   struct err *err)
{
	struct reading reading = { .spool = message->spool, .err = err };
	const struct structure_source source = { peek, &reading, message->size };
	struct err no_module;
	const struct structure_module *module = load(&no_module);

	memset(out, 0, sizeof *out);
	if (module)
		module->read(&source, out);
	return reading.failed ? -1 : 0;
}

int structure_check(struct err *err)
{
	return load(err) ? 0 : -1;
}
