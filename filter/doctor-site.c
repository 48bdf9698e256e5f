/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor-site - the configuration, gpg, GMime, the spool folder */
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
#include "mime/structure.h"

#define TRIAL_DEADLINE_MS (20 * 1000)
#define POSTFIX_LIMIT_MS (1000 * 1000) /* command_time_limit */
#define TMPFS_MAGIC_NUMBER 0x01021994L

/* ---- configuration --------------------------------------------------------- */

static void check_deadline(struct doctor *d)
{
	const int64_t deadline = config_number(d->config, SET_DEADLINE);

	if (deadline >= POSTFIX_LIMIT_MS)
		doctor_add(d, LEVEL_WARN, "configuration",
		           "set deadline below it (300s is the default), or raise Postfix's command_time_limit and the time limit of its pipe service",
		           "the deadline is %lld s, and Postfix by default kills a delivery and bounces the mail after %d s",
		           (long long)(deadline / 1000), POSTFIX_LIMIT_MS / 1000);
}

static void check_authserv_id(struct doctor *d)
{
	const char *id = config_text(d->config, SET_AUTHSERV_ID);

	if (!strchr(id, '.'))
		doctor_add(d, LEVEL_WARN, "configuration",
		           "set authserv-id to the mail host's full name",
		           "the authserv-id is `%s`, which others may use too",
		           id);
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
		doctor_writers(d, "configuration", config_path(d->config));
		doctor_reach(d, "configuration", config_path(d->config), S_IROTH);
	} else {
		doctor_add(d, LEVEL_OK, "configuration", NULL,
		           "no %s, so the defaults hold",
		           config_path(d->config));
	}
	check_authserv_id(d);
	check_deadline(d);
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

/* gpg reads gpg.conf there, as the uid of the delivery. */
static void check_home(struct doctor *d, const char *home)
{
	char *conf = mem_printf("%s/gpg.conf", home);

	doctor_writers(d, "gpg", home);
	if (doctor_reach(d, "gpg", home, S_IROTH | S_IXOTH))
		doctor_reach(d, "gpg", conf, S_IROTH);
	free(conf);
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
			check_home(d, home);
			for (size_t i = 0; d->sample && i < d->sample->certs; i++)
				trial(d, &engine, &d->sample->cert[i]);
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
	doctor_reach(d, "spool", dir, S_IWOTH | S_IXOTH);
	if (fs.f_type == TMPFS_MAGIC_NUMBER)
		doctor_add(d, LEVEL_WARN, "spool",
		           "set spool-dir to a folder on a disk: what is spooled there is encrypted",
		           "%s is memory, which large messages fill", dir);
}
