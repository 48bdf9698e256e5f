/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resolver-unbound - libunbound validates here (RFC 4035)
 *
 * The root's keys are built in as the digests that IANA publishes; both are in use
 * while one follows the other.
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/dns-packet.h"
#include "auth/exchange.h"
#include "auth/resolver-kind.h"
#include "auth/token.h"
#include "auth/unbound-module.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/signals.h"

#define SLICE_MS 1000 /* a signal that comes between two looks costs this */
#define ANCHOR_FILE_MAX ((size_t)256 * 1024)
#define FORWARDER_MAX 64 /* ADDRESS@PORT */

/* https://data.iana.org/root-anchors/: KSK-2017 and KSK-2024 */
static const char *const root_anchors[] = {
	". IN DS 20326 8 2 "
	"E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
	". IN DS 38696 8 2 "
	"683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
	NULL,
};

struct validator {
	const struct unbound_module *module;
	struct unbound *unbound;
	struct lookups *lookups; /* of the call that runs; NULL: none does */
	bool nobody;             /* is there at any of the forwarders */
};

/* The ctx of a question. */
struct asked {
	struct validator *validator;
	struct resolver_question question;
};

static void drop_asked(void *ctx)
{
	struct asked *asked = ctx;

	free(asked->question.name);
	free(asked);
}

/* ---- answers ------------------------------------------------------------- */

static struct dns_answer *bogus(const char *why)
{
	char *text = mem_printf("bogus: %s", why ? why : "does not validate");
	struct dns_answer *answer = dns_answer_failed(DNS_BOGUS, text);

	free(text);
	return answer;
}

/* Bogus first: it comes with data. */
static struct dns_answer *read_answer(const struct resolver_question *question,
                                      const struct unbound_answer *answer)
{
	struct dns_query query;

	if (answer->security == UNBOUND_BOGUS)
		return bogus(answer->why);
	if (answer->code == 2)
		return dns_answer_failed(DNS_UNKNOWN, "SERVFAIL: no server gave an answer");
	if (answer->code)
		return dns_answer_failed(DNS_UNKNOWN, "the servers refuse to answer");
	if (!dns_query_make(&query, 0, question->name, question->type, true))
		return dns_answer_new(DNS_NO_NAME, DNS_UNKNOWN);
	return dns_packet_read(&query, answer->packet, answer->len,
	                       answer->security == UNBOUND_SECURE ? DNS_SECURE : DNS_INSECURE);
}

static void answered(void *ctx, const struct unbound_answer *answer)
{
	struct asked *asked = ctx;

	if (asked->validator->lookups)
		resolver_question_feed(&asked->question, asked->validator->lookups,
		                       read_answer(&asked->question, answer));
	drop_asked(asked);
}

/* ---- opening --------------------------------------------------------------- */

static bool is_key(const char *word, size_t len)
{
	return token_same(word, len, "DS") || token_same(word, len, "DNSKEY");
}

/* A word of the file, comments left out, says that there is a key. */
static bool has_key(const char *text)
{
	while (*(text += strspn(text, " \t\r\n"))) {
		size_t len = strcspn(text, *text == ';' ? "\n" : " \t\r\n;");

		if (is_key(text, len))
			return true;
		text += len;
	}
	return false;
}

/* libunbound takes a file without a key for one that wants nothing validated. */
static int check_anchor_file(const char *path, struct err *err)
{
	size_t len;
	char *text = io_read_file(AT_FDCWD, path, ANCHOR_FILE_MAX, &len, err);
	bool found;

	if (!text) {
		err->class = ERR_CONFIG;
		return err_context(err, "trust anchor");
	}
	found = has_key(text);
	free(text);
	if (!found)
		return err_set(err, ERR_CONFIG,
		               "give DS or DNSKEY records in zone file form, or none",
		               "trust anchor %s has no key", path);
	return 0;
}

/* As libunbound wants them, into text, and their list. */
static void write_forwarders(const char *const *servers,
                             char text[RESOLVER_SERVERS_MAX][FORWARDER_MAX],
                             const char *list[RESOLVER_SERVERS_MAX + 1])
{
	struct resolver_address address;
	size_t n = 0;

	for (; servers && *servers && n < RESOLVER_SERVERS_MAX; servers++) {
		if (!resolver_address_parse(*servers, &address))
			continue;
		snprintf(text[n], FORWARDER_MAX, "%s@%u", address.host, address.port);
		list[n] = text[n];
		n++;
	}
	list[n] = NULL;
}

static struct unbound *start(const struct unbound_module *module,
                             const struct resolver_config *config, struct err *err)
{
	char text[RESOLVER_SERVERS_MAX][FORWARDER_MAX], why[256] = "";
	const char *forwarders[RESOLVER_SERVERS_MAX + 1], *file = config->trust_anchor;
	struct unbound_config settings = { .forwarders = forwarders,
	                                   .now = config->now, .answer = answered };
	struct unbound *unbound;

	if (!file)
		settings.anchors = root_anchors;
	else if (strcmp(file, "none") != 0)
		settings.anchor_file = file;
	if (settings.anchor_file && check_anchor_file(file, err))
		return NULL;
	write_forwarders(config->servers, text, forwarders);
	unbound = module->open(&settings, why, sizeof why);
	if (!unbound && settings.anchor_file)
		err_set(err, ERR_CONFIG, "look at the trust anchor", "%s (%s)", why, file);
	else if (!unbound)
		err_set(err, ERR_TEMPORARY, NULL, "%s", why);
	return unbound;
}

/* libunbound would ask for many seconds. */
static bool all_refuse(const char *const *servers)
{
	struct resolver_address address;

	if (!servers || !*servers)
		return false;
	for (; *servers; servers++)
		if (!resolver_address_parse(*servers, &address) || !exchange_refused(&address))
			return false;
	return true;
}

static void *open_validator(const struct resolver_config *config,
                            struct deadline deadline, struct err *err)
{
	const struct unbound_module *module = module_load(
		UNBOUND_MODULE_FILE, UNBOUND_MODULE_SYMBOL, UNBOUND_MODULE_ABI, "libunbound", err);
	struct unbound *unbound = module ? start(module, config, err) : NULL;
	struct validator *v;

	(void)deadline; /* nothing is asked yet */
	if (!unbound)
		return NULL;
	v = mem_alloc(sizeof *v);
	v->module = module;
	v->unbound = unbound;
	v->nobody = all_refuse(config->servers);
	return v;
}

/* ---- asking ------------------------------------------------------------------ */

static void forget(void *self)
{
	struct validator *v = self;

	v->module->forget(v->unbound, drop_asked);
}

static void close_validator(void *self)
{
	struct validator *v = self;

	forget(v);
	v->module->close(v->unbound);
	free(v);
}

static void ask(void *self, struct lookups *lookups, const struct lookup *question)
{
	struct validator *v = self;
	struct asked *asked;
	char name[DNS_ESCAPED_MAX];

	if (v->nobody) {
		lookups_feed(lookups, question->id,
		             dns_answer_failed(DNS_UNKNOWN, "no resolver is there"));
		return;
	}
	asked = mem_alloc(sizeof *asked);
	asked->validator = v;
	resolver_question_copy(&asked->question, question);
	v->lookups = lookups;
	if (!dns_name_escape(question->name, name) ||
	    v->module->ask(v->unbound, name, (int)question->type, asked)) {
		resolver_question_feed(&asked->question, lookups,
		                       dns_answer_failed(DNS_UNKNOWN, "could not be asked"));
		drop_asked(asked);
	}
	v->lookups = NULL;
}

static int wait_for_some(void *self, struct lookups *lookups, struct deadline deadline,
                         struct err *err)
{
	struct validator *v = self;

	if (signals_stop() || deadline_passed(deadline))
		return err_set(err, ERR_TEMPORARY, NULL, "no time is left");
	v->lookups = lookups;
	v->module->wait(v->unbound, deadline_left_ms(deadline, SLICE_MS));
	v->lookups = NULL;
	return 0;
}

const struct resolver_kind_methods resolver_unbound = {
	.open = open_validator,
	.close = close_validator,
	.ask = ask,
	.wait = wait_for_some,
	.forget = forget,
};
