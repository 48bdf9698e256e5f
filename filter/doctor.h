/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doctor - what the checks of `mailseal doctor` share
 *
 * A check looks at one thing and adds one line or more: how it is, and what
 * to do where it isn't well.  Each file holds the checks of one place:
 * doctor-site.c (configuration, gpg, GMime, spool), doctor-keystore.c,
 * doctor-cf.c (a keystore in PostgreSQL or a directory),
 * doctor-dns.c (the resolver), doctor-hold.c (held messages), doctor-host.c (this machine), doctor-hook.c (the MTA and MDA);
 * doctor-access.c has what they ask about permissions.
 */
#ifndef MAILSEAL_FILTER_DOCTOR_H
#define MAILSEAL_FILTER_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "filter/command.h"
#include "filter/config.h"
#include "keystore/entry.h"

enum level { LEVEL_OK, LEVEL_WARN, LEVEL_FAIL };

struct finding {
	enum level level;
	const char *check; /* a word; borrowed */
	struct err text;   /* what, advice */
};

struct doctor {
	const struct global *global;
	struct config *config; /* NULL: it could not be read */
	struct entry *sample;  /* one that can be sealed to; NULL: none */
	struct finding *finding;
	size_t findings;
};

void doctor_add(struct doctor *d, enum level level, const char *check,
                const char *advice, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* Adds a line where others than root can change path. */
void doctor_writers(struct doctor *d, const char *check, const char *path);
/* Warns where not every uid has want (S_IROTH, S_IWOTH, S_IXOTH) on path, or
 * a folder above it is closed; true where neither is so. */
bool doctor_reach(struct doctor *d, const char *check, const char *path,
                  mode_t want);

void doctor_config(struct doctor *d);
void doctor_keystore(struct doctor *d);
void doctor_pgsql(struct doctor *d, const char *path); /* of FILE.cf; of doctor_keystore, as the next */
void doctor_ldap(struct doctor *d, const char *path);
void doctor_gpg(struct doctor *d);
void doctor_mime(struct doctor *d);
void doctor_spool(struct doctor *d);
void doctor_dns(struct doctor *d);
void doctor_hold(struct doctor *d);
void doctor_host(struct doctor *d);
void doctor_hook(struct doctor *d);

#endif
