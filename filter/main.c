/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * main - the program: global options, the command table, the way in
 *
 * mailseal [--config FILE] [--keystore SPEC] [-v] COMMAND [ARGUMENT...]
 */
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/signals.h"
#include "filter/command.h"
#include "filter/outcome.h"

const struct command commands[] = {
	{ "filter", "[-r ADDR]... [-f SENDER]",
	  "seal a message, stdin to stdout", true, cmd_filter },
	{ "deliver", "[-r ADDR]... [-f SENDER] (--maildir DIR|--lmtp SOCKET|-- COMMAND...)",
	  "seal a message and store it or hand it over", true, cmd_deliver },
	{ "open", "[--as-stored] [--verify] [FILE]",
	  "give back the bytes that arrived", false, cmd_open },
	{ "hold", "list|show|release",
	  "messages kept for want of a usable key", false, cmd_hold },
	{ "key", "import|list|show|remove|export|check|policy|...",
	  "recipients' certificates", false, cmd_key },
	{ "auth", "[--json] [--explain] [--client-address IP] [-f SENDER] ... [FILE]",
	  "print the Authentication-Results that it would record", false, cmd_auth },
	{ "doctor", "[--json]",
	  "check the set-up and say what to do", false, cmd_doctor },
	{ NULL, NULL, NULL, false, NULL }
};

static void print_help(void)
{
	puts("usage: mailseal [--config FILE] [--keystore SPEC] [-v] COMMAND ...\n"
	     "Keeps delivered mail encrypted to its recipient's OpenPGP key.\n");
	for (const struct command *c = commands; c->name; c++)
		printf("  %s %s\n        %s\n", c->name, c->arguments, c->summary);
	puts("\n  --config FILE    instead of " SYSCONFDIR "/mailseal/mailseal.conf\n"
	     "  --keystore SPEC  instead of the configuration's, e.g. dir:/srv/keys\n"
	     "  -v, --verbose    say on stderr what goes to the mail log (--version, --help)\n"
	     "Manual: mailseal(1), mailseal.conf(5). Before the first message:\n"
	     "  mailseal key import CERTIFICATE && mailseal doctor");
}

/* Of our own: what GPGME needs set meanwhile must not reach a command. */
static char **copy_environment(void)
{
	size_t count = 0;
	char **copy;

	while (environ[count])
		count++;
	copy = mem_array(count + 1, sizeof *copy);
	for (size_t i = 0; i < count; i++)
		copy[i] = mem_strdup(environ[i]);
	return copy;
}

static const struct command *find_command(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* A mistake in front of the command's name must not bounce mail either. */
static bool names_mta_command(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const struct command *c = find_command(argv[i]);

		if (c && c->for_mta)
			return true;
	}
	return false;
}

/* `mailseal COMMAND --help`: that one's usage. */
static int print_usage(const struct command *command)
{
	printf("usage: mailseal [--config FILE] [--keystore SPEC] [-v] %s %s\n%s; see mailseal(1)\n",
	       command->name, command->arguments, command->summary);
	return 0;
}

static int usage(int argc, char **argv, const char *what, const char *word)
{
	const bool for_mta = names_mta_command(argc, argv);
	const struct log log = { .to_syslog = for_mta };
	struct err err;

	err_set(&err, ERR_USAGE, "see `mailseal --help`", "%s%s", what, word);
	log_err(&log, &err);
	if (for_mta)
		io_drain(STDIN_FILENO, deadline_in(60 * 1000));
	return outcome_exit_error(&err, for_mta);
}

static void free_environment(char **copy)
{
	for (char **word = copy; word && *word; word++)
		free(*word);
	free(copy);
}

static int no_stdout(void)
{
	const struct log log = { .to_stderr = true };
	struct err err;

	err_set(&err, ERR_TEMPORARY, NULL, "standard output is closed");
	log_err(&log, &err);
	return outcome_exit_error(&err, false);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "keystore", required_argument, NULL, 'k' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct global global = { .environ = NULL };
	int c;

	signals_init();
	/* libsodium's start ends the program when there is no randomness. */
	if (names_mta_command(argc, argv))
		signals_crash_is_tempfail();
	global.closed = io_secure_stdio();
	secret_init();
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+v", options, NULL)) != -1) {
		switch (c) {
		case 'c': global.config_path = optarg; break;
		case 'k': global.keystore = optarg; break;
		case 'v': global.verbose = true; break;
		case 'V': puts(PACKAGE_STRING); return 0;
		case 'h': print_help(); return 0;
		default: return usage(argc, argv, "unknown option, or one without its argument: ",
		                      argv[optind - 1]);
		}
	}
	if (optind >= argc)
		return usage(argc, argv, "which command?", "");

	const struct command *command = find_command(argv[optind]);

	if (!command)
		return usage(argc, argv, "no such command: ", argv[optind]);
	argc -= optind;
	argv += optind;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return print_usage(command);
	if (command->for_mta)
		global.environ = copy_environment();
	else if (global.closed & 1u << STDOUT_FILENO)
		return no_stdout();
	optind = 0; /* glibc: start over for the command's own options */

	int code = command->run(&global, argc, argv);

	free_environment(global.environ);
	return code;
}
