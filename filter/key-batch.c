/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-batch - certificates on their way into the store: the next version of each address's entry */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "filter/key-batch.h"

/* The place of the certificate with that primary key; entry->certs: there is none. */
static size_t find(const struct entry *entry, const char *fingerprint)
{
	size_t at = 0;

	while (at < entry->certs &&
	       strcmp(entry->cert[at].fingerprint, fingerprint) != 0)
		at++;
	return at;
}

bool key_cert_carries(const struct engine_cert *cert, const char *address)
{
	for (char **a = cert->addresses; *a; a++)
		if (strcmp(*a, address) == 0)
			return true;
	return false;
}

/* ---- may it? ----------------------------------------------------------------- */

static int refuse_other(const struct entry *before, enum key_intent intent,
                        const char *fingerprint, struct err *err)
{
	if (before->certs == 0 || intent != KEY_IMPORT ||
	    find(before, fingerprint) < before->certs)
		return 0;
	return err_set(err, ERR_DATA,
	               "if the owner has a new key, `mailseal key replace` retires the old one;"
	               " for one more, `mailseal key import --add`",
	               "%s is enrolled with another primary key, %s",
	               before->address, before->cert[0].fingerprint);
}

static int refuse_replacement(const struct entry *before, const char *address,
                              const char *fingerprint, struct err *err)
{
	size_t at = before ? find(before, fingerprint) : 0;

	if (!before || before->certs == 0)
		return err_set(err, ERR_DATA, "use `mailseal key import`",
		               "%s has no certificate that could be replaced", address);
	if (at < before->certs && !before->cert[at].retired)
		return err_set(err, ERR_DATA, "`mailseal key import` takes newer copies",
		               "%s is the certificate that %s has", fingerprint, address);
	return 0;
}

static int check_intent(const struct entry *before, const struct key_how *how,
                        const char *address, const char *fingerprint,
                        struct err *err)
{
	if (before && before->alias)
		return err_set(err, ERR_DATA, "`mailseal key remove` the alias first",
		               "%s is an alias of %s", address, before->alias);
	if (how->intent == KEY_REPLACE)
		return refuse_replacement(before, address, fingerprint, err);
	return before ? refuse_other(before, how->intent, fingerprint, err) : 0;
}

/* A revocation or an expiry of a key that is enrolled must be told. */
static int check_usable(const struct key_run *run,
                        const struct engine_cert *cert, const char *address,
                        bool update, struct err *err)
{
	enum usability u = entry_cert_usability(&cert->cert, run->now);

	if (u == USABLE || update)
		return 0;
	return err_set(err, ERR_DATA, cert->note ? cert->note : usability_advice(u),
	               "%s for %s can't be sealed to: %s",
	               cert->cert.fingerprint, address, usability_word(u));
}

/* ---- the next version ---------------------------------------------------------- */

static int inspect_one(struct key_run *run, const struct buf *data,
                       const char *address, struct engine_cert **out,
                       struct err *err)
{
	size_t count = 0;
	int rc = engine_inspect(&run->engine, data->data, data->len, address, out,
	                        &count, deadline_in(KEY_DEADLINE_MS), err);

	if (rc || count == 1)
		return rc;
	err_set(err, ERR_DATA, NULL, "%s: not one certificate but %zu",
	        (*out)[0].cert.fingerprint, count);
	engine_certs_free(out, count);
	return -1;
}

/*
 * What gpg makes of the certificate for this address alone.  The copy that the store has goes
 * first: an older one must not undo a renewal.  Of both together gpg keeps the self-signatures of
 * both, so it looks at what came out once more.
 */
static int inspect_for(struct key_run *run, const struct engine_cert *cert,
                       const struct entry *before, const char *address,
                       struct engine_cert **out, struct err *err)
{
	size_t at = before ? find(before, cert->cert.fingerprint) : 0;
	struct buf data = BUF_INIT;
	int rc = 0;

	if (before && at < before->certs) {
		struct engine_cert *merged = NULL;

		buf_add(&data, before->cert[at].data, before->cert[at].size);
		buf_add(&data, cert->data, cert->size);
		rc = inspect_one(run, &data, NULL, &merged, err);
		buf_cut(&data, 0);
		if (!rc)
			buf_add(&data, merged->data, merged->size);
		engine_certs_free(&merged, !rc);
	} else {
		buf_add(&data, cert->data, cert->size);
	}
	if (!rc)
		rc = inspect_one(run, &data, address, out, err);
	buf_free(&data);
	return rc;
}

static struct entry *copy_entry(const struct entry *entry, struct err *err)
{
	struct buf text = BUF_INIT;
	struct entry *copy;

	entry_format(entry, &text);
	copy = entry_parse(buf_str(&text), text.len, entry->address, err);
	buf_free(&text);
	return copy;
}

/* Where it came from: a copy given by hand does not end its refreshing. */
static void set_origin(struct entry_cert *cert, const struct entry_cert *old,
                       enum entry_source source, int64_t now)
{
	cert->source = source;
	cert->fetched = now;
	if (!old)
		return;
	cert->retired = old->retired;
	if (source == ENTRY_SOURCE_IMPORT && old->source > ENTRY_SOURCE_IMPORT) {
		cert->source = old->source;
		cert->fetched = old->fetched;
	}
}

static void drop(struct entry *entry, size_t at)
{
	entry_cert_clear(&entry->cert[at]);
	memmove(&entry->cert[at], &entry->cert[at + 1],
	        (--entry->certs - at) * sizeof *entry->cert);
	memset(&entry->cert[entry->certs], 0, sizeof *entry->cert);
}

/* The new one goes to the front, so that the latest of the retired is behind those in use. */
static void to_front(struct entry *entry, size_t at)
{
	struct entry_cert *moved = mem_alloc(sizeof *moved);

	*moved = entry->cert[at];
	memmove(&entry->cert[1], &entry->cert[0], at * sizeof *entry->cert);
	entry->cert[0] = *moved;
	free(moved);
}

static void retire_others(struct entry *entry, int64_t now)
{
	size_t retired = 0;

	entry->cert[0].retired = 0;
	for (size_t i = 1; i < entry->certs; i++) {
		if (!entry->cert[i].retired)
			entry->cert[i].retired = now;
		if (++retired > KEY_RETIRED_MAX)
			drop(entry, i--);
	}
}

/* The certificate takes the place of its older copy, or one of its own. *cert's memory moves. */
static int put_cert(struct entry *entry, struct entry_cert *cert,
                    const struct key_how *how, int64_t now, struct err *err)
{
	size_t at = find(entry, cert->fingerprint);

	if (at == ENTRY_CERTS_MAX)
		return err_set(err, ERR_DATA, "`mailseal key remove` it, and import those that are needed",
		               "%s has %d certificates, no more fit", entry->address,
		               ENTRY_CERTS_MAX);
	set_origin(cert, at < entry->certs ? &entry->cert[at] : NULL, how->source, now);
	if (at == entry->certs)
		entry->certs++;
	entry_cert_clear(&entry->cert[at]);
	entry->cert[at] = *cert;
	memset(cert, 0, sizeof *cert);
	if (how->intent == KEY_REPLACE) {
		to_front(entry, at);
		retire_others(entry, now);
	}
	return 0;
}

/* NULL with *err. */
static struct entry *next_version(const struct key_run *run,
                                  const struct entry *before,
                                  const char *address, struct entry_cert *cert,
                                  const struct key_how *how, struct err *err)
{
	struct entry *entry = before ? copy_entry(before, err)
	                             : entry_new(address);

	if (!entry)
		return NULL;
	if (put_cert(entry, cert, how, run->now, err))
		entry_free(&entry);
	else
		entry->serial++;
	return entry;
}

/* ---- the batch ------------------------------------------------------------------- */

static bool same_origin(const struct entry_cert *a, const struct entry_cert *b)
{
	return a->source == b->source && (a->source <= ENTRY_SOURCE_IMPORT ||
	                                  b->fetched - a->fetched < KEY_SEEN_S);
}

/* An entry of an older version says nothing of the source: that alone is no change. */
static bool same_cert(const struct entry_cert *a, const struct entry_cert *b)
{
	return a->size == b->size && memcmp(a->data, b->data, a->size) == 0 &&
	       a->retired == b->retired &&
	       (same_origin(a, b) || (a->source == ENTRY_SOURCE_UNKNOWN &&
	                              b->source == ENTRY_SOURCE_IMPORT));
}

static bool same_certs(const struct entry *a, const struct entry *b)
{
	if (a->certs != b->certs)
		return false;
	for (size_t i = 0; i < a->certs; i++)
		if (!same_cert(&a->cert[i], &b->cert[i]))
			return false;
	return true;
}

static void keep_pending(struct key_batch *batch, struct entry *entry,
                         struct entry *before, bool replaced,
                         const char *note)
{
	struct key_pending *p;

	batch->item = mem_grow(batch->item, batch->count + 1,
	                       sizeof *batch->item);
	p = &batch->item[batch->count++];
	p->entry = entry;
	p->before = before;
	p->unchanged = before && same_certs(before, entry);
	p->replaced = replaced;
	p->note = note ? mem_strdup(note) : NULL;
}

int key_batch_add(struct key_run *run, struct key_batch *batch,
                  const struct key_how *how, const struct engine_cert *cert,
                  const char *address, struct err *err)
{
	const char *fingerprint = cert->cert.fingerprint;
	struct engine_cert *certs = NULL;
	struct entry *before = NULL, *entry = NULL;
	uint64_t tombstone = 0; /* its serial */

	if (run->store && store_get_version(run->store, address, &before, err) ==
	                  STORE_COULD_NOT_ASK)
		return -1;
	if (before && before->removed) {
		tombstone = before->serial;
		entry_free(&before);
	}
	if (!check_intent(before, how, address, fingerprint, err) &&
	    !inspect_for(run, cert, before, address, &certs, err) &&
	    !check_usable(run, &certs[0], address,
	                  before && find(before, fingerprint) < before->certs &&
	                  how->intent != KEY_REPLACE, err))
		entry = next_version(run, before, address, &certs[0].cert, how, err);
	if (entry) {
		entry->serial += tombstone;
		entry->changed = run->now;
		keep_pending(batch, entry, before, how->intent == KEY_REPLACE,
		             certs[0].note);
	} else {
		entry_free(&before);
	}
	engine_certs_free(&certs, certs != NULL);
	return entry ? 0 : -1;
}

void key_batch_free(struct key_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		entry_free(&batch->item[i].entry);
		entry_free(&batch->item[i].before);
		free(batch->item[i].note);
	}
	free(batch->item);
	*batch = (struct key_batch){ NULL, 0 };
}
