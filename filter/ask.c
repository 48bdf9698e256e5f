/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ask - what the keystore says of all who have a part in a message */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "filter/ask.h"

void ask_open(struct ask *ask, const struct config *config)
{
	memset(ask, 0, sizeof *ask);
	ask->config = config;
	site_store_open(config, SITE_STORE_READ, &ask->site, &ask->no_store);
}

static void forget(struct ask *ask)
{
	for (size_t i = 0; i < ask->addresses; i++) {
		struct entry *entry = (struct entry *)ask->address[i].entry;

		entry_free(&entry);
		free((struct err *)ask->address[i].could_not);
	}
	free(ask->address);
	ask->address = NULL;
	ask->addresses = 0;
}

void ask_close(struct ask *ask)
{
	forget(ask);
	site_store_close(&ask->site);
}

/* The next of ask->address. */
static void ask_one(struct ask *ask, const char *address)
{
	struct decide_address *a = &ask->address[ask->addresses++];
	struct entry *entry = NULL;
	struct err *err = mem_alloc(sizeof *err);

	a->address = address;
	if (ask->site.store) {
		a->answer = store_lookup(ask->site.store, address,
			config_text(ask->config, SET_RECIPIENT_DELIMITER),
			&entry, err);
	} else {
		a->answer = STORE_COULD_NOT_ASK;
		*err = ask->no_store;
	}
	a->entry = entry;
	a->could_not = err;
}

static size_t count_words(const char *const *words)
{
	size_t count = 0;

	while (words[count])
		count++;
	return count;
}

/* Where it is not asked for, nothing is held. */
static size_t count_recoveries(const struct policy *policy)
{
	if (policy->on_unusable_key != UNUSABLE_HOLD &&
	    policy->on_expired != UNUSABLE_HOLD)
		return 0;
	return count_words(policy->recovery_certificate);
}

void ask_recipients(struct ask *ask, char *const *recipient, size_t recipients,
                    struct decide_question *q)
{
	const struct policy first = config_policy(ask->config, recipient[0]);

	forget(ask);
	q->recipients = recipients;
	q->archives = count_words(first.archive_certificates);
	q->recoveries = count_recoveries(&first);
	ask->address = mem_array(recipients + q->archives + q->recoveries,
	                         sizeof *ask->address);
	q->recipient = ask->address;
	q->archive = q->recipient + recipients;
	q->recovery = q->archive + q->archives;
	for (size_t i = 0; i < recipients; i++) {
		ask->address[i].policy = config_policy(ask->config, recipient[i]);
		ask_one(ask, recipient[i]);
	}
	for (size_t i = 0; i < q->archives; i++)
		ask_one(ask, first.archive_certificates[i]);
	for (size_t i = 0; i < q->recoveries; i++)
		ask_one(ask, first.recovery_certificate[i]);
}
