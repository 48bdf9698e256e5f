/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * engine - the OpenPGP implementation that seals, opens and inspects
 *
 * engine-gpgme.c today, by GPGME and gpg.  No other file names GPGME, so
 * that a second engine is one more file.
 */
#ifndef MAILSEAL_KEYSTORE_ENGINE_H
#define MAILSEAL_KEYSTORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/stream.h"
#include "keystore/entry.h"

struct engine_config {
	const char *program; /* gpg, absolute path */
	const char *home;    /* our read-only GnuPG home; engine_open uses the
	                      * user's own instead */
	int64_t then; /* the time that gpg is told, with a home only; 0: the real one */
};

#define ENGINE_SUBKEYS_MAX 256 /* of one message */

/*
 * Encrypts plain to every subkey given (one given twice counts once), armour
 * to cipher (LF line ends). 0 means: gpg said BEGIN_ENCRYPTION and
 * END_ENCRYPTION and read plain to its end, the ciphertext has one PKESK for
 * each subkey (of its key ID, or hidden) and no other, one SEIPDv1 packet,
 * and a closed armour. Until 0 was returned nothing that went to cipher may
 * be believed. -1 with *err: ERR_TEMPORARY, or what plain or cipher said. No
 * process is left. GNUPGHOME is config->home meanwhile.
 */
int engine_seal(const struct engine_config *config,
                const struct entry_subkey *const *subkeys, size_t count,
                bool hidden, struct source plain, struct sink cipher,
                struct deadline deadline, struct err *err);

/*
 * Decrypts as the user's own gpg would (GNUPGHOME, agent, pinentry), without
 * a deadline. -1 with *err, and then nothing that went to plain may be
 * believed: ERR_UNAVAILABLE no secret key, it could not be used, or no gpg;
 * ERR_DATA damaged, without integrity protection, or not ciphertext;
 * ERR_TEMPORARY stopped by a signal; or what cipher or plain said.
 */
int engine_open(const struct engine_config *config, struct source cipher,
                struct sink plain, struct err *err);

/* What one certificate of an import is. */
struct engine_cert {
	struct entry_cert cert; /* ready for an entry */
	char **addresses;       /* normal forms of the valid user IDs' addresses,
	                         * NULL-terminated, no duplicates */
	unsigned char *data;    /* the certificate with all its valid user IDs,
	                         * to be inspected again for one address */
	size_t size;
	char *note; /* what this gpg can't use of it (one line), or NULL */
};

#define ENGINE_IMPORT_MAX ((size_t)16 * 1024 * 1024) /* bytes of one import */
#define ENGINE_NOTE_MAX 500 /* bytes of a note */
#define ENGINE_CERTS_MAX 1000                        /* in one import */
#define ENGINE_ADDRESSES_MAX 1000                    /* of one certificate */

/*
 * Looks at armoured or binary certificates with gpg in a throw-away home in
 * TMPDIR or /tmp (removed afterwards). For each: fingerprints, what usability
 * depends on, and the files that gpg is given at delivery, with the user IDs
 * of keep_address (normal form), or else of one address, alone where it is not NULL.
 * A trial encryption finds the subkeys that this gpg cannot use: they are
 * left out; so are, of more than ENTRY_SUBKEYS_MAX, the oldest that are not
 * usable. *certs (count, at least 1) is the caller's: engine_certs_free.  -1
 * with *err: ERR_DATA not a certificate, too many usable subkeys, or a
 * private key in it, of which nothing was given to gpg or written anywhere;
 * ERR_TEMPORARY no gpg, no temporary folder, the deadline.
 */
int engine_inspect(const struct engine_config *config, const void *data,
                   size_t size, const char *keep_address,
                   struct engine_cert **certs, size_t *count,
                   struct deadline deadline, struct err *err);
void engine_certs_free(struct engine_cert **certs, size_t count);

/* gpg's version, for doctor: "2.2.40", into out. */
int engine_version(const struct engine_config *config, char *out, size_t size,
                   struct deadline deadline, struct err *err);

#endif
