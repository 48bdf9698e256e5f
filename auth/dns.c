/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dns - a question and its answer, as evaluators see them */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/dns.h"
#include "base/mem.h"

#define LABEL_MAX 63

struct dns_answer *dns_answer_new(enum dns_status status, enum dns_security security)
{
	struct dns_answer *answer = mem_alloc(sizeof *answer);

	answer->status = status;
	answer->security = security;
	return answer;
}

struct dns_answer *dns_answer_failed(enum dns_security security, const char *why)
{
	struct dns_answer *answer = dns_answer_new(DNS_FAILED, security);

	answer->why = mem_strdup(why);
	return answer;
}

void dns_answer_free(struct dns_answer **answer)
{
	struct dns_answer *a = *answer;

	if (!a)
		return;
	for (size_t i = 0; i < a->count; i++)
		free(a->record[i].data);
	free(a->record);
	free(a->why);
	free(a);
	*answer = NULL;
}

static size_t bytes_of(const struct dns_answer *answer)
{
	size_t bytes = 0;

	for (size_t i = 0; i < answer->count; i++)
		bytes += answer->record[i].len;
	return bytes;
}

bool dns_answer_add(struct dns_answer *answer, const void *data, size_t len,
                    unsigned preference)
{
	if (answer->count == DNS_RECORDS_MAX || len > DNS_ANSWER_MAX ||
	    bytes_of(answer) + len > DNS_ANSWER_MAX)
		return false;

	struct dns_record *record;

	answer->record = mem_grow(answer->record, answer->count + 1, sizeof *answer->record);
	record = &answer->record[answer->count++];
	record->data = mem_alloc(len + 1);
	if (len)
		memcpy(record->data, data, len);
	record->len = len;
	record->preference = preference;
	answer->status = DNS_FOUND;
	return true;
}

bool dns_name_valid(const char *name)
{
	size_t len = strlen(name);

	if (len && name[len - 1] == '.')
		len--;
	if (len == 0)
		return name[0] == '.'; /* the root has that name alone */
	if (len > DNS_NAME_MAX - 1)
		return false;
	for (size_t at = 0; at <= len;) {
		const char *dot = memchr(name + at, '.', len - at);
		size_t label = (dot ? (size_t)(dot - name) : len) - at;

		if (label == 0 || label > LABEL_MAX)
			return false;
		at += label + 1;
	}
	return true;
}

const char *dns_type_word(enum dns_type type)
{
	switch (type) {
	case DNS_A: return "A";
	case DNS_NS: return "NS";
	case DNS_CNAME: return "CNAME";
	case DNS_SOA: return "SOA";
	case DNS_PTR: return "PTR";
	case DNS_MX: return "MX";
	case DNS_TXT: return "TXT";
	case DNS_AAAA: return "AAAA";
	case DNS_TLSA: return "TLSA";
	case DNS_OPENPGPKEY: return "OPENPGPKEY";
	}
	return "?";
}

const char *dns_security_word(enum dns_security security)
{
	switch (security) {
	case DNS_INSECURE: return "insecure";
	case DNS_SECURE: return "secure";
	case DNS_BOGUS: return "bogus";
	case DNS_UNKNOWN: break;
	}
	return NULL;
}

enum dns_security dns_security_least(enum dns_security a, enum dns_security b)
{
	if (a == DNS_BOGUS || b == DNS_BOGUS)
		return DNS_BOGUS;
	if (a == DNS_INSECURE || b == DNS_INSECURE)
		return DNS_INSECURE;
	return a == DNS_SECURE || b == DNS_SECURE ? DNS_SECURE : DNS_UNKNOWN;
}
