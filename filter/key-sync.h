/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-sync - what the parts of `mailseal key sync` share */
#ifndef MAILSEAL_FILTER_KEY_SYNC_H
#define MAILSEAL_FILTER_KEY_SYNC_H

#include "filter/key.h"
#include "keystore/pgsql-conf.h"

#define KEY_SYNC_GONE_MIN 10                /* so many may always be gone ... */
#define KEY_SYNC_GONE_OF 4                  /* ... or one of so many; else somebody must look */

/*
 * An existing table (FILE.cf's list): certificates that are new are looked at with gpg, and
 * entries made of them.  accept: other primary keys in the place of known ones, and any number that is
 * gone.  -1 with *err: ERR_DATA when rows were left out.
 */
int key_sync_table(struct key_run *run, const struct pgsql_conf *conf, bool accept,
                   struct err *err);

#endif
