/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor-dns - can the sender be verified: the resolver, and what is loaded for it */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/resolver.h"
#include "auth/rsa.h"
#include "filter/authenticate.h"
#include "filter/doctor.h"

static const char how_to_verify[] =
	"install a validating resolver on this host (apt install unbound), or set resolver; resolver = none is for those who leave it to the border";

/* While on-temperror = defer, what DNS lacks keeps mail waiting. */
static enum level trouble(const struct doctor *d)
{
	return config_choice(d->config, SET_ON_TEMPERROR) == TEMPERROR_DEFER
		? LEVEL_FAIL : LEVEL_WARN;
}

/* ---- the resolver ------------------------------------------------------------ */

/* Asks for the root zone, which is signed, as the messages' lookups will be asked for. */
static void ask_root(struct resolver *resolver, struct deadline deadline,
                     struct lookups *lookups)
{
	size_t answered;

	do {
		answered = lookups_answered(lookups);
		if (lookups_ask(lookups, ".", DNS_SOA))
			return;
		resolver_wait(resolver, lookups, deadline);
	} while (lookups_answered(lookups) > answered);
}

static void judge_answer(struct doctor *d, const struct resolver_config *config,
                         const struct dns_answer *answer)
{
	const bool own_anchor = config->trust_anchor != NULL;

	if (!answer || answer->status == DNS_FAILED)
		doctor_add(d, trouble(d), "dns",
		           "see whether it runs, and whether it may be asked from here",
		           "the configured resolver does not answer: %s",
		           answer ? answer->why : "no reason given");
	else if (answer->security != DNS_SECURE && !own_anchor)
		doctor_add(d, LEVEL_WARN, "dns",
		           "ask one that hands on DNSSEC records, or no other at all",
		           "the configured resolver answers, but the root does not validate");
	else
		doctor_add(d, LEVEL_OK, "dns", NULL, "the configured resolver answers%s",
		           answer->security == DNS_SECURE ? ", validated" : "");
}

static void check_configured(struct doctor *d, const struct resolver_config *config)
{
	const struct deadline deadline =
		deadline_in(config_number(d->config, SET_DNS_BUDGET));
	struct lookups *lookups = lookups_new();
	struct err err;
	struct resolver *resolver = resolver_new(config, deadline, &err);

	if (!resolver) {
		doctor_add(d, trouble(d), "dns", err.advice, "no sender can be verified: %s",
		           err.what);
	} else {
		ask_root(resolver, deadline, lookups);
		judge_answer(d, config, lookups_ask(lookups, ".", DNS_SOA));
	}
	resolver_free(&resolver);
	lookups_free(&lookups);
	if (config->kind == RESOLVER_VALIDATE && !config->servers)
		doctor_add(d, LEVEL_WARN, "dns",
		           "install a resolver on this host (apt install unbound) and set resolver = trust-ad, or name forwarders behind `validate`",
		           "each delivery asks from the root servers down, which takes seconds");
}

/* What fails is found here alone. */
static void check_policies(struct doctor *d)
{
	if (config_choice(d->config, SET_ON_DMARC_FAIL) != DMARC_FAIL_RECORD)
		doctor_add(d, LEVEL_WARN, "dns",
		           "set resolver, or on-dmarc-fail = record",
		           "on-dmarc-fail has no effect: nothing is verified here");
}

/* The default, which must not be missed by accident. */
static void check_unset(struct doctor *d, const struct resolver_config *config)
{
	struct err err;
	struct resolver *resolver =
		resolver_new(config, deadline_in(RESOLVER_PROBE_MS), &err);

	if (resolver) {
		doctor_add(d, LEVEL_OK, "dns", NULL,
		           "a resolver on this host answers and validates, and is used");
	} else {
		doctor_add(d, LEVEL_WARN, "dns", how_to_verify,
		           "no sender is verified: resolver is not set, and on this host %s",
		           err.what);
		check_policies(d);
	}
	resolver_free(&resolver);
}

/* Nothing is found out here; can what was asked for ever happen? */
static void check_nobody(struct doctor *d)
{
	doctor_add(d, LEVEL_OK, "dns", NULL,
	           "resolver = none: no sender is verified here");
	if (!config_list(d->config, SET_TRUSTED_AUTHSERV_IDS)[0])
		doctor_add(d, LEVEL_WARN, "dns",
		           "name in trusted-authserv-ids the host that verifies, or set resolver",
		           "nor is anybody else's result believed");
	check_policies(d);
}

/* ---- what it takes ------------------------------------------------------------- */

static void check_rsa(struct doctor *d)
{
	struct err err;

	if (rsa_check(&err))
		doctor_add(d, trouble(d), "dns", err.advice,
		           "DKIM signatures of RSA can't be verified: %s", err.what);
	else
		doctor_add(d, LEVEL_OK, "dns", NULL,
		           "DKIM signatures can be verified");
}

static void check_anchor(struct doctor *d, const struct resolver_config *config)
{
	const char *anchor = config_text(d->config, SET_TRUST_ANCHOR);

	if (!*anchor)
		return;
	if (config->kind != RESOLVER_VALIDATE) {
		doctor_add(d, LEVEL_WARN, "dns",
		           "take it out, or set resolver = validate",
		           "trust-anchor is of no use: the resolver validates");
	} else if (anchor[0] == '/') {
		doctor_writers(d, "dns", anchor);
		doctor_reach(d, "dns", anchor, S_IROTH);
	}
}

static void check_budget(struct doctor *d)
{
	const int64_t budget = config_number(d->config, SET_DNS_BUDGET);

	if (budget > config_number(d->config, SET_DEADLINE) / 2)
		doctor_add(d, LEVEL_WARN, "dns", "raise deadline, or lower dns-budget",
		           "dns-budget is %lld s, and half of the deadline is less: that ends it",
		           (long long)(budget / 1000));
}

static void check_client(struct doctor *d)
{
	if (config_list_has(d->config, SET_TRUSTED_ENVELOPE_FIELDS, "Received"))
		return;
	doctor_add(d, LEVEL_OK, "dns",
	           "give --client-address and --helo (docs/recipes.md), or put Received into trusted-envelope-fields if your server writes it on every message",
	           "SPF knows the client from options and environment alone");
}

void doctor_dns(struct doctor *d)
{
	struct resolver_config config;

	if (!d->config)
		return;
	switch (authenticate_resolver(d->config, &config)) {
	case AUTHENTICATE_NOBODY:
		check_nobody(d);
		return;
	case AUTHENTICATE_UNSET:
		check_unset(d, &config);
		break;
	case AUTHENTICATE_ASKS:
		check_configured(d, &config);
		break;
	}
	check_rsa(d);
	check_anchor(d, &config);
	check_budget(d);
	check_client(d);
}
