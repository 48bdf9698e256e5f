/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-dkim - messages signed here, then changed: what is still good, and why the others are not */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "auth/dkim.h"
#include "auth/signature.h"
#include "base/mem.h"
#include "tests/suites/zone.h"
#include "tests/unit/edit.h"
#include "tests/unit/signer.h"
#include "tests/unit/spools.h"

#define COUNT(a) (sizeof a / sizeof a[0])
#define NOW 1700000000

#define HEADER \
	"Received: from x\r\n\tby y\r\n" \
	"From: Ann <ann@example.org>\r\n" \
	"To: Bob <bob@example.net>\r\n" \
	"Subject: the \t first\r\n  one\r\n" \
	"Comments: 1\r\n" \
	"Comments: 2\r\n"
#define BODY "Hello  there \r\n\r\nand good bye\t.\r\n\r\n"

enum key { RSA, RSA_1024, RSA_SHORT, ED25519, KEYS };

static struct signer *signers[KEYS];

static const char *algorithm_of(enum key key)
{
	return key == ED25519 ? "ed25519-sha256" : "rsa-sha256";
}

/* ---- one message ------------------------------------------------------------- */

static void describe(const struct dkim_signature *s, struct buf *out)
{
	if (out->len)
		buf_adds(out, " | ");
	buf_adds(out, dkim_word(s->result));
	if (s->reason)
		buf_addf(out, ": %s", s->reason);
	if (s->weak_key)
		buf_adds(out, ", weak");
	if (s->testing)
		buf_adds(out, ", testing");
	if (s->partial_body)
		buf_addf(out, ", %lu bytes", (unsigned long)s->body_length);
	if (s->added)
		buf_addf(out, ", added %s", s->added);
}

static char *verify(const char *text, size_t len, struct zone *zone,
                    const struct dkim_policy *policy)
{
	struct body_hashes *hashes = body_hashes_new();
	struct lookups *lookups = lookups_new();
	struct spool *spool = spools_with(text, len);
	struct buf out = BUF_INIT;
	struct message message;
	struct header header;
	struct dkim *dkim;
	struct err err;

	spools_check(message_map(spool, &message, &err), &err);
	spools_check(header_load(&message, &header, &err), &err);
	dkim = dkim_new(&header, policy, hashes);
	spools_check(body_hashes_run(hashes, &message, &err), &err);
	while (!dkim_step(dkim, lookups))
		zone_wait(zone, lookups, DEADLINE_NEVER);
	for (size_t i = 0; i < dkim_count(dkim); i++)
		describe(dkim_get(dkim, i), &out);
	if (dkim_left_out(dkim))
		buf_addf(&out, " + %zu", dkim_left_out(dkim));
	dkim_free(&dkim);
	dkim_free(&dkim);
	header_free(&header);
	body_hashes_free(&hashes);
	lookups_free(&lookups);
	spool_free(&spool);
	return out.data ? buf_steal(&out) : mem_strdup("");
}

static void publish(struct zone *zone, const char *name, const char *before,
                    enum key key, bool bare)
{
	struct buf record = BUF_INIT;

	buf_adds(&record, before);
	buf_addf(&record, "k=%s; p=", key == ED25519 ? "ed25519" : "rsa");
	signer_key(signers[key], bare, &record);
	zone_txt(zone, name, record.data, record.len);
	buf_free(&record);
}

/* ---- cases --------------------------------------------------------------------- */

static const struct test {
	const char *what;
	enum key key;
	const char *tags;   /* besides v, a, d=example.org, s=s; after them */
	const char *names;  /* NULL: From:To:Subject */
	const char *from, *to; /* edit of the signed message */
	const char *record; /* tags in front of those of the key; NULL: "v=DKIM1; " */
	const char *expected;
	long length;        /* of the body; 0: all */
	bool partial_fails;
	bool sha1;  /* signed so */
	bool draft; /* signed without v= */
} tests[] = {
	{ "simple/simple", RSA, "", .expected = "pass" },
	{ "simple/relaxed", RSA, "; c=simple/relaxed", .expected = "pass" },
	{ "relaxed/simple", RSA, "; c=relaxed", .expected = "pass" },
	{ "relaxed/relaxed", RSA, "; c=relaxed/relaxed", .expected = "pass" },
	{ "Ed25519", ED25519, "; c=relaxed/relaxed", .expected = "pass" },
	{ "Ed25519, simple", ED25519, "", .expected = "pass" },
	{ "1024 bits", RSA_1024, "", .expected = "pass, weak" },
	{ "1023 bits", RSA_SHORT, "", .expected = "fail: the key is too short, weak" },

	{ "body changed", RSA, "", .from = "Hello", .to = "Hallo", .expected = "fail: body hash did not verify" },
	{ "body's blanks, simple", RSA, "", .from = "Hello  there ", .to = "Hello there",
	  .expected = "fail: body hash did not verify" },
	{ "body's blanks, relaxed", RSA, "; c=relaxed/relaxed", .from = "Hello  there ", .to = "Hello there",
	  .expected = "pass" },
	{ "lines added at the end", RSA, "", .from = "bye\t.\r\n", .to = "bye\t.\r\n\r\n", .expected = "pass" },
	{ "header changed", RSA, "", .from = "the \t first", .to = "the \t last",
	  .expected = "fail: signature did not verify" },
	{ "header's blanks, simple", RSA, "", .from = "the \t first", .to = "the first",
	  .expected = "fail: signature did not verify" },
	{ "header's blanks, relaxed", RSA, "; c=relaxed", .from = "the \t first\r\n  one", .to = "the first one",
	  .expected = "pass" },
	{ "header's case, relaxed", RSA, "; c=relaxed", .from = "Subject: ", .to = "SUBJECT:", .expected = "pass" },
	{ "bh= changed", RSA, "", .from = "bh=", .to = "bh=A", .expected = "permerror: bh= is no hash" },
	{ "own field changed", RSA, "; t=1600000000", .from = "t=16", .to = "t=15",
	  .expected = "fail: signature did not verify" },
	{ "b= folded, relaxed", RSA, "; c=relaxed", .from = "b=", .to = "b= \r\n\t ", .expected = "pass" },
	/* 3.7: with all white space around the value. */
	{ "b= folded, simple", RSA, "", .from = "\tb=", .to = "\tb=\r\n\t ", .expected = "pass" },
	{ "white space before b, simple", RSA, "", .from = "\tb=", .to = "\t b=",
	  .expected = "fail: signature did not verify" },
	{ "unsigned field changed", RSA, "", .from = "Comments: 1", .to = "Comments: 9", .expected = "pass" },

	{ "repeated fields", RSA, "", "From:Comments:Comments:Comments", .expected = "pass" },
	{ "from the bottom", RSA, "", "From:Comments", "Comments: 1", "Comments: 9", .expected = "pass, added Comments" },
	{ "the bottom one changed", RSA, "", "From:Comments", "Comments: 2", "Comments: 9",
	  .expected = "fail: signature did not verify" },
	{ "absent fields", RSA, "", "From:Cc:Reply-To", .expected = "pass" },
	{ "absent field added", RSA, "", "From:Cc", "To:", "Cc: c@example.com\r\nTo:",
	  .expected = "fail: signature did not verify" },
	{ "a second From on top", RSA, "", NULL, "Received:", "From: Eve <eve@example.com>\r\nReceived:",
	  .expected = "pass, added From" },
	{ "a second Subject on top", RSA, "", NULL, "To: Bob", "Subject: x\r\nTo: Bob", .expected = "pass, added Subject" },
	{ "oversigned From", RSA, "", "From:From", "Received:", "From: Eve <eve@example.com>\r\nReceived:",
	  .expected = "fail: signature did not verify" },
	{ "Received on top of a signed one", RSA, "", "From:Received", "Received:", "Received: z\r\nReceived:",
	  .expected = "pass" },
	{ "itself in h=", RSA, "", "From:DKIM-Signature", .expected = "pass" },
	{ "From in another case", RSA, "; c=relaxed", "fROM:to", .expected = "pass" },
	{ "no From in h=", RSA, "", "To:Subject", .expected = "permerror: h= does not name From" },
	{ "empty h=", RSA, "", "", .expected = "permerror: h= does not name From" },

	{ "l=", RSA, "; l=8", .length = 8, .expected = "pass, 8 bytes" },
	{ "l=, refused", RSA, "; l=8", .length = 8, .partial_fails = true,
	  .expected = "policy: l= leaves a part of the body unsigned, 8 bytes" },
	{ "l=0", RSA, "; l=0; c=relaxed/relaxed", .length = -2, .expected = "pass, 0 bytes" },
	{ "l= is all", RSA, "; l=33", .length = 33, .partial_fails = true, .expected = "pass" },
	{ "l=, then changed within", RSA, "; l=8", .length = 8, .from = "Hello", .to = "Hallo",
	  .expected = "fail: body hash did not verify, 8 bytes" },
	{ "l=, then changed behind", RSA, "; l=8", .length = 8, .from = "bye", .to = "luck", .expected = "pass, 8 bytes" },
	{ "l= is too much", RSA, "; l=34", .expected = "permerror: l= is more than the body has" },
	{ "l= is far too much", RSA, "; l=9999999999999999999", .expected = "permerror: l= is no length" },
	{ "l= is negative", RSA, "; l=-1", .expected = "permerror: l= is no length" },

	{ "t= and x=", RSA, "; t=1699999999; x=1700000000", .expected = "pass" },
	{ "expired", RSA, "; t=1600000000; x=1699999999", .expected = "permerror: the signature has expired" },
	{ "x= before t=", RSA, "; t=1800000000; x=1800000000",
	  .expected = "permerror: the signature expires before it was made" },
	{ "a clock that is wrong", RSA, "; t=1700080000", .expected = "pass" },
	{ "of the future", RSA, "; t=1700090000", .expected = "permerror: the signature is of the future" },
	{ "never expires", RSA, "; x=99999999999999999999999", .expected = "pass" },
	{ "t= is none", RSA, "; t=yesterday", .expected = "permerror: t= is no time" },
	{ "x= is none", RSA, "; x=", .expected = "permerror: x= is no time" },

	{ "i=", RSA, "; i=ann@example.org", .expected = "pass" },
	{ "i= without local part", RSA, "; i=@example.org", .expected = "pass" },
	{ "i= below d=", RSA, "; i=ann@mail.EXAMPLE.org", .expected = "pass" },
	{ "i= quoted-printable", RSA, "; i=a=3Db=40c@example.org", .expected = "pass" },
	{ "i= above d=", RSA, "; i=ann@org", .expected = "permerror: i= is no identity" },
	{ "i= ends alike", RSA, "; i=ann@badexample.org", .expected = "permerror: i= is not of d=" },
	{ "i= of another", RSA, "; i=ann@example.com", .expected = "permerror: i= is not of d=" },
	{ "i= with NUL", RSA, "; i=ann@example.com=00.example.org", .expected = "permerror: i= is no identity" },
	{ "i= with half a code", RSA, "; i=a=4@example.org", .expected = "pass" }, /* stands for itself */
	{ "i= without @", RSA, "; i=example.org", .expected = "permerror: i= is no identity" },

	{ "q=", RSA, "; q=x : dns/txt", .expected = "pass" },
	{ "q= of others", RSA, "; q=http", .expected = "permerror: q= has no method that is known" },
	{ "unknown tags", RSA, "; zz=1; y=", .expected = "pass" },
	{ "a tag twice", RSA, "; d=example.org", .expected = "permerror: a tag stands twice" },
	{ "unknown c=", RSA, "; c=relaxed/nowsp", .expected = "permerror: c= is of an unknown canonicalization" },
	{ "c= with more", RSA, "; c=simple/simple/simple", .expected = "permerror: c= is of an unknown canonicalization" },
	{ "v= is another", RSA, "", .from = "v=1", .to = "v=2", .expected = "permerror: v= is not 1" },
	{ "v= is 1.0", RSA, "", .from = "v=1", .to = "v=1.0", .expected = "permerror: v= is not 1" },
	{ "no v=", RSA, "", .draft = true, .expected = "permerror: v= is missing" },
	{ "no v=, changed", RSA, "", .draft = true, .from = "From: ", .to = "From: x ",
	  .expected = "fail: signature did not verify" },
	{ "v= taken out", RSA, "", .from = "v=1; ", .to = "", .expected = "fail: signature did not verify" },
	{ "no a=", RSA, "", .from = "a=rsa-sha256; ", .to = "", .expected = "permerror: a= is missing" },
	{ "no d=", RSA, "", .from = "d=example.org; ", .to = "", .expected = "permerror: d= is missing" },
	{ "no s=", RSA, "", .from = "; s=s", .to = "", .expected = "permerror: s= is missing" },
	{ "no h=", RSA, "", .from = "h=", .to = "hh=", .expected = "permerror: h= is missing" },
	{ "no bh=", RSA, "", .from = "bh=", .to = "bhh=", .expected = "permerror: bh= is missing" },
	{ "no b=", RSA, "", .from = "\tb=", .to = "\tbb=", .expected = "permerror: b= is missing" },
	{ "b= is empty", RSA, "", .from = "\tb=", .to = "\tb=; z=", .expected = "permerror: b= is no signature" },
	{ "b= is none", RSA, "", .from = "\tb=", .to = "\tb=?", .expected = "permerror: b= is no signature" },
	{ "rsa-sha1", RSA, "", .sha1 = true, .expected = "policy: rsa-sha1 proves nothing (RFC 8301)" },
	{ "rsa-sha1, body changed", RSA, "; c=simple/relaxed", .sha1 = true, .from = "\r\n\r\n", .to = "\r\n\r\nx",
	  .expected = "fail: body hash did not verify" },
	{ "rsa-sha1, header changed", RSA, "", .sha1 = true, .from = "From: ", .to = "From: x ",
	  .expected = "fail: signature did not verify" },
	{ "rsa-sha1, l=", RSA, "; l=8", .sha1 = true, .length = 8,
	  .expected = "policy: rsa-sha1 proves nothing (RFC 8301), 8 bytes" },
	{ "rsa-sha1 in name", RSA, "", .from = "rsa-sha256", .to = "rsa-sha1",
	  .expected = "permerror: bh= is no hash" },
	{ "rsa-sha1, key for SHA-256", RSA, "", .sha1 = true, .record = "h=sha256; ",
	  .expected = "permerror: the key is not for this hash" },
	{ "unknown a=", RSA, "", .from = "rsa-sha256", .to = "rsa-sha512",
	  .expected = "permerror: a= is of an unknown algorithm" },

	{ "d= with a parenthesis", RSA, "", .from = "d=example.org", .to = "d=example.org(.example.com",
	  .expected = "permerror: d= is no domain" },
	{ "d= with a comment", RSA, "", .from = "d=example.org", .to = "d=example.org (x)",
	  .expected = "permerror: d= is no domain" },
	{ "d= with white space", RSA, "", .from = "d=example.org", .to = "d=example. org",
	  .expected = "permerror: d= is no domain" },
	{ "d= with a final dot", RSA, "", .from = "d=example.org", .to = "d=example.org.",
	  .expected = "permerror: d= is no domain" },
	{ "d= with an empty label", RSA, "", .from = "d=example.org", .to = "d=example..org",
	  .expected = "permerror: d= is no domain" },
	{ "d= of one label", RSA, "", .from = "d=example.org", .to = "d=org", .expected = "permerror: d= is no domain" },
	{ "d= with an at sign", RSA, "", .from = "d=example.org", .to = "d=x@example.org",
	  .expected = "permerror: d= is no domain" },
	{ "d= that is no UTF-8", RSA, "", .from = "d=example.org", .to = "d=\xff.example.org",
	  .expected = "permerror: d= is no domain" },
	{ "s= with a quote", RSA, "", .from = "s=s", .to = "s=s\".x", .expected = "permerror: s= is no selector" },
	{ "s= with a star", RSA, "", .from = "s=s", .to = "s=*", .expected = "permerror: s= is no selector" },
	{ "s= that ends the name", RSA, "", .from = "s=s", .to = "s=s._domainkey.example.com.",
	  .expected = "permerror: s= is no selector" },
	{ "s= that is empty", RSA, "", .from = "s=s", .to = "s=", .expected = "permerror: s= is no selector" },

	{ "t=y", RSA, "", .record = "v=DKIM1; t=y; ", .expected = "pass, testing" },
	{ "t=s", RSA, "; i=@example.org", .record = "t=s; ", .expected = "pass" },
	{ "t=s, i= below", RSA, "; i=@x.example.org", .record = "t=s; ",
	  .expected = "permerror: the key is not for subdomains" },
	{ "key for SHA-1", RSA, "", .record = "h=sha1; ", .expected = "permerror: the key is not for this hash" },
	{ "key for others", RSA, "", .record = "s=other; ", .expected = "permerror: the key is not for email" },
	{ "key of a later version", RSA, "", .record = "v=DKIM2; ", .expected = "permerror: the key record can't be read" },
};

static void sign(const struct test *test, struct buf *out)
{
	struct buf tags = BUF_INIT;
	struct signer_order signing = {
		.field = "DKIM-Signature",
		.names = test->names ? test->names : "From:To:Subject",
		.relaxed_header = strstr(test->tags, "c=relaxed") != NULL,
		.relaxed_body = strstr(test->tags, "/relaxed") != NULL,
		.length = test->length == 0 ? -1 : test->length == -2 ? 0 : test->length,
		.sha1 = test->sha1,
	};

	buf_addf(&tags, "%sa=%s; d=example.org; s=s%s", test->draft ? "" : "v=1; ",
	         test->sha1 ? "rsa-sha1" : algorithm_of(test->key), test->tags);
	signing.tags = buf_str(&tags);
	signer_sign(signers[test->key], &signing, HEADER, BODY, out);
	buf_adds(out, HEADER "\r\n" BODY);
	buf_free(&tags);
}

static void check(const struct test *test, const struct buf *message)
{
	struct dkim_policy policy = { .now = NOW, .partial_body_fails = test->partial_fails };
	struct zone *zone = zone_new();
	char *got;

	publish(zone, "s._domainkey.example.org", test->record ? test->record : "v=DKIM1; ",
	        test->key, false);
	got = verify(message->data, message->len, zone, &policy);
	if (strcmp(got, test->expected) != 0)
		fail_msg("%s: %s, not %s", test->what, got, test->expected);
	free(got);
	zone_free(&zone);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tests); i++) {
		struct buf message = BUF_INIT, lf = BUF_INIT;

		sign(&tests[i], &message);
		if (tests[i].from)
			edit(&message, tests[i].from, tests[i].to);
		check(&tests[i], &message);
		/* The same with LF. */
		for (size_t c = 0; c < message.len; c++)
			if (message.data[c] != '\r')
				buf_addc(&lf, message.data[c]);
		check(&tests[i], &lf);
		buf_free(&message);
		buf_free(&lf);
	}
}

static void test_nul(void **state)
{
	struct test test = { "NUL in d=", RSA, "", .expected = "permerror: a control character in a value" };
	struct buf message = BUF_INIT;

	(void)state;
	sign(&test, &message);
	edit(&message, "d=example.org", "d=example.org#.example.com");
	*strchr(message.data, '#') = '\0';
	check(&test, &message);
	buf_free(&message);
}

/* ---- keys in DNS ----------------------------------------------------------------- */

static void sign_plainly(enum key key, struct buf *out)
{
	struct test test = { "", key, "; c=relaxed/relaxed" };

	sign(&test, out);
}

static void check_zone(struct zone *zone, const struct buf *message, const char *expected)
{
	struct dkim_policy policy = { .now = NOW };
	char *got = verify(message->data, message->len, zone, &policy);

	assert_string_equal(got, expected);
	free(got);
}

static void test_keys(void **state)
{
	static const char name[] = "s._domainkey.example.org";
	struct buf message = BUF_INIT;
	struct zone *zone = zone_new();

	(void)state;
	sign_plainly(RSA, &message);
	check_zone(zone, &message, "permerror: there is no key");
	zone_name(zone, name);
	check_zone(zone, &message, "permerror: there is no key");
	zone_txt(zone, name, "v=spf1 -all", 11);
	check_zone(zone, &message, "permerror: the key record can't be read");
	zone_txt(zone, name, "v=DKIM1; p=", 11);
	check_zone(zone, &message, "permerror: the key record can't be read");
	publish(zone, name, "", ED25519, false);
	publish(zone, name, "", RSA_1024, true);
	check_zone(zone, &message, "fail: signature did not verify, weak");
	publish(zone, name, "", RSA, true);
	check_zone(zone, &message, "pass");
	zone_free(&zone);

	zone = zone_new();
	zone_txt(zone, name, "v=DKIM1; p=", 11);
	check_zone(zone, &message, "permerror: the key is revoked");
	zone_free(&zone);

	zone = zone_new();
	publish(zone, name, "", ED25519, false);
	check_zone(zone, &message, "permerror: the key is not for this algorithm");
	zone_free(&zone);

	/* At most SIGNATURE_KEYS_MAX are tried. */
	zone = zone_new();
	for (int i = 0; i < SIGNATURE_KEYS_MAX; i++)
		publish(zone, name, "", RSA_1024, false);
	publish(zone, name, "", RSA, false);
	check_zone(zone, &message, "fail: signature did not verify, weak");
	zone_free(&zone);

	zone = zone_new();
	zone_fails(zone, name, 0, "timed out");
	check_zone(zone, &message, "temperror: the key could not be asked for");
	zone_free(&zone);
	buf_free(&message);
}

static void test_dnssec(void **state)
{
	static const char name[] = "s._domainkey.example.org";
	struct dkim_policy policy = { .now = NOW };
	struct body_hashes *hashes = body_hashes_new();
	struct lookups *lookups = lookups_new();
	struct buf text = BUF_INIT;
	struct spool *spool;
	struct message message;
	struct header header;
	struct lookup lookup;
	struct dkim *dkim;
	struct err err;

	(void)state;
	sign_plainly(RSA, &text);
	spool = spools_with(text.data, text.len);
	spools_check(message_map(spool, &message, &err), &err);
	spools_check(header_load(&message, &header, &err), &err);
	dkim = dkim_new(&header, &policy, hashes);
	spools_check(body_hashes_run(hashes, &message, &err), &err);
	assert_false(dkim_step(dkim, lookups));
	assert_false(dkim_step(dkim, lookups));
	assert_true(lookups_take(lookups, &lookup));
	assert_string_equal(lookup.name, name);
	lookups_feed(lookups, lookup.id, dns_answer_failed(DNS_BOGUS, "bogus"));
	assert_true(dkim_step(dkim, lookups));
	assert_int_equal(dkim_get(dkim, 0)->result, DKIM_TEMPERROR);
	assert_int_equal(dkim_get(dkim, 0)->security, DNS_BOGUS);
	assert_string_equal(dkim_get(dkim, 0)->reason, "the key's answer is bogus");
	assert_false(lookups_take(lookups, &lookup));
	dkim_free(&dkim);
	header_free(&header);
	body_hashes_free(&hashes);
	lookups_free(&lookups);
	spool_free(&spool);
	buf_free(&text);
}

/* ---- several signatures ------------------------------------------------------------ */

static void test_several(void **state)
{
	struct buf message = BUF_INIT, both = BUF_INIT, many = BUF_INIT;
	struct zone *zone = zone_new();

	(void)state;
	publish(zone, "s._domainkey.example.org", "", RSA, false);
	sign_plainly(RSA, &message);
	buf_adds(&both, "DKIM-Signature: v=1; d=a; broken\r\n");
	buf_add(&both, message.data, message.len);
	check_zone(zone, &both, "permerror: a tag without a value | pass");

	for (int i = 0; i < DKIM_SIGNATURES_MAX - 1; i++)
		buf_adds(&many, "DKIM-Signature: v=3\r\n");
	buf_add(&many, message.data, message.len);
	check_zone(zone, &many, "permerror: d= is missing | permerror: d= is missing | "
	           "permerror: d= is missing | permerror: d= is missing | permerror: d= is missing | "
	           "permerror: d= is missing | permerror: d= is missing | pass");
	edit(&many, "DKIM", "DKIM-Signature: v=3\r\nDKIM-Signature: v=3\r\nDKIM");
	check_zone(zone, &many, "permerror: d= is missing | permerror: d= is missing | "
	           "permerror: d= is missing | permerror: d= is missing | permerror: d= is missing | "
	           "permerror: d= is missing | permerror: d= is missing | permerror: d= is missing + 2");
	zone_free(&zone);
	buf_free(&message);
	buf_free(&both);
	buf_free(&many);
}

/* What the results say besides. */
static void test_fields(void **state)
{
	struct test test = { "", RSA, "; i=a=62@sub.Example.org; l=3", .length = 3 };
	struct dkim_policy policy = { .now = NOW };
	struct body_hashes *hashes = body_hashes_new();
	struct lookups *lookups = lookups_new();
	struct zone *zone = zone_new();
	struct buf text = BUF_INIT;
	const struct dkim_signature *got;
	struct message message;
	struct header header;
	struct spool *spool;
	struct dkim *dkim;
	struct err err;

	(void)state;
	zone_security(zone, DNS_SECURE);
	publish(zone, "s._domainkey.example.org", "", RSA, false);
	sign(&test, &text);
	edit(&text, "d=example.org", "d=EXAMPLE.org");
	edit(&text, "\tb=", "\tb= \r\n\t ");
	spool = spools_with(text.data, text.len);
	spools_check(message_map(spool, &message, &err), &err);
	spools_check(header_load(&message, &header, &err), &err);
	dkim = dkim_new(&header, &policy, hashes);
	spools_check(body_hashes_run(hashes, &message, &err), &err);
	while (!dkim_step(dkim, lookups))
		zone_wait(zone, lookups, DEADLINE_NEVER);
	got = dkim_get(dkim, 0);
	assert_string_equal(got->domain, "example.org");
	assert_string_equal(got->selector, "s");
	assert_string_equal(got->identity, "ab@sub.example.org");
	assert_string_equal(got->algorithm, "rsa-sha256");
	assert_int_equal(strlen(got->tag), 8);
	assert_memory_equal(got->tag, strstr(text.data, "\tb= \r\n\t ") + 8, 8);
	assert_int_equal(got->key_bits, 2048);
	assert_true(got->has_length && got->body_length == 3 && got->partial_body);
	assert_int_equal(got->security, DNS_SECURE);
	assert_string_equal(got->key_name, "s._domainkey.example.org");
	assert_memory_equal(got->key_text->data, "k=rsa", 5);
	dkim_free(&dkim);
	header_free(&header);
	body_hashes_free(&hashes);
	lookups_free(&lookups);
	zone_free(&zone);
	spool_free(&spool);
	buf_free(&text);
}

/* RFC 8616: d=, s= and i= as U-labels; the key is asked for under A-labels. */
static void test_u_labels(void **state)
{
	struct signer_order signing = {
		"DKIM-Signature",
		"v=1; a=rsa-sha256; d=B\xc3\xbc" "cher.example; s=\xc3\xa4; i=x@post.b\xc3\xbc" "cher.example",
		"From", false, false, -1,
	};
	struct zone *zone = zone_new();
	struct buf message = BUF_INIT;

	(void)state;
	publish(zone, "xn--4ca._domainkey.xn--bcher-kva.example", "", RSA, false);
	signer_sign(signers[RSA], &signing, HEADER, BODY, &message);
	buf_adds(&message, HEADER "\r\n" BODY);
	check_zone(zone, &message, "pass");
	zone_free(&zone);
	buf_free(&message);
}

static void test_none(void **state)
{
	struct buf message = BUF_INIT;
	struct zone *zone = zone_new();

	(void)state;
	buf_adds(&message, HEADER "\r\n" BODY);
	check_zone(zone, &message, "");
	zone_free(&zone);
	buf_free(&message);
}

static int make_keys(void **state)
{
	(void)state;
	signers[RSA] = signer_rsa(2048);
	signers[RSA_1024] = signer_rsa(1024);
	signers[RSA_SHORT] = signer_rsa(1023);
	signers[ED25519] = signer_ed25519();
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	for (int i = 0; i < KEYS; i++)
		signer_free(&signers[i]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_cases),   cmocka_unit_test(test_nul),
		cmocka_unit_test(test_keys),    cmocka_unit_test(test_dnssec),
		cmocka_unit_test(test_several), cmocka_unit_test(test_fields),
		cmocka_unit_test(test_u_labels), cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(all, make_keys, free_keys);
}
