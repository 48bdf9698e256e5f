/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-received - Received and Received-SPF as real MTAs write them, and as attackers would */
#include <config.h>

#include <string.h>
#include <time.h>

#include "tests/unit/unit.h"

#include "auth/received-spf.h"
#include "auth/received.h"
#include "base/mem.h"
#include "base/secret.h"
#include "tests/unit/shared.h"
#include "tests/unit/spools.h"

#define COUNT(a) (sizeof a / sizeof a[0])

/* A copy without anything behind it, so that a sanitizer sees a read too far. */
static void parse(const char *value, size_t len, struct received *out)
{
	char *copy = mem_alloc(len ? len : 1);

	memcpy(copy, value, len);
	received_parse(copy, len, out);
	free(copy);
}

/* `address name helo by id protocol tls version cipher`, `-` for what is absent */
static char *describe(const struct received *r)
{
	static const char *const protocols[] = {
		[RECEIVED_UNKNOWN] = "unknown", [RECEIVED_SMTP] = "smtp",
		[RECEIVED_LOCAL] = "local", [RECEIVED_INSIDE] = "inside",
	};
	const char *const fields[] = {
		r->address, r->name, r->helo, r->by, r->id, protocols[r->protocol],
		r->tls ? "tls" : "", r->tls_version, r->tls_cipher,
	};
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < COUNT(fields); i++)
		buf_addf(&out, "%s%s", i ? " " : "", fields[i][0] ? fields[i] : "-");
	return buf_steal(&out);
}

struct received_case {
	const char *value, *described;
};

static const struct received_case cases[] = {
	/* Postfix */
	{ " from mx.a.example (mx.a.example [192.0.2.1])\n"
	  "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"
	  "\t key-exchange X25519 server-signature RSA-PSS (4096 bits) server-digest SHA256)\n"
	  "\t(No client certificate requested)\n"
	  "\tby mx.example.org (Postfix) with ESMTPS id 63446300E9D71\n"
	  "\tfor <bob@example.org>; Mon, 13 Jul 2020 09:44:40 +0200 (CEST)",
	  "192.0.2.1 mx.a.example mx.a.example mx.example.org 63446300E9D71 smtp tls TLSv1.3 "
	  "TLS_AES_256_GCM_SHA384" },
	{ " from mx.a.example (unknown [IPv6:2001:db8::1])\r\n"
	  "\t(using TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits))\r\n"
	  "\t(Client CN \"mx.a.example\", Issuer \"R3 (TLS1.0) [192.0.2.9]\" (verified OK))\r\n"
	  "\tby mx.example.org (Postfix) with UTF8SMTPSA id 4BlXcl5FF6z4JJ6; date",
	  "2001:db8::1 - mx.a.example mx.example.org 4BlXcl5FF6z4JJ6 smtp tls TLSv1.2 "
	  "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "from localhost (localhost [127.0.0.1]) by mx.example.org (Postfix) with ESMTP id 1",
	  "127.0.0.1 localhost localhost mx.example.org 1 smtp - - -" },
	{ "from localhost (localhost [IPv6:::1]) by mx.example.org (Postfix) with SMTP id 1",
	  "::1 localhost localhost mx.example.org 1 smtp - - -" },
	{ "from a (a [::ffff:192.0.2.1]) by mx (Postfix) with LMTPS id 1",
	  "192.0.2.1 a a mx 1 smtp tls - -" },
	{ "by mx.example.org (Postfix, from userid 1000) id D3FDD10B051; date",
	  "- - - mx.example.org D3FDD10B051 local - - -" },
	{ "by mx.example.org (Postfix) id 9EBE627A0B2E; date",
	  "- - - mx.example.org 9EBE627A0B2E local - - -" },
	{ "from WOWLG POSTCARD (unknown [192.0.2.1]) by mx (Postfix) with SMTP id B33BE3F06; date",
	  "192.0.2.1 - - mx B33BE3F06 smtp - - -" },
	/* Exim */
	{ "from mx.a.example ([192.0.2.1]:4321 helo=x.a.example)\n\tby mx.example.org with esmtps "
	  " (TLS1.3) tls TLS_AES_256_GCM_SHA384\n\t(Exim 4.94.2)\n\t(envelope-from <a@a.example>)\n"
	  "\tid 1jut8X-0003Ym-4p\n\tfor bob@example.org; date",
	  "192.0.2.1 - x.a.example mx.example.org 1jut8X-0003Ym-4p smtp tls TLSv1.3 "
	  "TLS_AES_256_GCM_SHA384" },
	{ "from [192.0.2.1] (helo=x.a.example ident=root) by mx with esmtpsa "
	  "(TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384:256) (Exim 4.89) id 1",
	  "192.0.2.1 - x.a.example mx 1 smtp tls TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384" },
	{ "from a ([192.0.2.1]) by mx with esmtps (X=TLS1.2:ECDHE_RSA__AES_256_GCM:256) id 1",
	  "192.0.2.1 - a mx 1 smtp tls TLSv1.2 ECDHE_RSA__AES_256_GCM" },
	{ "from a ([192.0.2.1]) by mx with esmtps (TLS-1.0:RSA_AES_256_CBC_SHA1:32) id 1",
	  "192.0.2.1 - a mx 1 smtp tls TLSv1.0 RSA_AES_256_CBC_SHA1" },
	{ "from a ([192.0.2.1]) by mx with esmtps (UNKNOWN:AES256-GCM-SHA384:256) id 1",
	  "192.0.2.1 - a mx 1 smtp tls - AES256-GCM-SHA384" },
	{ "from foka by mx.example.org with local (Exim 3.12 1 (Debian)) id 18i3AC-0003Ll-00; date",
	  "- - foka mx.example.org 18i3AC-0003Ll-00 local - - -" },
	/* Sendmail */
	{ "from x.a.example (IDENT:jo@mx.a.example [192.0.2.1]) by mx.example.org (8.14.9/8.14.9) "
	  "with ESMTP id 13DFe22R006047 (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 "
	  "verify=NO); date",
	  "192.0.2.1 mx.a.example x.a.example mx.example.org 13DFe22R006047 smtp tls TLSv1.3 "
	  "TLS_AES_256_GCM_SHA384" },
	{ "from x (mx.a.example [192.0.2.1] (may be forged)) by mx (8.8.8/8.8.8) with ESMTP id A1",
	  "192.0.2.1 - x mx A1 smtp - - -" },
	{ "from x (\"port 34611\"@mx.a.example [192.0.2.1]) by mx with ESMTP id <A1@mx>",
	  "192.0.2.1 mx.a.example x mx - smtp - - -" },
	{ "from x (x [192.0.2.1]) by mx with ESMTP id A1 (version=TLSv1/SSLv3 cipher=AES256-SHA); d",
	  "192.0.2.1 x x mx A1 smtp tls - AES256-SHA" },
	{ "(from jm@localhost) by mx.example.org (8.9.3/8.9.3) id AAA30873 for jo; date",
	  "- - - mx.example.org AAA30873 local - - -" },
	{ "from localhost (localhost) by mx (8.7.3) with internal id JAB03225; date",
	  "- - localhost mx JAB03225 local - - -" },
	/* qmail */
	{ "from unknown (HELO pc3) (202.0.2.1) by mx.example.org with SMTP; date",
	  "202.0.2.1 - pc3 mx.example.org - smtp - - -" },
	{ "from mx.a.example (HELO pc3) (jo@192.0.2.1) by 0 with DHE-RSA-AES256-SHA encrypted SMTP;",
	  "192.0.2.1 - pc3 0 - smtp tls - DHE-RSA-AES256-SHA" },
	{ "from a (HELO b) (192.0.2.1) by mx with (AES256-SHA encrypted) ESMTPS; d",
	  "192.0.2.1 - b mx - smtp tls - AES256-SHA" },
	{ "(qmail 21332 invoked by uid 505); 7 Jan 2003 12:01:04 -0000", "- - - - - local - - -" },
	{ "(qmail 21332 invoked from network); 7 Jan 2003", "- - - - - inside - - -" },
	/* Exchange, Google, Dovecot, fetchmail, others */
	{ "from a.example (10.3.1.83) by mx.example.org (10.3.1.86) with Microsoft SMTP Server (TLS) "
	  "id 15.0.1044.25; date",
	  "10.3.1.83 - a.example mx.example.org 15.0.1044.25 smtp tls - -" },
	{ "from a (2001:db8::49) by mx (2001:db8::317) with Microsoft SMTP Server (version=TLS1_2, "
	  "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20 via Frontend Transport; date",
	  "2001:db8::49 - a mx 15.20 smtp tls TLSv1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" },
	{ "from a ([fe80::1%4]) by mx ([fe80::1%4]) with mapi id 15.20.3348.019; date",
	  "fe80::1 - a mx 15.20.3348.019 unknown - - -" },
	{ "from a.example ([192.0.2.1]) by mx with Microsoft SMTPSVC(5.5.1877.757.75); date",
	  "192.0.2.1 - a.example mx - unknown - - -" },
	{ "from a.example (a.example. [2001:db8::22d]) by mx.google.example with ESMTPS id f16si37 for "
	  "<b@example.org> (version=TLS1_2 cipher=ECDHE-RSA-AES128-GCM-SHA256 bits=128/128); date",
	  "2001:db8::22d a.example. a.example mx.google.example f16si37 smtp tls TLSv1.2 "
	  "ECDHE-RSA-AES128-GCM-SHA256" },
	{ "from a (a. [192.0.2.1]) by mx with SMTPS id w14 for <b@example.org> (Google Transport "
	  "Security); date", "192.0.2.1 a. a mx w14 smtp tls - -" },
	{ "by 2002:a02:6629:0:0:0:0:0 with SMTP id k41csp368502jac; date",
	  "- - - 2002:a02:6629:0:0:0:0:0 k41csp368502jac smtp - - -" },
	{ "from a.example by mx.example.org (Dovecot) with LMTP id yRKOBakcfV1AewAAPzvFDg ; date",
	  "- - a.example mx.example.org yRKOBakcfV1AewAAPzvFDg inside - - -" },
	{ "from a ([10.39.80.174]) by mx with LMTP id SBR for <b@example.org>; date",
	  "10.39.80.174 - a mx SBR smtp - - -" },
	{ "from jalapeno [127.0.0.1] by localhost with IMAP (fetchmail-5.9.0) for z@localhost; date",
	  "- - - localhost - unknown - - -" },
	{ "from [192.0.2.1] by mx.example.org with NNFMP; date",
	  "- - [192.0.2.1] mx.example.org - unknown - - -" },
	{ "by mx.example.org (/\\==/\\ Smail3.1) from a.example with smtp id <m0uWPrO-0004wpC>; date",
	  "- - a.example mx.example.org m0uWPrO-0004wpC smtp - - -" },
	{ "apparently", "- - - - - unknown - - -" },
	{ "(ce send program); date", "- - - - - unknown - - -" },
	{ "", "- - - - - unknown - - -" },
	/* what a client can choose */
	{ "from x by mx.trusted.example with ESMTPS id FORGED (real.example [192.0.2.1]) by "
	  "mx.example.org (Postfix) with SMTP id 1; date", "- - - - - unknown - - -" },
	{ "from x id FORGED (real.example [192.0.2.1]) by mx (Postfix) with SMTP id 1; date",
	  "- - - - - unknown - - -" },
	{ "from x with ESMTPS (HELO y) (192.0.2.1) by mx with SMTP", "- - - - - unknown - - -" },
	{ "from x for <\"a (\"@b> (x [192.0.2.1]) by mx with SMTP", "- - - - - unknown - - -" },
	{ "from by (real.example [192.0.2.1]) by mx with SMTP id 1",
	  "192.0.2.1 real.example by mx 1 smtp - - -" },
	{ "from [10.0.0.1] (real.example [192.0.2.1]) by mx with SMTP id 1",
	  "192.0.2.1 real.example [10.0.0.1] mx 1 smtp - - -" },
	{ "from x (IDENT:[10.0.0.1]@real.example [192.0.2.1]) by mx with SMTP id 1",
	  "192.0.2.1 real.example x mx 1 smtp - - -" },
	{ "from x (relay.example y@real.example [192.0.2.1]) by mx with SMTP id 1",
	  "192.0.2.1 real.example x mx 1 smtp - - -" },
	{ "from x ([10.0.0.1] y@real.example [192.0.2.1]) by mx with SMTP id 1",
	  "- - x mx 1 smtp - - -" },
	{ "from x (relay.example [10.0.0.1] y@real.example [192.0.2.1]) by mx with SMTP id 1",
	  "- - x mx 1 smtp - - -" },
	{ "from [10.0.0.1] (helo=y@real.example [192.0.2.1]) by mx with SMTP id 1",
	  "- - - mx 1 smtp - - -" },
	{ "from [10.0.0.1] (ident=y@real.example [192.0.2.1]) by mx with SMTP id 1",
	  "- - [10.0.0.1] mx 1 smtp - - -" },
	{ "from x (10.0.0.1 y@192.0.2.1) by mx with SMTP id 1", "- - x mx 1 smtp - - -" },
	{ "from x ([192.0.2.1] helo=[10.0.0.1] ident=[10.0.0.2]) by mx with smtp id 1",
	  "192.0.2.1 - [10.0.0.1] mx 1 smtp - - -" },
	{ "from x ([192.0.2.1] helo=y ident=z [10.0.0.3]) by mx with smtp id 1",
	  "- - y mx 1 smtp - - -" },
	{ "from [192.0.2.1] (helo=[10.0.0.1]) by mx with smtp id 1",
	  "192.0.2.1 - [10.0.0.1] mx 1 smtp - - -" },
	{ "from a(mx.a.example [192.0.2.1]) (unknown [192.0.2.99]) by mx (Postfix) with SMTP id A1; d",
	  "- - a mx A1 smtp - - -" },
	{ "from x (HELO x) (192.0.2.1) (192.0.2.99) by mx with SMTP; d", "- - x mx - smtp - - -" },
	{ "from x (mx.a.example [192.0.2.1]) (192.0.2.99) by mx with SMTP; d", "- - x mx - smtp - - -" },
	{ "from x ([192.0.2.1] helo=y) (z [192.0.2.99]) by mx with esmtp id A1; d", "- - y mx A1 smtp - - -" },
	{ "from x (HELO x) (192.0.2.1) by mx with SMTP; ( ) (192.0.2.99) by mx with SMTP; d",
	  "- - - - - unknown - - -" },
	{ "from x (HELO x) (192.0.2.1) by a ( ) (192.0.2.99) by mx with SMTP; d", "- - x a - smtp - - -" },
	{ "from x (mx [192.0.2.1]) by a (192.0.2.99) with SMTP; d", "192.0.2.1 mx x a - smtp - - -" },
	{ "from x (mx [192.0.2.1]) by mx with SMTP; (mx [192.0.2.99]) by mx with SMTP",
	  "- - - - - unknown - - -" },
	{ "from x (mx [192.0.2.1]) by mx with SMTP; Mon, 1 Jan 2024 00:00:00 +0000 (UTC) (x; y)",
	  "192.0.2.1 mx x mx - smtp - - -" },
	{ "from x (HELO [10.0.0.1]) (192.0.2.1) by mx with SMTP",
	  "192.0.2.1 - [10.0.0.1] mx - smtp - - -" },
	{ "from tls.example (tls.example [192.0.2.1]) by mx with SMTP id 1",
	  "192.0.2.1 tls.example tls.example mx 1 smtp - - -" },
	{ "from a'$(id)`;x (a [192.0.2.1]) by mx with SMTP id 1", "- - - - - unknown - - -" },
	{ "from \"a (b\" (a [192.0.2.1]) by mx with SMTP id a/../b",
	  "192.0.2.1 a - mx - smtp - - -" },
	{ "from a (a [192.0.2.1]) by mx with SMTP id 1 for <\"x (version=TLSv1.3 cipher=Y)\"@z>; d",
	  "192.0.2.1 a a mx 1 smtp - - -" },
	{ "from a (a [192.0.2.1]) by mx by other with SMTP with ESMTPS id 1 id 2",
	  "192.0.2.1 a a mx 1 smtp - - -" },
	{ "from a (a [192.0.2.1]) by m$x by other with SMTP id $ id 2",
	  "192.0.2.1 a a - - smtp - - -" },
	{ "from a (a [192.0.2.1]) by mx with SMTP id 1 (", "- - - - - unknown - - -" },
	{ "from a (a [192.0.2.1] by mx with SMTP id 1", "- - - - - unknown - - -" },
	{ "from a (a [192.0.2.256]) by mx with ESMTPX id 1", "- - a mx 1 unknown - - -" },
	{ "from a (a 192.0.2.1]) by mx with SMTP id 1", "- - a mx 1 smtp - - -" },
};

static void test_received(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct received r;
		char *got;

		parse(cases[i].value, strlen(cases[i].value), &r);
		got = describe(&r);
		print_message("# %zu\n", i);
		assert_string_equal(got, cases[i].described);
		free(got);
	}
}

/* What is too long counts as absent; what fits is kept whole. */
static void test_bounds(void **state)
{
	(void)state;
	for (int len = RECEIVED_ID_MAX - 2; len <= RECEIVED_ID_MAX + 1; len++) {
		char *value = mem_printf("by mx with SMTP id %0*d", len, 1);
		struct received r;

		parse(value, strlen(value), &r);
		assert_int_equal(strlen(r.id), len < RECEIVED_ID_MAX ? len : 0);
		free(value);
	}
	for (int len = RECEIVED_HOST_MAX - 2; len <= RECEIVED_HOST_MAX + 1; len++) {
		char *value = mem_printf("from %0*d (%0*d [192.0.2.1]) by %0*d;", len, 1, len, 2, len, 3);
		struct received r;
		size_t kept = len < RECEIVED_HOST_MAX ? (size_t)len : 0;

		parse(value, strlen(value), &r);
		assert_int_equal(strlen(r.helo), kept);
		assert_int_equal(strlen(r.name), kept);
		assert_int_equal(strlen(r.by), kept);
		assert_string_equal(r.address, "192.0.2.1");
		free(value);
	}
}

static void test_nul(void **state)
{
	static const char nul[] = "from a\0b (a [192.0.2.1]) by mx with SMTP id 1";
	static const char in_comment[] = "from a (a\0 [192.0.2.1]) by mx with SMTP id 1";
	struct received r;

	(void)state;
	parse(nul, sizeof nul - 1, &r);
	assert_string_equal(r.address, "");
	assert_string_equal(r.by, "");
	parse(in_comment, sizeof in_comment - 1, &r);
	assert_string_equal(r.address, "");
	assert_string_equal(r.by, "");
}

struct address_case {
	const char *text, *address; /* NULL: none */
};

static const struct address_case addresses[] = {
	{ "192.0.2.1", "192.0.2.1" }, { "[192.0.2.1]", "192.0.2.1" },
	{ "[192.0.2.1]:25", "192.0.2.1" }, { "[IPv6:2001:DB8::1]", "2001:db8::1" },
	{ "[ipv6:::ffff:192.0.2.1]", "192.0.2.1" }, { "2001:db8:0:0::1", "2001:db8::1" },
	{ "fe80::1%eth0", "fe80::1" }, { "", NULL }, { "[]", NULL }, { "192.0.2", NULL },
	{ "192.0.2.01x", NULL }, { "1.2.3.4.5", NULL }, { "::1::", NULL }, { "[unknown]", NULL },
	{ "11111111111111111111111111111111111111111111111111", NULL },
};

static void test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(addresses); i++) {
		char out[INET6_ADDRSTRLEN] = "-";
		bool is = received_address(addresses[i].text, strlen(addresses[i].text), out);

		assert_int_equal(is, addresses[i].address != NULL);
		assert_string_equal(out, is ? addresses[i].address : "-");
	}
}

struct spf_case {
	const char *value, *described; /* result receiver identity from helo ip; NULL: unreadable */
};

static const struct spf_case spfs[] = {
	{ " pass (mx.example.org: domain of a@b.example designates 192.0.2.1 as permitted sender)\n"
	  "\treceiver=mx.example.org; client-ip=192.0.2.1; envelope-from=\"a@b.example\"; "
	  "helo=foo.example;", "pass mx.example.org - a@b.example foo.example 192.0.2.1" },
	{ "Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1; helo=h.example; "
	  "envelope-from=a@b.example; receiver=<UNKNOWN> ",
	  "pass <UNKNOWN> mailfrom a@b.example h.example 192.0.2.1" },
	{ "softfail (b.example: 192.0.2.1 is authorized to use\n 'b' in 'helo' identity) "
	  "receiver=FC5-VPC;\n identity=helo; helo=b.example; client-ip=2001:db8::1",
	  "softfail FC5-VPC helo - b.example 2001:db8::1" },
	{ "fail x-software=\"a; b\"; mechanism=-all; problem=none receiver = (c) mx", "fail mx - - - -" },
	{ "none", "none - - - - -" },
	{ "Unknown receiver=mx", "- mx - - - -" },
	{ "", NULL }, { "pass receiver", NULL }, { "pass receiver=", NULL }, { "pass =mx", NULL },
	{ "pass receiver=mx; receiver=my", NULL }, { "pass (receiver=mx", NULL },
	{ "pass receiver=\"mx", NULL }, { "pass a.b=c", NULL }, { "pass; receiver=mx", NULL },
	{ "averyverylongresultword", NULL },
};

static const char *or_dash(const char *s)
{
	return s && *s ? s : "-";
}

static void test_spf(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(spfs); i++) {
		struct received_spf spf;
		bool is = received_spf_parse(spfs[i].value, strlen(spfs[i].value), &spf);

		print_message("# %zu\n", i);
		assert_int_equal(is, spfs[i].described != NULL);
		if (is) {
			char *got = mem_printf("%s %s %s %s %s %s", or_dash(received_spf_result(&spf)),
			                       or_dash(buf_str(&spf.receiver)),
			                       or_dash(buf_str(&spf.identity)),
			                       or_dash(buf_str(&spf.envelope_from)),
			                       or_dash(buf_str(&spf.helo)),
			                       or_dash(buf_str(&spf.client_ip)));

			assert_string_equal(got, spfs[i].described);
			free(got);
		}
		received_spf_free(&spf);
	}
}

static void test_linear(void **state)
{
	static const char *const pieces[] = {
		"(", "()", "\"", "\\", "<", "from ", "by a ", "a ", " ", "\n ", "(a [192.0.2.1])",
		"(a ", "(using TLS", ",", "[", "a=", "a=b;", "a=\"b\" ",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct buf value = BUF_INIT;
		struct received_spf spf;
		struct received r;
		clock_t start;

		buf_adds(&value, "from a ");
		while (value.len < 1 << 20)
			buf_adds(&value, pieces[i]);
		start = clock();
		received_parse(value.data, value.len, &r);
		received_parse(value.data + 7, value.len - 7, &r);
		received_spf_parse(value.data, value.len, &spf);
		received_spf_free(&spf);
		received_spf_parse(value.data + 5, value.len - 5, &spf);
		received_spf_free(&spf);
		print_message("# %zu\n", i);
		assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
		buf_free(&value);
	}
}

static void check_printable(const char *s)
{
	for (; *s; s++)
		assert_true(*s > ' ' && *s < 0x7f);
}

/* Printable or absent, and whoever says `by` and `with ESMTP` is understood. */
static bool check_field(const struct message *m, const struct field *field)
{
	struct buf value = BUF_INIT;
	struct received r;
	struct err err;
	bool understood;

	assert_int_equal(field_value(m, field, 1 << 16, &value, &err), 0);
	parse(buf_str(&value), value.len, &r);
	check_printable(r.address);
	check_printable(r.name);
	check_printable(r.helo);
	check_printable(r.by);
	check_printable(r.id);
	check_printable(r.tls_version);
	check_printable(r.tls_cipher);
	understood = r.by[0] && r.protocol != RECEIVED_UNKNOWN;
	buf_free(&value);
	return understood;
}

static void test_corpus(void **state)
{
	unsigned seen = 0, understood = 0;
	glob_t paths;

	(void)state;
	if (!shared_find("corpus/*/*", &paths))
		return;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		struct buf text = BUF_INIT;
		struct message m;
		struct field field;
		struct spool *spool;
		struct err err;
		uint64_t at = 0;

		shared_read(paths.gl_pathv[i], &text);
		spool = spools_with(buf_str(&text), text.len);
		assert_int_equal(message_map(spool, &m, &err), 0);
		while (message_next_field(&m, &at, &field, &err) > 0) {
			if (!field_is(&field, "Received"))
				continue;
			understood += check_field(&m, &field);
			seen++;
		}
		spool_free(&spool);
		buf_free(&text);
	}
	globfree(&paths);
	print_message("# %u of %u\n", understood, seen);
	assert_true(seen > 200 && understood * 10 > seen * 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_received),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_spf),
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_corpus),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
