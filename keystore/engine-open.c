/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * engine-open - decryption by the user's own gpg
 *
 * No deadline and no watch: a pinentry waits for a person, and gpg may start
 * the agent, which must outlive us.  Plaintext goes out as it comes; only
 * DECRYPTION_OKAY together with GOODMDC says that it is what was encrypted.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "keystore/engine-private.h"
#include "mime/ciphertext.h"

struct opening {
	struct engine_session session;
	bool okay, good_mdc;
	bool has_session_key; /* so what fails then is the data */
	bool unprotected;     /* neither MDC nor AEAD */
	bool no_seckey, no_passphrase;
	bool spoke; /* there was a status line at all */
	struct source cipher;
	struct ciphertext_reader *reader; /* sees what gpg is given */
	gpgme_error_t key_error; /* of the last key that could not be used */
};

static gpgme_error_t last_number(const char *args)
{
	const char *blank = strrchr(args, ' ');

	return blank ? (gpgme_error_t)strtoul(blank, NULL, 10) : 0;
}

/* DECRYPTION_INFO's `MDC CIPHER [AEAD]`. */
static bool is_unprotected(const char *args)
{
	char *end;
	long mdc = strtol(args, &end, 10);

	strtol(end, &end, 10);
	return mdc == 0 && strtol(end, NULL, 10) == 0;
}

static void on_decryption_info(struct opening *o, const char *args)
{
	o->has_session_key = true;
	o->unprotected = is_unprotected(args);
}

static void on_status(void *ctx, const char *keyword, const char *args)
{
	struct opening *o = ctx;

	o->spoke |= *keyword != '\0'; /* empty: the end */
	if (strcmp(keyword, "DECRYPTION_OKAY") == 0)
		o->okay = true;
	else if (strcmp(keyword, "GOODMDC") == 0)
		o->good_mdc = true;
	else if (strcmp(keyword, "DECRYPTION_INFO") == 0)
		on_decryption_info(o, args);
	else if (strcmp(keyword, "NO_SECKEY") == 0)
		o->no_seckey = true;
	else if (strcmp(keyword, "MISSING_PASSPHRASE") == 0 ||
	         strcmp(keyword, "BAD_PASSPHRASE") == 0 ||
	         strcmp(keyword, "CANCELED_BY_USER") == 0)
		o->no_passphrase = true;
	else if (strcmp(keyword, "ERROR") == 0 &&
	         (strncmp(args, "pkdecrypt_failed ", 17) == 0 ||
	          strncmp(args, "get_passphrase ", 15) == 0))
		o->key_error = last_number(args);
}

/* Did the key work, and what it was given was wrong? */
static bool blames_data(gpgme_error_t error)
{
	switch (gpgme_err_code(error)) {
	case GPG_ERR_CHECKSUM:
	case GPG_ERR_BAD_MPI:
	case GPG_ERR_BAD_DATA:
	case GPG_ERR_INV_DATA:
	case GPG_ERR_DECRYPT_FAILED:
		return true;
	default:
		return false;
	}
}

static ssize_t read_cipher(void *ctx, void *buf, size_t size, struct err *err)
{
	struct opening *o = ctx;
	ssize_t got = source_read(o->cipher, buf, size, err);

	if (got > 0)
		(void)ciphertext_reader_add(o->reader, buf, (size_t)got);
	return got;
}

/* gpg says nothing of armour that is broken: it just ends. It may have ended
 * before it was given all of it, so the rest is looked at here. */
static bool is_whole(struct opening *o)
{
	struct ciphertext c;
	char piece[4096];
	struct err ignored;

	while (read_cipher(o, piece, sizeof piece, &ignored) > 0)
		;
	ciphertext_reader_finish(o->reader, &c);
	return c.complete;
}

static int explain(struct opening *o, struct err *err)
{
	if (o->okay || o->unprotected)
		return err_set(err, ERR_DATA, NULL, "the ciphertext has no "
		               "integrity protection, so it may be changed");
	if (o->has_session_key || blames_data(o->key_error))
		return err_set(err, ERR_DATA, NULL,
		               "the ciphertext is damaged");
	if (o->key_error)
		return err_set(err, ERR_UNAVAILABLE, NULL,
		               "the secret key or passphrase could not be had: "
		               "%s", gpgme_strerror(o->key_error));
	if (o->no_passphrase)
		return err_set(err, ERR_UNAVAILABLE, NULL,
		               "the passphrase is missing");
	if (o->no_seckey)
		return err_set(err, ERR_UNAVAILABLE, "run it as the user who "
		               "has the key, or set GNUPGHOME",
		               "no secret key for this message");
	if (o->spoke || !is_whole(o))
		return err_set(err, ERR_DATA, NULL,
		               "this is not a whole OpenPGP message");
	return err_set(err, ERR_UNAVAILABLE, NULL,
	               "%s ended before it had decrypted anything",
	               o->session.program);
}

static int decrypt(struct opening *o, struct sink plain, struct err *err)
{
	struct engine_session *s = &o->session;
	struct engine_input in = { .session = s,
	                           .source = { read_cipher, o } };
	struct engine_output out = { .session = s, .sink = plain };
	int rc = engine_streams_open(&in, &out, err);

	s->on_status = on_status;
	s->on_ctx = o;
	if (rc == 0)
		rc = engine_session_run(s, gpgme_op_decrypt_start(s->ctx,
		                        in.data, out.data), err);
	/* GPGME's own word counts for nothing, in both directions. */
	if (s->stream.class == ERR_NONE && (rc == 0 || s->error))
		rc = o->okay && o->good_mdc ? 0 : explain(o, err);
	engine_streams_close(&in, &out);
	return rc;
}

int engine_open(const struct engine_config *config, struct source cipher,
                struct sink plain, struct err *err)
{
	struct engine_config users = { .program = config->program };
	struct opening o = { .cipher = cipher };
	int rc = engine_session_start(&o.session, &users, DEADLINE_NEVER, err);

	o.reader = ciphertext_reader_new(CIPHERTEXT_WHOLE);
	if (rc < 0)
		err->class = ERR_UNAVAILABLE;
	else
		rc = decrypt(&o, plain, err);
	ciphertext_reader_free(&o.reader);
	engine_session_end(&o.session);
	return rc;
}
