/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolver - who answers the lookups: libunbound, or a validating resolver on this host */
#include <config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "auth/resolver-kind.h"
#include "base/mem.h"

#define PORT 53

struct resolver {
	const struct resolver_kind_methods *kind;
	void *self;
};

/* ---- addresses ------------------------------------------------------------ */

static bool parse_port(const char *text, unsigned *port)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 5 || text[digits])
		return false;
	*port = (unsigned)strtoul(text, NULL, 10);
	return *port > 0 && *port <= 65535;
}

bool resolver_address_parse(const char *text, struct resolver_address *out)
{
	const char *at = strchr(text, '@');
	size_t len = at ? (size_t)(at - text) : strlen(text);
	char host[sizeof out->host];
	struct in6_addr six;
	struct in_addr four;

	memset(out, 0, sizeof *out);
	out->port = PORT;
	if (len >= sizeof host || (at && !parse_port(at + 1, &out->port)))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, &four) == 1) {
		out->loopback = ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
		return inet_ntop(AF_INET, &four, out->host, sizeof out->host);
	}
	out->ipv6 = true;
	if (inet_pton(AF_INET6, host, &six) != 1)
		return false;
	out->loopback = IN6_IS_ADDR_LOOPBACK(&six);
	return inet_ntop(AF_INET6, &six, out->host, sizeof out->host);
}

bool resolver_address_valid(const char *text, bool loopback)
{
	struct resolver_address address;

	return resolver_address_parse(text, &address) && (!loopback || address.loopback);
}

/* ---- questions under way --------------------------------------------------- */

void resolver_question_copy(struct resolver_question *to, const struct lookup *from)
{
	to->id = from->id;
	to->name = mem_strdup(from->name);
	to->type = from->type;
}

bool resolver_question_open(const struct resolver_question *question,
                            const struct lookups *lookups)
{
	struct lookup theirs;

	if (question->id >= lookups_count(lookups))
		return false;
	theirs = lookups_get(lookups, question->id);
	return !theirs.answer && theirs.type == question->type &&
	       strcmp(theirs.name, question->name) == 0;
}

void resolver_question_feed(const struct resolver_question *question,
                            struct lookups *lookups, struct dns_answer *answer)
{
	if (resolver_question_open(question, lookups))
		lookups_feed(lookups, question->id, answer);
	else
		dns_answer_free(&answer);
}

/* ---- the resolver ------------------------------------------------------------- */

static int check_servers(const struct resolver_config *config, struct err *err)
{
	bool loopback = config->kind == RESOLVER_TRUST_AD;
	size_t count = 0;

	for (const char *const *s = config->servers; s && *s; s++, count++) {
		if (!resolver_address_valid(*s, false))
			return err_set(err, ERR_CONFIG, "write ADDRESS or ADDRESS@PORT",
			               "%s is no address of a resolver", *s);
		if (!resolver_address_valid(*s, loopback))
			return err_set(err, ERR_CONFIG, "validate here instead",
			               "%s is not of this host: what it validated can't be trusted",
			               *s);
	}
	if (count > RESOLVER_SERVERS_MAX)
		return err_set(err, ERR_CONFIG, NULL, "more than %d resolvers",
		               RESOLVER_SERVERS_MAX);
	return 0;
}

struct resolver *resolver_new(const struct resolver_config *config,
                              struct deadline deadline, struct err *err)
{
	const struct resolver_kind_methods *kind =
		config->kind == RESOLVER_TRUST_AD ? &resolver_stub : &resolver_unbound;
	struct resolver *resolver;
	void *self;

	if (check_servers(config, err))
		return NULL;
	self = kind->open(config, deadline, err);
	if (!self)
		return NULL;
	resolver = mem_alloc(sizeof *resolver);
	resolver->kind = kind;
	resolver->self = self;
	return resolver;
}

void resolver_free(struct resolver **resolver)
{
	struct resolver *r = *resolver;

	if (!r)
		return;
	r->kind->close(r->self);
	free(r);
	*resolver = NULL;
}

void resolver_wait(struct resolver *resolver, struct lookups *lookups,
                   struct deadline deadline)
{
	size_t before = lookups_answered(lookups);
	struct lookup question;
	struct err err;

	while (!deadline_passed(deadline) && lookups_take(lookups, &question))
		resolver->kind->ask(resolver->self, lookups, &question);
	while (lookups_answered(lookups) == before && before < lookups_count(lookups))
		if (deadline_passed(deadline) ||
		    resolver->kind->wait(resolver->self, lookups, deadline, &err)) {
			resolver->kind->forget(resolver->self);
			lookups_close(lookups, "timed out");
		}
}
