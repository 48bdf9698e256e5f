/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * engine-home - a throw-away GnuPG home to look at certificates in
 *
 * Only certificates are ever in it, and gpg starts no agent or dirmngr for
 * it.  A trust database is made: gpg cannot list an expired certificate from
 * a file without one.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "keystore/engine-private.h"

/*
 * What is kept besides the keys: the newest self-signatures.  That is done
 * at the import, since export-minimal drops expired subkeys as well.
 */
static const char options[] =
	"no-autostart\n"
	"no-auto-check-trustdb\n"
	"no-random-seed-file\n"
	"lock-never\n"
	"import-options self-sigs-only,import-minimal\n"
	"export-options no-export-attributes\n";

int engine_home_make(char **home, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	char *path = mem_printf("%s/mailseal-XXXXXX",
	                        tmp && *tmp ? tmp : "/tmp");

	if (!mkdtemp(path)) {
		err_sys(err, ERR_TEMPORARY, "set TMPDIR to a folder that can "
		        "be written", "a temporary folder, %s", path);
		free(path);
		return -1;
	}
	*home = path;
	return engine_home_keep(path, NULL, err);
}

static int write_file(const char *path, const char *text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return err_sys(err, ERR_TEMPORARY, NULL, "%s", path);
	rc = io_write(fd, text, strlen(text), path, DEADLINE_NEVER, err);
	if (close(fd) < 0 && rc == 0)
		rc = err_sys(err, ERR_TEMPORARY, NULL, "%s", path);
	return rc;
}

int engine_home_keep(const char *home, const char *mailbox, struct err *err)
{
	char *path = mem_printf("%s/gpg.conf", home);
	struct buf text = BUF_INIT;
	int rc;

	buf_adds(&text, options);
	if (mailbox)
		buf_addf(&text, "export-filter keep-uid=mbox = %s\n", mailbox);
	rc = write_file(path, buf_str(&text), err);
	buf_free(&text);
	free(path);
	return rc;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

void engine_home_remove(char **home)
{
	if (*home)
		nftw(*home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(*home);
	*home = NULL;
}
