/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bare-gpgme - what sealing costs any program that does it by GPGME: standard input, encrypted to
 * the certificate in a file, to standard output; without arguments only its own start
 *
 * gpg is GPGME's grandchild: only who adopts it can wait for it, and its CPU time counts for nobody
 * who did not.
 */
#include <config.h>

#include <gpgme.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	gpgme_encrypt_flags_t flags = GPGME_ENCRYPT_ALWAYS_TRUST | GPGME_ENCRYPT_NO_ENCRYPT_TO;
	gpgme_data_t plain, cipher;
	char recipients[4096];
	gpgme_ctx_t ctx;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	gpgme_set_global_flag("disable-gpgconf", "1");
	gpgme_check_version(NULL);
	if (argc < 2)
		return 0;
	snprintf(recipients, sizeof recipients, "--file\n%s\n", argv[1]);
	if (gpgme_new(&ctx) || gpgme_data_new_from_fd(&plain, 0) ||
	    gpgme_data_new_from_fd(&cipher, 1))
		return 1;
	gpgme_set_armor(ctx, 1);
	if (gpgme_op_encrypt_ext(ctx, NULL, recipients, flags, plain, cipher))
		return 1;
	while (wait(NULL) > 0)
		;
	return 0;
}
