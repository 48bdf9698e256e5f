/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolver-kind - what a kind of resolver does, for auth/resolver.c alone */
#ifndef MAILSEAL_AUTH_RESOLVER_KIND_H
#define MAILSEAL_AUTH_RESOLVER_KIND_H

#include "auth/resolver.h"

struct resolver_kind_methods {
	/* Its own state, or NULL with *err. */
	void *(*open)(const struct resolver_config *config, struct deadline deadline,
	              struct err *err);
	void (*close)(void *self);
	/* Asks; may answer at once. */
	void (*ask)(void *self, struct lookups *lookups, const struct lookup *question);
	/* Waits until something came, feeds what is an answer; -1 with *err: the deadline has
	 * passed, or a signal wants us to stop. */
	int (*wait)(void *self, struct lookups *lookups, struct deadline deadline,
	            struct err *err);
	/* Drops all questions that are under way. */
	void (*forget)(void *self);
};

extern const struct resolver_kind_methods resolver_stub, resolver_unbound;

/* An ADDRESS[@PORT] apart; false: it is none. */
struct resolver_address {
	char host[46]; /* as inet_ntop has it */
	unsigned port; /* 53 where none was given */
	bool ipv6, loopback;
};
bool resolver_address_parse(const char *text, struct resolver_address *out);

/*
 * A question that is under way, apart from the lookups that it came from: the answer may come
 * when these are gone and another message's are there.
 */
struct resolver_question {
	size_t id;
	char *name;
	enum dns_type type;
};
void resolver_question_copy(struct resolver_question *to, const struct lookup *from);
/* Does lookups have that question, and no answer to it? */
bool resolver_question_open(const struct resolver_question *question,
                            const struct lookups *lookups);
/* Takes the answer over; it is dropped where lookups does not have that question open. */
void resolver_question_feed(const struct resolver_question *question,
                            struct lookups *lookups, struct dns_answer *answer);

#endif
