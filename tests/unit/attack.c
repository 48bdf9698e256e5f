/* SPDX-License-Identifier: GPL-3.0-or-later */
/* attack - a message whose sender has a domain of his own and wants a pass in another's name */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/authres.h"
#include "auth/results.h"
#include "auth/token.h"
#include "base/mem.h"
#include "tests/unit/attack.h"
#include "tests/unit/signing.h"
#include "tests/unit/spools.h"

/* ---- DNS ---------------------------------------------------------------- */

static void add_text(struct zone *zone, const char *name, const char *text)
{
	zone_txt(zone, name, text, strlen(text));
}

void attack_zone_add(struct zone *zone, const char *victim)
{
	char *dmarc = mem_printf("_dmarc.%s", victim);

	add_text(zone, victim, "v=spf1 -all");
	add_text(zone, dmarc, "v=DMARC1; p=reject");
	free(dmarc);
}

struct zone *attack_zone(const char *victim)
{
	struct zone *zone = zone_new();

	attack_zone_add(zone, victim);
	return zone;
}

static bool is_below(const char *name, const char *domain)
{
	size_t len = strlen(name), end = strlen(domain);

	return len >= end && strcasecmp(name + len - end, domain) == 0 &&
	       (len == end || name[len - end - 1] == '.');
}

/* All that helps. */
static struct dns_answer *attackers_answer(const struct lookup *lookup)
{
	static const char spf[] = "v=spf1 +all", dmarc[] = "v=DMARC1; p=none";
	static const unsigned char address[] = { 203, 0, 113, 66 };
	struct dns_answer *answer = dns_answer_new(DNS_NO_DATA, DNS_INSECURE);
	struct buf key = BUF_INIT;

	signing_key_record(ATTACK_KEY, &key);
	if (lookup->type == DNS_TXT && strncmp(lookup->name, "_dmarc.", 7) == 0) {
		dns_answer_add(answer, dmarc, strlen(dmarc), 0);
	} else if (lookup->type == DNS_TXT) {
		dns_answer_add(answer, spf, strlen(spf), 0);
		dns_answer_add(answer, key.data, key.len, 0);
	} else if (lookup->type == DNS_A) {
		dns_answer_add(answer, address, sizeof address, 0);
	}
	buf_free(&key);
	return answer;
}

/* A verify_wait. */
static void answer_all(void *ctx, struct lookups *lookups, struct deadline deadline)
{
	const struct attack *attack = ctx;

	for (size_t i = 0; i < lookups_count(lookups); i++) {
		const struct lookup lookup = lookups_get(lookups, i);

		if (!lookup.answer && is_below(lookup.name, attack->attacker))
			lookups_feed(lookups, i, attackers_answer(&lookup));
	}
	zone_wait(attack->zone, lookups, deadline);
}

/* ---- what was borrowed -------------------------------------------------- */

/* The domain of a value: behind the last @, as A-labels are compared. */
static bool names_victim(const char *value, const char *victim)
{
	const char *at = strrchr(value, '@');

	return is_below(at ? at + 1 : value, victim);
}

/* A result that passes and is about the victim. */
static const char *find_pass(const struct authres *ar, const char *victim)
{
	for (size_t i = 0; i < ar->count; i++) {
		const struct authres_result *result = &ar->results[i];

		if (strcasecmp(result->result, "pass") != 0)
			continue;
		for (size_t k = 0; k < result->properties_count; k++)
			if (names_victim(result->properties[k].value, victim))
				return "a pass about the victim";
	}
	return NULL;
}

/* Lines that begin with a blank, but for the first; no control characters. */
static bool is_one_field(const char *field)
{
	for (const char *c = field; *c; c++) {
		if (*c == '\n' ? c[1] != ' ' && c[1] != '\t'
		               : ((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			return false;
	}
	return true;
}

/* For a reader who splits at semicolons and knows no quotes: is there a part that begins with a method's
 * pass and names the victim next? */
static bool lenient_pass(const char *field, const char *victim)
{
	static const char *const passes[] = { "dmarc=pass", "dkim=pass", "spf=pass" };
	char *copy = mem_strdup(field), *rest = copy, *part;
	bool found = false;

	while ((part = strsep(&rest, ";")) != NULL) {
		char *equals = NULL;

		part += strspn(part, " \t\n");
		for (size_t i = 0; i < 3; i++)
			if (strncasecmp(part, passes[i], strlen(passes[i])) == 0)
				equals = strchr(part + strlen(passes[i]), '=');
		if (!equals)
			continue;
		equals[strcspn(equals, " \t\n")] = '\0';
		found |= names_victim(equals + 1, victim);
	}
	free(copy);
	return found;
}

static const char *judge(const struct attack *attack, const struct verify *verify,
                         const char *field)
{
	const char *value = strchr(field, ':') + 1, *found;
	struct authres *ar;

	if (!is_one_field(field))
		return "a field that can be read as several";
	if (verify->dmarc.result == DMARC_PASS &&
	    is_below(verify->dmarc.from_domain, attack->victim))
		return "DMARC passes";
	if (verify->rescued_by)
		return "DMARC is rescued";
	ar = authres_parse(value, strlen(value));
	if (!ar || ar->flawed || strcmp(ar->id, ATTACK_ID) != 0)
		found = "a field that can't be read";
	else
		found = find_pass(ar, attack->victim);
	if (!found && lenient_pass(value, attack->victim))
		found = "a pass about the victim for a lenient reader";
	authres_free(&ar);
	return found;
}

const char *attack_run(const struct attack *attack, const struct buf *text,
                       struct buf *why, enum dmarc_result *result)
{
	const struct border_trust trust = {
		.authserv_id = ATTACK_ID,
		.trusted_authserv_ids = attack->trusted_ids,
	};
	struct attack answers = *attack;
	struct spool *spool = spools_with(text->data, text->len);
	struct verify_request request = {
		.client_address = ATTACK_CLIENT,
		.helo = attack->helo,
		.sender = attack->sender,
		.receiver = ATTACK_ID,
		.now = 1700000000,
		.partial_body_fails = attack->partial_body_fails,
		.trusted_sealers = attack->trusted_sealers,
	};
	struct message message;
	struct border *border;
	struct results *results;
	struct verify verify;
	const char *found;
	struct err err;

	spools_check(message_map(spool, &message, &err), &err);
	request.message = &message;
	border = border_read(&message, &trust, &err);
	spools_check(border ? 0 : -1, &err);
	spools_check(verify_run(&request, answer_all, &answers, DEADLINE_NEVER, &verify, &err),
	             &err);
	results = results_new(ATTACK_ID, border, &verify);
	found = judge(attack, &verify, results_field(results));
	buf_cut(why, 0);
	buf_addf(why, "%s: %s", found ? found : "-", results_field(results));
	if (result)
		*result = verify.dmarc.result;
	results_free(&results);
	verify_free(&verify);
	border_free(&border);
	spool_free(&spool);
	return found;
}
