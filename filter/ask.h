/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ask - what the keystore says of all who have a part in a message, for decide
 */
#ifndef MAILSEAL_FILTER_ASK_H
#define MAILSEAL_FILTER_ASK_H

#include "filter/decide.h"
#include "filter/site-store.h"

struct ask {
	const struct config *config; /* borrowed */
	struct site_store site;
	struct err no_store; /* why its store is NULL: it could not be asked */
	struct decide_address *address;
	size_t addresses;
};

void ask_open(struct ask *ask, const struct config *config);
/* Recipients (at least one, in normal form; borrowed), their archives and, where mail is to be
 * held, recovery certificates into *question. What was asked before is forgotten. */
void ask_recipients(struct ask *ask, char *const *recipient, size_t recipients,
                    struct decide_question *question);
void ask_close(struct ask *ask);

#endif
