/* SPDX-License-Identifier: GPL-3.0-or-later */
/* idn-module - the module that links libidn2 (RFC 5891, as UTS 46 without transition) */
#include <config.h>

#include <idn2.h>
#include <string.h>

#include "base/idn-module.h"

static char *to_ascii(const char *name)
{
	char *ascii = NULL, *copy = NULL;

	if (idn2_to_ascii_8z(name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) ==
	    IDN2_OK) {
		copy = strdup(ascii);
		idn2_free(ascii);
	}
	return copy;
}

extern const struct idn_module idn_module __attribute__((visibility("default")));
const struct idn_module idn_module = { IDN_MODULE_ABI, to_ascii };
