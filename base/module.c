/* SPDX-License-Identifier: GPL-3.0-or-later */
/* module - a part of the program that is loaded on use */
#include <config.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/module.h"
#include "base/program.h"

const void *module_load(const char *file, const char *symbol, unsigned abi,
                        const char *library, struct err *err)
{
	char *path = program_module(file);
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const unsigned *module = object ? dlsym(object, symbol) : NULL;
	char advice[ERR_ADVICE_MAX];

	snprintf(advice, sizeof advice, "install mailseal whole, %s too", library);
	if (!module) {
		const char *why = dlerror();

		err_set(err, ERR_UNAVAILABLE, advice, "%s", why ? why : path);
	} else if (*module != abi) {
		err_set(err, ERR_UNAVAILABLE, "install mailseal whole",
		        "%s is of another version", path);
		module = NULL;
	}
	free(path);
	return module;
}
