/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor-site - the configuration, the keystore, gpg, GMime, the spool folder */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/program.h"
#include "filter/doctor.h"
#include "keystore/engine.h"
#include "keystore/store.h"
#include "mime/structure.h"

#define TRIAL_DEADLINE_MS (20 * 1000)
#define TMPFS_MAGIC_NUMBER 0x01021994L

/* ---- configuration --------------------------------------------------------- */

static void check_writers(struct doctor *d, const char *check,
                          const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return;
	if (st.st_mode & S_IWOTH)
		doctor_add(d, LEVEL_FAIL, check, "chmod o-w it",
		           "%s can be changed by every user of this machine",
		           path);
	if (st.st_uid != 0)
		doctor_add(d, LEVEL_WARN, check,
		           "whoever owns it decides who can read the mail: chown it to root unless that user does",
		           "%s belongs to uid %u", path, (unsigned)st.st_uid);
}

void doctor_config(struct doctor *d)
{
	struct err err;

	d->config = config_read(d->global->config_path, &err);
	if (!d->config) {
		doctor_add(d, LEVEL_FAIL, "configuration", err.advice, "%s",
		           err.what);
		return;
	}
	if (d->global->keystore)
		config_override(d->config, SET_KEYSTORE, d->global->keystore);
	if (config_file_exists(d->config)) {
		doctor_add(d, LEVEL_OK, "configuration", NULL, "%s",
		           config_path(d->config));
		check_writers(d, "configuration", config_path(d->config));
	} else {
		doctor_add(d, LEVEL_OK, "configuration", NULL,
		           "no %s, so the defaults hold",
		           config_path(d->config));
	}

	const char *id = config_text(d->config, SET_AUTHSERV_ID);

	if (!strchr(id, '.'))
		doctor_add(d, LEVEL_WARN, "configuration",
		           "set authserv-id to the mail host's full name",
		           "the authserv-id is `%s`, which others may use too",
		           id);
}

/* ---- keystore ----------------------------------------------------------------- */

struct census {
	struct store *store;
	size_t addresses;
	struct entry *sample; /* one that can be sealed to */
};

static int count(void *ctx, const char *address)
{
	struct census *census = ctx;
	struct entry *entry = NULL;
	struct err err;

	census->addresses++;
	if (census->sample ||
	    store_get(census->store, address, &entry, &err) != STORE_FOUND)
		return 0;
	for (size_t i = 0; i < entry->certs; i++) {
		if (entry_cert_usability(&entry->cert[i], time(NULL)) == USABLE) {
			census->sample = entry;
			return 0;
		}
	}
	entry_free(&entry);
	return 0;
}

static void check_readers(struct doctor *d, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return;
	if ((st.st_mode & 05) != 05)
		doctor_add(d, LEVEL_WARN, "keystore",
		           "certificates are public: chmod o+rx it, unless every delivery runs as its owner or group",
		           "%s can't be read by every uid", path);
}

void doctor_keystore(struct doctor *d)
{
	struct census census = { NULL, 0, NULL };
	const char *spec, *path;
	struct err err;

	if (!d->config)
		return;
	spec = config_text(d->config, SET_KEYSTORE);
	path = strncmp(spec, "dir:", 4) == 0 ? spec + 4 : spec;
	census.store = store_open(spec, false, &err);
	if (!census.store || store_each(census.store, count, &census, &err)) {
		doctor_add(d, LEVEL_FAIL, "keystore",
		           *err.advice ? err.advice : "begin with `mailseal key import CERTIFICATE`",
		           "%s", err.what);
	} else if (census.addresses == 0) {
		doctor_add(d, LEVEL_WARN, "keystore",
		           "`mailseal key import CERTIFICATE`",
		           "%s has no recipients: all mail passes as it comes",
		           spec);
	} else {
		doctor_add(d, LEVEL_OK, "keystore",
		           "`mailseal key check` looks at each certificate",
		           "%s, %zu recipients", spec, census.addresses);
	}
	if (census.store) {
		check_writers(d, "keystore", path);
		check_readers(d, path);
	}
	entry_free(&census.sample);
	store_free(&census.store);
}

/* ---- gpg -------------------------------------------------------------------------- */

static ssize_t trial_read(void *ctx, void *buf, size_t size, struct err *err)
{
	size_t *left = ctx;
	size_t n = *left < size ? *left : size;

	(void)err;
	memset(buf, 'x', n);
	*left -= n;
	return (ssize_t)n;
}

static int trial_write(void *ctx, const void *data, size_t len,
                       struct err *err)
{
	(void)ctx, (void)data, (void)len, (void)err;
	return 0;
}

/* Seals a kilobyte of nothing to a recipient's certificate, as a delivery would. */
static void trial(struct doctor *d, const struct engine_config *engine,
                  const struct entry_cert *cert)
{
	const struct entry_subkey *subkey = NULL;
	size_t left = 1024;
	struct err err;

	for (size_t i = 0; i < cert->subkeys && !subkey; i++)
		if (entry_subkey_usability(cert, &cert->subkey[i], time(NULL)) == USABLE)
			subkey = &cert->subkey[i];
	if (!subkey)
		return;
	if (engine_seal(engine, &subkey, 1, false,
	                (struct source){ trial_read, &left },
	                (struct sink){ trial_write, NULL },
	                deadline_in(TRIAL_DEADLINE_MS), &err))
		doctor_add(d, LEVEL_FAIL, "gpg", err.advice,
		           "a trial sealing failed: %s", err.what);
	else
		doctor_add(d, LEVEL_OK, "gpg", NULL,
		           "a trial sealing to %s worked", subkey->fingerprint);
}

static void trial_with_sample(struct doctor *d,
                              const struct engine_config *engine)
{
	struct census census = { NULL, 0, NULL };
	struct err err;

	census.store = store_open(config_text(d->config, SET_KEYSTORE), false,
	                          &err);
	if (census.store)
		store_each(census.store, count, &census, &err);
	for (size_t i = 0; census.sample && i < census.sample->certs; i++)
		trial(d, engine, &census.sample->cert[i]);
	entry_free(&census.sample);
	store_free(&census.store);
}

void doctor_gpg(struct doctor *d)
{
	char *home = program_gnupg_home();
	char version[64];
	struct err err;

	if (d->config) {
		const struct engine_config engine = {
			.program = config_text(d->config, SET_GPG_PROGRAM),
			.home = home,
		};

		if (engine_version(&engine, version, sizeof version,
		                   deadline_in(TRIAL_DEADLINE_MS), &err)) {
			doctor_add(d, LEVEL_FAIL, "gpg", err.advice, "%s", err.what);
		} else {
			doctor_add(d, LEVEL_OK, "gpg", NULL, "%s is %s, its home %s",
			           engine.program, version, home);
			check_writers(d, "gpg", home);
			trial_with_sample(d, &engine);
		}
	}
	free(home);
}

/* ---- GMime ------------------------------------------------------------------------- */

void doctor_mime(struct doctor *d)
{
	struct err err;

	if (structure_check(&err))
		doctor_add(d, LEVEL_WARN, "GMime", err.advice,
		           "mail that is encrypted already will be encrypted once more: %s",
		           err.what);
	else
		doctor_add(d, LEVEL_OK, "GMime", NULL,
		           "mail that is encrypted already is recognised");
}

/* ---- spool -------------------------------------------------------------------------- */

void doctor_spool(struct doctor *d)
{
	const char *dir;
	struct statfs fs;

	if (!d->config)
		return;
	dir = config_text(d->config, SET_SPOOL_DIR);
	if (access(dir, W_OK | X_OK) || statfs(dir, &fs)) {
		doctor_add(d, LEVEL_FAIL, "spool",
		           "make it (mode 1777), or set spool-dir",
		           "cannot write %s: %s", dir, strerror(errno));
		return;
	}
	doctor_add(d, LEVEL_OK, "spool", NULL, "%s, %llu MiB free", dir,
	           (unsigned long long)fs.f_bavail * fs.f_bsize >> 20);
	if (fs.f_type == TMPFS_MAGIC_NUMBER)
		doctor_add(d, LEVEL_WARN, "spool",
		           "set spool-dir to a folder on a disk: what is spooled there is encrypted",
		           "%s is memory, which large messages fill", dir);
}
