/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor-keystore - is it there, can its entries be read, are the archive's in it */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/mem.h"
#include "filter/doctor.h"
#include "filter/site-store.h"

#define ENTRIES_READ_MAX 10000 /* a large store must not take minutes */

struct census {
	struct store *store;
	size_t addresses;
	size_t unreadable;    /* of the first ENTRIES_READ_MAX */
	char *first;          /* the first unreadable one's address ... */
	struct err trouble;   /* ... and what is the matter with it */
	struct entry *sample; /* one that can be sealed to */
};

/* The first certificate's reason that is not USABLE, if none is. */
static enum usability usability_of(const struct entry *entry)
{
	enum usability first = NO_ENCRYPTION_SUBKEY;

	for (size_t i = 0; i < entry->certs; i++) {
		enum usability u = entry_cert_usability(&entry->cert[i], time(NULL));

		if (u == USABLE)
			return USABLE;
		if (i == 0)
			first = u;
	}
	return first;
}

static void note_unreadable(struct census *census, const char *address,
                            const struct err *err)
{
	if (census->unreadable++)
		return;
	census->first = mem_strdup(address);
	census->trouble = *err;
}

static int count(void *ctx, const char *address)
{
	struct census *census = ctx;
	struct entry *entry = NULL;
	struct err err;

	if (census->addresses++ >= ENTRIES_READ_MAX)
		return 0;
	switch (store_get(census->store, address, &entry, &err)) {
	case STORE_COULD_NOT_ASK:
		note_unreadable(census, address, &err);
		break;
	case STORE_FOUND:
		if (!census->sample && usability_of(entry) == USABLE) {
			census->sample = entry;
			entry = NULL;
		}
		break;
	case STORE_NOT_ENROLLED: /* removed meanwhile */
		break;
	}
	entry_free(&entry);
	return 0;
}

static void report(struct doctor *d, const struct census *census)
{
	const char *spec = store_spec(census->store);

	if (census->addresses == 0)
		doctor_add(d, LEVEL_WARN, "keystore",
		           "`mailseal key import CERTIFICATE`",
		           "%s has no recipients: all mail passes as it comes",
		           spec);
	else if (census->addresses > ENTRIES_READ_MAX)
		doctor_add(d, LEVEL_OK, "keystore",
		           "`mailseal key check` looks at each certificate",
		           "%s, %zu recipients, of whom %d were looked at", spec,
		           census->addresses, ENTRIES_READ_MAX);
	else
		doctor_add(d, LEVEL_OK, "keystore",
		           "`mailseal key check` looks at each certificate",
		           "%s, %zu recipients", spec, census->addresses);
}

static void report_unreadable(struct doctor *d, const struct census *census)
{
	if (census->unreadable)
		doctor_add(d, LEVEL_FAIL, "keystore",
		           *census->trouble.advice ? census->trouble.advice
		                                   : "restore it from a backup, or import it once more",
		           "entries that can't be read: %zu, among them that of %.100s, whose mail waits: %s",
		           census->unreadable, census->first, census->trouble.what);
}

/* As a delivery asks, which waits while an archive has no usable certificate. */
static void check_archive(struct doctor *d, struct store *store,
                          const char *address)
{
	struct entry *entry = NULL;
	struct err err;
	enum store_answer answer = store_lookup(store, address,
		config_text(d->config, SET_RECIPIENT_DELIMITER), &entry, &err);
	enum usability u = entry ? usability_of(entry) : NO_ENCRYPTION_SUBKEY;

	if (answer == STORE_COULD_NOT_ASK)
		doctor_add(d, LEVEL_FAIL, "archive", err.advice,
		           "all mail to be sealed waits for %.100s: %s", address,
		           err.what);
	else if (answer == STORE_NOT_ENROLLED)
		doctor_add(d, LEVEL_FAIL, "archive",
		           "import its certificate with `mailseal key import`, or take it out of archive-certificates",
		           "all mail to be sealed waits: %.100s is not enrolled",
		           address);
	else if (u != USABLE)
		doctor_add(d, LEVEL_FAIL, "archive", usability_advice(u),
		           "all mail to be sealed waits: no usable certificate for %.100s (%s)",
		           address, usability_word(u));
	else
		doctor_add(d, LEVEL_OK, "archive", NULL,
		           "what is sealed is sealed to %.100s too", address);
	entry_free(&entry);
}

/* The folder alone: others need not list it, and mode 0711 keeps them from it. */
static void check_folder(struct doctor *d, const char *spec)
{
	const char *path = strncmp(spec, "dir:", 4) == 0 ? spec + 4 : spec;

	if (path[0] != '/')
		return;
	doctor_writers(d, "keystore", path);
	doctor_reach(d, "keystore", path, S_IXOTH);
}

static void look_into(struct doctor *d, struct store *store)
{
	const char *const *archive = config_list(d->config,
	                                         SET_ARCHIVE_CERTIFICATES);
	struct census census = { .store = store };
	struct err err;

	if (store_each(store, count, &census, &err))
		doctor_add(d, LEVEL_FAIL, "keystore", err.advice, "%s", err.what);
	else
		report(d, &census);
	report_unreadable(d, &census);
	for (; *archive; archive++)
		check_archive(d, store, *archive);
	d->sample = census.sample;
	free(census.first);
}

void doctor_keystore(struct doctor *d)
{
	struct site_store site;
	const char *spec;
	struct err err;

	if (!d->config)
		return;
	spec = config_text(d->config, SET_KEYSTORE);
	if (strncmp(spec, "pgsql:", 6) == 0)
		doctor_pgsql(d, spec + 6);
	if (strncmp(spec, "ldap:", 5) == 0)
		doctor_ldap(d, spec + 5);
	if (site_store_open(d->config, SITE_STORE_READ, &site, &err) == 0) {
		look_into(d, site.store);
		check_folder(d, spec);
	} else {
		doctor_add(d, LEVEL_FAIL, "keystore",
		           *err.advice ? err.advice : "begin with `mailseal key import CERTIFICATE`",
		           "%s", err.what);
	}
	site_store_close(&site);
}
