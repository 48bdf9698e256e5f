/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recorded-keys - the DKIM keys that verified a message, kept inside it
 *
 * Keys are rotated and vanish from DNS; a signature can be verified years later only if its key was kept.
 * At delivery each key that verified becomes a further line of the payload (docs/format.md):
 *
 *	Mailseal-DKIM-Key: v=1; t=UNIXTIME; dnssec=secure; name=BASE64; record=BASE64
 *
 * On opening they answer the lookups in place of DNS.  They say what the delivering host saw,
 * and are worth as much as that host.
 */
#ifndef MAILSEAL_AUTH_RECORDED_KEYS_H
#define MAILSEAL_AUTH_RECORDED_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/verify.h"
#include "base/buf.h"

/* Of DKIM_SIGNATURES_MAX signatures, ARC_SETS_MAX seals and a message signature, whose names may
 * have SIGNATURE_KEYS_MAX keys each; and bytes of all their records together. */
#define RECORDED_KEYS_MAX 256
#define RECORDED_KEYS_BYTES_MAX ((size_t)512 * 1024)
#define RECORDED_KEYS_LINE "Mailseal-DKIM-Key: "

/*
 * Appends a line with its line end nl for each key that verified: of each DKIM signature that
 * passed, and if the ARC chain passed, of all its seals and of its newest message signature.  For
 * what has no room there is a line that says so: `omitted=BYTES` in place of the record.
 */
void recorded_keys_write(const struct verify *verify, int64_t now,
                         const char *nl, struct buf *out);

struct recorded_key { /* borrowed from the recorded keys */
	const char *name;   /* SELECTOR._domainkey.DOMAIN, lower case; any bytes but NUL */
	const char *record; /* as it was published; NUL-terminated behind its len bytes */
	size_t len;
	int64_t time;       /* when it verified, seconds since the epoch */
	enum dns_security security;
};

struct recorded_keys;

/* From the lines between type-line and mark-line; whatever is no such line is passed over. Never
 * NULL. */
struct recorded_keys *recorded_keys_read(const char *lines, size_t len);
void recorded_keys_free(struct recorded_keys **keys);
size_t recorded_keys_count(const struct recorded_keys *keys);
const struct recorded_key *recorded_keys_get(const struct recorded_keys *keys,
                                             size_t i);
/* Was a key of that name left out for want of room? NULL: was any? */
bool recorded_keys_left_out(const struct recorded_keys *keys, const char *name);
/* The first of that name; NULL: none. */
const struct recorded_key *recorded_keys_find(const struct recorded_keys *keys,
                                              const char *name);
int64_t recorded_keys_time(const struct recorded_keys *keys); /* of the first; -1 none */
/* A verify_wait, its ctx the struct: what is not recorded has failed ("not recorded"). */
void recorded_keys_wait(void *keys, struct lookups *lookups,
                        struct deadline deadline);

#endif
