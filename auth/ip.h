/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ip - an address of the Internet Protocol, as SPF and iprev take it
 *
 * An IPv4 address that is written as IPv6 (::ffff:192.0.2.1) is the IPv4 address (RFC 7208
 * section 5).
 */
#ifndef MAILSEAL_AUTH_IP_H
#define MAILSEAL_AUTH_IP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "auth/dns.h"

struct ip {
	size_t len; /* 4 or 16 */
	unsigned char bytes[16];
};

/* Bytes with NUL. */
#define IP_DOTTED_MAX 64   /* 32 nibbles and dots */
#define IP_REVERSE_MAX 74  /* the same and ip6.arpa */

bool ip_parse(const char *text, struct ip *out);
/* As the client's address is compared with networks: prefix in bits. */
bool ip_within(const struct ip *ip, const struct ip *network, unsigned prefix);
/* Is the record (A or AAAA, as ip_type says) within prefix bits of the address? */
bool ip_record_within(const struct ip *ip, const struct dns_record *record, unsigned prefix);

enum dns_type ip_type(const struct ip *ip); /* DNS_A, DNS_AAAA */
void ip_text(const struct ip *ip, char out[INET6_ADDRSTRLEN]);
/* As %{i} has it (RFC 7208 7.3): 192.0.2.1, or nibbles in upper case between dots. */
void ip_dotted(const struct ip *ip, char out[IP_DOTTED_MAX]);
/* The name whose PTR records tell the names (RFC 1035 3.5, RFC 3596 2.5). */
void ip_reverse(const struct ip *ip, char out[IP_REVERSE_MAX]);

#endif
