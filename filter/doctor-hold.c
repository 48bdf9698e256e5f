/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor-hold - can messages be held, how many are, and can they be released */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "filter/ask.h"
#include "filter/doctor.h"
#include "filter/hold.h"

#define DAY_S (24 * 3600)
#define READ_MAX 1000 /* envelopes that are looked at */

static bool is_wanted(const struct config *config)
{
	return config_says(config, SET_ON_UNUSABLE_KEY, UNUSABLE_HOLD) ||
	       config_says(config, SET_ON_EXPIRED, UNUSABLE_HOLD);
}

/* ---- the folder ---------------------------------------------------------------------- */

static void check_missing(struct doctor *d, const char *path)
{
	if (errno == ENOENT)
		doctor_add(d, LEVEL_WARN, "hold", "`install -d -o root -g root -m 1733` it",
		           "there is no folder %s: a delivery as root makes it, as another user it defers what should be held",
		           path);
	else
		doctor_add(d, LEVEL_FAIL, "hold", "see who may enter the folders above it",
		           "what should be held waits: %s can't be looked at", path);
}

static void check_folder(struct doctor *d, const char *path)
{
	struct stat st;

	if (stat(path, &st)) {
		check_missing(d, path);
		return;
	}
	if (!S_ISDIR(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH) && !(st.st_mode & S_ISVTX)))
		doctor_add(d, LEVEL_FAIL, "hold", "chmod 1733 it",
		           "what should be held waits: %s is no sticky folder, so users could take away what others put there",
		           path);
	else if (st.st_mode & S_IROTH)
		doctor_add(d, LEVEL_WARN, "hold", "chmod 1733 it",
		           "%s can be listed by every user", path);
	if (st.st_uid != 0)
		doctor_add(d, LEVEL_WARN, "hold", "chown it to root",
		           "%s belongs to uid %u: deliveries as other users defer what should be held",
		           path, (unsigned)st.st_uid);
	if ((st.st_mode & (S_IWOTH | S_IXOTH)) != (S_IWOTH | S_IXOTH))
		doctor_add(d, LEVEL_WARN, "hold",
		           "chmod 1733 it, unless every delivery runs as its owner or group",
		           "not every user can put messages in %s", path);
	doctor_reach(d, "hold", path, S_IXOTH);
}

/* ---- the certificate --------------------------------------------------------------------- */

/* As a delivery asks: one that can be used is enough. */
static void check_recovery(struct doctor *d)
{
	const char *const *word = config_list(d->config, SET_RECOVERY_CERTIFICATE);
	struct decide_question q = { .now = time(NULL), .class = MIME_READABLE };
	bool usable = false;
	struct ask ask;

	ask_open(&ask, d->config);
	for (size_t i = 0; word[i]; i++) {
		struct decision decision;

		ask_recipients(&ask, &(char *){ (char *)word[i] }, 1, &q);
		q.archives = 0;
		decision = decide(&q);
		usable |= decision.outcome == OUTCOME_SEALED;
		if (decision.outcome != OUTCOME_SEALED)
			doctor_add(d, LEVEL_WARN, "hold", "enrol a usable certificate of it",
			           "the recovery certificate of %.100s can't be used: %s", word[i],
			           decision.why.class != ERR_NONE ? decision.why.what : "not enrolled, or stopped");
		free(decision.subkey);
	}
	ask_close(&ask);
	if (!usable)
		doctor_add(d, LEVEL_FAIL, "hold", "set recovery-certificate to an address that `mailseal key import` enrolled",
		           "what should be held waits: there is no recovery certificate for it");
}

/* ---- what is in it --------------------------------------------------------------------------- */

static void report_count(struct doctor *d, const struct hold_count *count)
{
	if (count->messages == 0) {
		doctor_add(d, LEVEL_OK, "hold", NULL, "no message is held");
		return;
	}
	doctor_add(d, LEVEL_WARN, "hold",
	           "`mailseal hold list` says for whom; ask them for a new certificate, import it, `mailseal hold release --all`",
	           "%zu messages are held, %" PRIu64 " bytes, the oldest for %lld days; each user may have %lld bytes there",
	           count->messages, count->bytes,
	           ((long long)time(NULL) - (long long)count->oldest) / DAY_S,
	           (long long)config_number(d->config, SET_HOLD_MAX_SIZE));
}

/* What release would leave lying for ever. */
static void check_messages(struct doctor *d, const char *path)
{
	struct hold_folder_list list;
	size_t untrusted = 0, broken = 0;
	struct err err;

	if (hold_folder_list(path, &list, &err))
		return;
	for (size_t i = 0; i < list.count && i < READ_MAX; i++) {
		struct hold_message m;
		int rc = hold_open(path, &list.item[i], false, &m, &err);

		broken += rc < 0;
		untrusted += rc == 0 && !hold_trusts(d->config, list.item[i].owner, &m.envelope);
		hold_close(&m);
	}
	if (untrusted)
		doctor_add(d, LEVEL_WARN, "hold", "if deliveries run as that user, name it in hold-owners",
		           "%zu messages were put there by a user whom hold-owners does not name, and are not released",
		           untrusted);
	if (broken || list.odd)
		doctor_add(d, LEVEL_WARN, "hold", "look at it, and remove it",
		           "%zu files and %zu folders in %s are not what a delivery puts there",
		           broken, list.odd, path);
	hold_folder_list_free(&list);
}

static void check_target(struct doctor *d)
{
	if (!*config_list(d->config, SET_HOLD_DELIVER))
		doctor_add(d, LEVEL_WARN, "hold", "set hold-deliver, see mailseal.conf(5)",
		           "`mailseal hold release` has to be told each time how to deliver");
}

void doctor_hold(struct doctor *d)
{
	struct hold_count count;
	struct err err;
	char *path;

	if (!d->config)
		return;
	path = hold_path(d->config);
	if (is_wanted(d->config)) {
		check_folder(d, path);
		check_recovery(d);
		check_target(d);
	}
	if (hold_count(d->config, &count, &err))
		doctor_add(d, LEVEL_WARN, "hold", err.advice, "%s", err.what);
	else if (is_wanted(d->config) || count.messages || count.odd)
		report_count(d, &count);
	check_messages(d, path);
	free(path);
}
