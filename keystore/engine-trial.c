/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engine-trial - which subkeys of a certificate this gpg can encrypt to, found out by doing it */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "keystore/engine-private.h"

/* ---- what people are told ----------------------------------------------------- */

/* For people, since mail is not sealed to it. */
static void note_unusable(struct engine_cert *cert, const char *fingerprint,
                          const char *algorithm)
{
	char *note = mem_printf("%s%sthe subkey %s (%s) is left out, this gpg can't encrypt to it",
	                        cert->note ? cert->note : "", cert->note ? "; " : "",
	                        fingerprint, algorithm);

	/* A certificate may have hundreds. */
	if (cert->note && strlen(note) > ENGINE_NOTE_MAX) {
		free(note);
		return;
	}
	free(cert->note);
	cert->note = note;
}

/* Those that are alive, but of an algorithm that gpg does not know. */
void engine_note_unknown(struct engine_cert *cert, gpgme_key_t key)
{
	for (gpgme_subkey_t s = key->subkeys; s; s = s->next) {
		char *algorithm;

		if (!s->can_encrypt || s->revoked || s->expired || !s->fpr ||
		    engine_cert_has(&cert->cert, s->fpr))
			continue;
		algorithm = gpgme_pubkey_algo_string(s);
		note_unusable(cert, s->fpr, algorithm ? algorithm : "unknown algorithm");
		gpgme_free(algorithm);
	}
}

/* ---- the trial ------------------------------------------------------------------ */

static ssize_t read_nothing(void *ctx, void *buf, size_t size, struct err *err)
{
	(void)ctx;
	(void)buf;
	(void)size;
	(void)err;
	return 0;
}

static int write_nowhere(void *ctx, const void *data, size_t len,
                         struct err *err)
{
	(void)ctx;
	(void)data;
	(void)len;
	(void)err;
	return 0;
}

static void leave_out(struct entry_cert *cert, const struct entry_subkey *gone)
{
	size_t at = (size_t)(gone - cert->subkey);

	free(cert->subkey[at].data);
	memmove(&cert->subkey[at], &cert->subkey[at + 1],
	        (--cert->subkeys - at) * sizeof *gone);
	memset(&cert->subkey[cert->subkeys], 0, sizeof *gone);
}

int engine_trial(const struct engine_config *config, struct engine_cert *of,
                 struct deadline deadline, struct err *err)
{
	struct entry_cert *cert = &of->cert;

	for (;;) {
		const struct entry_subkey *usable[ENTRY_SUBKEYS_MAX], *refused;
		size_t count = 0;

		for (size_t s = 0; s < cert->subkeys; s++)
			if (entry_subkey_usability(cert, &cert->subkey[s],
			                           time(NULL)) == USABLE)
				usable[count++] = &cert->subkey[s];
		if (count == 0)
			return 0;
		if (engine_seal_try(config, usable, count, false,
		                    (struct source){ read_nothing, NULL },
		                    (struct sink){ write_nowhere, NULL },
		                    deadline, &refused, err) == 0)
			return 0;
		if (!refused)
			return err_context(err, "a trial encryption to %s",
			                   cert->fingerprint);
		note_unusable(of, refused->fingerprint, refused->algorithm);
		leave_out(cert, refused);
	}
}
