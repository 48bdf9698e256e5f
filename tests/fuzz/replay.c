/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay - gives the files named on the command line to a fuzz target
 *
 * The main program of a target that is built without libFuzzer, so that
 * `make check` goes through the seeds with every compiler.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/secret.h"
#include "tests/fuzz/fuzz.h"

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct buf input = BUF_INIT;
	char piece[4096];
	size_t n;

	if (!file) {
		perror(path);
		return -1;
	}
	while ((n = fread(piece, 1, sizeof piece, file)) > 0)
		buf_add(&input, piece, n);
	fclose(file);
	LLVMFuzzerTestOneInput((const uint8_t *)buf_str(&input), input.len);
	buf_free(&input);
	return 0;
}

int main(int argc, char *argv[])
{
	secret_init();
	for (int i = 1; i < argc; i++)
		if (replay(argv[i]))
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
