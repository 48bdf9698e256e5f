/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dns - a question and its answer, as evaluators see them
 *
 * An answer is what is left of a DNS response (RFC 1035 4.1) once the resolver has followed
 * aliases and judged it (RFC 4035): the records of the type that was asked for, and how far they
 * can be trusted.  A bogus answer carries no records: it can't be used by mistake.
 */
#ifndef MAILSEAL_AUTH_DNS_H
#define MAILSEAL_AUTH_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The types that are asked for, by their numbers (IANA). */
enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_TLSA = 52,
	DNS_OPENPGPKEY = 61,
};

enum dns_status {
	DNS_FOUND,   /* one record or more */
	DNS_NO_DATA, /* the name is there, the type is not (RFC 2308 2.2) */
	DNS_NO_NAME, /* NXDOMAIN */
	DNS_FAILED,  /* nothing usable came: a server's failure, a time-out, a bogus answer */
};

enum dns_security {
	DNS_UNKNOWN,  /* nothing came that could be judged */
	DNS_INSECURE, /* not signed, or not validated */
	DNS_SECURE,   /* validated down from a trust anchor */
	DNS_BOGUS,    /* should validate and does not */
};

/*
 * data is NUL-terminated behind its len bytes, which may hold NULs.  TXT: the strings joined,
 * any bytes.  A: 4 bytes; AAAA: 16 bytes.  PTR, NS, CNAME, MX: the host name as text, lower case, without
 * the final dot (`.` itself is ""); a record whose name has a byte that no text form
 * could show (a dot inside a label, NUL, blanks, controls, above 0x7e) is left out.
 * Other types: the raw RDATA.
 */
struct dns_record {
	char *data;
	size_t len;
	unsigned preference; /* MX alone */
};

/* Bounds of one answer; a longer one counts as DNS_FAILED. */
#define DNS_RECORDS_MAX 512
#define DNS_ANSWER_MAX ((size_t)64 * 1024) /* bytes of data together */
#define DNS_NAME_MAX 254                   /* bytes of a name's text with NUL */

struct dns_answer {
	enum dns_status status;
	enum dns_security security;
	char *why; /* DNS_FAILED: in words for --explain ("timed out", "bogus: ..."); else NULL */
	struct dns_record *record;
	size_t count; /* 0 unless DNS_FOUND */
};

struct dns_answer *dns_answer_new(enum dns_status status, enum dns_security security);
struct dns_answer *dns_answer_failed(enum dns_security security, const char *why);
void dns_answer_free(struct dns_answer **answer);
/* Copies data; the status becomes DNS_FOUND. False: a bound is reached. */
bool dns_answer_add(struct dns_answer *answer, const void *data, size_t len,
                    unsigned preference);

/* Can that be asked? Labels of 1 to 63 bytes, 253 in all, without counting one final dot;
 * any byte but NUL may stand in a label. */
bool dns_name_valid(const char *name);
/* "TXT", "MX", ...; "TYPE99" is not needed: the types above alone. */
const char *dns_type_word(enum dns_type type);
const char *dns_security_word(enum dns_security security); /* "secure", ...; NULL for unknown */
/* Of several answers on which one result rests: bogus, then insecure, then secure;
 * DNS_UNKNOWN is neutral. */
enum dns_security dns_security_least(enum dns_security a, enum dns_security b);

#endif
