/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unit - what cmocka wants included, in its order */
#ifndef MAILSEAL_TESTS_UNIT_H
#define MAILSEAL_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
