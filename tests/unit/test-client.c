/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-client - which host gave us the message, and when nobody can tell */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "base/secret.h"
#include "filter/client.h"
#include "tests/unit/spools.h"

#define RECEIVED(client) \
	"Received: from helo.example.com (" client ")\n" \
	"\tby mx.example.org (Postfix) with ESMTP id 4XYZ; Tue, 24 Nov 2026 20:00:00 +0000\n"
#define STRANGER RECEIVED("name.example.com [192.0.2.25]")
#define RELAY RECEIVED("relay.example.org [10.0.0.1]")
#define BODY "From: a@example.com\n\nbody\n"

static const char *const relays[] = { "10.0.0.0/8", "relay.example.org", NULL };

struct row {
	const char *name;
	struct client options, environment;
	bool received_trusted;
	const char *message;
	const char *address, *helo; /* wanted */
};

static const struct row rows[] = {
	{ "nothing is known", { 0 }, { 0 }, false, STRANGER BODY, NULL, NULL },
	{ "options", { "192.0.2.1", "c.example", "h.example" }, { 0 }, false, BODY,
	  "192.0.2.1", "h.example" },
	{ "IPv6", { "2001:db8::1", NULL, "h.example" }, { 0 }, false, BODY,
	  "2001:db8::1", "h.example" },
	{ "HELO is not needed", { "192.0.2.1", NULL, "" }, { 0 }, false, BODY, "192.0.2.1", NULL },
	{ "HELO alone says nothing", { NULL, NULL, "h.example" }, { 0 }, false, BODY, NULL, NULL },
	{ "environment", { 0 }, { "192.0.2.2", "c.example", "e.example" }, true, STRANGER BODY,
	  "192.0.2.2", "e.example" },
	{ "options go before", { "192.0.2.1", NULL, NULL }, { "192.0.2.2", NULL, "e.example" },
	  false, BODY, "192.0.2.1", NULL },
	{ "what Postfix writes for unknown", { "unknown", "unknown", "unknown" }, { 0 }, false, BODY,
	  NULL, NULL },
	{ "HELO unknown", { "192.0.2.1", "unknown", "unknown" }, { 0 }, false, BODY,
	  "192.0.2.1", NULL },
	{ "a name is no address", { "c.example", NULL, "h.example" }, { 0 }, false, BODY, NULL, NULL },
	{ "more than an address", { "192.0.2.1 ", NULL, "h.example" }, { 0 }, false, BODY, NULL, NULL },
	{ "trusted Received", { 0 }, { 0 }, true, STRANGER BODY, "192.0.2.25", "helo.example.com" },
	{ "empty options, trusted Received", { "", "", "" }, { 0 }, true, STRANGER BODY,
	  "192.0.2.25", "helo.example.com" },
	{ "no Received", { 0 }, { 0 }, true, BODY, NULL, NULL },
	/* Our own hosts. */
	{ "a relay's address", { "10.0.0.1", NULL, "r.example" }, { 0 }, false, STRANGER BODY,
	  NULL, NULL },
	{ "a relay's name", { "192.0.2.9", "Relay.example.org.", "r.example" }, { 0 }, false,
	  STRANGER BODY, NULL, NULL },
	{ "behind a relay", { "10.0.0.1", NULL, "r.example" }, { 0 }, true, RELAY STRANGER BODY,
	  "192.0.2.25", "helo.example.com" },
	{ "from a relay, and no further", { 0 }, { 0 }, true, RELAY BODY, NULL, NULL },
	{ "loopback", { "127.0.0.1", "localhost", "h.example" }, { 0 }, false, BODY, NULL, NULL },
	{ "all of it", { "127.8.8.8", NULL, "h.example" }, { 0 }, false, BODY, NULL, NULL },
	{ "loopback of IPv6", { "::1", NULL, "h.example" }, { 0 }, false, BODY, NULL, NULL },
	{ "loopback, mapped", { "::ffff:127.0.0.1", NULL, "h.example" }, { 0 }, false, BODY,
	  NULL, NULL },
	{ "loopback in the environment", { 0 }, { "127.0.0.1", NULL, NULL }, true, STRANGER BODY,
	  "192.0.2.25", "helo.example.com" },
};

static void set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void check(const struct row *r)
{
	const struct border_trust who = {
		.authserv_id = "mail.example.org",
		.trusted_relays = relays,
		.received_trusted = r->received_trusted,
	};
	struct spool *spool = spools_with(r->message, strlen(r->message));
	struct trust *trust = trust_new(&who);
	struct border *border;
	struct message message;
	struct client client;
	struct err err;

	set("CLIENT_ADDRESS", r->environment.address);
	set("CLIENT_HOSTNAME", r->environment.name);
	set("CLIENT_HELO", r->environment.helo);
	spools_check(message_map(spool, &message, &err), &err);
	border = border_read(&message, &who, &err);
	assert_non_null(border);
	client = client_find(&r->options, trust, border);
	if (!same(client.address, r->address) || !same(client.helo, r->helo))
		fail_msg("%s: %s %s", r->name, client.address ? client.address : "-",
		         client.helo ? client.helo : "-");
	border_free(&border);
	trust_free(&trust);
	spool_free(&spool);
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(&rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
