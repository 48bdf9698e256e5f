/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * engine-seal - encryption, believed only when it can be seen
 *
 * gpg is given each subkey as a file of its own: of a certificate with two
 * it would take the newest alone.  The file is a sealed memfd, opened as
 * /proc/PID/fd/N, so that gpg reads the very bytes that were decided on.
 * GPGME calls it a success when gpg died: what counts is what gpg said on
 * its status pipe and what stands in the ciphertext.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "keystore/engine-private.h"
#include "mime/ciphertext.h"

_Static_assert(ENGINE_SUBKEYS_MAX <= CIPHERTEXT_KEYIDS_MAX,
               "every recipient's key ID must be seen");

/* One sealing. */
struct sealing {
	struct engine_session session;
	const struct entry_subkey *subkey[ENGINE_SUBKEYS_MAX]; /* no doubles */
	int fd[ENGINE_SUBKEYS_MAX]; /* the memfd of each */
	size_t count;
	bool hidden;
	struct ciphertext_reader *reader;
	struct sink cipher;
	/* what gpg said */
	bool began, ended;
	const struct entry_subkey *refused;
	gpgme_error_t failure;
};

static bool has_subkey(const struct sealing *s, const char *fingerprint)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->subkey[i]->fingerprint, fingerprint) == 0)
			return true;
	return false;
}

/* The same subkey twice, of two recipients who share a certificate, would be
 * one PKESK. */
static int collect(struct sealing *s, const struct entry_subkey *const *subkeys,
                   size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (has_subkey(s, subkeys[i]->fingerprint))
			continue;
		if (s->count == ENGINE_SUBKEYS_MAX)
			return err_set(err, ERR_TEMPORARY,
			               "deliver to fewer recipients at a time",
			               "more than %d encryption subkeys",
			               ENGINE_SUBKEYS_MAX);
		s->subkey[s->count++] = subkeys[i];
	}
	if (s->count == 0)
		return err_set(err, ERR_TEMPORARY, NULL,
		               "no certificate to seal to");
	return 0;
}

static int write_all(int fd, const unsigned char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* A file in memory that nobody can change any more, or -1. */
static int frozen_file(const void *data, size_t size)
{
	int fd = memfd_create("certificate", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (write_all(fd, data, size) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
	                                   F_SEAL_WRITE) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The files, and GPGME's recipient string that names them. */
static int make_files(struct sealing *s, struct buf *recipients,
                      struct err *err)
{
	buf_adds(recipients, s->hidden ? "--hidden\n--file\n" : "--file\n");
	for (size_t i = 0; i < s->count; i++) {
		s->fd[i] = frozen_file(s->subkey[i]->data, s->subkey[i]->size);
		if (s->fd[i] < 0)
			return err_sys(err, ERR_TEMPORARY, NULL,
			               "a certificate's file in memory");
		buf_addf(recipients, "/proc/%ld/fd/%d\n", (long)getpid(),
		         s->fd[i]);
	}
	return 0;
}

/* `REASON /proc/PID/fd/N`: whose file is it? */
static const struct entry_subkey *subkey_of(const struct sealing *s,
                                            const char *args)
{
	const char *slash = strrchr(args, '/');
	int fd = slash ? atoi(slash + 1) : -1;

	for (size_t i = 0; i < s->count; i++)
		if (s->fd[i] == fd)
			return s->subkey[i];
	return NULL;
}

static void on_status(void *ctx, const char *keyword, const char *args)
{
	struct sealing *s = ctx;
	const char *code = strrchr(args, ' ');

	if (strcmp(keyword, "BEGIN_ENCRYPTION") == 0)
		s->began = true;
	else if (strcmp(keyword, "END_ENCRYPTION") == 0)
		s->ended = true;
	else if (strcmp(keyword, "INV_RECP") == 0)
		s->refused = subkey_of(s, args);
	else if (strcmp(keyword, "FAILURE") == 0 && code)
		s->failure = (gpgme_error_t)strtoul(code, NULL, 10);
}

static int refuse_garbage(const struct sealing *s, struct err *err)
{
	return err_set(err, ERR_TEMPORARY, "see what gpg-program is",
	               "%s did not write OpenPGP ciphertext",
	               s->session.program);
}

static int write_cipher(void *ctx, const void *data, size_t len,
                        struct err *err)
{
	struct sealing *s = ctx;

	if (ciphertext_reader_add(s->reader, data, len) < 0)
		return refuse_garbage(s, err);
	return sink_write(s->cipher, data, len, err);
}

static gpgme_error_t start(struct sealing *s, const char *recipients,
                           struct engine_input *in, struct engine_output *out)
{
	gpgme_encrypt_flags_t flags = GPGME_ENCRYPT_ALWAYS_TRUST |
	                              GPGME_ENCRYPT_NO_ENCRYPT_TO;

	s->session.on_status = on_status;
	s->session.on_ctx = s;
	gpgme_set_armor(s->session.ctx, 1);
	return gpgme_op_encrypt_ext_start(s->session.ctx, NULL, recipients,
	                                  flags, in->data, out->data);
}

/* Why there is no ciphertext, as far as gpg told. */
static int explain(const struct sealing *s, struct err *err)
{
	const char *program = s->session.program;
	char ended[80];

	if (s->refused)
		return err_set(err, ERR_TEMPORARY,
		               "run `mailseal key check`, import it again",
		               "%s refuses the subkey %s", program,
		               s->refused->fingerprint);
	if (s->failure)
		return err_set(err, ERR_TEMPORARY, NULL, "%s: %s", program,
		               gpgme_strerror(s->failure));
	return err_set(err, ERR_TEMPORARY, NULL, "%s ended before it had %s%s",
	               program, s->began ? "finished" : "encrypted anything",
	               engine_session_ended(&s->session, ended, sizeof ended));
}

static int compare_keyids(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Is it encrypted to these subkeys, each once, and to nobody else? */
static bool recipients_match(const struct sealing *s, struct ciphertext *c)
{
	uint64_t wanted[ENGINE_SUBKEYS_MAX];

	if (c->pkesk != s->count || c->skesk > 0)
		return false;
	for (size_t i = 0; i < s->count; i++)
		wanted[i] = s->hidden ? 0 : s->subkey[i]->keyid;
	qsort(wanted, s->count, sizeof *wanted, compare_keyids);
	qsort(c->keyid, s->count, sizeof *c->keyid, compare_keyids);
	return memcmp(wanted, c->keyid, s->count * sizeof *wanted) == 0;
}

static int check(struct sealing *s, const struct engine_input *in,
                 struct err *err)
{
	const char *program = s->session.program;
	struct ciphertext c;
	char ended[80];

	if (!s->began || !s->ended)
		return explain(s, err);
	if (!engine_input_was_read(in))
		return err_set(err, ERR_TEMPORARY, NULL,
		               "%s did not read the whole message", program);
	ciphertext_reader_finish(s->reader, &c);
	if (c.pkesk + c.skesk == 0)
		return refuse_garbage(s, err);
	if (!recipients_match(s, &c))
		return err_set(err, ERR_TEMPORARY,
		               "look for recipients in /etc/gnupg/gpg.conf",
		               "%s encrypted to %u keys, not to the %zu it was "
		               "given", program, c.pkesk + c.skesk, s->count);
	if (!c.seipd1)
		return err_set(err, ERR_TEMPORARY, "use a GnuPG that writes "
		               "RFC 4880 packets, as distributions' do",
		               "%s did not write a version 1 SEIPD packet, the "
		               "only one that every client opens", program);
	if (!c.complete)
		return err_set(err, ERR_TEMPORARY, NULL,
		               "%s did not finish the ciphertext", program);
	/* When it can't read its input, it encrypts what it has, says
	 * END_ENCRYPTION, and ends with 2. */
	if (WIFEXITED(s->session.wait_status) &&
	    WEXITSTATUS(s->session.wait_status) != 0)
		return err_set(err, ERR_TEMPORARY, NULL, "%s failed%s", program,
		               engine_session_ended(&s->session, ended,
		                                    sizeof ended));
	return 0;
}

static int encrypt(struct sealing *s, const char *recipients,
                   struct source plain, struct err *err)
{
	struct engine_input in = { .session = &s->session, .source = plain };
	struct engine_output out = { .session = &s->session,
	                             .sink = { write_cipher, s } };
	int rc = engine_streams_open(&in, &out, err);

	if (rc == 0)
		rc = engine_session_run(&s->session,
		                        start(s, recipients, &in, &out), err);
	if (rc < 0 && s->session.error && (s->refused || s->failure))
		explain(s, err);
	if (rc == 0)
		rc = check(s, &in, err);
	engine_streams_close(&in, &out);
	return rc;
}

static int seal(struct sealing *s, const struct engine_config *config,
                struct source plain, struct deadline deadline,
                struct err *err)
{
	struct buf recipients = BUF_INIT;
	int rc = make_files(s, &recipients, err);

	if (rc == 0)
		rc = engine_session_start(&s->session, config, deadline, err);
	if (rc == 0)
		rc = encrypt(s, buf_str(&recipients), plain, err);
	engine_session_end(&s->session);
	buf_free(&recipients);
	return rc;
}

int engine_seal_try(const struct engine_config *config,
                    const struct entry_subkey *const *subkeys, size_t count,
                    bool hidden, struct source plain, struct sink cipher,
                    struct deadline deadline,
                    const struct entry_subkey **refused, struct err *err)
{
	struct sealing *s = mem_alloc(sizeof *s);
	int rc;

	s->hidden = hidden;
	s->cipher = cipher;
	s->reader = ciphertext_reader_new(CIPHERTEXT_FRONT);
	for (size_t i = 0; i < ENGINE_SUBKEYS_MAX; i++)
		s->fd[i] = -1;
	rc = collect(s, subkeys, count, err);
	if (rc == 0)
		rc = seal(s, config, plain, deadline, err);
	*refused = s->refused;
	for (size_t i = 0; i < s->count; i++)
		if (s->fd[i] >= 0)
			close(s->fd[i]);
	ciphertext_reader_free(&s->reader);
	free(s);
	return rc;
}

int engine_seal(const struct engine_config *config,
                const struct entry_subkey *const *subkeys, size_t count,
                bool hidden, struct source plain, struct sink cipher,
                struct deadline deadline, struct err *err)
{
	const struct entry_subkey *refused;

	return engine_seal_try(config, subkeys, count, hidden, plain, cipher,
	                       deadline, &refused, err);
}
