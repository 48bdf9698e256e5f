/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * module - a part of the program that is loaded on use
 *
 * What links a large library, and is not needed for every message, is a shared
 * object of its own beside the program (base/program.h), so that a delivery that does not need
 * it neither loads it nor pays for it at each fork.  It exports one constant, a struct that
 * begins with `unsigned abi`.  Once loaded it stays.
 */
#ifndef MAILSEAL_BASE_MODULE_H
#define MAILSEAL_BASE_MODULE_H

#include "base/err.h"

/*
 * The constant `symbol` of the shared object `file`.  NULL with *err (ERR_UNAVAILABLE): it is
 * not there, lacks its library (library: that one's name, for the advice), or has another abi.
 * To be called at each use: the linker knows what is loaded already.
 */
const void *module_load(const char *file, const char *symbol, unsigned abi,
                        const char *library, struct err *err);

#endif
