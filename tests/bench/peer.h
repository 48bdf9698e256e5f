/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * peer - libopendkim, for the benchmark: a shared object of its own, since its functions have
 * names that ours have
 */
#ifndef MAILSEAL_TESTS_PEER_H
#define MAILSEAL_TESTS_PEER_H

#include <stdbool.h>
#include <stddef.h>

#define PEER_FILE "peer.so"
#define PEER_SYMBOL "peer"
#define PEER_ABI 1

struct peer {
	unsigned abi;
	void *(*start)(void);
	/* Does the signature of the message verify with that key record? text has CRLF line ends. */
	bool (*verify)(void *lib, const char *text, size_t len, const char *record);
	void (*end)(void *lib);
};

#endif
