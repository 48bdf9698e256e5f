/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-health - how an entry stands, for those who look after it: key check, key remind */
#ifndef MAILSEAL_FILTER_KEY_HEALTH_H
#define MAILSEAL_FILTER_KEY_HEALTH_H

#include "filter/key.h"
#include "keystore/health.h"

#define KEY_DAY_S 86400

enum key_health {
	KEY_HEALTH_GOOD, /* also an entry without certificates: a policy, an alias */
	KEY_HEALTH_ENDS, /* it can be used, but not much longer */
	KEY_HEALTH_UNUSABLE,
	KEY_HEALTH_UNREADABLE, /* for who counts; key_health does not say it */
	KEY_HEALTH_COUNT
};

/* warn_days: when `not much longer` begins; -1: never. */
enum key_health key_health(const struct entry *entry, int64_t now, int64_t warn_days);
const char *key_health_word(enum key_health health); /* "good", "ends soon", ... */

/* A number of days, 0 to 3650. -1 with *err. */
int key_days(const char *text, int64_t *days, struct err *err);

#endif
