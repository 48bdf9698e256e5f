/* SPDX-License-Identifier: GPL-3.0-or-later */
/* authenticate - who sent it: what the border MTA recorded and what is verified here */
#include <config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "filter/authenticate.h"

#define DNS_BUDGET_MS (20 * 1000)

/* ---- the client ----------------------------------------------------------- */

static bool is_address(const char *text)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, bytes) == 1 ||
	       inet_pton(AF_INET6, text, bytes) == 1;
}

/* NULL where it is not set, empty, or what Postfix writes for "not known". */
static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value && strcmp(value, "unknown") != 0 ? value : NULL;
}

struct client authenticate_client(const struct client *options,
                                  const struct border *border)
{
	const char *address = environment("CLIENT_ADDRESS");
	struct client client = { .address = options->address };

	if (!client.address && address && is_address(address))
		client = (struct client){ address, environment("CLIENT_HOSTNAME"),
		                          environment("CLIENT_HELO") };
	else if (!client.address)
		client = (struct client){ border_client_address(border), NULL,
		                          border_client_helo(border) };
	if (options->name)
		client.name = options->name;
	if (options->helo)
		client.helo = options->helo;
	return client;
}

/* ---- the resolver --------------------------------------------------------- */

/* A validating resolver of this host if one answers, else our own validation. */
static struct resolver *default_resolver(struct deadline deadline, struct err *err)
{
	struct resolver_config config = { .kind = RESOLVER_TRUST_AD };
	struct resolver *resolver = resolver_new(&config, deadline, err);

	if (resolver)
		return resolver;
	config.kind = RESOLVER_VALIDATE;
	return resolver_new(&config, deadline, err);
}

/* ---- all of it ------------------------------------------------------------ */

static struct border *read_border(const struct authenticate_request *request,
                                  struct err *err)
{
	const struct config *config = request->config;
	const struct border_trust trust = {
		.authserv_id = config_text(config, SET_AUTHSERV_ID),
		.trusted_authserv_ids = config_list(config, SET_TRUSTED_AUTHSERV_IDS),
		.trusted_relays = config_list(config, SET_TRUSTED_RELAYS),
		.received_trusted = config_list_has(config,
			SET_TRUSTED_ENVELOPE_FIELDS, "Received"),
	};

	return border_read(request->message, &trust, err);
}

static void wait_for_answers(void *resolver, struct lookups *lookups,
                             struct deadline deadline)
{
	resolver_wait(resolver, lookups, deadline);
}

int authenticate(const struct authenticate_request *request,
                 struct authentication *out, struct err *err)
{
	const struct deadline deadline = deadline_earlier(request->deadline,
	                                                  deadline_in(DNS_BUDGET_MS));
	const char *id = config_text(request->config, SET_AUTHSERV_ID);

	memset(out, 0, sizeof *out);
	out->border = read_border(request, err);
	if (!out->border)
		return -1;
	out->client = authenticate_client(&request->client, out->border);
	out->resolver = request->resolver
		? resolver_new(request->resolver, deadline, err)
		: default_resolver(deadline, err);
	if (!out->resolver)
		return -1;

	const struct verify_request verify = {
		.message = request->message,
		.client_address = out->client.address,
		.helo = out->client.helo,
		.sender = request->sender,
		.receiver = id,
		.now = request->now,
		.explain = request->explain,
	};

	if (verify_run(&verify, wait_for_answers, out->resolver, deadline,
	               &out->verify, err))
		return -1;
	out->results = results_new(id, out->border, &out->verify);
	return 0;
}

void authentication_free(struct authentication *a)
{
	results_free(&a->results);
	verify_free(&a->verify);
	border_free(&a->border);
	resolver_free(&a->resolver);
}
