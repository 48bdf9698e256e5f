/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config-value - one value of the configuration: what it may be, and what it says
 */
#ifndef MAILSEAL_FILTER_CONFIG_VALUE_H
#define MAILSEAL_FILTER_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define CONFIG_CHOICES_MAX 5

enum config_kind {
	KIND_TEXT,
	KIND_EMPTIABLE, /* a text that may be set to nothing */
	KIND_LIST,
	KIND_ADDRESSES, /* a list, kept in normal form; so are domains */
	KIND_DOMAINS,
	KIND_CHOICE,
	KIND_SIZE,
	KIND_TIME,
	KIND_PATH,
	KIND_RESOLVER,  /* a list: a word, and servers */
	KIND_ANCHOR,    /* a path, or the word none */
	KIND_URL,       /* https://HOST[:PORT][/PATH] */
};

struct config_value {
	char *text; /* NULL: not set here */
	char **list;
	int64_t number; /* or the choice's index */
};

/*
 * choice: the words of a KIND_CHOICE, NULL behind the last.  0, or -1: *err says what is wanted
 * (ERR_CONFIG).  value was cleared before, and is config_value_clear's afterwards.
 */
int config_value_parse(enum config_kind kind, const char *const *choice,
                       const char *text, struct config_value *value,
                       struct err *err);
/* What a setting without a default is: a list is there, and empty. */
void config_value_empty(enum config_kind kind, struct config_value *value);
void config_value_clear(struct config_value *value);

/* The domain in the form that address_normalize gives it; the caller's. NULL with *err. */
char *config_domain(const char *domain, struct err *err);

#endif
