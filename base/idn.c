/* SPDX-License-Identifier: GPL-3.0-or-later */
/* idn - a domain name as DNS asks for it: A-labels */
#include <config.h>

#include <string.h>

#include "base/idn-module.h"
#include "base/idn.h"
#include "base/mem.h"
#include "base/module.h"

bool idn_is_ascii(const char *name)
{
	while (*name && (unsigned char)*name < 0x80)
		name++;
	return *name == '\0';
}

char *idn_to_ascii(const char *name, struct err *err)
{
	const struct idn_module *module;
	char *ascii = NULL;

	if (idn_is_ascii(name))
		return mem_strdup(name);
	module = module_load(IDN_MODULE_FILE, IDN_MODULE_SYMBOL, IDN_MODULE_ABI,
	                     "libidn2", err);
	if (!module)
		return NULL;
	if (strlen(name) <= IDN_NAME_MAX)
		ascii = module->to_ascii(name);
	if (!ascii)
		err_set(err, ERR_DATA, NULL, "it is no internationalized domain name");
	return ascii;
}
