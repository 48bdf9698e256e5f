/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * attack - a message whose sender has a domain of his own and wants a pass in another's name
 *
 * The attacker's DNS is as helpful to him as can be: every name at or below his domain has an address, an
 * SPF record that lets all hosts send, a DKIM key (signing.h's ATTACK_KEY) and, at _dmarc, a
 * policy.  The victim's names are in a zone: SPF -all, DMARC p=reject, unless more is added.
 */
#ifndef MAILSEAL_TESTS_ATTACK_H
#define MAILSEAL_TESTS_ATTACK_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/border.h"
#include "auth/verify.h"
#include "base/buf.h"
#include "tests/suites/zone.h"

#define ATTACK_KEY 66
#define ATTACK_CLIENT "203.0.113.66"
#define ATTACK_ID "mx.receiver.example" /* who verifies */

struct attack {
	const char *attacker, *victim; /* domains */
	const char *helo, *sender;     /* as verify_request has them */
	struct zone *zone;             /* attack_zone's */
	bool partial_body_fails;
	const char *const *trusted_ids; /* for border_trust; or NULL */
	const char *const *trusted_sealers;
};

struct zone *attack_zone(const char *victim);
void attack_zone_add(struct zone *zone, const char *victim); /* another one */

/*
 * Verifies the message and looks for a pass in the victim's name: DMARC's result, the results in the field that
 * is recorded (also as a reader sees it who knows no quotes and comments), and
 * whether the field is one field.  NULL: none; else what was found, in why.  *result, if not
 * NULL, is what DMARC says.
 */
const char *attack_run(const struct attack *attack, const struct buf *message,
                       struct buf *why, enum dmarc_result *result);

#endif
