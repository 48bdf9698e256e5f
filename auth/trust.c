/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trust - hosts that the administrator named, found in what a message claims */
#include <config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "auth/token.h"
#include "auth/border.h"
#include "auth/trust.h"
#include "base/buf.h"
#include "base/idn.h"
#include "base/mem.h"

#define HOST_MAX 255 /* bytes of a name that is converted to A-labels */

struct trust {
	char *ids[TRUST_IDS_MAX];         /* in A-labels; "" for one that is no name */
	const char *names[TRUST_IDS_MAX]; /* as configured */
	int count;
	bool ours_believed;
	bool idn; /* some id has an A-label, so that it can be written in another way */
	const char *const *relays;
};

static bool is_ascii(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

/* In A-labels, without final dots: the caller's. NULL: not a name in UTF-8. */
static char *to_ascii(const char *id, size_t len)
{
	char *copy, *ascii;
	struct err err;

	while (len && id[len - 1] == '.')
		len--;
	copy = mem_strndup(id, len);
	ascii = idn_to_ascii(copy, &err);
	free(copy);
	return ascii;
}

static int find_ascii(const struct trust *trust, const char *id, size_t len)
{
	for (int i = 0; i < trust->count; i++)
		if (len && token_same(id, len, trust->ids[i]))
			return i;
	return TRUST_NONE;
}

int trust_find(const struct trust *trust, const char *id, size_t len)
{
	char *ascii = to_ascii(id, len);
	int found = ascii ? find_ascii(trust, ascii, strlen(ascii)) : TRUST_NONE;

	free(ascii);
	return found;
}

static void add_id(struct trust *trust, const char *name)
{
	char *ascii = to_ascii(name, strlen(name));

	trust->names[trust->count] = name;
	trust->ids[trust->count] = ascii ? ascii : mem_strdup("");
	trust->idn |= strstr(trust->ids[trust->count++], "xn--") != NULL;
}

struct trust *trust_new(const struct border_trust *who)
{
	struct trust *trust = mem_alloc(sizeof *trust);

	trust->relays = who->trusted_relays;
	add_id(trust, who->authserv_id ? who->authserv_id : "");
	for (const char *const *id = who->trusted_authserv_ids; id && *id; id++) {
		int found = trust_find(trust, *id, strlen(*id));

		if (found == TRUST_OURS)
			trust->ours_believed = true;
		else if (found == TRUST_NONE && trust->count < TRUST_IDS_MAX)
			add_id(trust, *id);
	}
	return trust;
}

void trust_free(struct trust **trust)
{
	if (!*trust)
		return;
	for (int i = 0; i < (*trust)->count; i++)
		free((*trust)->ids[i]);
	free(*trust);
	*trust = NULL;
}

bool trust_believes(const struct trust *trust, int id)
{
	return id > TRUST_OURS || (id == TRUST_OURS && trust->ours_believed);
}

const char *trust_name(const struct trust *trust, int id)
{
	return trust->names[id];
}

static bool in_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       (unsigned char)c >= 0x80;
}

static bool is_one(const struct trust *trust, const char *word, size_t len)
{
	while (len && *word == '.')
		word++, len--;
	while (len && word[len - 1] == '.')
		len--;
	if (trust->idn && !is_ascii(word, len))
		return trust_find(trust, word, len) != TRUST_NONE;
	return find_ascii(trust, word, len) != TRUST_NONE;
}

bool trust_mentioned(const struct trust *trust, const char *text, size_t len)
{
	size_t start = 0;

	if (len > TRUST_TEXT_MAX)
		return true;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && in_name(text[i]))
			continue;
		if (i > start && is_one(trust, text + start, i - start))
			return true;
		start = i + 1;
	}
	return false;
}

bool trust_resembles(const struct trust *trust, const char *id, size_t len)
{
	struct buf dense = BUF_INIT;
	char *ascii;
	bool found;

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)id[i] > ' ')
			buf_addc(&dense, id[i]);
	ascii = to_ascii(buf_str(&dense), dense.len);
	found = !ascii || find_ascii(trust, ascii, strlen(ascii)) != TRUST_NONE;
	free(ascii);
	buf_free(&dense);
	return found;
}

/* ---- relays ------------------------------------------------------------- */

#define ADDRESS_BYTES 16

/* As IPv6, IPv4 mapped (RFC 4291 2.5.5.2); the bits of its family, or 0: no address. */
static unsigned read_address(const char *text, unsigned char *out)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(out, mapped, sizeof mapped);
	if (inet_pton(AF_INET, text, out + sizeof mapped) == 1)
		return 32;
	return inet_pton(AF_INET6, text, out) == 1 ? 128 : 0;
}

/* Are the first bits of both equal? */
static bool same_net(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return !rest || !((a[bits / 8] ^ b[bits / 8]) >> (8 - rest));
}

/* Is address in `ADDRESS[/PREFIX]`? *is_net: that's what the text is. */
static bool in_net(const char *text, const char *address, bool *is_net)
{
	unsigned char net[ADDRESS_BYTES], client[ADDRESS_BYTES];
	size_t len = strcspn(text, "/");
	char *host = mem_strndup(text, len);
	unsigned family = read_address(host, net), bits = family;
	struct token_text prefix = { text + len + 1, text + strlen(text) };

	free(host);
	*is_net = family != 0;
	if (!family || !read_address(address, client))
		return false;
	if (text[len] && (!token_number(&prefix, &bits) ||
	    prefix.at != prefix.end || bits > family))
		return false;
	return same_net(net, client, ADDRESS_BYTES * 8 - family + bits);
}

bool trust_relay(const struct trust *trust, const char *address,
                 const char *name)
{
	size_t len = strlen(name);
	bool is_net;

	while (len && name[len - 1] == '.')
		len--;
	for (const char *const *r = trust->relays; r && *r; r++) {
		if (in_net(*r, address, &is_net))
			return true;
		if (!is_net && len && token_same(name, len, *r))
			return true;
	}
	return false;
}
