/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-dns-packet - any bytes as the response to a question: what is taken is bounded, and of
 * the form that auth/dns.h promises
 *
 * The first byte chooses the type; the name is always a.example.
 */
#include <config.h>

#include <string.h>

#include "auth/dns-packet.h"
#include "tests/fuzz/fuzz.h"

static const enum dns_type types[] = {
	DNS_A, DNS_NS, DNS_CNAME, DNS_SOA, DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA, DNS_TLSA,
};

static void check_host(const struct dns_record *record)
{
	FUZZ_CHECK(record->len < DNS_NAME_MAX);
	FUZZ_CHECK(!record->len || dns_name_valid(record->data));
	for (size_t i = 0; i < record->len; i++) {
		char c = record->data[i];

		FUZZ_CHECK(c > ' ' && c <= '~' && (c < 'A' || c > 'Z'));
	}
}

static void check_record(enum dns_type type, const struct dns_record *record)
{
	FUZZ_CHECK(record->data[record->len] == '\0');
	FUZZ_CHECK(type == DNS_MX ? record->preference <= 65535 : record->preference == 0);
	if (type == DNS_A)
		FUZZ_CHECK(record->len == 4);
	else if (type == DNS_AAAA)
		FUZZ_CHECK(record->len == 16);
	else if (type != DNS_TXT && type != DNS_SOA && type != DNS_TLSA)
		check_host(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_query query;
	struct dns_answer *answer;
	enum dns_type type;

	if (size == 0)
		return 0;
	type = types[data[0] % (sizeof types / sizeof *types)];
	FUZZ_CHECK(dns_query_make(&query, 0x1234, "a.example", type, true));
	dns_query_matches(&query, data + 1, size - 1);
	answer = dns_packet_read(&query, data + 1, size - 1, DNS_SECURE);
	FUZZ_CHECK((answer->status == DNS_FOUND) == (answer->count > 0));
	FUZZ_CHECK((answer->status == DNS_FAILED) == (answer->why != NULL));
	FUZZ_CHECK((answer->status == DNS_FAILED) == (answer->security == DNS_UNKNOWN));
	FUZZ_CHECK(answer->count <= DNS_RECORDS_MAX);
	for (size_t i = 0; i < answer->count; i++)
		check_record(type, &answer->record[i]);
	dns_answer_free(&answer);
	return 0;
}
