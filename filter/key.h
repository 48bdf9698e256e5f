/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key - what the subcommands of `mailseal key` share
 */
#ifndef MAILSEAL_FILTER_KEY_H
#define MAILSEAL_FILTER_KEY_H

#include <jansson.h>
#include <stdbool.h>

#include "filter/config.h"
#include "keystore/engine.h"
#include "keystore/store.h"

struct key_run {
	const struct config *config;
	struct store *store; /* NULL: import may make it */
	struct engine_config engine;
	bool json;
	int64_t now;
};

/* key import's options. */
struct key_import {
	char **address; /* -a, in normal form; NULL-terminated */
	size_t addresses;
	bool all_addresses;
	char *const *file; /* NULL-terminated; none: stdin */
};

int key_import(struct key_run *run, const struct key_import *import,
               struct err *err);

/* A date in UTC, or `never` for 0, into out. */
void key_add_date(struct buf *out, int64_t when);
/* One certificate as people read it, `FINGERPRINT cv25519, expires
 * 2028-01-31`, into out. */
void key_describe(const struct entry_cert *cert, struct buf *out);
/* The same for programs. */
json_t *key_json(const struct entry *entry, int64_t now);
/* Prints and releases value; -1 with *err when stdout can't take it. */
int key_print_json(json_t *value, struct err *err);

#endif
