/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-import - certificates into the store, all of them or none
 *
 * First everything is read, looked at and checked; then it is written.  A
 * user ID is a mere claim: a certificate with several addresses is enrolled
 * for those that the administrator names.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "filter/key.h"
#include "keystore/address.h"

#define IMPORT_DEADLINE_MS (120 * 1000)

/* What was asked for. */
struct key_import {
	char **address; /* -a, in normal form; NULL-terminated */
	size_t addresses;
	bool all_addresses;
	char *const *file; /* NULL-terminated; none: stdin */
};

/* An entry that is ready to be written, and what stood there before. */
struct pending {
	struct entry *entry;
	struct entry *before; /* NULL: none */
	bool unchanged;
};

struct batch {
	struct pending *item;
	size_t count;
};

/* ---- read -------------------------------------------------------------------- */

static int read_input(int fd, const char *name, struct buf *all,
                      struct err *err)
{
	struct io_stream in = { fd, name, DEADLINE_NEVER };
	char piece[16384];
	ssize_t n;

	while ((n = source_read(io_source(&in), piece, sizeof piece, err)) > 0) {
		buf_add(all, piece, (size_t)n);
		if (all->len > ENGINE_IMPORT_MAX)
			return err_set(err, ERR_DATA, "import fewer at a time",
			               "%s: more than %zu MiB of certificates",
			               name, ENGINE_IMPORT_MAX >> 20);
	}
	return n < 0 ? -1 : 0;
}

static int read_file(const char *path, struct buf *data, struct err *err)
{
	if (strcmp(path, "-") == 0)
		return read_input(STDIN_FILENO, "standard input", data, err);

	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, ERR_NO_INPUT, NULL, "cannot open %s", path);

	int rc = read_input(fd, path, data, err);

	close(fd);
	return rc;
}

/* ---- for whom ------------------------------------------------------------------ */

static bool carries(const struct engine_cert *cert, const char *address)
{
	for (char **a = cert->addresses; *a; a++)
		if (strcmp(*a, address) == 0)
			return true;
	return false;
}

static size_t length(char **list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

/* ---- one entry ------------------------------------------------------------------- */

static int refuse_other_key(const struct entry *before, const char *address,
                            const char *fingerprint, struct err *err)
{
	if (before->alias)
		return err_set(err, ERR_DATA, "`mailseal key remove` the alias first",
		               "%s is an alias of %s", address, before->alias);
	for (size_t i = 0; i < before->certs; i++)
		if (strcmp(before->cert[i].fingerprint, fingerprint) == 0)
			return 0;
	if (before->certs == 0)
		return 0;
	return err_set(err, ERR_DATA,
	               "if the owner has a new key, `mailseal key remove` the old one first",
	               "%s is enrolled with another primary key, %s", address,
	               before->cert[0].fingerprint);
}

/* What gpg makes of the certificate for this address alone, merged with the
 * copy that the store has: an older copy must not undo a renewal. */
static int inspect_for(struct key_run *run, const struct engine_cert *cert,
                       const struct entry *before, const char *address,
                       struct engine_cert **out, size_t *count,
                       struct err *err)
{
	struct buf data = BUF_INIT;

	for (size_t i = 0; before && i < before->certs; i++)
		if (strcmp(before->cert[i].fingerprint, cert->cert.fingerprint) == 0)
			buf_add(&data, before->cert[i].data, before->cert[i].size);
	buf_add(&data, cert->data, cert->size);

	int rc = engine_inspect(&run->engine, data.data, data.len, address, out,
	                        count, deadline_in(IMPORT_DEADLINE_MS), err);

	buf_free(&data);
	if (!rc && *count != 1)
		return err_set(err, ERR_DATA, NULL,
		               "%s: not one certificate but %zu",
		               cert->cert.fingerprint, *count);
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

/* The next version of an entry: the certificate takes the place of its older
 * copy, or is the first one. *cert's memory moves. NULL with *err. */
static struct entry *next_version(const struct entry *before,
                                  const char *address,
                                  struct entry_cert *cert, struct err *err)
{
	struct entry *entry = before ? copy_entry(before, err)
	                             : entry_new(address);
	size_t at = 0;

	if (!entry)
		return NULL;
	while (at < entry->certs &&
	       strcmp(entry->cert[at].fingerprint, cert->fingerprint) != 0)
		at++;
	if (at == entry->certs)
		entry->certs++;
	entry_cert_clear(&entry->cert[at]);
	entry->cert[at] = *cert;
	memset(cert, 0, sizeof *cert);
	entry->serial++;
	return entry;
}

static bool same_certs(const struct entry *a, const struct entry *b)
{
	if (a->certs != b->certs)
		return false;
	for (size_t i = 0; i < a->certs; i++)
		if (a->cert[i].size != b->cert[i].size ||
		    memcmp(a->cert[i].data, b->cert[i].data, a->cert[i].size) != 0)
			return false;
	return true;
}

static int check_usable(const struct key_run *run,
                        const struct entry_cert *cert, const char *address,
                        bool update, struct err *err)
{
	enum usability u = entry_cert_usability(cert, run->now);

	/* A revocation or an expiry of a key that is enrolled must be told. */
	if (u == USABLE || update)
		return 0;
	return err_set(err, ERR_DATA, usability_advice(u),
	               "%s for %s can't be sealed to: %s", cert->fingerprint,
	               address, usability_word(u));
}

static void keep_pending(struct batch *batch, struct entry *entry,
                         struct entry *before)
{
	struct pending *p;

	batch->item = mem_grow(batch->item, batch->count + 1,
	                       sizeof *batch->item);
	p = &batch->item[batch->count++];
	p->entry = entry;
	p->before = before;
	p->unchanged = before && same_certs(before, entry);
}

static int add_pending(struct key_run *run, struct batch *batch,
                       const struct engine_cert *cert, const char *address,
                       struct err *err)
{
	struct engine_cert *certs = NULL;
	struct entry *before = NULL, *entry = NULL;
	uint64_t tombstone = 0; /* its serial */
	size_t count = 0;

	if (run->store && store_get_version(run->store, address, &before, err) ==
	                  STORE_COULD_NOT_ASK)
		return -1;
	if (before && before->removed) {
		tombstone = before->serial;
		entry_free(&before);
	}
	if (!(before && refuse_other_key(before, address,
	                                 cert->cert.fingerprint, err)) &&
	    !inspect_for(run, cert, before, address, &certs, &count, err) &&
	    !check_usable(run, &certs[0].cert, address, before != NULL, err))
		entry = next_version(before, address, &certs[0].cert, err);
	if (entry) {
		entry->serial += tombstone;
		entry->changed = run->now;
		keep_pending(batch, entry, before);
	} else {
		entry_free(&before);
	}
	engine_certs_free(&certs, count);
	return entry ? 0 : -1;
}

/* ---- one certificate --------------------------------------------------------------- */

/* -a names addresses: of several certificates, those that carry it. */
static int add_named(struct key_run *run, const struct key_import *import,
                     const struct engine_cert *certs, size_t count,
                     struct batch *batch, struct err *err)
{
	for (size_t a = 0; a < import->addresses; a++) {
		const char *address = import->address[a];
		const struct engine_cert *match = count == 1 ? certs : NULL;
		size_t matches = count == 1;

		for (size_t c = 0; count > 1 && c < count; c++) {
			if (carries(&certs[c], address)) {
				match = &certs[c];
				matches++;
			}
		}
		if (matches != 1)
			return err_set(err, ERR_DATA,
			               "import a file that holds its certificate alone",
			               "%zu of the %zu certificates are for %s",
			               matches, count, address);
		if (add_pending(run, batch, match, address, err))
			return -1;
	}
	return 0;
}

static int add_own_addresses(struct key_run *run,
                             const struct key_import *import,
                             const struct engine_cert *cert,
                             struct batch *batch, struct err *err)
{
	size_t addresses = length(cert->addresses);

	if (addresses == 0)
		return err_set(err, ERR_DATA, "say for whom it is: -a ADDRESS",
		               "%s has no valid user ID with an address",
		               cert->cert.fingerprint);
	if (addresses > 1 && !import->all_addresses)
		return err_set(err, ERR_DATA,
		               "say which with -a ADDRESS, or --all-addresses (a user ID is a mere claim)",
		               "%s claims %zu addresses, %s and others",
		               cert->cert.fingerprint, addresses,
		               cert->addresses[0]);
	for (size_t i = 0; i < addresses; i++)
		if (add_pending(run, batch, cert, cert->addresses[i], err))
			return -1;
	return 0;
}

static int add_input(struct key_run *run, const struct key_import *import,
                     const char *path, struct batch *batch, struct err *err)
{
	struct buf data = BUF_INIT;
	struct engine_cert *certs = NULL;
	size_t count = 0;
	int rc = read_file(path, &data, err);

	if (!rc)
		rc = engine_inspect(&run->engine, data.data, data.len, NULL,
		                    &certs, &count,
		                    deadline_in(IMPORT_DEADLINE_MS), err);
	if (!rc && import->addresses)
		rc = add_named(run, import, certs, count, batch, err);
	for (size_t c = 0; !rc && !import->addresses && c < count; c++)
		rc = add_own_addresses(run, import, &certs[c], batch, err);
	if (rc && err->class != ERR_NO_INPUT)
		err_context(err, "%s", strcmp(path, "-") ? path : "standard input");
	engine_certs_free(&certs, count);
	buf_free(&data);
	return rc;
}

/* ---- write ----------------------------------------------------------------------------- */

/* The same address twice in one batch: the second would meet a newer serial. */
static int check_twice(const struct batch *batch, struct err *err)
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
static void undo(struct key_run *run, struct batch *batch, size_t done)
{
	struct err ignored;

	while (done-- > 0) {
		struct pending *p = &batch->item[done];

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

static int write_batch(struct key_run *run, struct batch *batch,
                       struct err *err)
{
	if (make_store(run, err))
		return -1;
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->item[i].unchanged)
			continue;
		if (store_put(run->store, batch->item[i].entry,
		              batch->item[i].before ? "update" : "enrol", err)) {
			undo(run, batch, i);
			return -1;
		}
	}
	return 0;
}

/* A line for each certificate; what can't be sealed to says why. */
static void print_pending(const struct key_run *run, const struct pending *p,
                          const char *word)
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
}

static int print_batch(const struct key_run *run, const struct batch *batch,
                       struct err *err)
{
	json_t *all = run->json ? json_array() : NULL;

	for (size_t i = 0; i < batch->count; i++) {
		const struct pending *p = &batch->item[i];
		const char *word = p->unchanged ? "unchanged"
		                   : p->before ? "updated" : "enrolled";

		if (all) {
			json_t *one = key_json(p->entry, run->now);

			json_object_set_new(one, "done", json_string(word));
			json_array_append_new(all, one);
		} else {
			print_pending(run, p, word);
		}
	}
	return all ? key_print_json(all, err) : 0;
}

static void free_batch(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		entry_free(&batch->item[i].entry);
		entry_free(&batch->item[i].before);
	}
	free(batch->item);
}

static int import_all(struct key_run *run, const struct key_import *import,
                      struct err *err)
{
	static const char *const standard_input[] = { "-", NULL };
	char *const *file = import->file[0] ? import->file
	                                    : (char *const *)standard_input;
	struct batch batch = { NULL, 0 };
	int rc = 0;

	for (; !rc && *file; file++)
		rc = add_input(run, import, *file, &batch, err);
	if (!rc)
		rc = check_twice(&batch, err);
	if (!rc)
		rc = write_batch(run, &batch, err);
	if (!rc)
		rc = print_batch(run, &batch, err);
	free_batch(&batch);
	return rc;
}

/* ---- options ---------------------------------------------------------------------------- */

static int add_address(struct key_import *import, const char *word,
                       struct err *err)
{
	char *address = address_normalize_entry(word, err);

	if (!address)
		return -1;
	import->address = mem_grow(import->address, import->addresses + 2,
	                           sizeof *import->address);
	import->address[import->addresses++] = address;
	import->address[import->addresses] = NULL;
	return 0;
}

static int parse(struct key_run *run, struct key_import *import, int argc,
                 char **argv, struct err *err)
{
	static const struct option options[] = {
		{ "address", required_argument, NULL, 'a' },
		{ "all-addresses", no_argument, NULL, 'A' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "a:", options, NULL)) != -1) {
		if (c == 'a' && add_address(import, optarg, err))
			return -1;
		if (c == '?')
			return key_bad_option(argv, err);
		import->all_addresses |= c == 'A';
		run->json |= c == 'j';
	}
	import->file = argv + optind;
	return 0;
}

int key_import(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct key_import import = { .address = NULL };
	int rc = parse(run, &import, argc, argv, err);

	if (!rc)
		rc = import_all(run, &import, err);
	for (size_t i = 0; i < import.addresses; i++)
		free(import.address[i]);
	free(import.address);
	return rc;
}
