/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-dkim - any bytes as a message and the answer for its keys: it is done as soon as these are
 * there, within its bounds, and what passes can be named
 *
 * Input: the TXT record (up to LF; `!`: the answer has failed), then the message.
 */
#include <config.h>

#include <string.h>

#include "auth/dkim.h"
#include "auth/signature.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/spools.h"

#define NOW 1700000000

static bool is_name(const char *name)
{
	return name && *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(name);
}

static void check_result(const struct dkim_signature *s)
{
	FUZZ_CHECK(s->result != DKIM_NONE);
	FUZZ_CHECK((s->result == DKIM_PASS) == !s->reason);
	FUZZ_CHECK(!s->domain || (is_name(s->domain) && strchr(s->domain, '.')));
	FUZZ_CHECK(!s->selector || is_name(s->selector));
	FUZZ_CHECK(!s->tag || strspn(s->tag, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                                     "0123456789+/=") == strlen(s->tag));
	FUZZ_CHECK(!s->identity || strchr(s->identity, '@'));
	if (s->result != DKIM_PASS)
		return;
	FUZZ_CHECK(s->domain && s->selector && s->key_name && s->key_text && s->key_bits >= 256);
	FUZZ_CHECK(strcmp(s->algorithm, "rsa-sha256") == 0 || strcmp(s->algorithm, "ed25519-sha256") == 0);
}

static void answer(struct lookups *lookups, const char *record, size_t len)
{
	struct lookup lookup;

	while (lookups_take(lookups, &lookup)) {
		struct dns_answer *a = dns_answer_new(DNS_NO_NAME, DNS_INSECURE);

		if (len && record[0] == '!') {
			dns_answer_free(&a);
			a = dns_answer_failed(DNS_BOGUS, "bogus");
		} else if (len) {
			dns_answer_add(a, record, len, 0);
		}
		lookups_feed(lookups, lookup.id, a);
	}
}

/* Also of signatures that do not get so far, and as those of ARC. */
static void hash_all(const struct header *header)
{
	unsigned char hash[32];

	for (size_t i = 0; i < header->count && i < 4; i++)
		for (int kind = SIGNATURE_DKIM; kind <= SIGNATURE_ARC_SEAL; kind++) {
			struct signature signature;

			if (!signature_parse(&header->field[i], (enum signature_kind)kind, &signature) &&
			    kind != SIGNATURE_ARC_SEAL) {
				signature_hash_header(&signature, header, hash);
				signature_added(&signature, header);
			}
			signature_free(&signature);
		}
}

static void verify(const struct message *message, const char *record, size_t len)
{
	const struct dkim_policy policy = { .now = NOW };
	struct body_hashes *hashes = body_hashes_new();
	struct lookups *lookups = lookups_new();
	struct header header;
	struct dkim *dkim;
	struct err err;

	FUZZ_CHECK(header_load(message, &header, &err) == 0);
	hash_all(&header);
	dkim = dkim_new(&header, &policy, hashes);
	FUZZ_CHECK(body_hashes_run(hashes, message, &err) == 0);
	if (!dkim_step(dkim, lookups)) {
		FUZZ_CHECK(lookups_count(lookups) <= DKIM_SIGNATURES_MAX);
		answer(lookups, record, len);
		FUZZ_CHECK(dkim_step(dkim, lookups));
	}
	FUZZ_CHECK(dkim_count(dkim) <= DKIM_SIGNATURES_MAX);
	for (size_t i = 0; i < dkim_count(dkim); i++)
		check_result(dkim_get(dkim, i));
	dkim_free(&dkim);
	header_free(&header);
	body_hashes_free(&hashes);
	lookups_free(&lookups);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *lf = size ? memchr(data, '\n', size) : NULL;
	size_t record = lf ? (size_t)(lf - data) : size, rest = lf ? record + 1 : size;
	struct spool *spool = spools_with(data + rest, size - rest);
	struct message message;
	struct err err;

	FUZZ_CHECK(message_map(spool, &message, &err) == 0);
	verify(&message, (const char *)data, record);
	spool_free(&spool);
	return 0;
}
