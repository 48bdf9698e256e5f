/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config - the configuration file (mailseal.conf(5))
 *
 * `key = value` lines, `#` comments, then `[domain D]` and `[recipient A]`
 * sections that override what can differ from recipient to recipient.
 * Everything is checked when the file is read: an unknown key, a value that
 * is none, a key set twice are errors (ERR_CONFIG), so that no delivery runs
 * with half of what the administrator meant.
 */
#ifndef MAILSEAL_FILTER_CONFIG_H
#define MAILSEAL_FILTER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CONFIG_MAX ((size_t)1024 * 1024) /* bytes of a configuration file */

/* One name per setting; the table in config.c has its word, kind and default. */
enum setting {
	SET_AUTHSERV_ID,
	SET_TRUSTED_AUTHSERV_IDS,
	SET_TRUSTED_ENVELOPE_FIELDS,
	SET_TRUSTED_RELAYS,
	SET_DEFAULT_DOMAIN,
	SET_RECIPIENT_DELIMITER,
	SET_KEYSTORE,
	SET_KEYSTORE_PUBLIC_KEY,
	SET_KEYSTORE_SIGNING_KEY,
	SET_STATE_DIR,
	SET_SPOOL_DIR,
	SET_GPG_PROGRAM,
	SET_ENROLL,
	SET_ON_UNUSABLE_KEY,
	SET_ON_EXPIRED,
	SET_RECOVERY_CERTIFICATE,
	SET_HOLD_MAX_SIZE,
	SET_HOLD_DELIVER,
	SET_HOLD_OWNERS,
	SET_NOTIFY_OWNERS,
	SET_SENDMAIL,
	SET_ARCHIVE_CERTIFICATES,
	SET_HIDDEN_RECIPIENTS,
	SET_PROTECT_SUBJECT,
	SET_PROTECT_HEADERS,
	SET_HIDE_FIELDS,
	SET_MAX_MESSAGE_SIZE,
	SET_DEADLINE,
	SET_ON_UPSTREAM_REFUSAL,
	SET_RESOLVER,
	SET_TRUST_ANCHOR,
	SET_DNS_BUDGET,
	SET_ON_TEMPERROR,
	SET_ON_DMARC_FAIL,
	SET_ON_PARTIAL_BODY,
	SET_TRUSTED_ARC_SEALERS,
	SET_VKS_SERVER,
	SET_FETCH_TIMEOUT,
	SETTING_COUNT
};

/* Indices into the choices of the settings of that kind. */
enum { ENROLL_OPTIONAL, ENROLL_REQUIRED };
enum { UNUSABLE_DEFER, UNUSABLE_REFUSE, UNUSABLE_HOLD, UNUSABLE_SEAL }; /* seal: on-expired alone */
enum { NOTIFY_NO, NOTIFY_YES };
enum { REFUSAL_DEFER, REFUSAL_REFUSE };
enum { TEMPERROR_RECORD, TEMPERROR_DEFER };
enum { DMARC_FAIL_RECORD, DMARC_FAIL_JUNK, DMARC_FAIL_REFUSE };
enum { PARTIAL_BODY_ACCEPT, PARTIAL_BODY_FAIL };

struct config;

/* path NULL: the default file, which may be missing. NULL with *err. */
struct config *config_read(const char *path, struct err *err);
void config_free(struct config **config);

/* The command line's value goes before the file's; copied. */
void config_override(struct config *config, enum setting setting,
                     const char *value);

/* The path that was read, whether it was there or not; borrowed. */
const char *config_path(const struct config *config);
bool config_file_exists(const struct config *config);

/* Global values; all borrowed. "" where there is none. */
const char *config_text(const struct config *config, enum setting setting);
const char *const *config_list(const struct config *config,
                               enum setting setting); /* NULL-terminated */
int64_t config_number(const struct config *config,
                      enum setting setting); /* bytes, or milliseconds; 0 none */
int config_choice(const struct config *config, enum setting setting);
bool config_list_has(const struct config *config, enum setting setting,
                     const char *word); /* any case */

/* Does any part of the file set it to that choice? */
bool config_says(const struct config *config, enum setting setting, int choice);

/* What holds for one recipient: [recipient] over [domain] over the rest. */
struct policy {
	int enroll, on_unusable_key, on_expired, on_dmarc_fail;
	bool hidden_recipients;
	int protect_subject; /* enum protect_subject */
	bool strict_headers;
	const char *const *hide_fields;          /* borrowed from the config */
	const char *const *archive_certificates; /* addresses; borrowed */
	const char *const *recovery_certificate; /* so are these */
};

/* address: in normal form. */
struct policy config_policy(const struct config *config, const char *address);
bool policy_equal(const struct policy *a, const struct policy *b);

#endif
