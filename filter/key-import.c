/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-import - mailseal key import, replace: which certificates, and for whom
 *
 * First everything is read, looked at and checked; then it is written, all or
 * nothing.  A user ID is a mere claim: a certificate with several addresses is
 * enrolled for those that the administrator names.
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
#include "filter/config-value.h"
#include "filter/key-interchange.h"
#include "keystore/address.h"

/* What was asked for. */
struct key_import {
	struct key_how how;
	char **address; /* -a, in normal form; NULL-terminated */
	size_t addresses;
	bool all_addresses;
	char *const *file; /* NULL-terminated; none: stdin */
	const char *from;  /* what kind the one file or folder is of; NULL: certificates */
	char *domain;      /* in normal form, or NULL */
};

/* ---- read -------------------------------------------------------------------- */

static const char too_large[] =
	"import fewer at a time, without others' signatures: gpg --export --export-options export-minimal";

static int read_input(int fd, const char *name, struct buf *all,
                      struct err *err)
{
	struct io_stream in = { fd, name, DEADLINE_NEVER };
	char piece[16384];
	ssize_t n;

	while ((n = source_read(io_source(&in), piece, sizeof piece, err)) > 0) {
		buf_add(all, piece, (size_t)n);
		if (all->len > ENGINE_IMPORT_MAX)
			return err_set(err, ERR_DATA, too_large,
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

static size_t length(char **list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

/* ---- one certificate --------------------------------------------------------------- */

/* -a names addresses: of several certificates, those that carry it. */
static int add_named(struct key_run *run, const struct key_import *import,
                     const struct engine_cert *certs, size_t count,
                     struct key_batch *batch, struct err *err)
{
	for (size_t a = 0; a < import->addresses; a++) {
		const char *address = import->address[a];
		const struct engine_cert *match = count == 1 ? certs : NULL;
		size_t matches = count == 1;

		for (size_t c = 0; count > 1 && c < count; c++) {
			if (key_cert_carries(&certs[c], address)) {
				match = &certs[c];
				matches++;
			}
		}
		if (matches != 1)
			return err_set(err, ERR_DATA,
			               "import a file that holds its certificate alone",
			               "%zu of the %zu certificates are for %s",
			               matches, count, address);
		if (key_batch_add(run, batch, &import->how, match, address, err))
			return -1;
	}
	return 0;
}

static int add_own_addresses(struct key_run *run,
                             const struct key_import *import,
                             const struct engine_cert *cert,
                             struct key_batch *batch, struct err *err)
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
		if (key_batch_add(run, batch, &import->how, cert, cert->addresses[i], err))
			return -1;
	return 0;
}

static int add_input(struct key_run *run, const struct key_import *import,
                     const char *path, struct key_batch *batch, struct err *err)
{
	struct buf data = BUF_INIT;
	struct engine_cert *certs = NULL;
	size_t count = 0;
	int rc = read_file(path, &data, err);

	if (!rc)
		rc = engine_inspect(&run->engine, data.data, data.len, NULL,
		                    &certs, &count,
		                    deadline_in(KEY_DEADLINE_MS), err);
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

static int import_all(struct key_run *run, const struct key_import *import,
                      struct err *err)
{
	static const char *const standard_input[] = { "-", NULL };
	char *const *file = import->file[0] ? import->file
	                                    : (char *const *)standard_input;
	struct key_batch batch = { NULL, 0 };
	int rc = 0;

	for (; !rc && *file; file++)
		rc = add_input(run, import, *file, &batch, err);
	if (!rc)
		rc = key_batch_write(run, &batch, err);
	if (!rc)
		rc = key_batch_print(run, &batch, err);
	key_batch_free(&batch);
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

static int set_domain(struct key_import *import, const char *word, struct err *err)
{
	free(import->domain);
	import->domain = config_domain(word, err);
	if (import->domain)
		return 0;
	err->class = ERR_USAGE;
	return err_context(err, "--domain %s", word);
}

/* What another program kept: its addresses are those of the user IDs. */
static int import_from(struct key_run *run, const struct key_import *import,
                       struct err *err)
{
	const struct key_interchange what = {
		import->from, import->file[0], import->domain ? import->domain : "",
	};

	if (!import->from)
		return err_set(err, ERR_USAGE, "see mailseal(1)", "key import: --domain goes with --from");
	if (import->addresses || run->json)
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "key import: neither -a nor --json goes with --from");
	if (!import->file[0] || import->file[1])
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "key import --from %s takes one file or folder", import->from);
	return key_interchange_import(run, &import->how, &what, err);
}

static int parse(struct key_run *run, struct key_import *import, int argc,
                 char **argv, struct err *err)
{
	static const struct option options[] = {
		{ "address", required_argument, NULL, 'a' },
		{ "add", no_argument, NULL, '+' },
		{ "all-addresses", no_argument, NULL, 'A' },
		{ "domain", required_argument, NULL, 'd' },
		{ "from", required_argument, NULL, 'F' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "a:", options, NULL)) != -1) {
		if (c == 'a' && add_address(import, optarg, err))
			return -1;
		if (c == '?')
			return key_bad_option(argv, err);
		if (c == '+')
			import->how.intent = KEY_ADD;
		if (c == 'F')
			import->from = optarg;
		if (c == 'd' && set_domain(import, optarg, err))
			return -1;
		import->all_addresses |= c == 'A';
		run->json |= c == 'j';
	}
	import->file = argv + optind;
	return 0;
}

static void release(struct key_import *import)
{
	for (size_t i = 0; i < import->addresses; i++)
		free(import->address[i]);
	free(import->address);
	free(import->domain);
}

int key_import(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct key_import import = { .how = { KEY_IMPORT, ENTRY_SOURCE_IMPORT } };
	int rc = parse(run, &import, argc, argv, err);

	if (!rc)
		rc = import.from || import.domain ? import_from(run, &import, err)
		                                  : import_all(run, &import, err);
	release(&import);
	return rc;
}

/* One file: which of two certificates would the place be for? */
int key_replace(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct key_import import = { .how = { KEY_REPLACE, ENTRY_SOURCE_IMPORT } };
	int rc = parse(run, &import, argc, argv, err);

	if (!rc && import.how.intent != KEY_REPLACE)
		rc = err_set(err, ERR_USAGE, "see mailseal(1)", "key replace: --add is for import");
	if (!rc && (import.from || import.domain))
		rc = err_set(err, ERR_USAGE, "see mailseal(1)",
		             "key replace: --from and --domain are for import");
	if (!rc && import.file[0] && import.file[1])
		rc = err_set(err, ERR_USAGE, "see mailseal(1)", "key replace takes one file");
	if (!rc)
		rc = import_all(run, &import, err);
	release(&import);
	return rc;
}
