/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key - what the subcommands of `mailseal key` share
 */
#ifndef MAILSEAL_FILTER_KEY_H
#define MAILSEAL_FILTER_KEY_H

#include <jansson.h>
#include <stdbool.h>

#include "filter/config.h"
#include "filter/site-store.h"
#include "keystore/engine.h"

struct key_run {
	const struct config *config;
	struct site_store site;
	struct store *store; /* of the site; NULL: import may make it */
	struct engine_config engine;
	bool json, verbose;
	int64_t now;
};

/* ---- the subcommands: argv[0] is its name; 0, -1 with *err, or a code to exit with ---- */

int key_import(struct key_run *run, int argc, char **argv, struct err *err);
int key_replace(struct key_run *run, int argc, char **argv, struct err *err);
int key_fetch(struct key_run *run, int argc, char **argv, struct err *err);
int key_refresh(struct key_run *run, int argc, char **argv, struct err *err);
int key_publish(struct key_run *run, int argc, char **argv, struct err *err);
int key_list(struct key_run *run, int argc, char **argv, struct err *err);
int key_check(struct key_run *run, int argc, char **argv, struct err *err);
int key_remind(struct key_run *run, int argc, char **argv, struct err *err);
int key_show(struct key_run *run, int argc, char **argv, struct err *err);
int key_export(struct key_run *run, int argc, char **argv, struct err *err);
int key_remove(struct key_run *run, int argc, char **argv, struct err *err);
int key_policy(struct key_run *run, int argc, char **argv, struct err *err);
int key_alias(struct key_run *run, int argc, char **argv, struct err *err);
int key_sign_init(struct key_run *run, int argc, char **argv, struct err *err);
int key_audit(struct key_run *run, int argc, char **argv, struct err *err);
int key_sync(struct key_run *run, int argc, char **argv, struct err *err);
int key_checkpoint(struct key_run *run, int argc, char **argv, struct err *err);
int key_migrate(struct key_run *run, int argc, char **argv, struct err *err);

/* Options of a subcommand that has --json alone; then as key_arguments. */
int key_options(struct key_run *run, int argc, char **argv, const char *takes,
                struct err *err);
/* What stands behind the options (from optind on): takes says what is wanted, at least
 * one; "": nothing may stand there; NULL: anything. */
int key_arguments(int argc, char **argv, const char *takes, struct err *err);
int key_bad_option(char **argv, struct err *err); /* -1 */

/* ---- addresses ------------------------------------------------------------- */

struct key_addresses {
	char **address;
	size_t count;
};

int key_no_entry(const char *address, struct err *err); /* -1 */
/* The entry that a delivery to this address would use. */
int key_look_up(const struct key_run *run, const char *word,
                struct entry **entry, struct err *err);
int key_addresses_add(void *addresses, const char *address); /* 0 */
/* Every address of the store, sorted. */
int key_addresses_all(const struct key_run *run, struct key_addresses *all,
                      struct err *err);
/* Those of the words, addresses or domains; without a word all of them. */
int key_addresses_choose(const struct key_run *run, char *const *word,
                         struct key_addresses *chosen, struct err *err);
void key_addresses_free(struct key_addresses *addresses);

/* ---- printing -------------------------------------------------------------- */

/* A date in UTC, or `never` for 0, into out. */
void key_add_date(struct buf *out, int64_t when);
/* One certificate as people read it, `FINGERPRINT cv25519, expires
 * 2028-01-31`, into out. */
void key_describe(const struct entry_cert *cert, struct buf *out);
/* `seal paused until 2026-12-31 (REASON), publish no`; nothing where it says nothing. */
void key_describe_policy(const struct entry *entry, int64_t now, struct buf *out);
/* The same for programs. */
json_t *key_json(const struct entry *entry, int64_t now);
/* Prints and releases value; -1 with *err when stdout can't take it. */
int key_print_json(json_t *value, struct err *err);

#endif
