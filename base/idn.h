/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * idn - a domain name as DNS asks for it: A-labels (RFC 5890, RFC 5891)
 *
 * libidn2 does it, and is loaded on use (base/module.h): hardly a name is not ASCII, and loading its
 * tables would make every start dearer.
 */
#ifndef MAILSEAL_BASE_IDN_H
#define MAILSEAL_BASE_IDN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define IDN_NAME_MAX 255 /* bytes of a name that is not ASCII; a longer one is none */

/* ASCII alone? Then idn_to_ascii gives back the name as it is. */
bool idn_is_ascii(const char *name);

/*
 * The name in A-labels; what was ASCII keeps its case.  The caller frees.  NULL with *err: it is no
 * internationalized domain name (ERR_DATA), or libidn2 can't be loaded
 * (ERR_UNAVAILABLE).
 */
char *idn_to_ascii(const char *name, struct err *err);

#endif
