/* SPDX-License-Identifier: GPL-3.0-or-later */
/* authenticate - who sent it: what the border MTA recorded and what is verified here */
#include <config.h>

#include <string.h>

#include "filter/authenticate.h"

static struct border_trust trust_of(const struct config *config)
{
	return (struct border_trust){
		.authserv_id = config_text(config, SET_AUTHSERV_ID),
		.trusted_authserv_ids = config_list(config, SET_TRUSTED_AUTHSERV_IDS),
		.trusted_relays = config_list(config, SET_TRUSTED_RELAYS),
		.received_trusted = config_list_has(config,
			SET_TRUSTED_ENVELOPE_FIELDS, "Received"),
	};
}

int authenticate_border(const struct config *config,
                        const struct message *message,
                        struct authentication *out, struct err *err)
{
	const struct border_trust trust = trust_of(config);

	memset(out, 0, sizeof *out);
	out->border = border_read(message, &trust, err);
	return out->border ? 0 : -1;
}

static struct client client_of(const struct authenticate_request *request,
                               const struct border *border)
{
	const struct border_trust who = trust_of(request->config);
	const struct client *given = &request->client;
	struct trust *trust;
	struct client client;

	if (!request->delivery && given->address)
		return *given;
	trust = trust_new(&who);
	client = client_find(given, trust, border);
	trust_free(&trust);
	if (!request->delivery && given->helo)
		client.helo = given->helo;
	return client;
}

/* ---- the resolver --------------------------------------------------------- */

enum authenticate_resolver authenticate_resolver(const struct config *config,
                                                 struct resolver_config *out)
{
	const char *const *word = config_list(config, SET_RESOLVER);
	const char *anchor = config_text(config, SET_TRUST_ANCHOR);

	*out = (struct resolver_config){ .kind = RESOLVER_TRUST_AD };
	if (!word[0])
		return AUTHENTICATE_UNSET;
	if (strcmp(word[0], "none") == 0)
		return AUTHENTICATE_NOBODY;
	if (strcmp(word[0], "validate") == 0)
		out->kind = RESOLVER_VALIDATE;
	out->servers = word[1] ? word + 1 : NULL;
	out->trust_anchor = *anchor ? anchor : NULL;
	return AUTHENTICATE_ASKS;
}

/* What the configuration asks for. NULL: *why is filled where there should be one. */
static struct resolver *configured(const struct authenticate_request *request,
                                   struct deadline deadline, struct err *why)
{
	struct resolver_config config;
	struct resolver *resolver;
	struct err err;

	switch (authenticate_resolver(request->config, &config)) {
	case AUTHENTICATE_NOBODY: return NULL;
	case AUTHENTICATE_UNSET: return resolver_new(&config, deadline, &err);
	case AUTHENTICATE_ASKS: break;
	}
	resolver = resolver_new(&config, deadline, &err);
	if (!resolver)
		*why = err;
	return resolver;
}

/* Half of what is left at most: the rest is for the delivery, which DNS must not stop. */
static struct deadline budget_of(const struct authenticate_request *request)
{
	const int64_t left = request->deadline.at_ms - clock_ms();
	const int64_t budget = config_number(request->config, SET_DNS_BUDGET);

	if (left / 2 < budget)
		return deadline_in(left > 0 ? left / 2 : 0);
	return deadline_in(budget);
}

/* ---- all of it ------------------------------------------------------------ */

static void wait_for_answers(void *resolver, struct lookups *lookups,
                             struct deadline deadline)
{
	resolver_wait(resolver, lookups, deadline);
}

/* There is nobody to ask; ctx says why. */
static void wait_in_vain(void *why, struct lookups *lookups,
                         struct deadline deadline)
{
	(void)deadline;
	lookups_close(lookups, why);
}

static int verify(const struct authenticate_request *request,
                  struct resolver *resolver, struct deadline deadline,
                  struct authentication *out, struct err *err)
{
	const struct config *config = request->config;
	const struct verify_request what = {
		.message = request->message,
		.client_address = out->client.address,
		.helo = out->client.helo,
		.sender = request->sender,
		.receiver = config_text(config, SET_AUTHSERV_ID),
		.now = request->now,
		.partial_body_fails =
			config_choice(config, SET_ON_PARTIAL_BODY) == PARTIAL_BODY_FAIL,
		.trusted_sealers = config_list(config, SET_TRUSTED_ARC_SEALERS),
		.explain = request->explain,
	};

	out->verified = true;
	if (resolver)
		return verify_run(&what, wait_for_answers, resolver, deadline,
		                  &out->verify, err);
	return verify_run(&what, wait_in_vain, out->no_resolver.what, deadline,
	                  &out->verify, err);
}

int authenticate(const struct authenticate_request *request,
                 struct authentication *out, struct err *err)
{
	const struct deadline deadline = budget_of(request);
	struct resolver *resolver;
	int rc = 0;

	out->client = client_of(request, out->border);
	if (!request->resolver)
		resolver = configured(request, deadline, &out->no_resolver);
	else if (!(resolver = resolver_new(request->resolver, deadline, err)))
		return -1;
	if (resolver || out->no_resolver.class != ERR_NONE)
		rc = verify(request, resolver, deadline, out, err);
	resolver_free(&resolver);
	if (!rc)
		out->results = results_new(config_text(request->config, SET_AUTHSERV_ID),
		                           out->border,
		                           out->verified ? &out->verify : NULL);
	return rc;
}

void authentication_free(struct authentication *a)
{
	results_free(&a->results);
	if (a->verified)
		verify_free(&a->verify);
	border_free(&a->border);
}

/* ---- for the log ------------------------------------------------------------ */

const char *authentication_spf(const struct authentication *a)
{
	return a->results && a->verified ? spf_word(a->verify.spf.result) : "-";
}

const char *authentication_dkim(const struct authentication *a)
{
	const struct dkim *dkim = a->verify.dkim;

	if (!a->results || !a->verified)
		return "-";
	for (size_t i = 0; i < dkim_count(dkim); i++)
		if (dkim_get(dkim, i)->result == DKIM_PASS)
			return dkim_word(DKIM_PASS);
	return dkim_word(dkim_count(dkim) ? dkim_get(dkim, 0)->result : DKIM_NONE);
}

const char *authentication_dmarc(const struct authentication *a)
{
	return a->results && a->verified ? dmarc_word(a->verify.dmarc.result) : "-";
}
