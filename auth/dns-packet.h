/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dns-packet - questions and answers on the wire (RFC 1035 4, RFC 6891 EDNS, RFC 6840 5.7 AD)
 *
 * Names and records are read by the C library's own functions for it (<arpa/nameser.h>).
 */
#ifndef MAILSEAL_AUTH_DNS_PACKET_H
#define MAILSEAL_AUTH_DNS_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/dns.h"

#define DNS_UDP_MAX 1232      /* bytes of an answer that are asked for: no fragments (RFC 9715) */
#define DNS_PACKET_MAX 65535  /* over TCP (RFC 1035 4.2.2) */
#define DNS_QUERY_MAX 288     /* header, name, type, class, OPT */
#define DNS_ESCAPED_MAX 1025  /* a name in zone file form with NUL: up to 4 characters a byte */
#define DNS_ALIASES_MAX 16    /* CNAMEs followed for one question */

struct dns_query {
	unsigned char packet[DNS_QUERY_MAX];
	size_t len;
	size_t question_len; /* of the bytes behind the header */
	enum dns_type type;
};

/*
 * A query that wants recursion and, by its AD bit, to be told what was validated; checked:
 * false sets CD, which asks for the data even where it is bogus (RFC 4035 3.2.2).  False: the
 * name can't be asked (dns_name_valid, but "" is the root).
 */
bool dns_query_make(struct dns_query *query, uint16_t id, const char *name,
                    enum dns_type type, bool checked);

/* Is that a response to it, with its id and its question? Anything else is to be ignored. */
bool dns_query_matches(const struct dns_query *query, const unsigned char *packet,
                       size_t len);

/* Of a response that matches: it was cut (TC), it was validated (AD), its code (RFC 1035). */
bool dns_packet_cut(const unsigned char *packet);
bool dns_packet_authentic(const unsigned char *packet);
unsigned dns_packet_code(const unsigned char *packet);

/*
 * What a response says to the question, its id left aside: the records of the type at the end
 * of the chain of aliases.  DNS_FAILED: its code says so, it is malformed, answers another
 * question, or has more than can be used.  security is the resolver's word for it.
 */
struct dns_answer *dns_packet_read(const struct dns_query *query,
                                   const unsigned char *packet, size_t len,
                                   enum dns_security security);

/* Such a name in zone file form (RFC 1035 5.1), with a final dot; false: it can't be asked. */
bool dns_name_escape(const char *name, char out[static DNS_ESCAPED_MAX]);

/* 16 bits in network order; the place behind them. */
unsigned char *dns_put16(unsigned char *at, unsigned value);
unsigned dns_get16(const unsigned char *at);

#endif
