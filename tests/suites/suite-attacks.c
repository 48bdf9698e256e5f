/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * suite-attacks - messages that are written so that SPF, DKIM, DMARC and the reader disagree
 *
 * Cases of the form of espoofer: {id, helo, mail_from, from_fields, other_fields, dkim?,
 * attacker_controls, victim_identity, legitimate_dns, must_not}.  What a receiver must not
 * conclude is always a pass in the victim's name, so each case is verified as a whole message,
 * as it stands, with the From fields below others, and signed by the attacker's own domain.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/suites/suite.h"

#include "base/mem.h"
#include "tests/unit/attack.h"
#include "tests/unit/signing.h"

#define FRONT "Date: Thu, 14 Jan 2021 15:00:01 +0000\r\nSubject: greetings\r\n" \
	"Message-ID: <1@attack.example>\r\n"

/* In what order, and with which signatures. */
enum variant { AS_IT_STANDS, FROM_BELOW, SIGNED, SIGNED_TWICE, VARIANTS };

static void add_line(struct buf *out, const json_t *line)
{
	size_t len = json_string_length(line);

	buf_add(out, json_string_value(line), len);
	if (len < 2 || json_string_value(line)[len - 1] != '\n')
		buf_adds(out, "\r\n");
}

/* from_fields stands for octets, as Latin-1: U+00E9 is the byte 0xe9. */
static void add_from(struct buf *out, const json_t *item)
{
	const json_t *from = json_object_get(item, "from_fields");
	const char *text = json_string_value(from), *end = text + json_string_length(from);

	if (!text || text == end)
		return;
	for (const char *at = text; at < end; at++) {
		bool two = ((unsigned char)*at & 0xfc) == 0xc0 && end - at > 1;

		buf_addc(out, two ? (char)((*at & 3) << 6 | (at[1] & 0x3f)) : *at);
		at += two;
	}
	if (end[-1] != '\n')
		buf_adds(out, "\r\n");
}

static void sign(struct buf *message, const json_t *dkim, const char *attacker)
{
	const json_t *domain = json_object_get(dkim, "d"), *selector = json_object_get(dkim, "s");
	struct signing signing = { attacker, "s", .names = "from:subject", .key = ATTACK_KEY };

	if (json_is_string(domain) && json_string_length(domain)) {
		signing.domain = json_string_value(domain);
		signing.domain_len = json_string_length(domain);
	}
	if (json_is_string(selector) && json_string_length(selector)) {
		signing.selector = json_string_value(selector);
		signing.selector_len = json_string_length(selector);
	}
	signing_dkim(&signing, message);
}

static void build(const json_t *item, enum variant variant, const char *attacker,
                  struct buf *message)
{
	const json_t *dkim = json_object_get(item, "dkim"), *line;
	size_t i;

	if (variant != FROM_BELOW)
		add_from(message, item);
	buf_adds(message, FRONT);
	json_array_foreach(json_object_get(item, "other_fields"), i, line)
		add_line(message, line);
	if (variant == FROM_BELOW)
		add_from(message, item);
	buf_adds(message, "\r\nGive me your password.\r\n");
	if (dkim && variant != SIGNED)
		sign(message, dkim, attacker);
	if (variant == SIGNED || variant == SIGNED_TWICE)
		sign(message, NULL, attacker);
}

/* The envelope sender without <>. */
static char *sender_of(const json_t *item)
{
	const char *text = suite_text(item, "mail_from");
	size_t len = strlen(text);

	if (len >= 2 && text[0] == '<' && text[len - 1] == '>')
		return mem_strndup(text + 1, len - 2);
	return mem_strdup(text);
}

static struct zone *zone_of(const json_t *item, const char *victim)
{
	struct zone *zone = attack_zone(victim);
	const char *name;
	json_t *what;

	json_object_foreach(json_object_get(item, "legitimate_dns"), name, what)
		if (strcasecmp(name, victim) != 0)
			attack_zone_add(zone, name);
	return zone;
}

/* A domain; where it is an account at the victim's provider, some other one. */
static const char *attacker_of(const json_t *item)
{
	const char *text = suite_text(item, "attacker_controls");

	return *text && !strpbrk(text, " @") ? text : "attacker.example";
}

static void run_case(struct suite *suite, const json_t *item)
{
	const char *at = strrchr(suite_text(item, "victim_identity"), '@');
	const char *victim = at ? at + 1 : suite_text(item, "victim_identity");
	char *sender = sender_of(item);
	const struct attack attack = {
		.attacker = attacker_of(item), .victim = victim,
		.helo = suite_text(item, "helo"), .sender = sender,
		.zone = zone_of(item, victim),
	};
	struct zone *zone = attack.zone;
	struct buf why = BUF_INIT;
	const char *found = NULL;
	int variant = 0;

	for (; !found && variant < VARIANTS; variant++) {
		struct buf message = BUF_INIT;

		build(item, (enum variant)variant, attack.attacker, &message);
		found = attack_run(&attack, &message, &why, NULL);
		buf_free(&message);
	}
	suite_case(suite, suite_text(item, "id"), !found, "in variant %d %s", variant - 1,
	           buf_str(&why));
	buf_free(&why);
	zone_free(&zone);
	free(sender);
}

void suite_attacks(struct suite *suite, const json_t *root)
{
	const json_t *item;
	size_t i;

	json_array_foreach(root, i, item)
		run_case(suite, item);
}
