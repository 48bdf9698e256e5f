/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ip - an address of the Internet Protocol, as SPF and iprev take it */
#include <config.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "auth/ip.h"

#define IPV4_LEN 4
#define IPV6_LEN 16

bool ip_parse(const char *text, struct ip *out)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	memset(out, 0, sizeof *out);
	out->len = IPV4_LEN;
	if (inet_pton(AF_INET, text, out->bytes) == 1)
		return true;
	out->len = IPV6_LEN;
	if (inet_pton(AF_INET6, text, out->bytes) != 1)
		return false;
	if (memcmp(out->bytes, mapped, sizeof mapped) == 0) {
		out->len = IPV4_LEN;
		memmove(out->bytes, out->bytes + sizeof mapped, IPV4_LEN);
	}
	return true;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	size_t whole = bits / 8;
	unsigned rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return !rest || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

bool ip_within(const struct ip *ip, const struct ip *network, unsigned prefix)
{
	return ip->len == network->len && prefix <= ip->len * 8 &&
	       same_bits(ip->bytes, network->bytes, prefix);
}

bool ip_record_within(const struct ip *ip, const struct dns_record *record, unsigned prefix)
{
	return ip->len == record->len && prefix <= ip->len * 8 &&
	       same_bits(ip->bytes, (const unsigned char *)record->data, prefix);
}

enum dns_type ip_type(const struct ip *ip)
{
	return ip->len == IPV4_LEN ? DNS_A : DNS_AAAA;
}

void ip_text(const struct ip *ip, char out[INET6_ADDRSTRLEN])
{
	inet_ntop(ip->len == IPV4_LEN ? AF_INET : AF_INET6, ip->bytes, out,
	          INET6_ADDRSTRLEN);
}

void ip_dotted(const struct ip *ip, char out[IP_DOTTED_MAX])
{
	static const char hex[] = "0123456789ABCDEF";
	char *to = out;

	if (ip->len == IPV4_LEN) {
		ip_text(ip, out);
		return;
	}
	for (size_t i = 0; i < ip->len; i++) {
		*to++ = hex[ip->bytes[i] >> 4];
		*to++ = '.';
		*to++ = hex[ip->bytes[i] & 15];
		*to++ = i + 1 < ip->len ? '.' : '\0';
	}
}

void ip_reverse(const struct ip *ip, char out[IP_REVERSE_MAX])
{
	const unsigned char *b = ip->bytes;
	size_t len = 0;

	if (ip->len == IPV4_LEN) {
		snprintf(out, IP_REVERSE_MAX, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1], b[0]);
		return;
	}
	for (size_t i = ip->len; i-- > 0; len += 4)
		snprintf(out + len, IP_REVERSE_MAX - len, "%x.%x.", b[i] & 15U, b[i] >> 4U);
	snprintf(out + len, IP_REVERSE_MAX - len, "ip6.arpa");
}
