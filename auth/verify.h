/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify - everything that can be verified of one message, at once, within one budget
 *
 * SPF, DKIM, ARC, iprev and DMARC are stepped in one loop (auth/lookups.h) until all are done or time
 * is up; what could not be asked by then is a temperror.  Nothing here decides what
 * happens to the message.
 */
#ifndef MAILSEAL_AUTH_VERIFY_H
#define MAILSEAL_AUTH_VERIFY_H

#include "auth/arc.h"
#include "auth/author.h"
#include "auth/dkim.h"
#include "auth/dmarc.h"
#include "auth/iprev.h"
#include "auth/resolver.h"
#include "auth/spf.h"

struct verify_request { /* borrowed */
	const struct message *message;
	const char *client_address; /* NULL where it is not known, as below */
	const char *helo;
	const char *sender;
	const char *receiver;
	int64_t now;
	bool partial_body_fails;
	const char *const *trusted_sealers; /* domains, or NULL */
	bool explain;
};

/* Of the explanations, one text for each method. */
enum verify_method { VERIFY_SPF, VERIFY_DKIM, VERIFY_ARC, VERIFY_DMARC, VERIFY_IPREV, VERIFY_METHODS };

struct verify {
	struct header header;
	struct lookups *lookups;
	struct body_hashes *hashes;
	struct author author;
	struct spf spf;
	struct dkim *dkim;
	struct arc *arc;
	struct dmarc dmarc;
	struct iprev iprev;
	/* A failed DMARC that a trusted sealer saw pass (RFC 8617 7.2.1, local policy): the
	 * sealer's domain, borrowed from arc; else NULL. */
	const char *rescued_by;
	const char *client_address; /* as it was asked for, borrowed; NULL: not known */
	bool spf_unchecked; /* for want of the address or the sender: SPF might pass, DMARC with it */
	struct buf explain[VERIFY_METHODS]; /* empty unless asked for */
};

/*
 * Fills *out, which is verify_free's afterwards, also after -1: with *err when the spool can't be
 * read.  wait answers (resolver_wait in the program, a zone in tests); ctx is its first argument.
 */
typedef void verify_wait(void *ctx, struct lookups *lookups,
                         struct deadline deadline);
int verify_run(const struct verify_request *request, verify_wait *wait,
               void *ctx, struct deadline deadline, struct verify *out,
               struct err *err);
void verify_free(struct verify *verify);

#endif
