/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decide - what happens to a message: a pure function, no I/O */
#include <config.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "filter/decide.h"
#include "keystore/health.h"

static const char one_at_a_time[] =
	"deliver one recipient at a time (Postfix: SERVICE_destination_recipient_limit = 1)";

static void stop(struct decision *d, enum outcome outcome)
{
	free(d->subkey);
	d->subkey = NULL;
	d->subkeys = 0;
	d->then = 0;
	d->outcome = outcome;
	d->why.class = outcome == OUTCOME_REFUSED ? ERR_POLICY : ERR_TEMPORARY;
}

/* The store must have answered, and in the same way for all. */
static bool check_answers(const struct decide_question *q,
                          struct decision *d, bool *enrolled)
{
	size_t found = 0;

	for (size_t i = 0; i < q->recipients; i++) {
		const struct decide_address *r = &q->recipient[i];

		if (r->answer == STORE_COULD_NOT_ASK) {
			d->why = *r->could_not;
			stop(d, OUTCOME_DEFERRED);
			return false;
		}
		found += r->answer == STORE_FOUND;
		if (!policy_equal(&r->policy, &q->recipient[0].policy)) {
			err_set(&d->why, ERR_TEMPORARY, one_at_a_time,
			        "the policies of %s and %s differ",
			        q->recipient[0].address, r->address);
			stop(d, OUTCOME_DEFERRED);
			return false;
		}
	}
	if (found != 0 && found != q->recipients) {
		err_set(&d->why, ERR_TEMPORARY, one_at_a_time,
		        "some recipients are enrolled, others are not");
		stop(d, OUTCOME_DEFERRED);
		return false;
	}
	*enrolled = found != 0;
	return true;
}

/*
 * What the author's domain asks for goes before what could not be asked: a disposition is
 * there only when DMARC is sure of it.
 */
static bool check_sender(const struct decide_question *q, struct decision *d)
{
	const int action = d->policy->on_dmarc_fail;

	if (action == DMARC_FAIL_REFUSE && q->disposition == DMARC_P_REJECT) {
		err_set(&d->why, ERR_POLICY, NULL,
		        "the message fails DMARC, its author's domain asks to reject such mail, and on-dmarc-fail = refuse");
		stop(d, OUTCOME_REFUSED);
		return false;
	}
	if (q->temperror && q->on_temperror == TEMPERROR_DEFER) {
		err_set(&d->why, ERR_TEMPORARY,
		        "look at the resolver; on-temperror = record would take such mail",
		        "the sender could not be verified, since DNS did not answer");
		stop(d, OUTCOME_DEFERRED);
		return false;
	}
	d->junk = action != DMARC_FAIL_RECORD && q->disposition != DMARC_P_NONE;
	return true;
}

static void decide_not_enrolled(const struct decide_question *q,
                                struct decision *d)
{
	d->outcome = OUTCOME_NOT_ENROLLED;
	if (d->policy->enroll != ENROLL_REQUIRED)
		return;
	err_set(&d->why, ERR_TEMPORARY,
	        "enrol the recipient with `mailseal key import`",
	        "%s has no certificate, and the configuration says enroll = required",
	        q->recipient[0].address);
	stop(d, OUTCOME_DEFERRED);
}

/* Whoever stopped it said until when, and why. */
static void describe_stop(const struct entry *entry, struct decision *d)
{
	const char *reason = entry->reason ? entry->reason : "";
	char until[40] = "";
	time_t end = (time_t)entry->pause_until;
	struct tm tm;

	if (entry->seal == ENTRY_SEAL_PAUSE && gmtime_r(&end, &tm))
		strftime(until, sizeof until, "; until=%Y-%m-%dT%H:%M:%SZ", &tm);
	snprintf(d->stopped, sizeof d->stopped, "; reason=%s%s%s%s%s",
	         entry->seal == ENTRY_SEAL_PAUSE ? "paused" : "off", until,
	         *reason ? "; because=\"" : "", reason, *reason ? "\"" : "");
}

/* Entries say off or pause, all of them, in words that are the same: true. */
static bool decide_stopped(const struct decide_question *q, struct decision *d)
{
	size_t stopped = 0;

	for (size_t i = 0; i < q->recipients; i++)
		stopped += !entry_seals(q->recipient[i].entry, q->now);
	if (stopped == 0)
		return false;
	describe_stop(q->recipient[0].entry, d);
	if (stopped == q->recipients) {
		d->outcome = OUTCOME_NOT_SEALED;
		return true;
	}
	err_set(&d->why, ERR_TEMPORARY, one_at_a_time,
	        "sealing is stopped for some of the recipients");
	stop(d, OUTCOME_DEFERRED);
	return true;
}

static bool has_subkey(const struct decision *d, const struct entry_subkey *subkey)
{
	for (size_t i = 0; i < d->subkeys; i++)
		if (strcmp(d->subkey[i]->fingerprint, subkey->fingerprint) == 0)
			return true;
	return false;
}

static void add_subkey(struct decision *d, const struct entry_subkey *subkey)
{
	if (has_subkey(d, subkey))
		return;
	d->subkey = mem_grow(d->subkey, d->subkeys + 1, sizeof *d->subkey);
	d->subkey[d->subkeys++] = subkey;
}

/* Adds every usable subkey; *why is the reason when there is none. */
static bool add_usable(struct decision *d, const struct entry *entry,
                       int64_t now, enum usability *why)
{
	bool any = false;

	*why = NO_ENCRYPTION_SUBKEY;
	for (size_t c = 0; c < entry->certs; c++) {
		const struct entry_cert *cert = &entry->cert[c];

		if (cert->retired)
			continue;
		*why = entry_cert_usability(cert, now);
		for (size_t s = 0; s < cert->subkeys; s++) {
			if (entry_subkey_usability(cert, &cert->subkey[s], now) != USABLE)
				continue;
			add_subkey(d, &cert->subkey[s]);
			any = true;
		}
	}
	return any;
}

static bool expired(enum usability why)
{
	return why == CERT_EXPIRED || why == SUBKEYS_EXPIRED;
}

/*
 * on-expired = seal: the owner of an expired certificate still has its secret key, so it is used as of
 * the last moment at which it was valid.  false: there is none, it is revoked or weak.
 */
static bool add_expired(struct decision *d, const struct entry *entry,
                        int64_t now, enum usability why)
{
	int64_t last = 0;

	if (expired(why) && d->policy->on_expired == UNUSABLE_SEAL)
		last = health_last_usable(entry, now);
	if (!last || !add_usable(d, entry, last, &why))
		return false;
	if (!d->then || last < d->then)
		d->then = last;
	return true;
}

/* Was all of the entry that is sealed to valid at that moment? */
static bool was_valid(const struct decision *d, const struct entry *entry)
{
	for (size_t c = 0; c < entry->certs; c++) {
		const struct entry_cert *cert = &entry->cert[c];

		for (size_t s = 0; s < cert->subkeys; s++)
			if (has_subkey(d, &cert->subkey[s]) &&
			    entry_subkey_usability(cert, &cert->subkey[s],
			                           d->then) != USABLE)
				return false;
	}
	return true;
}

/* gpg has one clock for all of a message's certificates. */
static bool check_then(const struct decide_question *q, struct decision *d)
{
	const char *odd = NULL;

	for (size_t i = 0; d->then && i < q->recipients + q->archives; i++) {
		const struct decide_address *a = i < q->recipients ?
			&q->recipient[i] : &q->archive[i - q->recipients];

		if (!was_valid(d, a->entry))
			odd = a->address;
	}
	if (!odd)
		return true;
	err_set(&d->why, ERR_TEMPORARY, q->recipients > 1 ? one_at_a_time :
	        "ask the owner of the expired one for a newer copy",
	        "a certificate is expired, and that of %s was not valid when it was", odd);
	stop(d, OUTCOME_DEFERRED);
	return false;
}

/* What can hold it is the site's: each usable certificate, and one is enough. */
static bool add_recoveries(const struct decide_question *q, struct decision *d)
{
	enum usability why;

	for (size_t i = 0; i < q->recoveries; i++)
		if (q->recovery[i].answer == STORE_FOUND)
			add_usable(d, q->recovery[i].entry, q->now, &why);
	return d->subkeys > 0;
}

/* d->why says that there is no usable certificate. */
static void decide_hold(const struct decide_question *q, struct decision *d,
                        enum usability why)
{
	const char *advice = one_at_a_time;

	if (q->recipients == 1 && q->can_hold && add_recoveries(q, d)) {
		d->unusable = why;
		d->outcome = OUTCOME_HELD;
		return;
	}
	if (!q->can_hold)
		advice = "it can be held only where `mailseal deliver` stores it";
	else if (q->recipients == 1)
		advice = "it can't be held either: recovery-certificate names none that is enrolled and usable";
	snprintf(d->why.advice, sizeof d->why.advice, "%s", advice);
	stop(d, OUTCOME_DEFERRED);
}

/* One refusal must not bounce the others' copies: alone, each gets its own. */
static void decide_unusable(const struct decide_question *q, struct decision *d,
                            const char *address, enum usability why)
{
	const bool alone = q->recipients == 1;
	int action = expired(why) ? d->policy->on_expired
	                          : d->policy->on_unusable_key;

	/* It was not sealed: it is weak or revoked, too. */
	if (action == UNUSABLE_SEAL)
		action = d->policy->on_unusable_key;
	err_set(&d->why, ERR_TEMPORARY, usability_advice(why),
	        "no usable certificate for %s (%s)", address,
	        usability_word(why));
	if (action == UNUSABLE_HOLD) {
		decide_hold(q, d, why);
		return;
	}
	if (action == UNUSABLE_REFUSE && alone) {
		stop(d, OUTCOME_REFUSED);
		return;
	}
	if (action == UNUSABLE_REFUSE)
		snprintf(d->why.advice, sizeof d->why.advice, "%s", one_at_a_time);
	stop(d, OUTCOME_DEFERRED);
}

/* The archive's certificate is the site's: without it nothing goes on. */
static bool add_archives(const struct decide_question *q, struct decision *d)
{
	enum usability why;

	for (size_t i = 0; i < q->archives; i++) {
		const struct decide_address *a = &q->archive[i];

		if (a->answer == STORE_FOUND &&
		    add_usable(d, a->entry, q->now, &why))
			continue;
		if (a->answer == STORE_COULD_NOT_ASK)
			d->why = *a->could_not;
		else
			err_set(&d->why, ERR_TEMPORARY,
			        "import it with `mailseal key import`, or take it out of archive-certificates",
			        "no usable certificate for the archive %s",
			        a->address);
		stop(d, OUTCOME_DEFERRED);
		return false;
	}
	return true;
}

static void decide_seal(const struct decide_question *q, struct decision *d)
{
	enum usability why;

	for (size_t i = 0; i < q->recipients; i++) {
		const struct decide_address *r = &q->recipient[i];

		if (!add_usable(d, r->entry, q->now, &why) &&
		    !add_expired(d, r->entry, q->now, why)) {
			decide_unusable(q, d, r->address, why);
			return;
		}
	}
	if (!add_archives(q, d) || !check_then(q, d))
		return;
	if (d->subkeys > DECIDE_SUBKEYS_MAX) {
		err_set(&d->why, ERR_TEMPORARY, one_at_a_time,
		        "more than %d subkeys to seal to", DECIDE_SUBKEYS_MAX);
		stop(d, OUTCOME_DEFERRED);
		return;
	}
	d->outcome = OUTCOME_SEALED;
}

const char *decide_expired(int64_t then, char out[DECIDE_DATE_MAX])
{
	time_t end = (time_t)(then + 1);
	struct tm tm;

	if (!gmtime_r(&end, &tm) || strftime(out, DECIDE_DATE_MAX, "%Y-%m-%d", &tm) == 0)
		snprintf(out, DECIDE_DATE_MAX, "unknown");
	return out;
}

struct decision decide(const struct decide_question *question)
{
	struct decision d = { .outcome = OUTCOME_DEFERRED };
	bool enrolled;

	d.policy = &question->recipient[0].policy;
	if (!check_answers(question, &d, &enrolled) ||
	    !check_sender(question, &d))
		return d;
	if (!enrolled)
		decide_not_enrolled(question, &d);
	else if (decide_stopped(question, &d))
		return d;
	else if (question->class != MIME_READABLE)
		d.outcome = OUTCOME_PASSED_ENCRYPTED;
	else
		decide_seal(question, &d);
	return d;
}
