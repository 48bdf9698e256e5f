/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hold-target - where released messages go */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "filter/hold-target.h"
#include "filter/mta.h"
#include "keystore/address.h"

/* ---- which one -------------------------------------------------------------------- */

/* Files of ours would be of no use to who can't read them. */
static int check_maildir(const char *maildir, struct err *err)
{
	struct stat st;

	if (stat(maildir, &st))
		return errno == ENOENT ? 0 : err_sys(err, ERR_USAGE, NULL, "%s", maildir);
	if (st.st_uid == geteuid())
		return 0;
	return err_set(err, ERR_USAGE, "release by a command or LMTP",
	               "the Maildir %s belongs to another user, who could not read our files",
	               maildir);
}

static int from_config(struct hold_target *target, const struct config *config,
                       struct err *err)
{
	const char *const *words = config_list(config, SET_HOLD_DELIVER);

	if (!*words)
		return err_set(err, ERR_USAGE,
		               "set hold-deliver, or give one of --maildir DIR, --lmtp SOCKET, -- COMMAND",
		               "hold release: no way to deliver the messages");
	if (strncmp(*words, "lmtp:", 5) != 0)
		target->command = words;
	else if (words[1])
		return err_set(err, ERR_CONFIG, "see mailseal.conf(5)",
		               "hold-deliver: words behind %s", *words);
	else
		target->lmtp = *words + 5;
	return 0;
}

int hold_target_choose(struct hold_target *target, const struct config *config,
                       struct err *err)
{
	const int given = (target->maildir != NULL) + (target->lmtp != NULL) +
	                  (target->command != NULL);

	if (given > 1)
		return err_set(err, ERR_USAGE, "give one of --maildir DIR, --lmtp SOCKET, -- COMMAND",
		               "hold release: more than one way to deliver the messages");
	if (given == 0)
		return from_config(target, config, err);
	if (target->command && !*target->command)
		return err_set(err, ERR_USAGE, NULL, "hold release: no command behind --");
	return target->maildir ? check_maildir(target->maildir, err) : 0;
}

/* ---- the words of a command --------------------------------------------------------- */

static const char *const placeholders[] = { "{recipient}", "{sender}", "{user}", "{domain}" };
#define PLACEHOLDERS (sizeof placeholders / sizeof *placeholders)

/* What takes their place. */
struct values {
	char *text[PLACEHOLDERS];
};

static void fill_values(struct values *v, const struct config *config,
                        const struct hold_envelope *e)
{
	char *plain = address_without_extension(e->recipient,
		config_text(config, SET_RECIPIENT_DELIMITER));
	const char *address = plain ? plain : e->recipient;
	const char *at = strrchr(address, '@');

	v->text[0] = mem_strdup(e->given);
	v->text[1] = mem_strdup(e->sender ? e->sender : "");
	v->text[2] = mem_strndup(address, (size_t)(at - address));
	v->text[3] = mem_strdup(at + 1);
	free(plain);
}

static void free_values(struct values *v)
{
	for (size_t i = 0; i < PLACEHOLDERS; i++)
		free(v->text[i]);
}

static char *replace(const char *word, const struct values *v)
{
	struct buf out = BUF_INIT;

	while (*word) {
		size_t i = 0;

		while (i < PLACEHOLDERS && strncmp(word, placeholders[i], strlen(placeholders[i])) != 0)
			i++;
		if (i < PLACEHOLDERS) {
			buf_adds(&out, v->text[i]);
			word += strlen(placeholders[i]);
		} else {
			buf_addc(&out, *word++);
		}
	}
	return buf_steal(&out);
}

/* An address must not become an option; as the argument of one (`-d {recipient}`) it may look so. */
static bool becomes_option(const char *const *word, size_t i, const char *replaced)
{
	return replaced[0] == '-' && word[i][0] != '-' && (i == 0 || word[i - 1][0] != '-');
}

static int make_argv(struct hold_way *way, const char *const *word,
                     const struct values *v, struct err *err)
{
	size_t count = 0;

	while (word[count])
		count++;
	way->argv = mem_array(count + 1, sizeof *way->argv);
	for (size_t i = 0; i < count; i++) {
		way->argv[i] = i ? replace(word[i], v) : mem_strdup(word[i]);
		if (becomes_option(word, i, way->argv[i]))
			return err_set(err, ERR_DATA, "release it by LMTP, or put an option in front of it",
			               "%s would take an address for an option", word[0]);
	}
	return 0;
}

/* ---- one way out ----------------------------------------------------------------------- */

int hold_way_new(const struct hold_target *target, const struct config *config,
                 const struct hold_envelope *e, struct deadline deadline,
                 struct hold_way *way, struct err *err)
{
	struct values v;
	int rc;

	memset(way, 0, sizeof *way);
	if (target->maildir) {
		way->delivery = delivery_maildir_new(target->maildir, getenv("HOME"),
		                                     e->junk ? MTA_JUNK_FOLDER : NULL);
		return 0;
	}
	if (target->lmtp) {
		way->recipients[0] = e->given;
		way->delivery = delivery_lmtp_new(target->lmtp, e->sender ? e->sender : "",
		                                  way->recipients, false, deadline);
		return 0;
	}
	fill_values(&v, config, e);
	rc = make_argv(way, target->command, &v, err);
	free_values(&v);
	if (!rc)
		way->delivery = delivery_command_new(way->argv, environ, false, deadline);
	return rc;
}

void hold_way_free(struct hold_way *way)
{
	delivery_free(&way->delivery);
	for (char **word = way->argv; word && *word; word++)
		free(*word);
	free(way->argv);
	memset(way, 0, sizeof *way);
}
