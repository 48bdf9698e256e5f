/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-deposit - mailseal key export --to: certificates in the form that another program keeps
 *
 *	gnupg       one file, for gpg --import or --keyring
 *	pgp-cert-d  a shared certificate directory (draft-nwjw-openpgp-cert-d)
 *
 * An entry's copy of a certificate has that address' user ID alone, so the copies of several
 * addresses are put together.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "filter/interchange.h"
#include "filter/key-interchange.h"

/* A certificate in use, and an address that has it. */
struct holding {
	char fingerprint[FINGERPRINT_MAX];
	const char *address; /* borrowed from the list of all */
};

struct deposit {
	struct key_run *run;
	const char *path;
	int fd; /* the file, or the folder */
	struct holding *held;
	size_t count;
	size_t written, unchanged, skipped;
};

/* Writes one certificate. */
typedef int deposit_writer(struct deposit *d, const char *fingerprint,
                           const void *data, size_t size, struct err *err);

static int failed(const struct deposit *d, const char *name, struct err *err)
{
	return err_sys(err, ERR_TEMPORARY, NULL, "cannot write %s%s%s", d->path,
	               *name ? "/" : "", name);
}

/* ---- which --------------------------------------------------------------------- */

static void hold(struct deposit *d, const struct entry *entry, const char *address)
{
	for (size_t c = 0; c < entry->certs; c++) {
		if (entry->cert[c].retired)
			continue;
		if ((d->count & (d->count - 1)) == 0)
			d->held = mem_grow(d->held, d->count ? 2 * d->count : 1,
			                   sizeof *d->held);
		memcpy(d->held[d->count].fingerprint, entry->cert[c].fingerprint,
		       FINGERPRINT_MAX);
		d->held[d->count++].address = address;
	}
}

static int by_fingerprint(const void *a, const void *b)
{
	return strcmp(((const struct holding *)a)->fingerprint,
	              ((const struct holding *)b)->fingerprint);
}

static int gather(struct deposit *d, const struct key_addresses *all, struct err *err)
{
	for (size_t i = 0; i < all->count; i++) {
		struct entry *entry = NULL;

		if (store_get(d->run->store, all->address[i], &entry, err) ==
		    STORE_COULD_NOT_ASK)
			return -1;
		if (entry)
			hold(d, entry, all->address[i]);
		entry_free(&entry);
	}
	if (d->count)
		qsort(d->held, d->count, sizeof *d->held, by_fingerprint);
	return 0;
}

/* ---- one certificate ------------------------------------------------------------- */

/* Appends the copy that the address has. */
static int add_copy(struct deposit *d, const struct holding *held, struct buf *out,
                    struct err *err)
{
	struct entry *entry = NULL;
	enum store_answer answer = store_get(d->run->store, held->address, &entry, err);

	if (answer == STORE_COULD_NOT_ASK)
		return -1;
	for (size_t c = 0; entry && c < entry->certs; c++)
		if (strcmp(entry->cert[c].fingerprint, held->fingerprint) == 0)
			buf_add(out, entry->cert[c].data, entry->cert[c].size);
	entry_free(&entry);
	return 0;
}

/* The copies of several addresses become one certificate with all their user IDs. */
static int put_together(struct deposit *d, struct buf *copies, struct err *err)
{
	struct engine_cert *certs = NULL;
	size_t count = 0;
	int rc = engine_inspect(&d->run->engine, copies->data, copies->len, NULL, &certs,
	                        &count, deadline_in(KEY_DEADLINE_MS), err);

	if (rc == 0 && count == 1) {
		buf_cut(copies, 0);
		buf_add(copies, certs[0].data, certs[0].size);
	} else if (rc == 0) {
		rc = err_set(err, ERR_TEMPORARY, NULL,
		             "copies of one certificate are %zu certificates", count);
	}
	engine_certs_free(&certs, count);
	return rc;
}

static int write_all(struct deposit *d, deposit_writer *writer, struct err *err)
{
	struct buf cert = BUF_INIT;
	int rc = 0;

	for (size_t i = 0, next; rc == 0 && i < d->count; i = next) {
		const char *fingerprint = d->held[i].fingerprint;

		buf_cut(&cert, 0);
		for (next = i; rc == 0 && next < d->count &&
		               strcmp(d->held[next].fingerprint, fingerprint) == 0; next++)
			rc = add_copy(d, &d->held[next], &cert, err);
		if (rc == 0 && next - i > 1)
			rc = put_together(d, &cert, err);
		if (rc == 0 && cert.len)
			rc = writer(d, fingerprint, cert.data, cert.len, err);
	}
	buf_free(&cert);
	return rc;
}

/* ---- gnupg ---------------------------------------------------------------------------- */

static int write_ring(struct deposit *d, const char *fingerprint, const void *data,
                      size_t size, struct err *err)
{
	(void)fingerprint;
	d->written++;
	return io_write(d->fd, data, size, d->path, DEADLINE_NEVER, err);
}

static int to_gnupg(struct deposit *d, struct err *err)
{
	int rc;

	d->fd = open(d->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (d->fd < 0)
		return failed(d, "", err);
	rc = write_all(d, write_ring, err);
	if (rc == 0 && fsync(d->fd))
		rc = failed(d, "", err);
	if (rc)
		unlink(d->path);
	return rc;
}

/* ---- pgp-cert-d ------------------------------------------------------------------------ */

#define NEW ".mailseal.new" /* the lock makes it ours */

static int write_new(struct deposit *d, const void *data, size_t size, struct err *err)
{
	int fd, rc;

	unlinkat(d->fd, NEW, 0);
	fd = openat(d->fd, NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return failed(d, NEW, err);
	rc = io_write(fd, data, size, NEW, DEADLINE_NEVER, err);
	if (rc == 0 && fsync(fd))
		rc = failed(d, NEW, err);
	close(fd);
	return rc;
}

/* What is there may know more than ours (others' signatures): it stays. */
static void compare(struct deposit *d, const char *name, const void *data, size_t size)
{
	struct err err;
	size_t len = 0;
	char *there = io_read_file(d->fd, name, INTERCHANGE_FILE_MAX, &len, &err);

	if (there && len == size && memcmp(there, data, size) == 0) {
		d->unchanged++;
	} else {
		printf("skipped %s: another copy of it is there\n", name);
		d->skipped++;
	}
	free(there);
}

static int write_file(struct deposit *d, const char *fingerprint, const void *data,
                      size_t size, struct err *err)
{
	char name[FINGERPRINT_MAX + 1];
	size_t len = strlen(fingerprint);
	int rc;

	for (size_t i = 0; i <= len; i++)
		name[i + (i > 1)] = (char)(fingerprint[i] >= 'A' ? fingerprint[i] + 32
		                                                 : fingerprint[i]);
	name[2] = '\0';
	if (mkdirat(d->fd, name, 0755) && errno != EEXIST)
		return failed(d, name, err);
	name[2] = '/';
	if (write_new(d, data, size, err))
		return -1;
	rc = linkat(d->fd, NEW, d->fd, name, 0);
	if (rc && errno == EEXIST)
		compare(d, name, data, size);
	else if (rc)
		return failed(d, name, err);
	else
		d->written++;
	unlinkat(d->fd, NEW, 0);
	return 0;
}

/* Its writers exclude each other by `writelock` (section 3.8). */
static int to_cert_d(struct deposit *d, struct err *err)
{
	int lock, rc;

	if (mkdir(d->path, 0755) && errno != EEXIST)
		return failed(d, "", err);
	d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0)
		return failed(d, "", err);
	lock = openat(d->fd, "writelock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (lock < 0 || flock(lock, LOCK_EX)) {
		rc = failed(d, "writelock", err);
	} else {
		rc = write_all(d, write_file, err);
		if (rc == 0 && syncfs(d->fd))
			rc = failed(d, "", err);
	}
	if (lock >= 0)
		close(lock);
	return rc;
}

/* ---- all of them -------------------------------------------------------------------------- */

int key_interchange_export(struct key_run *run, const struct key_interchange *what,
                           char *const *word, struct err *err)
{
	struct deposit d = { .run = run, .path = what->path, .fd = -1 };
	struct key_addresses chosen = { NULL, 0 };
	int (*write)(struct deposit *, struct err *) =
		strcmp(what->kind, "gnupg") == 0 ? to_gnupg :
		strcmp(what->kind, "pgp-cert-d") == 0 ? to_cert_d : NULL;
	int rc;

	if (!write)
		return err_set(err, ERR_USAGE, "kinds are gnupg and pgp-cert-d",
		               "key export: --to what? %s", what->kind);
	rc = key_addresses_choose(run, word, &chosen, err);
	if (rc == 0)
		rc = gather(&d, &chosen, err);
	if (rc == 0 && d.count == 0)
		rc = err_set(err, ERR_DATA, "see `mailseal key list`", "no certificate to export");
	if (rc == 0)
		rc = write(&d, err);
	if (rc == 0)
		printf("%zu certificates written, %zu unchanged, %zu skipped\n", d.written,
		       d.unchanged, d.skipped);
	if (d.fd >= 0)
		close(d.fd);
	free(d.held);
	key_addresses_free(&chosen);
	return rc;
}
