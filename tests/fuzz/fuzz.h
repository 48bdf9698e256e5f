/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz - what each target defines; libFuzzer or replay.c calls it */
#ifndef MAILSEAL_TESTS_FUZZ_H
#define MAILSEAL_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold, or the fuzzer has found something. */
#define FUZZ_CHECK(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
			abort(); \
		} \
	} while (0)

#endif
