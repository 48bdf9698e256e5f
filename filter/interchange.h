/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * interchange - certificates as other programs keep them, file by file
 *
 *	gnupg         a GnuPG home (pubring.kbx, pubring.gpg), or one such file
 *	gpg-mailgate  its keyhome: a GnuPG home; or a folder of armoured or binary files
 *	zeyple        the same
 *	wkd           a Web Key Directory: .../openpgpkey/[DOMAIN/]hu/HASH, or any folder above `hu`
 *	pgp-cert-d    a shared certificate directory (draft-nwjw-openpgp-cert-d): AB/CDEF...
 *
 * Everything is only read: no program is started there, no lock taken, and nothing but plain files is opened.
 */
#ifndef MAILSEAL_FILTER_INTERCHANGE_H
#define MAILSEAL_FILTER_INTERCHANGE_H

#include <stddef.h>

#include "base/err.h"
#include "keystore/entry.h"

#define INTERCHANGE_KINDS "gnupg, gpg-mailgate, pgp-cert-d, wkd or zeyple"
#define INTERCHANGE_FILE_MAX ((size_t)16 * 1024 * 1024) /* bytes of a file of one certificate */

struct interchange_kind;

struct interchange_item {
	const char *name; /* of the file */
	const void *data; /* certificates, armoured or binary */
	size_t size;
	/* What its place says, or "": whose addresses alone it is for, and which certificate. */
	const char *domain;               /* in normal form */
	const char *wkd_hash;             /* of the local part */
	char fingerprint[FINGERPRINT_MAX]; /* of the primary key, upper case */
};

struct interchange {
	/* Non-zero ends it. */
	int (*each)(void *ctx, const struct interchange_item *item);
	/* A file that could not be read. */
	void (*skipped)(void *ctx, const char *name, const char *why);
	void *ctx;
};

/* NULL: there is none of that name. */
const struct interchange_kind *interchange_kind(const char *name);

/* What each returned, or 0. -1 with *err (ERR_NO_INPUT): there is nothing of that kind at path. */
int interchange_read(const struct interchange_kind *kind, const char *path,
                     const struct interchange *to, struct err *err);

#endif
