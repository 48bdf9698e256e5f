/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-write - a batch of certificates is written, all of it or nothing, and printed */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "filter/key-batch.h"
#include "filter/key-notify.h"

/* ---- write ----------------------------------------------------------------------------- */

/* The same address twice in one batch: the second would meet a newer serial. */
static int check_twice(const struct key_batch *batch, struct err *err)
{
	for (size_t i = 0; i < batch->count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(batch->item[i].entry->address,
			           batch->item[j].entry->address) == 0)
				return err_set(err, ERR_DATA,
				               "import them one after the other",
				               "%s comes twice in one import",
				               batch->item[i].entry->address);
	return 0;
}

/* Puts back what stood there before the batch; best effort. */
static void undo(struct key_run *run, const struct key_batch *batch, size_t done)
{
	struct err ignored;

	while (done-- > 0) {
		struct key_pending *p = &batch->item[done];

		if (p->unchanged)
			continue;
		if (!p->before) {
			store_remove(run->store, p->entry->address, &ignored);
			continue;
		}
		p->before->serial = p->entry->serial + 1;
		store_put(run->store, p->before, "undo", &ignored);
	}
}

/* A store is made only now: an empty one, left by an import that failed,
 * would say "not enrolled" where a missing one defers. */
static int make_store(struct key_run *run, struct err *err)
{
	if (run->store)
		return 0;
	site_store_close(&run->site);
	if (site_store_open(run->config, SITE_STORE_CREATE, &run->site, err))
		return -1;
	run->store = run->site.store;
	if (store_created(run->store))
		fprintf(stderr, "mailseal: made a new keystore at %s\n",
		        store_spec(run->store));
	return 0;
}

/* The word for the log. */
static const char *action(const struct key_pending *p)
{
	if (!p->before)
		return "enrol";
	return p->replaced ? "replace" : "update";
}

int key_batch_write(struct key_run *run, const struct key_batch *batch,
                    struct err *err)
{
	if (check_twice(batch, err) || make_store(run, err))
		return -1;
	for (size_t i = 0; i < batch->count; i++) {
		const struct key_pending *p = &batch->item[i];

		if (p->unchanged)
			continue;
		if (store_put(run->store, p->entry, action(p), err)) {
			undo(run, batch, i);
			return -1;
		}
	}
	for (size_t i = 0; i < batch->count; i++) {
		const struct key_pending *p = &batch->item[i];

		if (!p->unchanged)
			key_notify(run, p->entry->address, p->before, p->entry);
	}
	return 0;
}

/* ---- print ----------------------------------------------------------------------------- */

/* What looks like one letter may be another: nobody should enrol such a domain unseen. */
static bool is_internationalized(const char *address)
{
	const char *at = strrchr(address, '@');

	return at && (strncmp(at + 1, "xn--", 4) == 0 || strstr(at, ".xn--"));
}

/* A line for each certificate; what can't be sealed to says why. */
static void print_pending(const struct key_run *run,
                          const struct key_pending *p, const char *word)
{
	struct buf text = BUF_INIT;

	for (size_t c = 0; c < p->entry->certs; c++) {
		const struct entry_cert *cert = &p->entry->cert[c];
		enum usability u = entry_cert_usability(cert, run->now);

		buf_cut(&text, 0);
		key_describe(cert, &text);
		if (u != USABLE)
			buf_addf(&text, ": %s; %s", usability_word(u),
			         usability_advice(u));
		printf("%s %s %s\n", word, p->entry->address, buf_str(&text));
	}
	buf_free(&text);
	if (p->note)
		printf("note: %s: %s\n", p->entry->address, p->note);
	if (!p->before && is_internationalized(p->entry->address))
		printf("note: %s: a domain with other than ASCII letters; see that it is the one you mean\n",
		       p->entry->address);
}

static json_t *pending_json(const struct key_run *run,
                            const struct key_pending *p, const char *word)
{
	json_t *one = key_json(p->entry, run->now);

	json_object_set_new(one, "done", json_string(word));
	if (p->note)
		json_object_set_new(one, "note", json_string(p->note));
	return one;
}

static const char *done_word(const struct key_pending *p)
{
	if (p->unchanged)
		return "unchanged";
	if (!p->before)
		return "enrolled";
	return p->replaced ? "replaced" : "updated";
}

int key_batch_print(const struct key_run *run, const struct key_batch *batch,
                    struct err *err)
{
	json_t *all = run->json ? json_array() : NULL;

	for (size_t i = 0; i < batch->count; i++) {
		const struct key_pending *p = &batch->item[i];

		if (all)
			json_array_append_new(all, pending_json(run, p, done_word(p)));
		else
			print_pending(run, p, done_word(p));
	}
	return all ? key_print_json(all, err) : 0;
}
