/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * engine-inspect - certificates, looked at by gpg before they are enrolled
 *
 * They are imported into a throw-away home, listed, and exported again: the
 * whole for people, and for each encryption subkey a file with that subkey
 * alone, which is what gpg is given at delivery.  What a file says of itself
 * is listed too, since it may differ from the whole: with the user IDs its
 * self-signatures went.  At the end gpg encrypts to all that seems usable.
 */
#include <config.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "keystore/engine-private.h"
#include "keystore/keyblock.h"

struct keys {
	gpgme_key_t *key;
	size_t count, max;
	bool too_many;
};

struct inspection {
	struct engine_session session;
	struct engine_config config; /* with the throw-away home */
	char *home;
	const char *keep_address;
	struct deadline deadline;
	struct engine_cert *cert;
	size_t certs;
};

static void on_key(void *ctx, gpgme_key_t key)
{
	struct keys *k = ctx;

	k->too_many = k->count == k->max;
	if (k->too_many) {
		gpgme_key_unref(key);
		return;
	}
	k->key = mem_grow(k->key, k->count + 1, sizeof *k->key);
	k->key[k->count++] = key;
}

static void keys_clear(struct keys *k)
{
	for (size_t i = 0; i < k->count; i++)
		gpgme_key_unref(k->key[i]);
	free(k->key);
	*k = (struct keys){ .max = k->max };
}

/* GPGME itself may have failed; then nothing was started. */
static int data_from(gpgme_data_t *data, const void *bytes, size_t size,
                     struct err *err)
{
	gpgme_error_t error = size ?
		gpgme_data_new_from_mem(data, bytes, size, 0) :
		gpgme_data_new(data);

	if (error)
		return err_set(err, ERR_TEMPORARY, NULL, "GPGME: %s",
		               gpgme_strerror(error));
	return 0;
}

/* What of it this gpg is too old for, if that is why it takes less than all. */
static int refuse_odd(const struct inspection *i, const struct keyblock *k,
                      struct err *err)
{
	static const char ask[] = "ask its owner for one that GnuPG 2.2 can use: version 4 with Curve25519, or RSA";

	if (k->odd_version)
		return err_set(err, ERR_DATA, ask,
		               "it is a certificate of version %u, which %s can't use",
		               k->odd_version, i->config.program);
	return err_set(err, ERR_DATA, ask,
	               "its primary key has algorithm %u, which %s can't use",
	               k->odd_algorithm, i->config.program);
}

/* How many were taken: each block that gpg looked at is a certificate. */
static int check_import(struct inspection *i, const struct keyblock *k,
                        struct err *err)
{
	gpgme_import_result_t r = gpgme_op_import_result(i->session.ctx);
	size_t taken = r ? (size_t)(r->imported + r->unchanged) : 0;
	char ended[80];

	for (gpgme_import_status_t s = r ? r->imports : NULL; s; s = s->next)
		if (s->result == 0 && s->status != 0)
			taken += s->status != GPGME_IMPORT_NEW;
	if (taken < k->certs && (k->odd_version || k->odd_algorithm))
		return refuse_odd(i, k, err);
	if (!r || r->considered == 0)
		return err_set(err, ERR_DATA, "a version 4 certificate that "
		               "has a user ID is needed",
		               "gpg finds no certificate in it%s",
		               engine_session_ended(&i->session, ended,
		                                    sizeof ended));
	if (r->no_user_id > 0)
		return err_set(err, ERR_DATA, "ask its owner for a copy with "
		               "a user ID",
		               "a certificate has no user ID that its own key "
		               "signed");
	if (taken < k->certs)
		return err_set(err, ERR_DATA, "see what `gpg --show-keys` says "
		               "of it", "gpg takes %zu of %zu certificates",
		               taken, k->certs);
	return 0;
}

static int import(struct inspection *i, const struct keyblock *k,
                  struct err *err)
{
	gpgme_data_t data;
	int rc = data_from(&data, k->packets.data, k->packets.len, err);

	if (rc < 0)
		return -1;
	rc = engine_session_run(&i->session,
	                        gpgme_op_import_start(i->session.ctx, data),
	                        err);
	gpgme_data_release(data);
	return rc < 0 ? -1 : check_import(i, k, err);
}

/* What is in the home, or (size > 0) in an export. */
static int list(struct inspection *i, const void *bytes, size_t size,
                struct keys *keys, struct err *err)
{
	struct engine_session *s = &i->session;
	gpgme_data_t data = NULL;
	gpgme_error_t started;
	int rc = size ? data_from(&data, bytes, size, err) : 0;

	if (rc < 0)
		return -1;
	s->on_key = on_key;
	s->on_ctx = keys;
	started = size ? gpgme_op_keylist_from_data_start(s->ctx, data, 0) :
	                 gpgme_op_keylist_start(s->ctx, NULL, 0);
	rc = engine_session_run(s, started, err);
	s->on_key = NULL;
	gpgme_data_release(data);
	if (rc == 0 && keys->too_many)
		rc = err_set(err, ERR_DATA, "import fewer at a time",
		             "more than %zu certificates", keys->max);
	return rc;
}

/* What gpg exports for a fingerprint; with `!` that subkey alone. */
static int export(struct inspection *i, const char *pattern,
                  unsigned char **bytes, size_t *size, struct err *err)
{
	gpgme_data_t data;
	gpgme_error_t started;
	char *held;

	if (data_from(&data, NULL, 0, err) < 0)
		return -1;
	started = gpgme_op_export_start(i->session.ctx, pattern, 0, data);
	if (engine_session_run(&i->session, started, err) < 0) {
		gpgme_data_release(data);
		return -1;
	}
	held = gpgme_data_release_and_get_mem(data, size);
	*bytes = held && *size ? mem_alloc(*size) : NULL;
	if (*bytes)
		memcpy(*bytes, held, *size);
	gpgme_free(held);
	if (!*bytes)
		return err_set(err, ERR_TEMPORARY, NULL,
		               "gpg exports nothing for %s", pattern);
	return 0;
}

/* Does the file say of the subkey what the whole certificate says? */
static bool is_faithful(const struct entry_cert *cert,
                        const struct entry_subkey *subkey,
                        const struct keys *listed)
{
	struct entry_cert alone = { 0 };

	if (listed->count != 1 || engine_cert_head(&alone, listed->key[0]) < 0 ||
	    alone.expires != cert->expires || alone.revoked != cert->revoked)
		return false;
	engine_cert_subkeys(&alone, listed->key[0]);
	for (size_t s = 0; s < alone.subkeys; s++)
		if (strcmp(alone.subkey[s].fingerprint,
		           subkey->fingerprint) == 0)
			return alone.subkey[s].expires == subkey->expires &&
			       alone.subkey[s].revoked == subkey->revoked;
	return false;
}

/* The file of one subkey. 1: it is, 0: it says something else, -1: *err. */
static int make_file(struct inspection *i, const struct entry_cert *cert,
                     struct entry_subkey *subkey, struct err *err)
{
	struct keys listed = { .max = 2 };
	char *pattern = mem_printf("%s!", subkey->fingerprint);
	int rc = export(i, pattern, &subkey->data, &subkey->size, err);

	if (rc == 0)
		rc = list(i, subkey->data, subkey->size, &listed, err);
	if (rc == 0)
		rc = is_faithful(cert, subkey, &listed);
	keys_clear(&listed);
	free(pattern);
	return rc;
}

static void drop_files(struct entry_cert *cert)
{
	for (size_t s = 0; s < cert->subkeys; s++) {
		free(cert->subkey[s].data);
		cert->subkey[s].data = NULL;
		cert->subkey[s].size = 0;
	}
	free(cert->data);
	cert->data = NULL;
	cert->size = 0;
}

/* All files of a certificate, with the user IDs of mailbox (NULL: all). */
static int make_files(struct inspection *i, struct entry_cert *cert,
                      const char *mailbox, struct err *err)
{
	int rc = engine_home_keep(i->home, mailbox, err);

	if (rc == 0)
		rc = export(i, cert->fingerprint, &cert->data, &cert->size, err);
	if (rc < 0)
		return -1;
	for (size_t s = 0; s < cert->subkeys; s++) {
		rc = make_file(i, cert, &cert->subkey[s], err);
		if (rc <= 0)
			return rc;
	}
	return 1;
}

/* None that is usable may be left out unsaid, as its reader would find mail
 * that was not sealed to it. Each is listed alone, as its own certificate. */
static int check_subkeys(const struct entry_cert *cert, gpgme_key_t key,
                         struct err *err)
{
	size_t usable = 0;

	for (gpgme_subkey_t s = key->subkeys; s; s = s->next) {
		struct _gpgme_subkey subkey = *s;
		struct _gpgme_key single = { .subkeys = &subkey };
		struct entry_cert alone = { 0 };

		subkey.next = NULL;
		engine_cert_subkeys(&alone, &single);
		usable += alone.subkeys == 1 &&
		          entry_subkey_usability(cert, alone.subkey,
		                                 time(NULL)) == USABLE;
	}
	if (usable <= ENTRY_SUBKEYS_MAX)
		return 0;
	return err_set(err, ERR_DATA, "ask its owner to revoke those that are "
	               "not needed, then import it again",
	               "%s has more than %d usable encryption subkeys",
	               cert->fingerprint, ENTRY_SUBKEYS_MAX);
}

static int fill_cert(struct inspection *i, struct engine_cert *out,
                     gpgme_key_t key, struct err *err)
{
	const char *mailbox = engine_cert_mailbox(key, i->keep_address);
	int rc;

	if (engine_cert_head(&out->cert, key) < 0)
		return err_set(err, ERR_DATA, NULL,
		               "a certificate without a fingerprint");
	if (check_subkeys(&out->cert, key, err) < 0)
		return -1;
	engine_cert_subkeys(&out->cert, key);
	engine_note_unknown(out, key);
	out->addresses = engine_cert_addresses(key, err);
	if (!out->addresses || engine_home_keep(i->home, NULL, err) < 0 ||
	    export(i, out->cert.fingerprint, &out->data, &out->size, err) < 0)
		return -1;
	rc = make_files(i, &out->cert, mailbox, err);
	if (rc == 0 && mailbox) {
		drop_files(&out->cert);
		rc = make_files(i, &out->cert, NULL, err);
	}
	if (rc == 0)
		return err_set(err, ERR_DATA, NULL, "%s: a subkey's export "
		               "differs from the certificate",
		               out->cert.fingerprint);
	return rc < 0 ? -1 : 0;
}

static int fill_certs(struct inspection *i, const struct keyblock *k,
                      struct err *err)
{
	struct keys keys = { .max = ENGINE_CERTS_MAX };
	int rc = import(i, k, err);

	if (rc == 0)
		rc = list(i, NULL, 0, &keys, err);
	if (rc == 0 && keys.count == 0)
		rc = err_set(err, ERR_TEMPORARY, NULL,
		             "gpg does not list what it imported");
	i->cert = mem_array(keys.count + 1, sizeof *i->cert);
	for (; rc == 0 && i->certs < keys.count; i->certs++)
		rc = fill_cert(i, &i->cert[i->certs], keys.key[i->certs], err);
	keys_clear(&keys);
	return rc;
}

static int inspect(struct inspection *i, const struct engine_config *config,
                   const struct keyblock *k, struct err *err)
{
	int rc = engine_home_make(&i->home, err);

	i->config = (struct engine_config){ .program = config->program, .home = i->home };
	if (rc == 0) {
		rc = engine_session_start(&i->session, &i->config, i->deadline,
		                          err);
		i->session.idle_max = UINT_MAX; /* bounded by the import */
		if (rc == 0)
			rc = fill_certs(i, k, err);
		engine_session_end(&i->session);
	}
	for (size_t c = 0; rc == 0 && c < i->certs; c++)
		rc = engine_trial(&i->config, &i->cert[c], i->deadline, err);
	engine_home_remove(&i->home);
	return rc;
}

/* What gpg must not even see. */
static int check_keyblock(const struct keyblock *k, struct err *err)
{
	if (k->secret)
		return err_set(err, ERR_DATA, "export the public certificate "
		               "instead: gpg --export ADDRESS",
		               "it holds a PRIVATE key and is refused; whoever "
		               "can read it has that key");
	if (k->certs > ENGINE_CERTS_MAX)
		return err_set(err, ERR_DATA, "import fewer at a time",
		               "more than %d certificates", ENGINE_CERTS_MAX);
	return 0;
}

int engine_inspect(const struct engine_config *config, const void *data,
                   size_t size, const char *keep_address,
                   struct engine_cert **certs, size_t *count,
                   struct deadline deadline, struct err *err)
{
	struct inspection i = { .keep_address = keep_address,
	                        .deadline = deadline };
	struct keyblock k = { .packets = BUF_INIT };
	int rc;

	*certs = NULL;
	*count = 0;
	if (size > ENGINE_IMPORT_MAX)
		return err_set(err, ERR_DATA, "import fewer at a time",
		               "it is larger than %zu MiB",
		               ENGINE_IMPORT_MAX / 1024 / 1024);
	rc = keyblock_read(data, size, &k, err);
	if (rc == 0)
		rc = check_keyblock(&k, err);
	if (rc == 0)
		rc = inspect(&i, config, &k, err);
	keyblock_clear(&k);
	if (rc < 0)
		engine_certs_free(&i.cert, i.certs);
	*certs = i.cert;
	*count = rc < 0 ? 0 : i.certs;
	return rc;
}

void engine_certs_free(struct engine_cert **certs, size_t count)
{
	for (size_t c = 0; *certs && c < count; c++) {
		entry_cert_clear(&(*certs)[c].cert);
		engine_addresses_free(&(*certs)[c].addresses);
		free((*certs)[c].data);
		free((*certs)[c].note);
	}
	free(*certs);
	*certs = NULL;
}
