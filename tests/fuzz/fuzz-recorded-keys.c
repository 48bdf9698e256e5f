/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-recorded-keys - any bytes as the further lines of a payload: what is read is bounded, can
 * be asked for, and verifies a message or does not
 */
#include <config.h>

#include <string.h>

#include "auth/recorded-keys.h"
#include "base/secret.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/signed-message.h"
#include "tests/unit/spools.h"

static void check_keys(struct recorded_keys *keys)
{
	struct lookups *lookups = lookups_new();
	const size_t count = recorded_keys_count(keys);

	FUZZ_CHECK(count <= RECORDED_KEYS_MAX);
	FUZZ_CHECK((count == 0) == (recorded_keys_time(keys) < 0));
	for (size_t i = 0; i < count; i++) {
		const struct recorded_key *key = recorded_keys_get(keys, i);

		FUZZ_CHECK(dns_name_valid(key->name));
		FUZZ_CHECK(key->len <= DNS_ANSWER_MAX && key->record[key->len] == '\0');
		FUZZ_CHECK(key->security != DNS_BOGUS);
		FUZZ_CHECK(recorded_keys_find(keys, key->name) <= key);
		lookups_ask(lookups, key->name, DNS_TXT);
	}
	recorded_keys_wait(keys, lookups, DEADLINE_NEVER);
	FUZZ_CHECK(lookups_answered(lookups) == lookups_count(lookups));
	lookups_free(&lookups);
}

static bool is_among(const struct recorded_keys *keys, const struct recorded_key *key)
{
	for (size_t i = 0; i < recorded_keys_count(keys); i++) {
		const struct recorded_key *old = recorded_keys_get(keys, i);

		if (old->len == key->len && memcmp(old->record, key->record, key->len) == 0)
			return true;
	}
	return false;
}

/* A signature passes only with its key, and what is written of it is read again. */
static void check_verify(struct recorded_keys *keys)
{
	static const char text[] = SIGNED_ARC_SET SIGNED_DKIM SIGNED_MESSAGE;
	struct spool *spool = spools_with(text, strlen(text));
	struct buf lines = BUF_INIT;
	struct message message;
	struct verify verify;
	struct err err;

	spools_check(message_map(spool, &message, &err), &err);

	const struct verify_request request = { .message = &message, .receiver = "mx.example.org" };

	spools_check(verify_run(&request, recorded_keys_wait, keys, DEADLINE_NEVER, &verify, &err), &err);
	if (dkim_get(verify.dkim, 0)->result == DKIM_PASS)
		FUZZ_CHECK(recorded_keys_find(keys, SIGNED_DKIM_NAME));
	recorded_keys_write(&verify, 1, "\n", &lines);

	struct recorded_keys *again = recorded_keys_read(buf_str(&lines), lines.len);

	for (size_t i = 0; i < recorded_keys_count(again); i++) {
		const struct recorded_key *key = recorded_keys_get(again, i);

		FUZZ_CHECK(is_among(keys, key));
	}
	recorded_keys_free(&again);
	verify_free(&verify);
	buf_free(&lines);
	spool_free(&spool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recorded_keys *keys = recorded_keys_read((const char *)data, size);

	secret_init();
	check_keys(keys);
	if (recorded_keys_count(keys))
		check_verify(keys);
	recorded_keys_free(&keys);
	return 0;
}
