/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure - the parts of a message as GMime sees them */
#include <config.h>

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/program.h"
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

/* Never unloaded, and loaded once: the linker knows it the next time. */
static const struct structure_module *load(struct err *err)
{
	char *path = program_module(STRUCTURE_MODULE_FILE);
	void *file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct structure_module *module =
		file ? dlsym(file, STRUCTURE_MODULE_SYMBOL) : NULL;

	if (!module) {
		const char *why = dlerror();

		err_set(err, ERR_UNAVAILABLE, "install mailseal whole, GMime too",
		        "%s", why ? why : path);
	} else if (module->abi != STRUCTURE_MODULE_ABI) {
		err_set(err, ERR_UNAVAILABLE, "install mailseal whole",
		        "%s is of another version", path);
		module = NULL;
	}
	free(path);
	return module;
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
