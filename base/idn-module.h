/* SPDX-License-Identifier: GPL-3.0-or-later */
/* idn-module - what the program and the module that uses libidn2 know of each other */
#ifndef MAILSEAL_BASE_IDN_MODULE_H
#define MAILSEAL_BASE_IDN_MODULE_H

#define IDN_MODULE_FILE "idn.so"
#define IDN_MODULE_SYMBOL "idn_module"
#define IDN_MODULE_ABI 1 /* one more with each change to this file */

struct idn_module {
	unsigned abi;
	/* The name in A-labels, for free(), or NULL. */
	char *(*to_ascii)(const char *name);
};

#endif
