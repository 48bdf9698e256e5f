/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-offer - what a source offers for an address, on its way into the store */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "filter/key-offer.h"

/* What came, and what of it is asked for. */
struct choice {
	struct engine_cert *cert;
	size_t count;
	bool *carries, *enrolled;
};

/* ---- which ------------------------------------------------------------------------ */

static bool has_in_use(const struct entry *entry, const char *fingerprint)
{
	for (size_t i = 0; entry && i < entry->certs; i++)
		if (!entry->cert[i].retired &&
		    strcmp(entry->cert[i].fingerprint, fingerprint) == 0)
			return true;
	return false;
}

static size_t count_of(const bool *list, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += list[i];
	return n;
}

static int look_at(struct key_run *run, const struct key_offer *offer,
                   struct choice *choice, struct err *err)
{
	struct entry *entry = NULL;

	if (run->store && store_get(run->store, offer->address, &entry, err) ==
	                  STORE_COULD_NOT_ASK)
		return -1;
	if (engine_inspect(&run->engine, offer->found->data, offer->found->len, NULL,
	                   &choice->cert, &choice->count, deadline_in(KEY_DEADLINE_MS), err)) {
		entry_free(&entry);
		return -1;
	}
	choice->carries = mem_array(choice->count, sizeof *choice->carries);
	choice->enrolled = mem_array(choice->count, sizeof *choice->enrolled);
	for (size_t i = 0; i < choice->count; i++) {
		choice->carries[i] = key_cert_carries(&choice->cert[i], offer->address);
		choice->enrolled[i] = choice->carries[i] &&
			has_in_use(entry, choice->cert[i].cert.fingerprint);
	}
	entry_free(&entry);
	if (count_of(choice->carries, choice->count))
		return 0;
	return err_set(err, ERR_DATA, "ask the owner for it, and `mailseal key import` it",
	               "what came for %s has no valid user ID with that address",
	               offer->address);
}

/* One that can be sealed to; where none can, the first, so that it is told why. */
static int choose_new(const struct key_run *run, const struct key_offer *offer,
                      const struct choice *choice, size_t *chosen, struct err *err)
{
	size_t usable = 0, first = choice->count;

	for (size_t i = choice->count; i-- > 0;) {
		if (!choice->carries[i])
			continue;
		first = i;
		if (!choice->enrolled[i] &&
		    entry_cert_usability(&choice->cert[i].cert, run->now) == USABLE) {
			*chosen = i;
			usable++;
		}
	}
	if (usable == 0)
		*chosen = first;
	if (usable <= 1)
		return 0;
	return err_set(err, ERR_DATA, "ask the owner which, and `mailseal key import` it",
	               "%zu different certificates that can be sealed to came for %s", usable,
	               offer->address);
}

/* The owner may have another key by now; nobody but the administrator can decide that. */
static void tell_others(const struct key_run *run, const struct key_offer *offer,
                        const struct choice *choice)
{
	const struct log log = { .to_stderr = true };

	for (size_t i = 0; i < choice->count; i++)
		if (choice->carries[i] && !choice->enrolled[i] &&
		    entry_cert_usability(&choice->cert[i].cert, run->now) == USABLE)
			log_info(&log, "note: %s has another certificate there, %s; `mailseal key fetch --replace` takes it",
			         offer->address, choice->cert[i].cert.fingerprint);
}

/* ---- take ------------------------------------------------------------------------- */

static void move_items(struct key_batch *from, struct key_batch *to)
{
	to->item = mem_grow(to->item, to->count + from->count, sizeof *to->item);
	memcpy(to->item + to->count, from->item, from->count * sizeof *to->item);
	to->count += from->count;
	from->count = 0;
}

static int take(struct key_run *run, const struct key_offer *offer,
                const struct engine_cert *cert, struct key_batch *done, struct err *err)
{
	struct key_batch batch = { NULL, 0 };
	int rc = key_batch_add(run, &batch, &offer->how, cert, offer->address, err);

	if (!rc && !offer->dry_run)
		rc = key_batch_write(run, &batch, err);
	if (!rc)
		move_items(&batch, done);
	key_batch_free(&batch);
	return rc;
}

static int take_chosen(struct key_run *run, const struct key_offer *offer,
                       const struct choice *choice, struct key_batch *done,
                       struct err *err)
{
	size_t chosen = 0;

	if (offer->how.intent == KEY_REPLACE || !count_of(choice->enrolled, choice->count)) {
		if (choose_new(run, offer, choice, &chosen, err))
			return -1;
		return take(run, offer, &choice->cert[chosen], done, err);
	}
	for (size_t i = 0; i < choice->count; i++)
		if (choice->enrolled[i] && take(run, offer, &choice->cert[i], done, err))
			return -1;
	tell_others(run, offer, choice);
	return 0;
}

int key_offer_take(struct key_run *run, const struct key_offer *offer,
                   struct key_batch *done, struct err *err)
{
	struct choice choice = { NULL, 0, NULL, NULL };
	int rc = look_at(run, offer, &choice, err);

	if (!rc)
		rc = take_chosen(run, offer, &choice, done, err);
	engine_certs_free(&choice.cert, choice.count);
	free(choice.carries);
	free(choice.enrolled);
	return rc;
}
