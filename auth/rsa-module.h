/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rsa-module - what the program and the module that uses nettle's RSA know of each other
 *
 * The module, rsa.so, links hogweed and GMP, and nothing of ours.
 */
#ifndef MAILSEAL_AUTH_RSA_MODULE_H
#define MAILSEAL_AUTH_RSA_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/rsa.h"

#define RSA_MODULE_FILE "rsa.so"
#define RSA_MODULE_SYMBOL "rsa_module"
#define RSA_MODULE_ABI 1 /* one more with each change to this file, or to struct rsa_key */

struct rsa_module {
	unsigned abi;
	/* Is it a signature of that hash? */
	bool (*verify)(const struct rsa_key *key, enum digest_kind kind,
	               const unsigned char hash[DIGEST_MAX],
	               const unsigned char *signature, size_t len);
};

#endif
