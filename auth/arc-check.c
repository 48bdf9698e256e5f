/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arc-check - one signature of a chain, an ARC-Message-Signature or an ARC-Seal (RFC 8617 4.1) */
#include <config.h>

#include <stdlib.h>

#include "auth/arc-check.h"
#include "auth/token.h"
#include "base/mem.h"

static const char *find_fault(const struct signature *signature, int64_t now)
{
	if (signature->kind == SIGNATURE_ARC_SEAL && tag_find(&signature->tags, "h"))
		return "it has h="; /* 4.1.3 */
	if (signature->algorithm == SIGNATURE_RSA_SHA1)
		return "it is rsa-sha1"; /* RFC 8301 3.1 */
	if (signature->expiry >= 0 && signature->expiry < now)
		return "it has expired";
	return NULL;
}

void arc_check_parse(struct arc_check *check, const struct header_field *field,
                     enum signature_kind kind, int64_t now)
{
	check->signature = mem_alloc(sizeof *check->signature);
	check->body = -1;
	check->why = signature_parse(field, kind, check->signature);
	if (!check->why)
		check->why = find_fault(check->signature, now);
	check->verdict = check->why ? SIGNATURE_INVALID : SIGNATURE_WAITING;
}

void arc_check_free(struct arc_check *check)
{
	signature_free(check->signature);
	free(check->signature);
}

bool arc_check_covers(const struct arc_check *check, const char *name)
{
	const struct tag *fields = tag_find(&check->signature->tags, "h");
	const char *item;
	size_t at = 0, len;

	while (fields && tag_next_item(fields, &at, &item, &len))
		if (token_same(item, len, name))
			return true;
	return false;
}

/*
 * Without c= canonicalization is simple (RFC 6376 3.5), but there are signers who leave it out
 * and mean relaxed, the public suite's among them: either is the signer's word.
 */
static bool may_be_relaxed(const struct signature *signature)
{
	return signature->kind == SIGNATURE_ARC_MESSAGE &&
	       signature->header_canon == CANON_SIMPLE && !tag_find(&signature->tags, "c");
}

void arc_check_verify(struct arc_check *check, const struct header *header,
                      struct lookups *lookups)
{
	struct signature *signature = check->signature;
	struct signature_key key;

	if (check->verdict != SIGNATURE_WAITING)
		return;
	check->verdict = signature_verify(signature, check->hash, lookups, &key);
	if (check->verdict == SIGNATURE_INVALID && may_be_relaxed(signature)) {
		signature->header_canon = CANON_RELAXED;
		signature_hash_header(signature, header, check->hash);
		check->verdict = signature_verify(signature, check->hash, lookups, &key);
	}
	check->why = key.why;
	check->security = key.security;
}

static const char *verdict_word(const struct arc_check *check)
{
	switch (check->verdict) {
	case SIGNATURE_VALID:
		return "verifies";
	case SIGNATURE_WAITING:
		return "was not verified";
	default:
		return check->why;
	}
}

void arc_check_explain(struct buf *out, const char *what,
                       const struct arc_check *check)
{
	const char *security = dns_security_word(check->security);

	buf_addf(out, "  %s, d=%s s=%s: %s%s%s\n", what, check->signature->domain,
	         check->signature->selector, verdict_word(check),
	         security ? ", key " : "", security ? security : "");
}
