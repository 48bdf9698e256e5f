/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-border - which trace fields are believed, which go, and what is imported of them */
#include <config.h>

#include <string.h>
#include <time.h>

#include "tests/unit/unit.h"

#include "auth/border.h"
#include "base/mem.h"
#include "base/secret.h"
#include "tests/unit/shared.h"
#include "tests/unit/spools.h"

#define COUNT(a) (sizeof a / sizeof a[0])
#define OURS "mail.example.org"
#define AR "Authentication-Results:"

static const char *const trusted_ids[] = { "mx.example.org", "mx2.example.org", NULL };
static const char *const relays[] = { "10.0.0.0/8", "2001:db8:1::/48", "relay.example.org", NULL };

static const struct border_trust ours_only = { .authserv_id = OURS };
static const struct border_trust border = { OURS, trusted_ids, relays, false };

/* A message with its trace. */
struct fixture {
	struct spool *spool;
	struct message message;
	struct border *trace;
};

static void set_up(struct fixture *f, const struct border_trust *trust,
                   const char *text, size_t len)
{
	struct err err;

	f->spool = spools_with(text, len);
	spools_check(message_map(f->spool, &f->message, &err), &err);
	f->trace = border_read(&f->message, trust, &err);
	assert_non_null(f->trace);
}

static void tear_down(struct fixture *f)
{
	border_free(&f->trace);
	assert_null(f->trace);
	spool_free(&f->spool);
}

/* What was imported, as it would be recorded. */
static void check_written(const struct fixture *f, const char *expected)
{
	struct buf field = BUF_INIT;

	authres_write(border_results(f->trace), &field);
	assert_string_equal(field.data, expected);
	buf_free(&field);
}

/* A letter for each field: `x` goes, `.` stays. */
static char *fates(struct fixture *f)
{
	struct buf out = BUF_INIT;
	struct field field;
	struct err err;
	uint64_t at = 0;

	while (message_next_field(&f->message, &at, &field, &err) > 0)
		buf_addc(&out, border_forged(f->trace, &f->message, &field) ? 'x' : '.');
	return buf_steal(&out);
}

/* ---- forged Authentication-Results ------------------------------------- */

struct spelling {
	const char *field;
	bool forged;
};

static const struct spelling spellings[] = {
	{ AR " mail.example.org; dkim=pass", true },
	{ AR "mail.example.org;dkim=pass", true },
	{ AR " mail.example.org", true },
	{ AR " mail.example.org ;", true },
	{ AR " MAIL.Example.ORG; dkim=pass", true },
	{ "authentication-RESULTS: mail.example.org; dkim=pass", true },
	{ "Authentication-Results : mail.example.org; dkim=pass", true },
	{ "Authentication-Results \t\t: mail.example.org; dkim=pass", true },
	{ AR " mail.example.org.; dkim=pass", true },
	{ AR " mail.example.org 1; dkim=pass", true },
	{ AR " mail.example.org 2; dkim=pass", true },
	{ AR " mail.example.org 1 junk; dkim=pass", true },
	{ AR " mail.example.org 99999999999999999999; dkim=pass", true },
	{ AR " mail.example.org dkim=pass", true },
	{ AR " mail.example.org,x; dkim=pass", true },
	{ AR " mail.example.org=x; dkim=pass", true },
	{ AR " mail.example.org!x; dkim=pass", true },
	{ AR " x!mail.example.org; dkim=pass", true },
	{ AR "\n\tmail.example.org; dkim=pass", true },
	{ AR "\r\n\t\r\n mail.example.org\r\n ;\r\n dkim=pass", true },
	{ AR " \n \n\t \n mail.example.org; dkim=pass", true },
	{ AR " (c) mail.example.org; dkim=pass", true },
	{ AR " mail.example.org (c); dkim=pass", true },
	{ AR " (a(b(c)\\)d)e)mail.example.org(x;y) 1 (z); dkim=pass", true },
	{ AR "(\r\n )mail.example.org(\n\t); dkim=pass", true },
	{ AR " mail.(c)example.org; dkim=pass", true },
	{ AR " mail . example . org; dkim=pass", true },
	{ AR " mail.\n example.org; dkim=pass", true },
	{ AR " \"mail.example.org\"; dkim=pass", true },
	{ AR " \"MAIL.example.org\"; dkim=pass", true },
	{ AR " \"mail\\.example\\.org\"; dkim=pass", true },
	{ AR " \"mail.exa\n mple.org\"; dkim=pass", true },
	{ AR " \" mail.example.org\"; dkim=pass", true },
	{ AR " \"x mail.example.org\"; dkim=pass", true },
	{ AR " \"mail.example.org; dkim=pass\"; dkim=pass", true },
	{ AR " \"mail.example.org", true },
	{ AR " mail.example.org\"", true },
	{ AR " mail\\.example.org; dkim=pass", true },
	{ AR " <mail.example.org>; dkim=pass", true },
	{ AR " =?utf-8?q?mail.example.org?=; dkim=pass", true },
	{ AR " (mail.example.org; dkim=pass", true },
	{ AR " evil.example (mail.example.org; dkim=pass", true },
	{ AR " evil.example (mail.example.org); dkim=pass", true },
	{ AR " (mail.example.org; dkim=pass) evil.example; none", true },
	{ AR " evil.example mail.example.org; dkim=pass", true },
	{ AR " evil.example, mail.example.org; dkim=pass", true },
	{ AR " mail.example.org\001; dkim=pass", true },
	{ AR " \"mail.example.org\001\"; dkim=pass", true },
	{ AR " mail.example.org\r; dkim=pass", true },
	{ AR " evil.example; x=\rAuthentication-Results: mail.example.org; dkim=pass", true },
	{ AR " m\xd0\xb0il.example.org\xff; dkim=pass", true },
	{ AR " \xef\xbd\x8d\xef\xbd\x81\xef\xbd\x89\xef\xbd\x8c.example.org; dkim=pass", true },
	{ AR " mail\xe3\x80\x82" "example.org; dkim=pass", true },
	{ AR " ma\xc2\xadil.example.org; dkim=pass", true },
	{ AR " spf=pass smtp.mailfrom=a.example", true },
	{ AR " ; dkim=pass", true },
	{ AR "", true },
	{ AR " \t ", true },
	{ AR " \"\"; dkim=pass", true },
	/* others' */
	{ AR " mx.other.example; dkim=pass", false },
	{ AR " other.example 1; dkim=pass", false },
	{ AR " \"other.example\"; dkim=pass", false },
	{ AR " other.example; dkim=pass header.d=mail.example.org", false },
	{ AR " other.example; dkim=pass (mail.example.org)", false },
	{ AR " amail.example.org; dkim=pass", false },
	{ AR " a.mail.example.org; dkim=pass", false },
	{ AR " mail.example.org.evil.example; dkim=pass", false },
	{ AR " mail.example.org-x; dkim=pass", false },
	{ AR " example.org; dkim=pass", false },
	{ AR " (c) other.example (d) 1 (e); none", false },
	{ AR " b\xc3\xbc" "cher.example; none", false },
	{ AR " linux.site (amavisd-new); dkim=pass (1024-bit key)\n\theader.d=kde.org", false },
	{ AR " other.example; dkim=pass (", false },
	{ "X-Authentication-Results: mail.example.org; dkim=pass", false },
	{ "Authentication-Results-Original: mail.example.org; dkim=pass", false },
	{ "Subject: Authentication-Results: mail.example.org; dkim=pass", false },
};

static void test_spellings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(spellings); i++) {
		char *text = mem_printf("%s\nSubject: x\n\nbody\n", spellings[i].field), *got;
		struct fixture f;

		print_message("# %zu\n", i);
		set_up(&f, &ours_only, text, strlen(text));
		got = fates(&f);
		assert_string_equal(got, spellings[i].forged ? "x." : "..");
		check_written(&f, AR " " OURS "; none");
		free(got);
		free(text);
		tear_down(&f);
	}
}

static void test_nul(void **state)
{
	static const char text[] = AR " mail.example.org\0; dkim=pass\n"
	                           AR " \0mail.example.org; dkim=pass\n"
	                           AR " other.example; dkim=pass \0\n"
	                           AR " other.example (\0); dkim=pass\n\n";
	struct fixture f;
	char *got;

	(void)state;
	set_up(&f, &ours_only, text, sizeof text - 1);
	got = fates(&f);
	assert_string_equal(got, "xxxx");
	free(got);
	tear_down(&f);
}

/* An id of ours beyond ASCII: one name in all its spellings. */
static void test_idn(void **state)
{
	static const char text[] = AR " xn--bcher-kva.example; none\n"
	                           AR " b\xc3\xbc" "cher.example; none\n"
	                           AR " \"B\xc3\x9c" "CHER.example.\"; none\n"
	                           AR " bu\xcc\x88" "cher.example; none\n"
	                           AR " XN--BCHER-KVA.EXAMPLE 1; none\n"
	                           AR " evil.example (b\xc3\xbc" "cher.example); none\n"
	                           AR " bucher.example; none\n\n";
	static const char *const spelled[] = { "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" };

	(void)state;
	for (size_t i = 0; i < COUNT(spelled); i++) {
		const struct border_trust trust = { .authserv_id = spelled[i] };
		struct fixture f;
		char *got;

		set_up(&f, &trust, text, sizeof text - 1);
		got = fates(&f);
		assert_string_equal(got, "xxxxxx.");
		free(got);
		tear_down(&f);
	}
}

/* ---- what is believed --------------------------------------------------- */

struct belief {
	const char *name, *header, *fates, *written; /* behind `AR ID` */
	const struct border_trust *trust;             /* NULL: border */
};

static const char *const with_ours[] = { "mail.EXAMPLE.org.", "mx.example.org", NULL };
static const struct border_trust ours_too = { OURS, with_ours, NULL, false };
static const struct border_trust received_too = { OURS, trusted_ids, NULL, true };

#define HOP "Received: from c.example (c.example [192.0.2.1]) by mail.example.org with SMTP id 1\n"
#define IMPORTED "(imported from mx.example.org)"
#define IMPORTED_SPF "(imported from Received-SPF of mx.example.org)"

static const struct belief beliefs[] = {
	{ "the topmost of a trusted id",
	  AR " mx.example.org; spf=pass smtp.mailfrom=a@b.example;\n\tdkim=fail reason=\"x\" header.d=c\n"
	  AR " MX.example.org.; spf=fail smtp.mailfrom=evil.example\n"
	  AR " other.example; dmarc=pass\n"
	  AR " \"mx.example.org\" 1; dkim=pass header.d=evil.example\n",
	  ".x.x", ";\n\tspf=pass " IMPORTED " smtp.mailfrom=a@b.example;\n"
	  "\tdkim=fail " IMPORTED " reason=x header.d=c", NULL },
	{ "each trusted id by itself, in the order of the header",
	  AR " mx2.example.org; dkim=pass header.d=a\n" AR " mx.example.org; spf=none\n"
	  AR " mx2.example.org; dkim=pass header.d=b\n" AR " mx.example.org; none\n",
	  "..xx", ";\n\tdkim=pass (imported from mx2.example.org) header.d=a;\n"
	  "\tspf=none " IMPORTED, NULL },
	{ "ours is no source", AR " mail.example.org; dkim=pass\n", "x", "; none", NULL },
	{ "ours is a source where it is trusted, and goes all the same",
	  AR " mail.example.org; dkim=pass header.d=a\n" AR " mail.example.org; dkim=pass header.d=b\n"
	  AR " mx.example.org; spf=pass\n",
	  "xx.", ";\n\tdkim=pass (imported from mail.example.org) header.d=a;\n\tspf=pass " IMPORTED,
	  &ours_too },
	{ "another version is the topmost, but not understood",
	  AR " mx.example.org 2; dkim=pass\n" AR " mx.example.org; dkim=pass\n", ".x", "; none", NULL },
	{ "nor is one that a reader may split",
	  AR " mx.example.org; dkim=pass \rX: y\n" AR " mx.example.org; dkim=pass\n",
	  "xx", "; none", NULL },
	{ "one that mentions a trusted id is not its",
	  AR " evil.example (mx.example.org); dkim=pass\n" AR " mx.example.org x; dkim=pass\n"
	  AR " \"mx.example.org x\"; dkim=pass\n" AR " mx.example.org (c); dkim=pass\n",
	  "xxx.", ";\n\tdkim=pass " IMPORTED, NULL },
	{ "a result that is not understood is left out",
	  AR " mx.example.org; dkim=pass header.d=\"x\001\"; spf=pass\n" AR " mx2.example.org\n",
	  "..", "; none", NULL },
	{ "values are quoted anew",
	  AR " mx.example.org; spf=pass smtp.mailfrom=a'b@c.example;\n"
	  " dkim=pass header.i=\"x; dmarc=pass \\\"(\" (; dmarc=pass header.from=bank.example)\n",
	  ".", ";\n\tspf=pass " IMPORTED " smtp.mailfrom=\"a'b@c.example\";\n"
	  "\tdkim=pass " IMPORTED " header.i=\"x; dmarc=pass \\\"(\"", NULL },
	/* Received-SPF */
	{ "Received-SPF above the border",
	  "Received-SPF: Pass (x) receiver=MX.example.org; identity=mailfrom;\n"
	  "\tenvelope-from=\"a@b.example\"; helo=h.example; client-ip=192.0.2.1\n" HOP, "..",
	  ";\n\tspf=pass " IMPORTED_SPF "\n\tsmtp.mailfrom=a@b.example "
	  "smtp.remote-ip=192.0.2.1", NULL },
	{ "helo", "Received-SPF: fail receiver=mx.example.org; identity=helo; helo=h.example\n" HOP,
	  "..", ";\n\tspf=fail " IMPORTED_SPF " smtp.helo=h.example", NULL },
	{ "no identity, the null sender",
	  "Received-SPF: none receiver=mx.example.org envelope-from=<> helo=h.example\n" HOP,
	  "..", ";\n\tspf=none " IMPORTED_SPF " smtp.helo=h.example", NULL },
	{ "angles", "Received-SPF: pass receiver=mx.example.org; envelope-from=<a@b.example>\n" HOP,
	  "..", ";\n\tspf=pass " IMPORTED_SPF "\n\tsmtp.mailfrom=a@b.example", NULL },
	{ "two of them",
	  "Received-SPF: pass receiver=mx.example.org; identity=helo; helo=h\n"
	  "Received-SPF: fail receiver=mx.example.org; identity=mfrom; envelope-from=a@b\n" HOP,
	  "...", ";\n\tspf=pass " IMPORTED_SPF " smtp.helo=h;\n"
	  "\tspf=fail " IMPORTED_SPF " smtp.mailfrom=a@b", NULL },
	{ "but not beside an spf result",
	  AR " mx.example.org; spf=fail\n"
	  "Received-SPF: pass receiver=mx.example.org; envelope-from=a@b\n" HOP,
	  "...", ";\n\tspf=fail " IMPORTED, NULL },
	{ "nor below the border",
	  HOP "Received-SPF: pass receiver=mx.example.org; envelope-from=a@b\n", ".x", "; none", NULL },
	{ "nor without a border",
	  "Received-SPF: pass receiver=mx.example.org; envelope-from=a@b\n"
	  "Received: from c (c [192.0.2.1]) by other.example with SMTP id 1\n", "x.", "; none", NULL },
	{ "nor without a receiver",
	  "Received-SPF: pass client-ip=192.0.2.1; envelope-from=a@b\n" HOP, "..", "; none", NULL },
	{ "nor with another's",
	  "Received-SPF: pass receiver=other.example; envelope-from=a@b\n" HOP, "..", "; none", NULL },
	{ "nor with ours, which is not trusted",
	  "Received-SPF: pass receiver=mail.example.org; envelope-from=a@b\n" HOP, "x.", "; none", NULL },
	{ "odd spellings of a claim, below the border",
	  HOP "Received-SPF: pass (mx.example.org: domain of a@b) client-ip=192.0.2.1\n"
	  "Received-SPF: pass receiver=\"mx.example.org.\"\n"
	  "received-spf : pass RECEIVER (c) =\n (d) MX.EXAMPLE.ORG\n"
	  "Received-SPF: pass receiver=<mx.example.org>\n"
	  "Received-SPF: pass receiver=x; receiver=mx.example.org\n"
	  "Received-SPF: pass (x receiver=mx.example.org\n"
	  "Received-SPF: pass receiver=\"mx.example\\.org\"\n"
	  "Received-SPF: pass (google: domain of a@example.org) helo=mx.example.org\n",
	  ".xxxxxxx.", "; none", NULL },
	{ "what it says is checked",
	  "Received-SPF: great receiver=mx.example.org; envelope-from=a@b\n"
	  "Received-SPF: pass receiver=mx.example.org; identity=pra; envelope-from=a@b\n"
	  "Received-SPF: pass receiver=mx.example.org\n"
	  "Received-SPF: pass receiver=mx.example.org; envelope-from=\"a\xff\"\n"
	  "Received-SPF: pass receiver=mx.example.org; envelope-from=\"a; dmarc=pass\"; client-ip=x\n" HOP,
	  "......", ";\n\tspf=pass " IMPORTED_SPF "\n\tsmtp.mailfrom=\"a; dmarc=pass\"", NULL },
	{ "a trusted Received by setting",
	  "Received-SPF: pass receiver=mx.example.org; envelope-from=a@b\n"
	  "Received: from c (c [192.0.2.1]) by localhost with SMTP id 1\n",
	  "..", ";\n\tspf=pass " IMPORTED_SPF " smtp.mailfrom=a@b", &received_too },
};

static void test_beliefs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(beliefs); i++) {
		const struct belief *b = &beliefs[i];
		char *text = mem_printf("%s\nbody\n", b->header);
		char *written = mem_printf(AR " " OURS "%s", b->written), *got;
		struct fixture f;

		print_message("# %s\n", b->name);
		set_up(&f, b->trust ? b->trust : &border, text, strlen(text));
		check_written(&f, written);
		got = fates(&f);
		assert_string_equal(got, b->fates);
		free(got);
		free(text);
		free(written);
		tear_down(&f);
	}
}

/* ---- the border's Received --------------------------------------------- */

struct hop_case {
	const char *name, *header, *described; /* transport address helo queue-id */
	const struct border_trust *trust;       /* NULL: border_received */
	bool by_others;                         /* its `by` is no name of ours */
};

static const struct border_trust ours_received = { OURS, NULL, NULL, true };
static const struct border_trust border_received = { OURS, trusted_ids, relays, true };

#define CLIENT "Received: from h.example (c.example [192.0.2.1])\n" \
	"\t(using TLSv1.3 with cipher TLS_AES_128_GCM_SHA256 (128/128 bits))\n" \
	"\tby mx.example.org (Postfix) with ESMTPS id B1; date\n"
#define FORGED "Received: from f.example (f.example [203.0.113.9]) by mail.example.org with ESMTP id F1\n"

static const struct hop_case hops[] = {
	{ "none", "Subject: x\n", "unknown - - -", NULL },
	{ "the topmost", CLIENT FORGED, "TLSv1.3/TLS_AES_128_GCM_SHA256 192.0.2.1 h.example B1", NULL },
	{ "nobody's", "Received: from c (c [192.0.2.1]) by other.example with SMTP id 1\n" CLIENT,
	  "unknown - - -", &border },
	{ "nobody's, but the setting says so",
	  "Received: from c (c [192.0.2.1]) by other.example with ESMTPA id 1\n" CLIENT,
	  "none 192.0.2.1 c 1", &received_too, true },
	{ "by ours, spelled otherwise",
	  "Received: from c (c [192.0.2.1]) by MAIL.example.org. with ESMTPSA id 1\n",
	  "tls 192.0.2.1 c 1", NULL },
	{ "a cipher without a version",
	  "Received: from c (c [192.0.2.1]) by mail.example.org with SMTP id 1 "
	  "(version=TLSv1/SSLv3 cipher=AES256-SHA bits=256)\n", "tls 192.0.2.1 c 1", NULL },
	{ "a version without a cipher",
	  "Received: from c ([192.0.2.1]) by mail.example.org with esmtps (TLS1.2) (Exim 4.9) id 1\n",
	  "TLSv1.2 192.0.2.1 c 1", NULL },
	{ "a trusted relay's address",
	  "Received: from r (r [10.1.2.3]) by mail.example.org with SMTP id A1\n" CLIENT FORGED,
	  "TLSv1.3/TLS_AES_128_GCM_SHA256 192.0.2.1 h.example A1", NULL },
	{ "two relays, IPv6",
	  "Received: from r (r [IPv6:2001:db8:1:2::3]) by mail.example.org with SMTP id A1\n"
	  "Received: from q (q [10.9.9.9]) by r.example with SMTP id Q1\n" CLIENT FORGED,
	  "TLSv1.3/TLS_AES_128_GCM_SHA256 192.0.2.1 h.example A1", NULL },
	{ "a trusted relay's verified name",
	  "Received: from x (Relay.example.org. [198.51.100.1]) by mail.example.org with SMTP id A1\n"
	  CLIENT, "TLSv1.3/TLS_AES_128_GCM_SHA256 192.0.2.1 h.example A1", NULL },
	{ "its name as a HELO is no proof",
	  "Received: from relay.example.org (evil.example [198.51.100.1]) by mail.example.org with "
	  "SMTP id A1\n" CLIENT, "none 198.51.100.1 relay.example.org A1", NULL },
	{ "nor one that may be forged",
	  "Received: from x (relay.example.org [198.51.100.1] (may be forged)) by mail.example.org "
	  "with SMTP id A1\n" CLIENT, "none 198.51.100.1 x A1", NULL },
	{ "a relay that vouches for nobody",
	  "Received: from r (r [10.1.2.3]) by mail.example.org with SMTP id A1\n",
	  "none 10.1.2.3 r A1", NULL },
	{ "outside the prefix",
	  "Received: from r (r [11.1.2.3]) by mail.example.org with SMTP id A1\n" CLIENT,
	  "none 11.1.2.3 r A1", NULL },
	{ "LMTP over a socket",
	  "Received: from mx by mail.example.org (Dovecot) with LMTP id L1\n" CLIENT FORGED,
	  "TLSv1.3/TLS_AES_128_GCM_SHA256 192.0.2.1 h.example L1", NULL },
	{ "LMTP over a socket and nothing else",
	  "Received: from mx by mail.example.org with LMTP id L1\n", "local - mx L1", NULL },
	{ "qmail", "Received: (qmail 1 invoked from network); date\n"
	  "Received: from a (HELO b) (192.0.2.1) by 0 with SMTP; date\n", "none 192.0.2.1 b -",
	  &received_too, true },
	{ "a local program",
	  "Received: by mail.example.org (Postfix, from userid 1000) id P1; date\n" FORGED,
	  "local - - P1", NULL },
	{ "a HELO with clauses in it",
	  "Received: from x by mail.example.org with ESMTPS id F (c [192.0.2.1]) by mail.example.org "
	  "(Postfix) with SMTP id A1\n", "unknown - - -", NULL },
	{ "split by a CR",
	  "Received: from c (c [192.0.2.1]) by mail.example.org with\r SMTP id A1\n",
	  "unknown - - -", NULL },
	{ "an unknown protocol",
	  "Received: from c (c [192.0.2.1]) by mail.example.org with HTTP id A1\n",
	  "unknown 192.0.2.1 c A1", NULL },
	{ "whom nobody trusts",
	  "Received: from r (r [10.1.2.3]) by mail.example.org with SMTP id A1\n" CLIENT,
	  "none 10.1.2.3 r A1", &ours_received },
};

static const char *or_dash(const char *s)
{
	return s ? s : "-";
}

static char *describe_hop(const struct fixture *f)
{
	return mem_printf("%s %s %s %s", border_transport(f->trace),
	                  or_dash(border_client_address(f->trace)),
	                  or_dash(border_client_helo(f->trace)),
	                  or_dash(border_queue_id(f->trace)));
}

/*
 * Who wrote a Received is not told by its `by`: without the setting that is enough for the log,
 * but no client comes from it.
 */
static void check_untrusted(const struct hop_case *hop, const char *text)
{
	struct border_trust trust = *(hop->trust ? hop->trust : &border_received);
	struct fixture f;

	trust.received_trusted = false;
	set_up(&f, &trust, text, strlen(text));
	assert_null(border_client_address(f.trace));
	assert_null(border_client_helo(f.trace));
	if (!hop->by_others) {
		const char *transport = border_transport(f.trace);

		assert_memory_equal(transport, hop->described, strlen(transport));
		assert_string_equal(strrchr(hop->described, ' ') + 1, or_dash(border_queue_id(f.trace)));
	}
	tear_down(&f);
}

static void test_hops(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hops); i++) {
		char *text = mem_printf("%s\nbody\n", hops[i].header), *got;
		struct fixture f;

		print_message("# %s\n", hops[i].name);
		set_up(&f, hops[i].trust ? hops[i].trust : &border_received, text, strlen(text));
		got = describe_hop(&f);
		assert_string_equal(got, hops[i].described);
		free(got);
		tear_down(&f);
		check_untrusted(&hops[i], text);
		free(text);
	}
}

struct relay_case {
	const char *relay, *client;
	bool trusted;
};

static const struct relay_case relay_cases[] = {
	{ "192.0.2.1", "r [192.0.2.1]", true }, { "192.0.2.1", "r [192.0.2.2]", false },
	{ "192.0.2.0/24", "r [192.0.2.255]", true }, { "192.0.2.0/24", "r [192.0.3.0]", false },
	{ "192.0.2.128/25", "r [192.0.2.127]", false }, { "192.0.2.128/25", "r [192.0.2.129]", true },
	{ "0.0.0.0/0", "r [203.0.113.1]", true }, { "0.0.0.0/0", "r [IPv6:2001:db8::1]", false },
	{ "192.0.2.0/31", "r [IPv6:::ffff:192.0.2.1]", true },
	{ "2001:db8::/33", "r [IPv6:2001:db8:7fff::1]", true },
	{ "2001:db8::/33", "r [IPv6:2001:db8:8000::1]", false },
	{ "::/0", "r [IPv6:2001:db8::1]", true }, { "2001:db8::1", "r [IPv6:2001:DB8:0::1]", true },
	{ "::1/128", "localhost [IPv6:::1]", true },
	{ "192.0.2.1/33", "r [192.0.2.1]", false }, { "192.0.2.0/", "r [192.0.2.1]", false },
	{ "192.0.2.0/x", "r [192.0.2.1]", false }, { "192.0.2.0/8x", "r [192.0.2.1]", false },
	{ "192.0.2.0/-1", "r [192.0.2.1]", false }, { "192.0.2", "r [192.0.2.1]", false },
	{ "r.example", "R.Example [192.0.2.1]", true }, { "r.example", "s.r.example [192.0.2.1]", false },
	{ "r.example", "unknown [192.0.2.1]", false }, { "unknown", "unknown [192.0.2.1]", false },
	{ "", "r [192.0.2.1]", false },
};

static void test_relays(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(relay_cases); i++) {
		const char *const list[] = { relay_cases[i].relay, NULL };
		const struct border_trust trust = { .authserv_id = OURS, .trusted_relays = list };
		char *text = mem_printf("Received: from r (%s) by mail.example.org with SMTP id A1\n"
		                        CLIENT "\n", relay_cases[i].client);
		struct fixture f;

		print_message("# %s %s\n", relay_cases[i].relay, relay_cases[i].client);
		set_up(&f, &trust, text, strlen(text));
		assert_string_equal(border_transport(f.trace), relay_cases[i].trusted ?
		                    "TLSv1.3/TLS_AES_128_GCM_SHA256" : "none");
		free(text);
		tear_down(&f);
	}
}

/* ---- our own id, and limits --------------------------------------------- */

static void test_own_id(void **state)
{
	static const struct {
		const char *id, *written;
	} ids[] = {
		{ "host", AR " host; none" },
		{ "a b", AR " \"a b\"; none" },
		{ "a@b", AR " \"a@b\"; none" },
		{ "x\nX-Evil: y", AR " invalid; none" },
		{ "", AR " invalid; none" },
		{ NULL, AR " invalid; none" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		const struct border_trust trust = { .authserv_id = ids[i].id };
		struct fixture f;

		set_up(&f, &trust, "A: b\n\n", 6);
		check_written(&f, ids[i].written);
		tear_down(&f);
	}
}

static void test_no_header(void **state)
{
	static const char *const texts[] = { "", "\n", "body only\n", "\r\n\r\n", "no end: x" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct fixture f;

		set_up(&f, &border, texts[i], strlen(texts[i]));
		check_written(&f, AR " " OURS "; none");
		assert_string_equal(border_transport(f.trace), "unknown");
		tear_down(&f);
	}
}

static void add_many(struct buf *text, const char *piece, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_adds(text, piece);
}

static void test_many_results(void **state)
{
	struct buf text = BUF_INIT;
	struct fixture f;

	(void)state;
	buf_adds(&text, AR " mx.example.org");
	add_many(&text, "; dkim=pass header.d=a.example header.b=abcdefgh", 1000);
	buf_adds(&text, "\n\n");
	set_up(&f, &border, text.data, text.len);
	assert_int_equal(border_results(f.trace)->count, BORDER_RESULTS_MAX);
	tear_down(&f);
	buf_free(&text);
}

/* A field too long to be read whole: its last result could be cut, so none is believed. */
static void test_huge_field(void **state)
{
	static const char *const fronts[] = {
		AR " mx.example.org; x=y", AR " other.example; dkim=pass", AR " (", AR " \"",
		AR " mail.example.org", "Received-SPF: pass receiver=", "Received: from a (",
	};
	static const char *const expected[] = { ".", ".", "x", "x", "x", "x", "." };

	(void)state;
	for (size_t i = 0; i < COUNT(fronts); i++) {
		struct buf text = BUF_INIT;
		struct fixture f;
		char *got;

		buf_adds(&text, fronts[i]);
		add_many(&text, "; a=b c.d=e\n ", 80000);
		buf_adds(&text, "\n\n");
		set_up(&f, &border, text.data, text.len);
		check_written(&f, AR " " OURS "; none");
		got = fates(&f);
		assert_string_equal(got, expected[i]);
		free(got);
		tear_down(&f);
		buf_free(&text);
	}
}

/* Milliseconds of CPU for a header of that many fields. */
static double cost(const char *field, size_t times)
{
	struct buf text = BUF_INIT;
	struct fixture f;
	clock_t start = clock();

	add_many(&text, field, times);
	buf_adds(&text, "\n");
	set_up(&f, &border, text.data, text.len);
	free(fates(&f));
	tear_down(&f);
	buf_free(&text);
	return (double)(clock() - start) * 1000 / CLOCKS_PER_SEC;
}

static void test_many_fields(void **state)
{
	static const char *const fields[] = {
		AR " mx.example.org; dkim=pass header.d=a.example\n", AR " mail.example.org; dkim=pass\n",
		AR " (mail.example.org\n", AR " b\xc3\xbc" "cher.example; none\n",
		"Received-SPF: pass receiver=mx.example.org; envelope-from=a@b.example\n",
		"Received: from r (r [10.1.2.3]) by mail.example.org with SMTP id A1\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(fields); i++) {
		double few = cost(fields[i], 10000), many = cost(fields[i], 40000);

		print_message("# %.0f ms, %.0f ms\n", few, many);
		assert_true(many < 12 * few + 200);
		assert_true(many < 20000);
	}
}

/* Whatever real mail has: something is written, and nobody is believed who is not named. */
static void test_corpus(void **state)
{
	glob_t paths;

	(void)state;
	if (!shared_find("corpus/*/*", &paths))
		return;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		struct buf text = BUF_INIT;
		struct fixture f;

		shared_read(paths.gl_pathv[i], &text);
		set_up(&f, &border, buf_str(&text), text.len);
		check_written(&f, AR " " OURS "; none");
		assert_string_equal(border_transport(f.trace), "unknown");
		free(fates(&f));
		tear_down(&f);
		set_up(&f, &received_too, buf_str(&text), text.len);
		assert_true(strlen(border_transport(f.trace)) > 2);
		tear_down(&f);
		buf_free(&text);
	}
	globfree(&paths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_idn),
		cmocka_unit_test(test_beliefs),
		cmocka_unit_test(test_hops),
		cmocka_unit_test(test_relays),
		cmocka_unit_test(test_own_id),
		cmocka_unit_test(test_no_header),
		cmocka_unit_test(test_many_results),
		cmocka_unit_test(test_huge_field),
		cmocka_unit_test(test_many_fields),
		cmocka_unit_test(test_corpus),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
