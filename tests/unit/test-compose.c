/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-compose - what compose writes around the payload, to the byte */
#include <config.h>

#include <string.h>

#include "tests/unit/unit.h"

#include "base/mem.h"
#include "base/secret.h"
#include "mime/compose.h"
#include "tests/unit/shared.h"
#include "tests/unit/spools.h"

#define TEXT(s) s, sizeof s - 1
#define COUNT(a) (sizeof a / sizeof a[0])
#define SECRET "X-Secret: yes\n"
#define ORDINARY \
	"Return-Path: <a@b>\nReceived: by c;\n\td\nSubject: one\n" \
	"FROM : a\nThread-Topic: one\nsubject: two\nKEYWORDS: k\nComments: c\n" \
	"List-Id: <l>\nX-Spam-Report: quotes\n" SECRET

struct outside_case {
	const char *text;
	size_t len;
	enum protect_subject protect_subject;
	bool strict;
	const char *hide; /* one name */
	const char *kept;
	size_t kept_len;
};

static const struct outside_case outside_cases[] = {
	{ TEXT(ORDINARY "\nbody"), PROTECT_SUBJECT_NO, false, NULL, TEXT(ORDINARY) },
	{ TEXT(ORDINARY "garbage"), PROTECT_SUBJECT_NO, false, NULL, TEXT(ORDINARY) },
	{ TEXT(ORDINARY "\nbody"), PROTECT_SUBJECT_YES, false, NULL,
	  TEXT("Return-Path: <a@b>\nReceived: by c;\n\td\nSubject: [...]\nFROM : a\n"
	       "Subject: [...]\nList-Id: <l>\nX-Spam-Report: quotes\n" SECRET) },
	{ TEXT(ORDINARY "\nbody"), PROTECT_SUBJECT_OMIT, false, "x-spam-REPORT",
	  TEXT("Return-Path: <a@b>\nReceived: by c;\n\td\nFROM : a\nList-Id: <l>\n" SECRET) },
	{ TEXT(ORDINARY "\nbody"), PROTECT_SUBJECT_NO, true, NULL,
	  TEXT("Return-Path: <a@b>\nFROM : a\nList-Id: <l>\n") },
	{ TEXT(ORDINARY "\nbody"), PROTECT_SUBJECT_YES, true, "list-id",
	  TEXT("Return-Path: <a@b>\nSubject: [...]\nFROM : a\nSubject: [...]\n") },
	{ TEXT(ORDINARY "\nbody"), PROTECT_SUBJECT_YES, false, "Subject",
	  TEXT("Return-Path: <a@b>\nReceived: by c;\n\td\nFROM : a\n"
	       "List-Id: <l>\nX-Spam-Report: quotes\n" SECRET) },
	/* Fields that never stay. */
	{ TEXT("Content-Type: a/b\ncontent-foo: x\nMIME-Version : 1.0\nLines: 3\n"
	       "DKIM-Signature: x;\n y\nDomainKey-Signature: x\nARC-Seal: x\n"
	       "arc-anything: x\nX-Mailseal: v=1; at-rest\nX-MAILSEAL-Foo: x\n"
	       "x-mailsealed: x\nContent: kept\nMime: kept\n\nbody"),
	  PROTECT_SUBJECT_NO, false, NULL, TEXT("Content: kept\nMime: kept\n") },
	{ TEXT("A: 1\nB: \0\nC: \rx\nD: x\r\r\nE: x\r\n\rF: y\n"),
	  PROTECT_SUBJECT_NO, false, NULL, TEXT("A: 1\nE: x\r\n") },
	{ TEXT("Subject: \0\n\n"), PROTECT_SUBJECT_NO, false, NULL, TEXT("") },
	{ TEXT("Subject: \0\n\n"), PROTECT_SUBJECT_YES, false, NULL, TEXT("Subject: [...]\n") },
	/* Line ends. */
	{ TEXT("A: 1"), PROTECT_SUBJECT_NO, false, NULL, TEXT("A: 1\n") },
	{ TEXT("A: 1\r\nB: 2"), PROTECT_SUBJECT_NO, false, NULL, TEXT("A: 1\r\nB: 2\r\n") },
	{ TEXT("A: 1\r\nB: 2\n \nSubject: x"), PROTECT_SUBJECT_YES, false, NULL,
	  TEXT("A: 1\r\nB: 2\n \nSubject: [...]\r\n") },
	{ TEXT("just text\nA: 1\n"), PROTECT_SUBJECT_NO, false, NULL, TEXT("") },
};

/* "Authentication-Results: forged" is, any other isn't. */
static bool is_forged(void *ctx, const struct message *message,
                      const struct field *field)
{
	struct buf value = BUF_INIT;
	struct err err;
	unsigned *asked = ctx;

	(*asked)++;
	assert_false(field_begins(field, "X-Mailseal"));
	assert_int_equal(field_value(message, field, 100, &value, &err), 0);

	bool forged = field_is(field, "Authentication-Results") &&
	              strcmp(buf_str(&value), " forged") == 0;

	buf_free(&value);
	return forged;
}

static const char wrapper[] =
	"MIME-Version: 1.0\n"
	"Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\n"
	"\tboundary=\"B\"\n"
	"\n"
	"OpenPGP/MIME message, encrypted at rest by the receiving mail server (mailseal).\n"
	"\n"
	"--B\n"
	"Content-Type: application/pgp-encrypted\n"
	"\n"
	"Version: 1\n"
	"\n"
	"--B\n"
	"Content-Type: application/octet-stream; name=\"encrypted.asc\"\n"
	"Content-Disposition: inline; filename=\"encrypted.asc\"\n"
	"\n";

static void add_nl(struct buf *out, const char *text, bool crlf)
{
	for (; *text; text++) {
		if (*text == '\n' && crlf)
			buf_addc(out, '\r');
		buf_addc(out, *text);
	}
}

static void check_head(const struct outside_case *t)
{
	struct spool *spool = spools_with(t->text, t->len);
	const char *const hide[] = { "X-Nobody-Has-This", t->hide, NULL };
	const struct outer_fields outside = {
		t->protect_subject, t->strict, t->hide ? hide : NULL,
	};
	const struct compose_trace trace = { .mailseal = "" };
	struct buf got = BUF_INIT, expected = BUF_INIT;
	struct message m;
	struct err err;

	assert_int_equal(message_map(spool, &m, &err), 0);
	assert_int_equal(compose_sealed_head(&m, NULL, &outside, &trace, "B",
	                                     spools_sink(&got), &err), 0);
	add_nl(&expected, "X-Mailseal: v=1; at-rest\n", m.crlf);
	buf_add(&expected, t->kept, t->kept_len);
	add_nl(&expected, wrapper, m.crlf);
	assert_true(spools_same(&got, expected.data, expected.len));
	buf_free(&got);
	buf_free(&expected);
	spool_free(&spool);
}

static void test_outside(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(outside_cases); i++)
		check_head(&outside_cases[i]);
}

/* Everything that strict keeps, by the list of the format. */
static void test_strict_list(void **state)
{
	static const char text[] =
		"Return-Path: 1\nDelivered-To: 1\nX-Original-To: 1\nFrom: 1\nSender: 1\n"
		"Reply-To: 1\nTo: 1\nCc: 1\nDate: 1\nMessage-ID: 1\nIn-Reply-To: 1\n"
		"References: 1\nMail-Followup-To: 1\nList-Post: 1\nList-Whatever: 1\n"
		"Auto-Submitted: 1\nPrecedence: 1\n";
	const struct outside_case t = {
		TEXT(text), PROTECT_SUBJECT_NO, true, NULL, TEXT(text),
	};
	const struct outside_case gone = {
		TEXT("Subject: 1\nReceived: 1\nBcc: 1\nAuthentication-Results: x; none\n"
		     "X-Any: 1\nList: 1\nUser-Agent: 1\n"),
		PROTECT_SUBJECT_NO, true, NULL, TEXT(""),
	};

	(void)state;
	check_head(&t);
	check_head(&gone);
}

#define AUTH "Authentication-Results: mx.example.org;\n\tspf=pass;\n\tdkim=none"

#define FURTHER "X-Mailseal-Junk: yes; reason=dmarc"

static void compose(const char *text, size_t len, bool passed,
                    const char *further, struct buf *out)
{
	struct spool *spool = spools_with(text, len);
	struct compose_original original = spools_original(text, len);
	const struct outer_fields outside = { PROTECT_SUBJECT_NO, false, NULL };
	unsigned asked = 0;
	const struct compose_trace trace = {
		.mailseal = "; engine=gpg",
		.auth = AUTH,
		.further = further,
		.forged = is_forged,
		.forged_ctx = &asked,
	};
	struct message m;
	struct err err;

	assert_int_equal(message_map(spool, &m, &err), 0);
	if (passed)
		assert_int_equal(compose_passed(&m, "From x\n", &original, &trace,
		                                spools_sink(out), &err), 0);
	else
		assert_int_equal(compose_sealed_head(&m, "From x\n", &outside, &trace,
		                                     "B", spools_sink(out), &err), 0);
	spool_free(&spool);
}

static void test_trace(void **state)
{
	static const char text[] =
		"Authentication-Results: forged\r\nA: b\r\n"
		"Authentication-Results: honest\r\nX-Mailseal: x\r\n\r\nbody";
	struct buf got = BUF_INIT, expected = BUF_INIT;

	(void)state;
	compose(TEXT(text), false, FURTHER, &got);
	buf_adds(&expected, "From x\n"
		"X-Mailseal: v=1; at-rest; engine=gpg\r\n"
		"Authentication-Results: mx.example.org;\r\n\tspf=pass;\r\n\tdkim=none\r\n"
		FURTHER "\r\n"
		"A: b\r\nAuthentication-Results: honest\r\n");
	add_nl(&expected, wrapper, true);
	assert_true(spools_same(&got, expected.data, expected.len));
	buf_free(&got);
	buf_free(&expected);
}

static void check_passed(const char *text, size_t len, const char *further,
                         const char *top_format, const char *rest, size_t rest_len)
{
	struct compose_original original = spools_original(text, len);
	struct buf got = BUF_INIT, expected = BUF_INIT;

	compose(text, len, true, further, &got);
	for (const char *p = top_format; *p; p++) {
		if (*p == '#')
			buf_addf(&expected, "size=%zu; sha256=%s; engine=gpg", len,
			         original.sha256);
		else
			buf_addc(&expected, *p);
	}
	buf_add(&expected, rest, rest_len);
	assert_true(spools_same(&got, expected.data, expected.len));
	buf_free(&got);
	buf_free(&expected);
}

static void test_passed(void **state)
{
	static const char lf[] = "From x\nX-Mailseal: v=1; passed; lines=4; #\n" AUTH "\n";
	static const char lf_gap[] =
		"From x\nX-Mailseal: v=1; passed; lines=5; #\n" AUTH "\n\n";
	static const char more[] =
		"From x\nX-Mailseal: v=1; passed; lines=5; #\n" AUTH "\n" FURTHER "\n";
	static const char crlf[] =
		"From x\nX-Mailseal: v=1; passed; lines=4; #\r\n"
		"Authentication-Results: mx.example.org;\r\n\tspf=pass;\r\n\tdkim=none\r\n";

	(void)state;
	check_passed(TEXT(""), NULL, lf, TEXT(""));
	check_passed(TEXT("A: b"), NULL, lf, TEXT("A: b"));
	check_passed(TEXT("\nbody"), NULL, lf, TEXT("\nbody"));
	check_passed(TEXT("no header\n"), NULL, lf_gap, TEXT("no header\n"));
	check_passed(TEXT(" no: header\n"), NULL, lf_gap, TEXT(" no: header\n"));
	check_passed(TEXT("A: b\n\nX-Mailseal: in the body\n"), NULL, lf,
	             TEXT("A: b\n\nX-Mailseal: in the body\n"));
	check_passed(TEXT("A: b\nx-mailseal-junk: yes\n"), FURTHER, more,
	             TEXT("A: b\nX-Mailseal-Was-x-mailseal-junk: yes\n"));
	check_passed(TEXT("A: b\r\nAuthentication-Results: forged\r\n"
	                  "x-mailseal: \0\r\n folded\r\nX-Mailseal-Was-A: b\r\n\r\n\r"),
	             NULL, crlf,
	             TEXT("A: b\r\nX-Mailseal-Was-Authentication-Results: forged\r\n"
	                  "X-Mailseal-Was-x-mailseal: \0\r\n folded\r\n"
	                  "X-Mailseal-Was-X-Mailseal-Was-A: b\r\n\r\n\r"));
}

static void test_tail(void **state)
{
	struct message m = { .crlf = false };
	struct buf got = BUF_INIT;
	struct err err;

	(void)state;
	assert_int_equal(compose_sealed_tail(&m, "B", spools_sink(&got), &err), 0);
	m.crlf = true;
	assert_int_equal(compose_sealed_tail(&m, "B", spools_sink(&got), &err), 0);
	assert_string_equal(buf_str(&got), "\n--B--\n\r\n--B--\r\n");
	buf_free(&got);
}

static void test_armour(void **state)
{
	struct buf lf = BUF_INIT, crlf = BUF_INIT, long_line = BUF_INIT;
	struct compose_armour plain = { spools_sink(&lf), false };
	struct compose_armour dos = { spools_sink(&crlf), true };
	static char zeros[20000];
	struct err err;

	(void)state;
	assert_int_equal(sink_puts(compose_armour_sink(&plain), "a\n\nb\n", &err), 0);
	assert_string_equal(buf_str(&lf), "a\n\nb\n");
	assert_int_equal(sink_puts(compose_armour_sink(&dos), "a\n\nb", &err), 0);
	assert_int_equal(sink_puts(compose_armour_sink(&dos), "\n", &err), 0);
	assert_string_equal(buf_str(&crlf), "a\r\n\r\nb\r\n");

	memset(zeros, '\n', sizeof zeros);
	dos.to = spools_sink(&long_line);
	assert_int_equal(sink_write(compose_armour_sink(&dos), zeros, sizeof zeros, &err), 0);
	assert_int_equal(long_line.len, 2 * sizeof zeros);
	buf_free(&lf);
	buf_free(&crlf);
	buf_free(&long_line);
}

static void test_boundary(void **state)
{
	char a[COMPOSE_BOUNDARY_MAX], b[COMPOSE_BOUNDARY_MAX];

	(void)state;
	compose_boundary(a);
	compose_boundary(b);
	assert_int_equal(strlen(a), 11 + 32);
	assert_int_equal(strncmp(a, "=_mailseal_", 11), 0);
	assert_int_equal(strspn(a + 11, "0123456789abcdef"), 32);
	assert_string_not_equal(a, b);
}

/* A sink that is full at once, as a disk may be. */
static int write_nothing(void *ctx, const void *data, size_t len, struct err *err)
{
	(void)ctx;
	(void)data;
	(void)len;
	return err_set(err, ERR_TEMPORARY, NULL, "full");
}

static void test_write_failure(void **state)
{
	const struct sink full = { write_nothing, NULL };
	const struct compose_trace trace = { .mailseal = "" };
	const struct outer_fields outside = { PROTECT_SUBJECT_NO, false, NULL };
	struct spool *spool = spools_with(TEXT("A: b\n\nc"));
	struct compose_original original = spools_original(TEXT("A: b\n\nc"));
	struct message m;
	struct err err;

	(void)state;
	assert_int_equal(message_map(spool, &m, &err), 0);
	assert_int_equal(compose_sealed_head(&m, NULL, &outside, &trace, "B", full, &err), -1);
	assert_int_equal(compose_sealed_tail(&m, "B", full, &err), -1);
	assert_int_equal(compose_passed(&m, NULL, &original, &trace, full, &err), -1);
	assert_string_equal(err.what, "full");
	spool_free(&spool);
}

/* The sealed forms that another implementation made, but for the armour. */
static void check_sealed(const struct buf *eml, const struct buf *sealed)
{
	const struct outer_fields outside = { PROTECT_SUBJECT_NO, false, NULL };
	const struct compose_trace trace = {
		.mailseal = "",
		.auth = "Authentication-Results: mail.example.org; none",
	};
	size_t from = spools_from_line(eml->data, eml->len);
	char *from_line = mem_strndup(eml->len ? eml->data : "", from);
	struct spool *spool = spools_with(buf_str(eml) + from, eml->len - from);
	struct compose_armour armour = { .crlf = false };
	const char *start = strstr(sealed->data, "\n-----BEGIN PGP") + 1;
	const char *end = strstr(start, "-----END PGP MESSAGE-----") + 25;
	char boundary[COMPOSE_BOUNDARY_MAX];
	struct buf got = BUF_INIT;
	struct message m;
	struct err err;

	assert_int_equal(sscanf(strstr(sealed->data, "boundary="), "boundary=\"%63[^\"]", boundary), 1);
	assert_int_equal(message_map(spool, &m, &err), 0);
	armour = (struct compose_armour){ spools_sink(&got), m.crlf };
	assert_int_equal(compose_sealed_head(&m, from ? from_line : NULL, &outside, &trace,
	                                     boundary, spools_sink(&got), &err), 0);
	for (const char *p = start; p < end; p++)
		if (*p != '\r')
			sink_write(compose_armour_sink(&armour), p, 1, &err);
	sink_puts(compose_armour_sink(&armour), "\n", &err);
	assert_int_equal(compose_sealed_tail(&m, boundary, spools_sink(&got), &err), 0);
	assert_true(spools_same(&got, sealed->data, sealed->len));
	buf_free(&got);
	spool_free(&spool);
	free(from_line);
}

static void test_vectors(void **state)
{
	glob_t paths;

	(void)state;
	if (!shared_find("format/vectors/*.eml", &paths))
		return;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		struct buf eml = BUF_INIT, sealed = BUF_INIT;

		shared_read(paths.gl_pathv[i], &eml);
		shared_read_beside(paths.gl_pathv[i], ".sealed", &sealed);
		check_sealed(&eml, &sealed);
		buf_free(&eml);
		buf_free(&sealed);
	}
	globfree(&paths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_strict_list),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_passed),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_armour),
		cmocka_unit_test(test_boundary),
		cmocka_unit_test(test_write_failure),
		cmocka_unit_test(test_vectors),
	};

	secret_init();
	return cmocka_run_group_tests_name("compose", tests, NULL, NULL);
}
