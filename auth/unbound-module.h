/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * unbound-module - what the program and the module that uses libunbound know of each other
 *
 * The module, unbound.so, links libunbound and nothing of ours.  All its functions are called
 * by one thread; answer is called from within ask and wait alone.
 */
#ifndef MAILSEAL_AUTH_UNBOUND_MODULE_H
#define MAILSEAL_AUTH_UNBOUND_MODULE_H

#include <stddef.h>

#define UNBOUND_MODULE_FILE "unbound.so"
#define UNBOUND_MODULE_SYMBOL "unbound_module"
#define UNBOUND_MODULE_ABI 2 /* one more with each change to this file */

enum unbound_security { UNBOUND_INSECURE, UNBOUND_BOGUS, UNBOUND_SECURE };

struct unbound_answer { /* borrowed for the call */
	int code;                    /* not 0: there is no packet; a DNS response code */
	const unsigned char *packet;
	size_t len;
	enum unbound_security security; /* bogus comes with a packet too */
	const char *why;             /* bogus: in words, or NULL */
};

struct unbound_config { /* borrowed for the call */
	const char *const *forwarders; /* ADDRESS@PORT, NULL-terminated; none: from the root down */
	const char *const *anchors;    /* a DS or DNSKEY record each, NULL-terminated */
	const char *anchor_file;       /* the same in a file, or NULL */
	long long now;                 /* as resolver_config's */
	/* Called for each answer; ctx is that of the question. */
	void (*answer)(void *ctx, const struct unbound_answer *answer);
};

struct unbound;

struct unbound_module {
	unsigned abi;
	/* NULL with the reason in why. Without an anchor nothing is validated. */
	struct unbound *(*open)(const struct unbound_config *config, char *why, size_t size);
	void (*close)(struct unbound *unbound); /* questions are dropped, unanswered */
	/* name: in zone file form. 0, or -1: it could not be asked, and no answer will come. The
	 * answer may come before the return. */
	int (*ask)(struct unbound *unbound, const char *name, int type, void *ctx);
	/* Works for max_ms or until a socket or timer had something, whatever it was. */
	void (*wait)(struct unbound *unbound, int max_ms);
	/* Drops every question; drop is called with the ctx of each. What libunbound has begun
	 * for them goes on at the next wait, so that its cache learns from it. */
	void (*forget)(struct unbound *unbound, void (*drop)(void *ctx));
};

#endif
