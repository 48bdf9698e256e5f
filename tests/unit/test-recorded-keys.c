/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-recorded-keys - keys go into the payload, and verify the message that comes out of it */
#include <config.h>

#include <string.h>

#include "tests/unit/unit.h"

#include "auth/recorded-keys.h"
#include "base/mem.h"
#include "base/secret.h"
#include "mime/restore.h"
#include "tests/suites/zone.h"
#include "tests/unit/signed-message.h"
#include "tests/unit/signing.h"
#include "tests/unit/spools.h"

#define COUNT(a) (sizeof a / sizeof a[0])
#define WHEN 1764000000
#define WHOLE SIGNED_ARC_SET SIGNED_DKIM SIGNED_MESSAGE

/* ---- reading -------------------------------------------------------------- */

/* A copy without anything behind it, so that a sanitizer sees a read too far. */
static struct recorded_keys *read_exact(const char *lines, size_t len)
{
	char *copy = mem_alloc(len ? len : 1);
	struct recorded_keys *keys;

	memcpy(copy, lines, len);
	keys = recorded_keys_read(copy, len);
	free(copy);
	return keys;
}

#define LINE "Mailseal-DKIM-Key: v=1; t=1764000000; dnssec=secure; "
#define NAME "name=cy5fZG9tYWlua2V5LmV4YW1wbGUub3Jn" /* s._domainkey.example.org */
#define RECORD "record=cD1YWQ==" /* p=XY */

static const struct {
	const char *lines;
	size_t count;
} readings[] = {
	{ "", 0 },
	{ "\n", 0 },
	{ LINE NAME "; " RECORD "\n", 1 },
	{ LINE NAME "; " RECORD "\r\n", 1 },
	{ LINE NAME "; " RECORD, 1 },
	{ LINE NAME "; " RECORD ";\n", 1 },
	{ "Mailseal-Receipt: x\n" LINE NAME "; " RECORD "\nMailseal-Other: y\n", 1 },
	{ "Mailseal-DKIM-Key: " RECORD "; later=tag; " NAME "; dnssec=odd; t=1; v=1\n", 1 },
	{ LINE NAME "; " RECORD "\n" LINE NAME "; record=\n", 2 },
	{ LINE NAME "; " RECORD "\n" LINE "name=dC5fZG9tYWlua2V5LmV4YW1wbGUub3Jn; record=\n", 2 },
	{ "Mailseal-DKIM-Key: v=2; t=1; dnssec=secure; " NAME "; " RECORD "\n", 0 },
	{ "Mailseal-DKIM-Key: t=1; dnssec=secure; " NAME "; " RECORD "\n", 0 },
	{ "Mailseal-DKIM-Key: v=1; t=-1; dnssec=secure; " NAME "; " RECORD "\n", 0 },
	{ "Mailseal-DKIM-Key: v=1; t=99999999999999999999; " NAME "; " RECORD "\n", 0 },
	{ "mailseal-dkim-key: v=1; t=1; " NAME "; " RECORD "\n", 0 },
	{ LINE NAME "\n", 0 },
	{ LINE RECORD "\n", 0 },
	{ LINE NAME "; " RECORD "; " RECORD "\n", 0 },
	{ LINE "name=!!!!; " RECORD "\n", 0 },
	{ LINE "name=; " RECORD "\n", 0 },
	{ LINE "name=YQBi; " RECORD "\n", 0 },         /* a NUL inside */
	{ LINE "name=YS4uYg==; " RECORD "\n", 0 },     /* a..b */
	{ LINE NAME "; record=cD1Y!\n", 0 },
	{ LINE NAME "; " RECORD "\r" LINE NAME "; " RECORD "\n", 0 },
};

static void reads_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(readings); i++) {
		struct recorded_keys *keys = read_exact(readings[i].lines,
		                                        strlen(readings[i].lines));

		if (recorded_keys_count(keys) != readings[i].count)
			fail_msg("%s: %zu", readings[i].lines, recorded_keys_count(keys));
		recorded_keys_free(&keys);
	}
}

static void gives_what_was_written(void **state)
{
	static const char line[] = LINE NAME "; " RECORD "\n" LINE NAME "; record=\n";
	struct recorded_keys *keys = read_exact(line, strlen(line));
	const struct recorded_key *key = recorded_keys_get(keys, 0);

	(void)state;
	assert_string_equal(key->name, "s._domainkey.example.org");
	assert_string_equal(key->record, "p=XY");
	assert_int_equal(key->len, 4);
	assert_int_equal(key->time, WHEN);
	assert_int_equal(key->security, DNS_SECURE);
	assert_ptr_equal(recorded_keys_find(keys, "S._DomainKey.Example.ORG"), key);
	assert_null(recorded_keys_find(keys, "t._domainkey.example.org"));
	assert_int_equal(recorded_keys_time(keys), WHEN);
	recorded_keys_free(&keys);
	keys = read_exact("", 0);
	assert_int_equal(recorded_keys_time(keys), -1);
	recorded_keys_free(&keys);
}

/* A name of three letters or so, and a record of so many bytes. */
static void add_line(struct buf *lines, size_t number, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	buf_addf(lines, LINE "name=YW%c%c; record=", "EFGH"[number / 26 % 4], digits[number % 26]);
	for (size_t i = 0; i < len / 3; i++)
		buf_adds(lines, "QUFB");
	buf_adds(lines, "\n");
}

static void keeps_the_bounds(void **state)
{
	struct buf lines = BUF_INIT;
	struct recorded_keys *keys;
	size_t bytes = 0;

	(void)state;
	for (size_t i = 0; i < RECORDED_KEYS_MAX + 5; i++)
		add_line(&lines, i, 3);
	keys = read_exact(lines.data, lines.len);
	assert_int_equal(recorded_keys_count(keys), RECORDED_KEYS_MAX);
	recorded_keys_free(&keys);

	buf_cut(&lines, 0);
	add_line(&lines, 0, DNS_ANSWER_MAX / 3 * 3 + 3);
	buf_adds(&lines, LINE NAME "; " RECORD "\n");
	keys = read_exact(lines.data, lines.len);
	assert_int_equal(recorded_keys_count(keys), 1);
	assert_int_equal(recorded_keys_get(keys, 0)->len, 4);
	recorded_keys_free(&keys);

	buf_cut(&lines, 0);
	for (size_t i = 0; i < 20; i++)
		add_line(&lines, i, 60000);
	keys = read_exact(lines.data, lines.len);
	for (size_t i = 0; i < recorded_keys_count(keys); i++)
		bytes += recorded_keys_get(keys, i)->len;
	assert_int_equal(recorded_keys_count(keys), RECORDED_KEYS_BYTES_MAX / 60000);
	assert_true(bytes <= RECORDED_KEYS_BYTES_MAX);
	recorded_keys_free(&keys);
	buf_free(&lines);
}

static void knows_what_was_left_out(void **state)
{
	static const char lines[] = LINE NAME "; omitted=700000\n"
		LINE "name=dC5fZG9tYWlua2V5LmV4YW1wbGUub3Jn; record=\n"
		LINE "name=YS4uYg==; omitted=1\n" "Mailseal-DKIM-Key: v=2; t=1; name=YQ==; omitted=1\n";
	struct recorded_keys *keys = read_exact(lines, strlen(lines));

	(void)state;
	assert_int_equal(recorded_keys_count(keys), 1);
	assert_true(recorded_keys_left_out(keys, NULL));
	assert_true(recorded_keys_left_out(keys, "S._domainkey.example.org"));
	assert_false(recorded_keys_left_out(keys, "t._domainkey.example.org"));
	assert_false(recorded_keys_left_out(keys, "a"));
	recorded_keys_free(&keys);
	keys = read_exact(LINE NAME "; " RECORD "\n", strlen(LINE NAME "; " RECORD "\n"));
	assert_false(recorded_keys_left_out(keys, NULL));
	recorded_keys_free(&keys);
}

static void answers_lookups(void **state)
{
	static const char line[] = LINE NAME "; " RECORD "\n" LINE NAME "; record=\n";
	struct recorded_keys *keys = read_exact(line, strlen(line));
	struct lookups *lookups = lookups_new();
	const struct dns_answer *answer;

	(void)state;
	lookups_ask(lookups, "S._domainkey.example.org.", DNS_TXT);
	lookups_ask(lookups, "s._domainkey.example.org", DNS_A);
	lookups_ask(lookups, "_dmarc.example.org", DNS_TXT);
	recorded_keys_wait(keys, lookups, DEADLINE_NEVER);
	answer = lookups_ask(lookups, "s._domainkey.example.org", DNS_TXT);
	assert_int_equal(answer->status, DNS_FOUND);
	assert_int_equal(answer->security, DNS_SECURE);
	assert_int_equal(answer->count, 2);
	assert_string_equal(answer->record[0].data, "p=XY");
	assert_string_equal(answer->record[1].data, "");
	for (size_t i = 1; i < 3; i++) {
		answer = lookups_get(lookups, i).answer;
		assert_int_equal(answer->status, DNS_FAILED);
		assert_string_equal(answer->why, "not recorded");
	}
	lookups_free(&lookups);
	recorded_keys_free(&keys);
}

/* ---- written, and verified again -------------------------------------------- */

struct verified {
	struct spool *spool;
	struct message message;
	struct verify verify;
};

static void verify(struct verified *v, const char *text, verify_wait *wait, void *ctx)
{
	const struct verify_request request = { .message = &v->message, .receiver = "mx.example.org",
	                                        .now = WHEN };
	struct err err;

	v->spool = spools_with(text, strlen(text));
	spools_check(message_map(v->spool, &v->message, &err), &err);
	spools_check(verify_run(&request, wait, ctx, DEADLINE_NEVER, &v->verify, &err), &err);
}

static void forget(struct verified *v)
{
	verify_free(&v->verify);
	spool_free(&v->spool);
}

static struct zone *zone_of_signers(enum dns_security security)
{
	struct zone *zone = zone_new();

	zone_security(zone, security);
	zone_txt(zone, SIGNED_DKIM_NAME, SIGNED_DKIM_RECORD, strlen(SIGNED_DKIM_RECORD));
	zone_txt(zone, SIGNED_ARC_NAME, SIGNED_ARC_RECORD, strlen(SIGNED_ARC_RECORD));
	return zone;
}

/* The lines that a delivery of this text would keep. */
static void record(const char *text, struct zone *zone, struct buf *lines)
{
	struct verified v;

	verify(&v, text, zone_wait, zone);
	recorded_keys_write(&v.verify, WHEN, "\n", lines);
	forget(&v);
	zone_free(&zone);
}

static size_t count_lines(const struct buf *lines)
{
	size_t count = 0;

	for (size_t i = 0; i < lines->len; i++)
		count += lines->data[i] == '\n';
	return count;
}

static void verifies_again(void **state)
{
	struct buf lines = BUF_INIT;
	struct recorded_keys *keys;
	struct verified v;

	(void)state;
	record(WHOLE, zone_of_signers(DNS_SECURE), &lines);
	assert_int_equal(count_lines(&lines), 2);
	assert_memory_equal(lines.data, LINE, strlen(LINE));
	keys = read_exact(lines.data, lines.len);
	assert_int_equal(recorded_keys_count(keys), 2);
	assert_string_equal(recorded_keys_find(keys, SIGNED_DKIM_NAME)->record, SIGNED_DKIM_RECORD);
	assert_string_equal(recorded_keys_find(keys, SIGNED_ARC_NAME)->record, SIGNED_ARC_RECORD);

	verify(&v, WHOLE, recorded_keys_wait, keys);
	assert_int_equal(dkim_count(v.verify.dkim), 1);
	assert_int_equal(dkim_get(v.verify.dkim, 0)->result, DKIM_PASS);
	assert_int_equal(dkim_get(v.verify.dkim, 0)->security, DNS_SECURE);
	assert_int_equal(arc_result(v.verify.arc), ARC_PASS);
	forget(&v);
	recorded_keys_free(&keys);
	buf_free(&lines);
}

/* Only what verified is kept. */
static void keeps_no_other_key(void **state)
{
	static const struct {
		const char *text;
		size_t lines;
	} cases[] = {
		{ WHOLE, 2 },
		{ SIGNED_DKIM SIGNED_MESSAGE, 1 },
		{ SIGNED_DKIM SIGNED_DKIM SIGNED_MESSAGE, 1 },
		{ SIGNED_MESSAGE, 0 },
		{ "", 0 },
		{ WHOLE "changed\n", 0 },
		{ "ARC-Seal: i=1; d=list.example; s=arc\n" SIGNED_DKIM SIGNED_MESSAGE, 1 },
		{ "DKIM-Signature: v=1; d=evil.example; s=sel\n" SIGNED_DKIM SIGNED_MESSAGE, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf lines = BUF_INIT;

		record(cases[i].text, zone_of_signers(DNS_INSECURE), &lines);
		if (count_lines(&lines) != cases[i].lines)
			fail_msg("case %zu: %zu lines", i, count_lines(&lines));
		buf_free(&lines);
	}
}

/* One as long as DNS may have it is kept. */
static void long_records_are_kept(void **state)
{
	struct zone *zone = zone_new();
	struct buf text = BUF_INIT, lines = BUF_INIT;

	(void)state;
	buf_adds(&text, SIGNED_DKIM_RECORD "; n=");
	while (text.len < DNS_ANSWER_MAX)
		buf_addc(&text, 'x');
	zone_txt(zone, SIGNED_DKIM_NAME, text.data, text.len);
	record(SIGNED_DKIM SIGNED_MESSAGE, zone, &lines);
	assert_int_equal(count_lines(&lines), 1);

	struct recorded_keys *keys = read_exact(lines.data, lines.len);

	assert_int_equal(recorded_keys_count(keys), 1);
	assert_int_equal(recorded_keys_get(keys, 0)->len, DNS_ANSWER_MAX);
	recorded_keys_free(&keys);
	buf_free(&text);
	buf_free(&lines);
}

static void add_key(struct zone *zone, const struct signing *signer, size_t len)
{
	char *name = mem_printf("%s._domainkey.%s", signer->selector, signer->domain);
	struct buf record = BUF_INIT;

	signing_key_record(signer->key, &record);
	buf_adds(&record, "; n=");
	while (record.len < len)
		buf_addc(&record, 'x');
	zone_txt(zone, name, record.data, record.len);
	buf_free(&record);
	free(name);
}

/* As many signatures and seals as are looked at, each with a key of its own of that size. */
static char *most_signed(struct zone *zone, size_t len)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, "From: a@a.example\r\nSubject: x\r\n\r\nbody\r\n");
	for (unsigned i = 1; i <= DKIM_SIGNATURES_MAX + ARC_SETS_MAX; i++) {
		char *selector = mem_printf("s%u", i);
		const struct signing signer = { "list.example", selector, .key = (unsigned char)i };
		unsigned set = i - DKIM_SIGNATURES_MAX;

		add_key(zone, &signer, len);
		if (i <= DKIM_SIGNATURES_MAX)
			signing_dkim(&signer, &text);
		else
			signing_arc(&signer, set, set == 1 ? "none" : "pass", "x; none", &text);
		free(selector);
	}
	return buf_steal(&text);
}

static void all_keys_fit(void **state)
{
	struct zone *zone = zone_new();
	struct buf lines = BUF_INIT;
	struct recorded_keys *keys;
	struct verified v;
	char *text = most_signed(zone, 0);

	(void)state;
	record(text, zone, &lines);
	keys = read_exact(lines.data, lines.len);
	assert_int_equal(recorded_keys_count(keys), DKIM_SIGNATURES_MAX + ARC_SETS_MAX);
	assert_false(recorded_keys_left_out(keys, NULL));
	verify(&v, text, recorded_keys_wait, keys);
	for (size_t i = 0; i < DKIM_SIGNATURES_MAX; i++)
		assert_int_equal(dkim_get(v.verify.dkim, i)->result, DKIM_PASS);
	assert_int_equal(arc_result(v.verify.arc), ARC_PASS);
	forget(&v);
	recorded_keys_free(&keys);
	buf_free(&lines);
	free(text);
}

static void what_has_no_room_is_named(void **state)
{
	struct zone *zone = zone_new();
	struct buf lines = BUF_INIT;
	struct recorded_keys *keys;
	char *text = most_signed(zone, 60000);

	(void)state;
	record(text, zone, &lines);
	keys = read_exact(lines.data, lines.len);
	assert_true(lines.len < RESTORE_FURTHER_MAX);
	assert_int_equal(recorded_keys_count(keys), DKIM_SIGNATURES_MAX);
	assert_false(recorded_keys_left_out(keys, "s1._domainkey.list.example"));
	assert_true(recorded_keys_left_out(keys, "s9._domainkey.list.example"));
	assert_true(recorded_keys_left_out(keys, "s58._domainkey.list.example"));
	recorded_keys_free(&keys);
	buf_free(&lines);
	free(text);
}

/* ---- inside a payload --------------------------------------------------------- */

static void opens_with_lines(void **state)
{
	static const char *const texts[] = {
		WHOLE, "Subject: x\r\n\r\nhello\r\n", "no header\n", "",
		"Content-Type: text/plain\n\nhello\n",
		"Mailseal-DKIM-Key: v=1; t=1; name=eA==; record=\n\nof the original\n",
	};
	struct buf lines = BUF_INIT;

	(void)state;
	record(WHOLE, zone_of_signers(DNS_SECURE), &lines);
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct spool *spool = spools_with(texts[i], strlen(texts[i])), *payload;
		struct compose_original original = spools_original(texts[i], strlen(texts[i]));
		struct buf whole = BUF_INIT, opened = BUF_INIT, further = BUF_INIT;
		enum restore_result result;
		struct recorded_keys *keys;
		struct message message;
		struct err err;

		spools_check(message_map(spool, &message, &err), &err);
		spools_payload(&message, &original, lines.data, &whole);
		payload = spools_with(whole.data, whole.len);
		spools_check(restore_payload(payload, spools_sink(&opened), &result, &err), &err);
		assert_int_equal(result, RESTORE_EXACT);
		assert_true(spools_same(&opened, texts[i], strlen(texts[i])));
		spools_check(restore_further_lines(payload, &further, &err), &err);
		keys = read_exact(buf_str(&further), further.len);
		assert_int_equal(recorded_keys_count(keys), 2);
		assert_int_equal(count_lines(&further), 2);
		recorded_keys_free(&keys);
		spool_free(&payload);
		spool_free(&spool);
		buf_free(&whole);
		buf_free(&opened);
		buf_free(&further);
	}
	buf_free(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lines),
		cmocka_unit_test(gives_what_was_written),
		cmocka_unit_test(keeps_the_bounds),
		cmocka_unit_test(knows_what_was_left_out),
		cmocka_unit_test(answers_lookups),
		cmocka_unit_test(verifies_again),
		cmocka_unit_test(keeps_no_other_key),
		cmocka_unit_test(long_records_are_kept),
		cmocka_unit_test(all_keys_fit), cmocka_unit_test(what_has_no_room_is_named),
		cmocka_unit_test(opens_with_lines),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
