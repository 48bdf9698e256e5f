/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hold - the site's hold folder */
#include <config.h>

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "filter/hold.h"

char *hold_path(const struct config *config)
{
	return mem_printf("%s/hold", config_text(config, SET_STATE_DIR));
}

struct delivery *hold_delivery(const struct config *config,
                               const struct hold_envelope *envelope,
                               const char *id, struct err *err)
{
	struct buf head = BUF_INIT;
	struct delivery *out = NULL;
	char *path = hold_path(config);

	if (hold_envelope_format(envelope, &head, err) == 0)
		out = delivery_hold_new(path,
			(uint64_t)config_number(config, SET_HOLD_MAX_SIZE),
			buf_str(&head), id);
	free(path);
	buf_free(&head);
	return out;
}

int hold_count(const struct config *config, struct hold_count *count,
               struct err *err)
{
	struct hold_folder_list list;
	char *path = hold_path(config);
	int rc = hold_folder_list(path, &list, err);

	memset(count, 0, sizeof *count);
	if (!rc) {
		count->messages = list.count;
		count->odd = list.odd;
		count->oldest = list.count ? list.item[0].since : 0;
		for (size_t i = 0; i < list.count; i++)
			count->bytes += list.item[i].size;
	}
	hold_folder_list_free(&list);
	free(path);
	return rc;
}

/* The front of a file, as far as an envelope can be. */
static ssize_t read_front(int fd, char *out, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = pread(fd, out + len, size - len, (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int read_envelope(struct hold_message *m, struct err *err)
{
	char *text = mem_alloc(HOLD_ENVELOPE_MAX);
	ssize_t len = read_front(m->file.fd, text, HOLD_ENVELOPE_MAX);
	size_t size;
	int rc;

	if (len < 0)
		rc = err_sys(err, ERR_TEMPORARY, NULL, "cannot read it");
	else
		rc = hold_envelope_parse(text, (size_t)len, &m->envelope, &size, err);
	free(text);
	if (!rc && lseek(m->file.fd, (off_t)size, SEEK_SET) < 0)
		rc = err_sys(err, ERR_TEMPORARY, NULL, "cannot read it");
	return rc;
}

int hold_open(const char *path, const struct hold_folder_item *item, bool locked,
              struct hold_message *out, struct err *err)
{
	int rc;

	memset(out, 0, sizeof *out);
	rc = hold_folder_open(path, item, locked, &out->file, err);
	return rc ? rc : read_envelope(out, err);
}

void hold_close(struct hold_message *message)
{
	hold_folder_close(&message->file);
	hold_envelope_free(&message->envelope);
}

/* ---- who put it there --------------------------------------------------------------- */

/* A name, or a number. */
static bool is_user(const char *word, uid_t uid)
{
	const struct passwd *pw = getpwnam(word);
	char number[32];

	snprintf(number, sizeof number, "%lu", (unsigned long)uid);
	return pw ? pw->pw_uid == uid : strcmp(word, number) == 0;
}

static bool is_own_mailbox(const struct config *config, uid_t uid,
                           const struct hold_envelope *e)
{
	char *plain = address_without_extension(e->recipient,
		config_text(config, SET_RECIPIENT_DELIMITER));
	const char *address = plain ? plain : e->recipient;
	const char *at = strrchr(address, '@');
	char *user = mem_strndup(address, (size_t)(at - address));
	const struct passwd *pw = getpwnam(user);
	const bool own = pw && pw->pw_uid == uid &&
		strcmp(at + 1, config_text(config, SET_DEFAULT_DOMAIN)) == 0;

	free(user);
	free(plain);
	return own;
}

bool hold_trusts(const struct config *config, uid_t owner,
                 const struct hold_envelope *envelope)
{
	const char *const *word = config_list(config, SET_HOLD_OWNERS);

	if (owner == 0 || owner == geteuid())
		return true;
	for (; *word; word++)
		if (is_user(*word, owner))
			return true;
	return is_own_mailbox(config, owner, envelope);
}
