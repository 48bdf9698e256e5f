/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd-auth - mailseal auth: the Authentication-Results that a delivery would record, and why
 */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "filter/auth-print.h"
#include "filter/command.h"
#include "filter/envelope.h"
#include "filter/intake.h"
#include "filter/key.h"
#include "filter/outcome.h"

struct arguments {
	struct client client;
	struct envelope_options envelope;
	const char *resolver[2];  /* NULL-terminated */
	const char *trust_anchor; /* NULL: the configuration's */
	int64_t now;
	bool json, explain;
	const char *file;
};

/* ---- the command line ------------------------------------------------------ */

static int check_address(const char *text, struct err *err)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	if (!text || inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1)
		return 0;
	return err_set(err, ERR_USAGE, "give an IPv4 or IPv6 address",
	               "auth: no IP address: %s", text);
}

static int parse_now(const char *text, int64_t *now, struct err *err)
{
	char *end;

	errno = 0;
	*now = strtoll(text, &end, 10);
	if (errno || end == text || *end || *now < 0)
		return err_set(err, ERR_USAGE, "give seconds since 1970",
		               "auth: no time: %s", text);
	return 0;
}

/* An empty word says nothing. */
static const char *word(const char *text)
{
	return *text ? text : NULL;
}

static int take_option(int c, struct arguments *args, struct err *err)
{
	switch (c) {
	case 'a':
		args->client.address = client_address(optarg);
		return check_address(args->client.address, err);
	case 'r':
		args->resolver[0] = optarg;
		if (resolver_address_valid(optarg, false))
			return 0;
		return err_set(err, ERR_USAGE, "give ADDRESS or ADDRESS@PORT",
		               "auth: no resolver: %s", optarg);
	case 'N': return parse_now(optarg, &args->now, err);
	case 'n': args->client.name = word(optarg); break;
	case 'h': args->client.helo = word(optarg); break;
	case 'f': args->envelope.sender = optarg; break;
	case 't': args->trust_anchor = optarg; break;
	case 'j': args->json = true; break;
	case 'e': args->explain = true; break;
	}
	return 0;
}

static int parse(int argc, char **argv, struct arguments *args, struct err *err)
{
	static const struct option options[] = {
		{ "client-address", required_argument, NULL, 'a' },
		{ "client-name", required_argument, NULL, 'n' },
		{ "helo", required_argument, NULL, 'h' },
		{ "sender", required_argument, NULL, 'f' },
		{ "resolver", required_argument, NULL, 'r' },
		{ "trust-anchor", required_argument, NULL, 't' },
		{ "now", required_argument, NULL, 'N' },
		{ "json", no_argument, NULL, 'j' },
		{ "explain", no_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "f:", options, NULL)) != -1) {
		if (c == '?')
			return err_set(err, ERR_USAGE, "see mailseal(1)",
			               "auth: unknown option, or one without its argument: %s",
			               argv[optind - 1]);
		if (take_option(c, args, err))
			return -1;
	}
	if (argc - optind > 1)
		return err_set(err, ERR_USAGE, "see mailseal(1)", "auth takes one file");
	if (optind < argc)
		args->file = argv[optind];
	return 0;
}

/* ---- what it prints -------------------------------------------------------- */

static void print_sections(const struct buf section[AUTH_SECTIONS])
{
	for (int i = 0; i < AUTH_SECTIONS; i++) {
		printf("\n%s\n", auth_section_word((enum auth_section)i));
		for (const char *at = buf_str(&section[i]), *lf; (lf = strchr(at, '\n')); at = lf + 1)
			printf("  %.*s\n", (int)(lf - at), at);
	}
}

static int print(const struct arguments *args, const struct config *config,
                 const struct authentication *a, const char *sender,
                 struct err *err)
{
	struct buf section[AUTH_SECTIONS] = { BUF_INIT };
	int rc = 0;

	if (args->explain)
		auth_explain(a, sender, section);
	if (args->json) {
		rc = key_print_json(auth_json(a, config_text(config, SET_AUTHSERV_ID),
			args->explain ? section : NULL), err);
	} else {
		printf("%s\n", results_field(a->results));
		if (args->explain)
			print_sections(section);
	}
	if (!rc && (fflush(stdout) == EOF || ferror(stdout)))
		rc = err_sys(err, ERR_TEMPORARY, NULL, "cannot write standard output");
	for (int i = 0; i < AUTH_SECTIONS; i++)
		buf_free(&section[i]);
	return rc;
}

/* ---- the command ----------------------------------------------------------- */

/* NULL: the configuration's. What the command line leaves open is as configured. */
static const struct resolver_config *choose_resolver(const struct arguments *args,
                                                     const struct config *config,
                                                     struct resolver_config *out)
{
	const char *anchor = config_text(config, SET_TRUST_ANCHOR);

	if (!args->resolver[0] && !args->trust_anchor)
		return NULL;
	if (authenticate_resolver(config, out) != AUTHENTICATE_ASKS ||
	    out->kind != RESOLVER_VALIDATE)
		out->servers = NULL;
	out->kind = RESOLVER_VALIDATE;
	out->now = args->now >= 0 ? args->now : 0;
	out->trust_anchor = *anchor ? anchor : NULL;
	if (args->resolver[0])
		out->servers = args->resolver;
	if (args->trust_anchor)
		out->trust_anchor = args->trust_anchor;
	return out;
}

/* What is recorded then is what a delivery records: but a person wants to know why. */
static void say_who_is_missing(const struct authentication *a)
{
	const struct log log = { .to_stderr = true };

	if (a->no_resolver.class != ERR_NONE)
		log_err(&log, &a->no_resolver);
	else if (!a->verified)
		log_info(&log, "nothing is verified: no resolver is configured, and none that validates answers on this host; give --resolver ADDRESS, or set resolver");
}

static int evaluate(const struct arguments *args, const struct config *config,
                    const struct message *message, struct err *err)
{
	struct resolver_config resolver;
	char *sender = envelope_sender(&args->envelope, config, message);
	const struct authenticate_request request = {
		.config = config,
		.message = message,
		.client = args->client,
		.sender = sender,
		.resolver = choose_resolver(args, config, &resolver),
		.now = args->now >= 0 ? args->now : time(NULL),
		.explain = args->explain,
		.deadline = DEADLINE_NEVER,
	};
	struct authentication a;
	int rc = authenticate_border(config, message, &a, err);

	if (!rc)
		rc = authenticate(&request, &a, err);
	if (!rc)
		say_who_is_missing(&a);
	if (!rc)
		rc = print(args, config, &a, sender, err);
	authentication_free(&a);
	free(sender);
	return rc;
}

static int run(const struct global *global, const struct arguments *args,
               struct err *err)
{
	struct config *config = config_read(global->config_path, err);
	struct intake intake;
	struct message message;
	int rc;

	if (!config)
		return -1;
	rc = intake_read_file(args->file, config_text(config, SET_SPOOL_DIR), &intake,
	                      err);
	if (!rc) {
		rc = message_map(intake.spool, &message, err) ||
		     evaluate(args, config, &message, err) ? -1 : 0;
		intake_free(&intake);
	}
	config_free(&config);
	return rc;
}

int cmd_auth(const struct global *global, int argc, char **argv)
{
	const struct log log = { .to_stderr = true };
	struct arguments args = { .now = -1, .file = "-" };
	struct err err = { .class = ERR_NONE };
	int rc = parse(argc, argv, &args, &err) || run(global, &args, &err);

	if (rc)
		log_err(&log, &err);
	return rc ? outcome_exit_error(&err, false) : 0;
}
