/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ask - puts questions to a resolver as the verifier does, for tests
 *
 *	ask [--trust-ad] [--server ADDRESS[@PORT]]... [--anchor FILE|none] [--budget MS]
 *	    [--log-time] NAME TYPE [NAME TYPE]...
 *
 * One line for each, in order: `NAME TYPE found secure "text" ...`, `NAME TYPE no-name insecure`,
 * `NAME TYPE failed bogus (why)`; --log-time adds a last line, `ms N`.  Exit 1 with a line on
 * stderr when there is no such resolver.
 */
#include <config.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/resolver.h"
#include "base/clock.h"
#include "base/secret.h"

static int usage(void)
{
	fputs("usage: ask [--trust-ad] [--server ADDRESS[@PORT]]... [--anchor FILE|none]\n"
	      "           [--budget MS] [--log-time] NAME TYPE [NAME TYPE]...\n", stderr);
	return 64;
}

static enum dns_type type_of(const char *word)
{
	static const enum dns_type types[] = {
		DNS_A, DNS_NS, DNS_CNAME, DNS_SOA, DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA, DNS_TLSA,
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(dns_type_word(types[i]), word) == 0)
			return types[i];
	exit(usage());
}

static void print_text(const struct dns_record *record)
{
	putchar('"');
	for (size_t i = 0; i < record->len; i++) {
		unsigned char c = (unsigned char)record->data[i];

		if (c < ' ' || c > '~' || c == '"' || c == '\\')
			printf("\\%03u", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_record(enum dns_type type, const struct dns_record *record)
{
	char address[INET6_ADDRSTRLEN];

	putchar(' ');
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		fputs(inet_ntop(type == DNS_A ? AF_INET : AF_INET6, record->data, address,
		                sizeof address), stdout);
		break;
	case DNS_MX:
		printf("%u:", record->preference);
		print_text(record);
		break;
	case DNS_SOA:
	case DNS_TLSA:
		printf("%zu bytes", record->len);
		break;
	default:
		print_text(record);
	}
}

static void print(const struct lookup *question)
{
	static const char *const statuses[] = { "found", "no-data", "no-name", "failed" };
	const struct dns_answer *answer = question->answer;
	const char *security = dns_security_word(answer->security);

	printf("%s %s %s %s", *question->name ? question->name : ".",
	       dns_type_word(question->type), statuses[answer->status],
	       security ? security : "unknown");
	for (size_t i = 0; i < answer->count; i++)
		print_record(question->type, &answer->record[i]);
	if (answer->why)
		printf(" (%s)", answer->why);
	putchar('\n');
}

static void ask_all(struct resolver *resolver, char **words, int count,
                    struct deadline deadline)
{
	struct lookups *lookups = lookups_new();

	for (int i = 0; i + 1 < count; i += 2)
		lookups_ask(lookups, words[i], type_of(words[i + 1]));
	while (lookups_answered(lookups) < lookups_count(lookups))
		resolver_wait(resolver, lookups, deadline);
	for (size_t i = 0; i < lookups_count(lookups); i++) {
		struct lookup question = lookups_get(lookups, i);

		print(&question);
	}
	lookups_free(&lookups);
}

int main(int argc, char **argv)
{
	const char *servers[RESOLVER_SERVERS_MAX + 2] = { NULL };
	struct resolver_config config = { .servers = servers };
	bool log_time = false;
	size_t count = 0;
	int budget = 10000, i = 1, code;
	int64_t start = clock_ms();
	struct resolver *resolver;
	struct deadline deadline;
	struct err err;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--trust-ad") == 0)
			config.kind = RESOLVER_TRUST_AD;
		else if (strcmp(argv[i], "--log-time") == 0)
			log_time = true;
		else if (i + 1 == argc)
			return usage();
		else if (strcmp(argv[i], "--server") == 0 && count <= RESOLVER_SERVERS_MAX)
			servers[count++] = argv[++i];
		else if (strcmp(argv[i], "--anchor") == 0)
			config.trust_anchor = argv[++i];
		else if (strcmp(argv[i], "--budget") == 0)
			budget = atoi(argv[++i]);
		else
			return usage();
	}
	if (i == argc || (argc - i) % 2)
		return usage();
	secret_init();
	deadline = deadline_in(budget);
	resolver = resolver_new(&config, deadline, &err);
	code = resolver ? 0 : 1;
	if (!resolver) {
		char line[ERR_WHAT_MAX + ERR_ADVICE_MAX + 8];

		err_line(&err, line, sizeof line);
		fprintf(stderr, "%s\n", line);
	} else {
		ask_all(resolver, argv + i, argc - i, deadline);
		resolver_free(&resolver);
	}
	if (log_time)
		printf("ms %lld\n", (long long)(clock_ms() - start));
	return code;
}
