/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test-composition - attacks on how SPF, DKIM, DMARC, the field that is recorded and the reader
 * understand one message: none borrows a pass (tests/unit/attack.h says what that is)
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "base/mem.h"
#include "tests/unit/edit.h"
#include "tests/unit/attack.h"
#include "tests/unit/signing.h"

#define COUNT(a) (sizeof a / sizeof a[0])
#define ATTACKER "attack.example"
#define VICTIM "good.example"
#define BAD "From: <mallory@attack.example>\r\n"
#define GOOD "From: <alice@good.example>\r\n"
#define REST "Subject: greetings\r\n\r\nfirst line\r\nsecond\r\n"
#define AR "Authentication-Results: "

struct row {
	const char *name;
	const char *helo, *sender; /* NULL: the attacker's */
	const char *front;         /* fields, From among them */
	size_t front_len;          /* 0: up to the NUL */
	const char *domain, *selector; /* of a DKIM signature; NULL: the attacker's, as it should be */
	size_t domain_len, selector_len;
	const char *more;
};

#define NUL(text) (text), .domain_len = sizeof(text) - 1
#define NUL_FRONT(text) .front = (text), .front_len = sizeof(text) - 1
#define NUL_SELECTOR(text) (text), .selector_len = sizeof(text) - 1

static const struct row rows[] = {
	/* ---- several From */
	{ "two From, the victim's below", .front = BAD GOOD },
	{ "two From, the victim's on top", .front = GOOD BAD },
	{ "the second with a blank before the colon", .front = BAD "From : <alice@good.example>\r\n" },
	{ "the second in capitals", .front = BAD "FROM: <alice@good.example>\r\n" },
	{ "a line that begins with a blank on top", .front = " From: <mallory@attack.example>\r\n" GOOD },
	{ "the name folded before the colon", .front = "From\r\n : <mallory@attack.example>\r\n" GOOD },
	{ "the victim's folded before the colon", .front = BAD "From\r\n : <alice@good.example>\r\n" },
	{ "a CR in the name", .front = BAD "From\r: <alice@good.example>\r\n" },
	{ "a NUL in the address", NUL_FRONT("From: <alice@good.example\0@attack.example>\r\n") },
	{ "a NUL behind the victim", NUL_FRONT("From: <mallory@attack.example>, \0<alice@good.example>\r\n") },
	{ "behind a bare CR", .front = "From: <mallory@attack.example>\rFrom: <alice@good.example>\r\n" },
	{ "in front of a bare CR", .front = "From: <alice@good.example>\rX: <mallory@attack.example>\r\n" },
	{ "no From, but Sender and Resent-From",
	  .front = "Sender: <alice@good.example>\r\nResent-From: <alice@good.example>\r\n" },
	{ "the victim as Sender", .front = BAD "Sender: <alice@good.example>\r\n" },

	/* ---- odd From */
	{ "two addresses", .front = "From: <mallory@attack.example>, <alice@good.example>\r\n" },
	{ "two addresses, the victim first", .front = "From: <alice@good.example>, <mallory@attack.example>\r\n" },
	{ "a bare address before another", .front = "From: alice@good.example, <mallory@attack.example>\r\n" },
	{ "a bare address and one in brackets", .front = "From: alice@good.example <mallory@attack.example>\r\n" },
	{ "text behind the brackets", .front = "From: <mallory@attack.example>alice@good.example\r\n" },
	{ "brackets behind brackets", .front = "From: <mallory@attack.example><alice@good.example>\r\n" },
	{ "brackets in brackets", .front = "From: <alice@good.example<mallory@attack.example>>\r\n" },
	{ "a route", .front = "From: <@attack.example,@b.example:alice@good.example>\r\n" },
	{ "a route to the attacker", .front = "From: <@good.example:mallory@attack.example>\r\n" },
	{ "two @", .front = "From: <alice@good.example@attack.example>\r\n" },
	{ "a quoted local part", .front = "From: <\"alice@good.example\"@attack.example>\r\n" },
	{ "a quote that is not closed", .front = "From: \"<mallory@attack.example> <alice@good.example>\r\n" },
	{ "a comment with the victim", .front = "From: <mallory@attack.example(<alice@good.example>)>\r\n" },
	{ "a comment that is not closed", .front = "From: <alice@good.example> (<mallory@attack.example>\r\n" },
	{ "a comment in the domain", .front = "From: <alice@good.example(.attack.example)>\r\n" },
	{ "a group", .front = "From: friends: <mallory@attack.example>, <alice@good.example>;\r\n" },
	{ "a group of the attacker, the victim behind", .front = "From: a: <mallory@attack.example>; <alice@good.example>\r\n" },
	{ "an encoded word that is an address",
	  .front = "From: =?utf-8?q?alice=40good=2Eexample?= <mallory@attack.example>\r\n" },
	{ "encoded brackets",
	  .front = "From: =?utf-8?b?PGFsaWNlQGdvb2QuZXhhbXBsZT4=?= <mallory@attack.example>\r\n" },
	{ "a domain with a final dot", .front = "From: <alice@good.example.>\r\n" },
	{ "a domain in capitals", .front = "From: <alice@GOOD.example>\r\n" },
	{ "a domain with an escape", .front = "From: <alice@good.\\example>\r\n" },
	{ "an empty address behind the victim", .front = "From: alice@good.example <>\r\n" },
	{ "a semicolon between", .front = "From: <mallory@attack.example>; <alice@good.example>\r\n" },
	{ "a line break in the address", .front = "From: <alice@good.example\r\n .attack.example>\r\n" },

	/* ---- HELO and MAIL FROM */
	{ "HELO of the attacker, sender of the victim", .sender = "alice@good.example", .front = GOOD },
	{ "HELO of the victim", .helo = "good.example", .front = GOOD },
	{ "HELO of the victim, null sender", .helo = "good.example", .sender = "", .front = GOOD },
	{ "HELO of the attacker, null sender", .helo = "attack.example", .sender = "", .front = GOOD },
	{ "a sender that is nearly null", .helo = "attack.example", .sender = "(alice@good.example", .front = GOOD },
	{ "a name below the victim that is not there", .sender = "a@no.good.example", .front = GOOD },
	{ "a parenthesis in the sender's domain", .sender = "a@good.example(.attack.example", .front = GOOD },
	{ "a quote in the sender", .sender = "a@good.example'@b.attack.example", .front = GOOD },
	{ "a quoted sender with a semicolon", .sender = "\"; dmarc=pass header.from=good.example\"@attack.example", .front = GOOD },
	{ "a line break in the sender", .sender = "a\n" AR ATTACK_ID "; dmarc=pass header.from=good.example@attack.example", .front = GOOD },
	{ "a semicolon in the sender's domain", .sender = "a@good.example;.attack.example", .front = GOOD },
	{ "a semicolon in HELO", .helo = "x;dmarc=pass header.from=good.example;.attack.example", .sender = "", .front = GOOD },
	{ "a comma in the sender", .sender = "a@attack.example,b@good.example", .front = GOOD },
	{ "a local part that is an address", .sender = "alice@good.example@attack.example", .front = GOOD },

	/* ---- DKIM's d= and s= */
	{ "d= of the victim, the attacker's key below", .domain = "good.example", .selector = "s", .front = GOOD },
	{ "d= is a top-level domain", .domain = "example", .selector = "good", .front = GOOD },
	{ "d= with a NUL", .domain = NUL("good.example\0.attack.example"), .front = GOOD },
	{ "d= with a NUL, the attacker first", .domain = NUL("attack.example\0.good.example"), .front = GOOD },
	{ "s= with a NUL", .domain = "good.example", .selector = NUL_SELECTOR("attack.example.\0.x"), .front = GOOD },
	{ "s= that is a whole name", .domain = "good.example", .selector = "s._domainkey.attack.example", .front = GOOD },
	{ "d= with a parenthesis", .domain = "good.example(.attack.example", .front = GOOD },
	{ "d= with a quote", .domain = "good.example'a.attack.example", .front = GOOD },
	{ "d= with double quotes", .domain = "good.example\"a.attack.example", .front = GOOD },
	{ "d= with a line break", .domain = "good.example\r\n .attack.example", .front = GOOD },
	{ "d= with a blank", .domain = "good.example .attack.example", .front = GOOD },
	{ "d= with an escape", .domain = "good.example\\.attack.example", .front = GOOD },
	{ "d= below the attacker that looks like the victim", .domain = "good.example.attack.example", .front = GOOD },
	{ "s= with a parenthesis", .selector = "s(good.example", .front = GOOD },
	{ "i= of the victim", .more = "i=alice@good.example; ", .front = GOOD },
	{ "i= with an encoded victim", .more = "i=alice@good.example=40attack.example; ", .front = GOOD },
	{ "i= with a line break", .more = "i=a=0A=3Bdmarc=3Dpass@attack.example; ", .front = GOOD },
	{ "d= twice", .more = "d=good.example; ", .front = GOOD },

	/* ---- forged results */
	{ "results in our name", .front = AR ATTACK_ID "; dmarc=pass header.from=good.example\r\n" GOOD },
	{ "results in our name in capitals", .front = AR "MX.Receiver.EXAMPLE; dmarc=pass header.from=good.example\r\n" GOOD },
	{ "results in our name, quoted", .front = AR "\"mx.receiver.example\"; dmarc=pass header.from=good.example\r\n" GOOD },
	{ "results in our name behind a comment", .front = AR "(x) mx.receiver.example 1; dmarc=pass header.from=good.example\r\n" GOOD },
	{ "results of nobody that is trusted", .front = AR "mx.good.example; dmarc=pass header.from=good.example\r\n" GOOD },
	{ "Received-SPF in our name", .front = "Received-SPF: pass (mx.receiver.example: x) receiver=mx.receiver.example; "
	  "identity=mailfrom; envelope-from=\"alice@good.example\"; client-ip=203.0.113.66\r\n" GOOD },
	{ "a chain of the attacker's", .front = "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=good.example; s=s; b=AAAA\r\n"
	  "ARC-Message-Signature: i=1; a=rsa-sha256; d=good.example; s=s; h=from; bh=AAAA; b=AAAA\r\n"
	  "ARC-Authentication-Results: i=1; mx.receiver.example; dmarc=pass header.from=good.example\r\n" GOOD },
};

static void add_front(const struct row *row, struct buf *message)
{
	buf_add(message, row->front, row->front_len ? row->front_len : strlen(row->front));
	buf_adds(message, REST);
}

static void build(const struct row *row, struct buf *message)
{
	const struct signing signing = {
		.domain = row->domain ? row->domain : ATTACKER, .domain_len = row->domain_len,
		.selector = row->selector ? row->selector : "s", .selector_len = row->selector_len,
		.more = row->more, .key = ATTACK_KEY,
	};

	add_front(row, message);
	signing_dkim(&signing, message);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		const struct attack attack = {
			.attacker = ATTACKER, .victim = VICTIM,
			.helo = row->helo ? row->helo : "mail.attack.example",
			.sender = row->sender ? row->sender : "mallory@attack.example",
			.zone = attack_zone(VICTIM),
		};
		struct buf message = BUF_INIT, why = BUF_INIT;
		struct zone *zone = attack.zone;

		build(row, &message);
		if (attack_run(&attack, &message, &why, NULL))
			fail_msg("%s: %s", row->name, buf_str(&why));
		/* Unsigned, so that the first line is the first. */
		buf_cut(&message, 0);
		add_front(row, &message);
		if (attack_run(&attack, &message, &why, NULL))
			fail_msg("%s, unsigned: %s", row->name, buf_str(&why));
		buf_free(&message);
		buf_free(&why);
		zone_free(&zone);
	}
}

/* The attacker may speak for himself: if nothing passed, the table would prove nothing. */
static void test_own_name(void **state)
{
	const struct row row = { .front = BAD };
	const struct attack attack = {
		.attacker = ATTACKER, .victim = VICTIM, .helo = "mail.attack.example",
		.sender = "mallory@attack.example", .zone = attack_zone(VICTIM),
	};
	const struct attack on_himself = {
		.attacker = ATTACKER, .victim = ATTACKER, .helo = attack.helo,
		.sender = attack.sender, .zone = attack.zone,
	};
	struct buf message = BUF_INIT, why = BUF_INIT;
	struct zone *zone = attack.zone;
	enum dmarc_result result;

	(void)state;
	build(&row, &message);
	assert_null(attack_run(&attack, &message, &why, &result));
	assert_int_equal(result, DMARC_PASS);
	assert_non_null(strstr(buf_str(&why), "dkim=pass"));
	assert_non_null(strstr(buf_str(&why), "spf=pass"));
	assert_non_null(attack_run(&on_himself, &message, &why, NULL));
	buf_free(&message);
	buf_free(&why);
	zone_free(&zone);
}

/* ---- what the victim has signed, used for something else ------------------ */

struct replay {
	const char *name;
	const char *names, *more; /* of the victim's signature */
	long body;
	const char *front; /* put on top */
	const char *from, *to; /* then changed */
	bool partial_body_fails;
	bool passes; /* nothing was changed that is signed, and no other author shown */
};

static const struct replay replays[] = {
	{ "as it was", .passes = true },
	{ "another From on top", .front = BAD },
	{ "the same From again", .front = GOOD },
	{ "another From on top, signed twice over", .names = "from:from:subject", .front = BAD },
	{ "From in capitals on top", .front = "FROM : <mallory@attack.example>\r\n" },
	{ "the body changed", .from = "second", .to = "third" },
	{ "text behind l=", .more = "l=12; ", .body = 12, .from = "second", .to = "third", .partial_body_fails = true },
	{ "nothing is behind l=", .more = "l=20; ", .body = 20, .partial_body_fails = true, .passes = true },
	{ "l=0", .more = "l=00; ", .body = -1, .from = "first", .to = "other", .partial_body_fails = true },
	{ "the author changed within the domain", .from = "<alice@", .to = "<admin@" },
	{ "a signed subject changed", .from = "greetings", .to = "password" },
	{ "a subdomain as author", .from = "alice@good", .to = "alice@a.good" },
	{ "expired", .more = "t=5; x=1600000000; " },
	{ "of the future", .more = "t=1900000000; " },
};

static void test_replays(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(replays); i++) {
		const struct replay *row = &replays[i];
		const struct signing victim = { VICTIM, "sel", .names = row->names,
			.more = row->more, .body = row->body, .key = 1 };
		const struct attack attack = {
			.attacker = ATTACKER, .victim = VICTIM, .helo = "mail.attack.example",
			.sender = "mallory@attack.example", .zone = attack_zone(VICTIM),
			.partial_body_fails = row->partial_body_fails,
		};
		struct buf message = BUF_INIT, why = BUF_INIT, key = BUF_INIT;
		struct zone *zone = attack.zone;
		enum dmarc_result result;

		signing_key_record(1, &key);
		zone_txt(zone, "sel._domainkey." VICTIM, key.data, key.len);
		buf_adds(&message, GOOD REST);
		signing_dkim(&victim, &message);
		if (row->from)
			edit(&message, row->from, row->to);
		if (row->front) {
			buf_cut(&key, 0);
			buf_adds(&key, row->front);
			buf_add(&key, message.data, message.len);
			buf_cut(&message, 0);
			buf_add(&message, key.data, key.len);
		}
		attack_run(&attack, &message, &why, &result);
		if ((result == DMARC_PASS) != row->passes)
			fail_msg("%s: %s", row->name, buf_str(&why));
		buf_free(&message);
		buf_free(&why);
		buf_free(&key);
		zone_free(&zone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_own_name),
		cmocka_unit_test(test_replays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
