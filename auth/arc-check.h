/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arc-check - one signature of a chain, an ARC-Message-Signature or an ARC-Seal (RFC 8617 4.1)
 */
#ifndef MAILSEAL_AUTH_ARC_CHECK_H
#define MAILSEAL_AUTH_ARC_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/signature.h"
#include "base/buf.h"

struct arc_check {
	struct signature *signature;
	const char *why; /* it can't be valid, or is not; static */
	enum signature_verdict verdict;
	enum dns_security security; /* of its key */
	int body;                   /* AMS: number of its body hash; -1: none */
	unsigned char hash[DIGEST_MAX]; /* that b= signs */
};

/* What can't be valid whatever the key is, is SIGNATURE_INVALID afterwards. */
void arc_check_parse(struct arc_check *check, const struct header_field *field,
                     enum signature_kind kind, int64_t now);
void arc_check_free(struct arc_check *check);

/* Does h= name that field? */
bool arc_check_covers(const struct arc_check *check, const char *name);

/* With the key, if it has come. hash is set. */
void arc_check_verify(struct arc_check *check, const struct header *header,
                      struct lookups *lookups);

/* A line; what: the field's name. */
void arc_check_explain(struct buf *out, const char *what,
                       const struct arc_check *check);

#endif
