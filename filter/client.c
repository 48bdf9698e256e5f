/* SPDX-License-Identifier: GPL-3.0-or-later */
/* client - which host gave us the message by SMTP, as far as that is known */
#include <config.h>

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "filter/client.h"

/* This very host (RFC 1122 3.2.1.3, RFC 4291 2.5.3), also where IPv4 is written as IPv6. */
static bool is_loopback(const char *address)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, address, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, address, &six) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&six) ||
	       (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
}

static bool is_address(const char *text)
{
	struct in6_addr six;
	struct in_addr four;

	return text && (inet_pton(AF_INET, text, &four) == 1 ||
	                inet_pton(AF_INET6, text, &six) == 1);
}

/* MTAs write "", or a word such as "unknown", where there was nothing to be known. */
static const char *known(const char *text)
{
	return text && *text && strcmp(text, "unknown") != 0 ? text : NULL;
}

/* Takes a client that is a stranger. */
static bool take(const struct client *from, const struct trust *trust,
                 struct client *out)
{
	const char *name = known(from->name);

	if (!is_address(from->address) || is_loopback(from->address) ||
	    trust_relay(trust, from->address, name ? name : ""))
		return false;
	*out = (struct client){ from->address, name, known(from->helo) };
	return true;
}

const char *client_address(char *text)
{
	static const char tag[] = "IPv6:";
	size_t len = strlen(text);

	if (len > 1 && text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		text++;
	}
	if (strncasecmp(text, tag, sizeof tag - 1) == 0)
		text += sizeof tag - 1;
	return known(text);
}

struct client client_find(const struct client *options,
                          const struct trust *trust,
                          const struct border *border)
{
	const struct client environment = {
		.address = getenv("CLIENT_ADDRESS"),
		.name = getenv("CLIENT_HOSTNAME"),
		.helo = getenv("CLIENT_HELO"),
	};
	const struct client received = {
		.address = border_client_address(border),
		.helo = border_client_helo(border),
	};
	struct client client = { NULL, NULL, NULL };

	if (!take(options, trust, &client) && !take(&environment, trust, &client))
		take(&received, trust, &client);
	return client;
}
