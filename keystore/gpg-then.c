/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gpg-then - gpg, told that it is an earlier time (engine-gpgme.c; on-expired = seal)
 *
 * GPGME passes no option of ours to gpg, and the home that could hold one in its gpg.conf is
 * read-only.  So this is the program that it runs: gpg with one option more.
 *
 * MAILSEAL_GPG is the real one's absolute path, MAILSEAL_GPG_TIME the time.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 2048 /* GPGME gives a few, and two for each subkey */

int main(int argc, char **argv)
{
	char *gpg = getenv("MAILSEAL_GPG"), *then = getenv("MAILSEAL_GPG_TIME");
	char *all[ARGUMENTS_MAX + 4], option[] = "--faked-system-time";

	if (!gpg || !then || argc < 1 || argc > ARGUMENTS_MAX)
		return 127;
	all[0] = gpg;
	all[1] = option;
	all[2] = then;
	memcpy(all + 3, argv + 1, (size_t)argc * sizeof *argv);
	execv(gpg, all);
	return 127;
}
