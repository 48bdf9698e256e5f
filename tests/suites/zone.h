/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * zone - names and records in memory that answer lookups, for tests
 *
 * A name that was not added, and below which nothing was added, does not exist.
 */
#ifndef MAILSEAL_TESTS_ZONE_H
#define MAILSEAL_TESTS_ZONE_H

#include <stddef.h>

#include "auth/lookups.h"
#include "base/clock.h"

struct zone;

struct zone *zone_new(void);
void zone_free(struct zone **zone);

void zone_txt(struct zone *zone, const char *name, const char *data, size_t len);
void zone_host(struct zone *zone, const char *name, enum dns_type type, const char *host,
               unsigned preference); /* PTR, MX, NS */
void zone_address(struct zone *zone, const char *name, const char *text); /* A, AAAA */
void zone_name(struct zone *zone, const char *name); /* is there, without records */
void zone_fails(struct zone *zone, const char *name, int type, const char *why); /* type 0: all */
/* Names that begin so fail as well ("error."). */
void zone_prefix_fails(struct zone *zone, const char *prefix);
/* What is said of all answers from now on; DNS_INSECURE at first. */
void zone_security(struct zone *zone, enum dns_security security);

/* Answers all that is open. It is a verify_wait, its ctx the zone. */
void zone_wait(void *zone, struct lookups *lookups, struct deadline deadline);

#endif
