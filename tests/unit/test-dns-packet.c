/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-dns-packet - questions made, and answers read whatever they are */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/dns-packet.h"
#include "base/buf.h"
#include "tests/unit/unit.h"

#define BYTES(s) s, sizeof s - 1
#define NOERROR "\x81\x80"
#define NXDOMAIN "\x81\x83"
#define SERVFAIL "\x81\x82"
#define QUESTION "\300\014" /* a pointer to the question's name */

/* ---- responses by hand ------------------------------------------------------- */

static void add16(struct buf *b, unsigned value)
{
	unsigned char bytes[2];

	dns_put16(bytes, value);
	buf_add(b, bytes, 2);
}

/* Header and question, as they answer query; counts as they are to be. */
static struct buf response(const struct dns_query *query, const char flags[static 2],
                           unsigned answers, unsigned additional)
{
	struct buf b = BUF_INIT;

	buf_add(&b, query->packet, 2);
	buf_add(&b, flags, 2);
	add16(&b, 1);
	add16(&b, answers);
	add16(&b, 0);
	add16(&b, additional);
	buf_add(&b, query->packet + 12, query->question_len);
	return b;
}

static void add_rr(struct buf *b, const char *owner, size_t owner_len, unsigned type,
                   const void *data, size_t len)
{
	buf_add(b, owner, owner_len);
	add16(b, type);
	add16(b, 1);
	add16(b, 0);
	add16(b, 60);
	add16(b, (unsigned)len);
	buf_add(b, data, len);
}

static struct dns_query ask(const char *name, enum dns_type type)
{
	struct dns_query query;

	assert_true(dns_query_make(&query, 0x1234, name, type, true));
	return query;
}

static struct dns_answer *read_all(const struct dns_query *query, const struct buf *b)
{
	return dns_packet_read(query, (const unsigned char *)b->data, b->len, DNS_SECURE);
}

/* ---- questions ---------------------------------------------------------------- */

static void test_query(void **state)
{
	static const char wanted[] =
		"\x12\x34\x01\x20\0\1\0\0\0\0\0\1"
		"\1a\7example\0\0\x10\0\1"
		"\0\0\x29\x04\xd0\0\0\0\0\0\0";
	struct dns_query query = ask("a.example.", DNS_TXT);

	(void)state;
	assert_int_equal(query.len, sizeof wanted - 1);
	assert_memory_equal(query.packet, wanted, query.len);
	assert_true(dns_query_make(&query, 0, "a.example", DNS_TXT, false));
	assert_int_equal(query.packet[3], 0x30); /* AD, CD */
	query = ask("", DNS_SOA);
	assert_int_equal(query.question_len, 5);
	query = ask(".", DNS_SOA);
	assert_int_equal(query.question_len, 5);
}

static void test_names(void **state)
{
	char label[65], name[300] = "", escaped[DNS_ESCAPED_MAX];
	struct dns_query query;

	(void)state;
	memset(label, 'x', 64);
	label[64] = '\0';
	assert_false(dns_query_make(&query, 0, label, DNS_A, true));
	label[63] = '\0';
	for (int i = 0; i < 3; i++) {
		memcpy(name + 64 * i, label, 63);
		name[64 * i + 63] = '.';
	}
	memcpy(name + 192, label, 61); /* 253 */
	assert_true(dns_query_make(&query, 0, name, DNS_A, true));
	assert_int_equal(query.question_len, 255 + 4);
	assert_true(query.len <= DNS_QUERY_MAX);
	memset(name, '\377', 63);
	assert_true(dns_name_escape(name, escaped));
	assert_int_equal(strlen(escaped), 63 * 4 + 253 - 63 + 1);
	name[253] = 'x';
	assert_false(dns_query_make(&query, 0, name, DNS_A, true));
	assert_false(dns_query_make(&query, 0, "a..b", DNS_A, true));
	assert_false(dns_query_make(&query, 0, ".a", DNS_A, true));
	assert_false(dns_name_escape("a..b", escaped));
}

static void test_escape(void **state)
{
	static const char *const rows[][2] = {
		{ "a.example", "a.example." }, { "", "." }, { ".", "." },
		{ "a b.c", "a\\032b.c." }, { "a\\.c", "a\\\\.c." }, { "a\"b@c", "a\\\"b\\@c." },
		{ "\x01\xff._d", "\\001\\255._d." },
	};
	char out[DNS_ESCAPED_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(dns_name_escape(rows[i][0], out));
		assert_string_equal(out, rows[i][1]);
	}
}

static void test_matches(void **state)
{
	static const struct {
		size_t at;
		unsigned char byte;
		bool matches;
	} rows[] = {
		{ 0, 0x12, true }, { 0, 0x13, false }, { 1, 0x35, false }, /* id */
		{ 2, 0x01, false }, { 2, 0x89, false }, { 2, 0x83, true }, /* QR, opcode, TC */
		{ 3, 0xaf, true },
		{ 4, 1, false }, { 5, 0, false }, { 5, 2, false }, /* questions */
		{ 13, 'A', true }, { 13, 'b', false }, { 12, 2, false }, { 12, 0xc0, false },
		{ 24, 15, false }, { 26, 3, false }, /* type, class */
	};
	struct dns_query query = ask("a.example", DNS_TXT);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf b = response(&query, NOERROR, 0, 0);

		b.data[rows[i].at] = (char)rows[i].byte;
		assert_int_equal(dns_query_matches(&query, (unsigned char *)b.data, b.len),
		                 rows[i].matches);
		for (size_t len = 0; len < b.len; len++)
			assert_false(dns_query_matches(&query, (unsigned char *)b.data, len));
		buf_free(&b);
	}
}

static void test_flags(void **state)
{
	static const unsigned char plain[12] = { 0, 0, 0x81, 0x80 };
	static const unsigned char cut[12] = { 0, 0, 0x83, 0xa2 };

	(void)state;
	assert_false(dns_packet_cut(plain));
	assert_false(dns_packet_authentic(plain));
	assert_int_equal(dns_packet_code(plain), 0);
	assert_true(dns_packet_cut(cut));
	assert_true(dns_packet_authentic(cut));
	assert_int_equal(dns_packet_code(cut), 2);
}

/* ---- records --------------------------------------------------------------------- */

/* One record of that type at the question's name: what becomes of it. data NULL: the whole
 * answer is refused; "-": the record is left out. */
static const struct {
	enum dns_type type;
	const char *rdata;
	size_t rdata_len;
	const char *data;
	size_t len;
	unsigned preference;
} records[] = {
	{ DNS_A, BYTES("\1\2\3\4"), BYTES("\1\2\3\4"), 0 },
	{ DNS_A, BYTES("\1\2\3"), NULL, 0, 0 },
	{ DNS_A, BYTES(""), NULL, 0, 0 },
	{ DNS_AAAA, BYTES("0123456789abcdef"), BYTES("0123456789abcdef"), 0 },
	{ DNS_AAAA, BYTES("\1\2\3\4"), NULL, 0, 0 },
	{ DNS_TXT, BYTES("\3abc"), BYTES("abc"), 0 },
	{ DNS_TXT, BYTES("\3abc\0\2de"), BYTES("abcde"), 0 },
	{ DNS_TXT, BYTES("\3a\0c"), BYTES("a\0c"), 0 },
	{ DNS_TXT, BYTES("\1\377"), BYTES("\377"), 0 },
	{ DNS_TXT, BYTES("\0"), BYTES(""), 0 },
	{ DNS_TXT, BYTES(""), BYTES(""), 0 },
	{ DNS_TXT, BYTES("\4abc"), NULL, 0, 0 },
	{ DNS_TXT, BYTES("\3abc\1"), NULL, 0, 0 },
	{ DNS_MX, BYTES("\1\2\2MX\1a\0"), BYTES("mx.a"), 258 },
	{ DNS_MX, BYTES("\0\0\0"), BYTES(""), 0 }, /* RFC 7505 */
	{ DNS_MX, BYTES("\0\7\2mx\300\014"), BYTES("mx.a.example"), 7 },
	{ DNS_MX, BYTES("\0\7"), NULL, 0, 0 },
	{ DNS_MX, BYTES("\0"), NULL, 0, 0 },
	{ DNS_MX, BYTES("\0\7\2mx\0\0"), NULL, 0, 0 }, /* a byte too many */
	{ DNS_MX, BYTES("\0\7\2mx\1"), NULL, 0, 0 },
	{ DNS_PTR, BYTES("\3a.b\1c\0"), "-", 0, 0 },
	{ DNS_PTR, BYTES("\3a\0b\1c\0"), "-", 0, 0 },
	{ DNS_PTR, BYTES("\3a b\1c\0"), "-", 0, 0 },
	{ DNS_PTR, BYTES("\3a\377b\1c\0"), "-", 0, 0 },
	{ DNS_PTR, BYTES("\3a\\b\1c\0"), BYTES("a\\b.c"), 0 },
	{ DNS_PTR, BYTES("\0"), BYTES(""), 0 },
	{ DNS_PTR, BYTES("\300\377"), NULL, 0, 0 },         /* a pointer past the end */
	{ DNS_PTR, BYTES("\1x\300\047"), NULL, 0, 0 },      /* a pointer to itself: a loop */
	{ DNS_PTR, BYTES("\100a\0"), NULL, 0, 0 },          /* a label type that is none */
	{ DNS_NS, BYTES("\2ns\300\014"), BYTES("ns.a.example"), 0 },
	{ DNS_CNAME, BYTES("\1B\0"), BYTES("b"), 0 },
	{ DNS_TLSA, BYTES("\3\1\1\0"), BYTES("\3\1\1\0"), 0 },
	{ DNS_TLSA, BYTES(""), BYTES(""), 0 },
};

static void test_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		struct dns_query query = ask("a.example", records[i].type);
		struct buf b = response(&query, NOERROR, 1, 0);
		struct dns_answer *answer;

		add_rr(&b, BYTES(QUESTION), records[i].type, records[i].rdata,
		       records[i].rdata_len);
		answer = read_all(&query, &b);
		if (!records[i].data) {
			assert_int_equal(answer->status, DNS_FAILED);
			assert_int_equal(answer->security, DNS_UNKNOWN);
			assert_non_null(answer->why);
		} else if (*records[i].data == '-') {
			assert_int_equal(answer->status, DNS_NO_DATA);
		} else {
			assert_int_equal(answer->status, DNS_FOUND);
			assert_int_equal(answer->security, DNS_SECURE);
			assert_int_equal(answer->count, 1);
			assert_int_equal(answer->record[0].len, records[i].len);
			assert_memory_equal(answer->record[0].data, records[i].data,
			                    records[i].len + 1);
			assert_int_equal(answer->record[0].preference, records[i].preference);
		}
		dns_answer_free(&answer);
		buf_free(&b);
	}
}

/* Whatever is cut off, nothing is read that is not there, and nothing half is taken. */
static void test_truncated(void **state)
{
	struct dns_query query = ask("a.example", DNS_MX);
	struct buf b = response(&query, NOERROR, 2, 1);

	(void)state;
	add_rr(&b, BYTES(QUESTION), DNS_MX, BYTES("\0\7\2mx\300\014"));
	add_rr(&b, BYTES(QUESTION), DNS_MX, BYTES("\0\10\2my\300\014"));
	add_rr(&b, BYTES("\0"), 41, BYTES(""));
	for (size_t len = 0; len <= b.len; len++) {
		unsigned char *exact = malloc(len ? len : 1);
		struct dns_answer *answer;

		assert_non_null(exact);
		memcpy(exact, b.data, len);
		answer = dns_packet_read(&query, exact, len, DNS_SECURE);
		assert_int_equal(answer->status, len == b.len ? DNS_FOUND : DNS_FAILED);
		assert_int_equal(answer->count, len == b.len ? 2 : 0);
		dns_answer_free(&answer);
		free(exact);
	}
	buf_addc(&b, '\0'); /* nor anything behind it */

	struct dns_answer *answer = read_all(&query, &b);

	assert_int_equal(answer->status, DNS_FAILED);
	dns_answer_free(&answer);
	buf_free(&b);
}

/* ---- answers ------------------------------------------------------------------------ */

static void test_codes(void **state)
{
	static const struct {
		const char *flags;
		unsigned char extended;
		enum dns_status status;
		const char *why;
	} rows[] = {
		{ NOERROR, 0, DNS_NO_DATA, NULL }, { NXDOMAIN, 0, DNS_NO_NAME, NULL },
		{ SERVFAIL, 0, DNS_FAILED, "SERVFAIL" }, { "\x81\x85", 0, DNS_FAILED, "REFUSED" },
		{ "\x81\x81", 0, DNS_FAILED, "FORMERR" }, { "\x81\x84", 0, DNS_FAILED, "NOTIMP" },
		{ "\x81\x89", 0, DNS_FAILED, "response code 9" },
		{ NOERROR, 1, DNS_FAILED, "response code 16" }, /* BADVERS, RFC 6891 */
		{ NXDOMAIN, 1, DNS_FAILED, "response code 19" },
	};
	struct dns_query query = ask("a.example", DNS_TXT);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf b = response(&query, rows[i].flags, 0, 1);
		struct dns_answer *answer;

		add_rr(&b, BYTES("\0"), 41, BYTES(""));
		b.data[b.len - 6] = (char)rows[i].extended; /* first byte of its TTL */
		answer = read_all(&query, &b);
		assert_int_equal(answer->status, rows[i].status);
		assert_int_equal(answer->security,
		                 rows[i].status == DNS_FAILED ? DNS_UNKNOWN : DNS_SECURE);
		if (rows[i].why)
			assert_string_equal(answer->why, rows[i].why);
		else
			assert_null(answer->why);
		dns_answer_free(&answer);
		buf_free(&b);
	}
}

/* An NXDOMAIN or a SERVFAIL with records has none; nor has another question's answer. */
static void test_no_records(void **state)
{
	struct dns_query query = ask("a.example", DNS_TXT), other = ask("b.example", DNS_TXT);
	static const char *const codes[] = { NXDOMAIN, SERVFAIL };
	struct dns_answer *answer;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buf b = response(&query, codes[i], 1, 0);

		add_rr(&b, BYTES(QUESTION), DNS_TXT, BYTES("\1x"));
		answer = read_all(&query, &b);
		assert_int_not_equal(answer->status, DNS_FOUND);
		assert_int_equal(answer->count, 0);
		dns_answer_free(&answer);
		answer = read_all(&other, &b);
		assert_int_equal(answer->status, DNS_FAILED);
		dns_answer_free(&answer);
		buf_free(&b);
	}
}

/* Records of other names, types and classes are not the answer. */
static void test_others(void **state)
{
	struct dns_query query = ask("a.example", DNS_TXT);
	struct buf b = response(&query, NOERROR, 5, 0);
	struct dns_answer *answer;

	(void)state;
	add_rr(&b, BYTES("\1b\300\016"), DNS_TXT, BYTES("\1b"));
	add_rr(&b, BYTES(QUESTION), DNS_A, BYTES("\1\2\3\4"));
	add_rr(&b, BYTES(QUESTION), 46, BYTES("a signature"));
	add_rr(&b, BYTES(QUESTION), DNS_TXT, BYTES("\1c"));
	b.data[b.len - 9] = 3; /* CHAOS */
	add_rr(&b, BYTES("\1A\7eXample\0"), DNS_TXT, BYTES("\1a"));
	answer = read_all(&query, &b);
	assert_int_equal(answer->count, 1);
	assert_string_equal(answer->record[0].data, "a");
	dns_answer_free(&answer);
	buf_free(&b);
}

/* ---- aliases -------------------------------------------------------------------------- */

#define ALIAS(n) "\2" n "\0"

/* Pairs FROM TO, then whether TXT records at "n9" are found. */
static void test_aliases(void **state)
{
	static const struct {
		const char *from[4], *to[4];
		enum dns_status status;
	} rows[] = {
		{ { QUESTION "" }, { ALIAS("n9") }, DNS_FOUND },
		{ { QUESTION "", ALIAS("n1") }, { ALIAS("n1"), ALIAS("n9") }, DNS_FOUND },
		{ { ALIAS("n1"), QUESTION "" }, { ALIAS("n9"), ALIAS("n1") }, DNS_FOUND }, /* any order */
		{ { QUESTION "" }, { ALIAS("n1") }, DNS_NO_DATA },
		{ { QUESTION "" }, { QUESTION "" }, DNS_FAILED },
		{ { QUESTION "", ALIAS("n1") }, { ALIAS("n1"), QUESTION "" }, DNS_FAILED },
		{ { ALIAS("n1") }, { ALIAS("n9") }, DNS_NO_DATA },
	};
	struct dns_query query = ask("a.example", DNS_TXT);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (int above = 0; above < 2; above++) {
			unsigned n = 0;
			struct buf b;
			struct dns_answer *answer;

			while (n < 4 && rows[i].from[n])
				n++;
			b = response(&query, NOERROR, n + 1, 0);
			if (above)
				add_rr(&b, BYTES(ALIAS("n9")), DNS_TXT, BYTES("\1x"));
			for (unsigned k = 0; k < n; k++) {
				size_t from = rows[i].from[k][0] == 2 ? 4 : 2;

				add_rr(&b, rows[i].from[k], from, DNS_CNAME, rows[i].to[k],
				       rows[i].to[k][0] == 2 ? 4 : 2);
			}
			if (!above)
				add_rr(&b, BYTES(ALIAS("n9")), DNS_TXT, BYTES("\1x"));
			answer = read_all(&query, &b);
			assert_int_equal(answer->status, rows[i].status);
			assert_int_equal(answer->count, rows[i].status == DNS_FOUND ? 1 : 0);
			dns_answer_free(&answer);
			buf_free(&b);
		}
	}
}

static void test_many_aliases(void **state)
{
	struct dns_query query = ask("a", DNS_TXT);

	(void)state;
	for (unsigned n = DNS_ALIASES_MAX; n <= DNS_ALIASES_MAX + 1; n++) {
		struct buf b = response(&query, NOERROR, n + 1, 0);
		struct dns_answer *answer;

		for (unsigned i = 0; i <= n; i++) {
			char from[] = { 1, (char)('a' + i), 0 }, to[] = { 1, (char)('b' + i), 0 };

			if (i < n)
				add_rr(&b, from, 3, DNS_CNAME, to, 3);
			else
				add_rr(&b, from, 3, DNS_TXT, BYTES("\1x"));
		}
		answer = read_all(&query, &b);
		assert_int_equal(answer->status, n > DNS_ALIASES_MAX ? DNS_FAILED : DNS_FOUND);
		dns_answer_free(&answer);
		buf_free(&b);
	}
}

/* ---- sizes ------------------------------------------------------------------------------ */

/* A TXT record far above 8 KiB (over TCP). */
static void test_large_text(void **state)
{
	struct dns_query query = ask("a.example", DNS_TXT);
	struct buf b = response(&query, NOERROR, 1, 0), rdata = BUF_INIT;
	struct dns_answer *answer;

	(void)state;
	for (int i = 0; i < 250; i++) {
		char text[256];

		memset(text, 'a' + i % 26, sizeof text);
		text[0] = '\377';
		buf_add(&rdata, text, sizeof text);
	}
	add_rr(&b, BYTES(QUESTION), DNS_TXT, rdata.data, rdata.len);
	answer = read_all(&query, &b);
	assert_int_equal(answer->status, DNS_FOUND);
	assert_int_equal(answer->record[0].len, 250 * 255);
	assert_int_equal(answer->record[0].data[250 * 255 - 1], 'a' + 249 % 26);
	dns_answer_free(&answer);
	buf_free(&b);
	buf_free(&rdata);
}

static void test_too_many(void **state)
{
	struct dns_query query = ask("a.example", DNS_A);

	(void)state;
	for (unsigned n = DNS_RECORDS_MAX; n < 4000; n += n > DNS_RECORDS_MAX ? 3000 : 1) {
		struct buf b = response(&query, NOERROR, n, 0);
		struct dns_answer *answer;

		for (unsigned i = 0; i < n; i++)
			add_rr(&b, BYTES(QUESTION), DNS_A, BYTES("\1\2\3\4"));
		answer = read_all(&query, &b);
		assert_int_equal(answer->status, n > DNS_RECORDS_MAX ? DNS_FAILED : DNS_FOUND);
		assert_int_equal(answer->count, n > DNS_RECORDS_MAX ? 0 : n);
		dns_answer_free(&answer);
		buf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),        cmocka_unit_test(test_names),
		cmocka_unit_test(test_escape),       cmocka_unit_test(test_matches),
		cmocka_unit_test(test_flags),        cmocka_unit_test(test_records),
		cmocka_unit_test(test_truncated),    cmocka_unit_test(test_codes),
		cmocka_unit_test(test_no_records),   cmocka_unit_test(test_others),
		cmocka_unit_test(test_aliases),      cmocka_unit_test(test_many_aliases),
		cmocka_unit_test(test_large_text),   cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
