/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-notify - the owner is told of each change of his certificates */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/program.h"
#include "filter/key-notify.h"
#include "filter/remind-mail.h"
#include "keystore/health.h"
#include "mime/compose.h"

#define SEAL_MS (60 * 1000)

/* ---- what is said ---------------------------------------------------------------- */

static void add_certs(const struct entry *entry, const char *when, struct buf *out)
{
	size_t listed = 0;

	buf_addf(out, "%s:\n", when);
	for (size_t i = 0; entry && i < entry->certs; i++) {
		if (entry->cert[i].retired)
			continue;
		buf_adds(out, "    ");
		key_describe(&entry->cert[i], out);
		buf_addc(out, '\n');
		listed++;
	}
	if (!listed)
		buf_adds(out, "    none: mail is stored as it comes\n");
}

static void add_text(const char *address, const struct entry *before,
                     const struct entry *after, struct buf *out)
{
	buf_addf(out, "The OpenPGP certificates to which the mail server encrypts mail for\n%s\nwere changed.\n\n",
	         address);
	add_certs(before, "Before", out);
	add_certs(after, "Now", out);
	buf_adds(out, "\nIf this surprises you, tell your postmaster, by another way than mail.\n");
}

/* ---- sealed to what held before ----------------------------------------------------- */

struct bytes {
	const char *data;
	size_t left;
};

static ssize_t read_bytes(void *ctx, void *buf, size_t size, struct err *err)
{
	struct bytes *b = ctx;
	size_t n = size < b->left ? size : b->left;

	(void)err;
	memcpy(buf, b->data, n);
	b->data += n;
	b->left -= n;
	return (ssize_t)n;
}

static int add_bytes(void *ctx, const void *data, size_t len, struct err *err)
{
	(void)err;
	buf_add(ctx, data, len);
	return 0;
}

/* Those of entry that can be used at that time. */
static size_t choose(const struct entry *entry, int64_t when,
                     const struct entry_subkey *subkey[ENGINE_SUBKEYS_MAX])
{
	size_t count = 0;

	for (size_t c = 0; c < entry->certs; c++) {
		const struct entry_cert *cert = &entry->cert[c];

		for (size_t s = 0; s < cert->subkeys && count < ENGINE_SUBKEYS_MAX; s++)
			if (entry_subkey_usability(cert, &cert->subkey[s], when) == USABLE)
				subkey[count++] = &cert->subkey[s];
	}
	return count;
}

/* Now, or as of the last second: an expired certificate's owner still has its secret key. */
static size_t choose_any(const struct key_run *run, const struct entry *before,
                         const struct entry_subkey *subkey[ENGINE_SUBKEYS_MAX],
                         int64_t *then)
{
	size_t count = before ? choose(before, run->now, subkey) : 0;

	*then = 0;
	if (count || !before)
		return count;
	*then = health_last_usable(before, run->now);
	return *then ? choose(before, *then, subkey) : 0;
}

static int seal(const struct key_run *run, const struct entry_subkey *const *subkey,
                size_t count, int64_t then, const struct buf *plain,
                struct buf *armour, struct err *err)
{
	char *home = program_gnupg_home();
	const struct engine_config engine = {
		.program = run->engine.program, .home = home, .then = then,
	};
	struct bytes bytes = { plain->data, plain->len };
	int rc = engine_seal(&engine, subkey, count, false,
	                     (struct source){ read_bytes, &bytes },
	                     (struct sink){ add_bytes, armour },
	                     deadline_in(SEAL_MS), err);

	free(home);
	return rc;
}

/* PGP/MIME, RFC 3156 section 4. */
static void add_encrypted(const char *boundary, const struct buf *armour, struct buf *body)
{
	buf_addf(body, "--%s\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n"
	         "--%s\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\n\n%s\n--%s--\n",
	         boundary, boundary, buf_str(armour), boundary);
}

/* ---- sent --------------------------------------------------------------------------- */

static int send_sealed(const struct key_run *run, struct remind_mail *mail,
                       const struct entry_subkey *const *subkey, size_t count,
                       int64_t then, struct err *err)
{
	struct buf plain = BUF_INIT, armour = BUF_INIT, body = BUF_INIT, type = BUF_INIT;
	char boundary[COMPOSE_BOUNDARY_MAX];
	int rc;

	compose_boundary(boundary);
	buf_addf(&type, "multipart/encrypted; protocol=\"application/pgp-encrypted\";\n\tboundary=\"%s\"",
	         boundary);
	buf_addf(&plain, "Content-Type: text/plain; charset=utf-8\n\n%s", mail->body);
	rc = seal(run, subkey, count, then, &plain, &armour, err);
	if (!rc) {
		add_encrypted(boundary, &armour, &body);
		mail->type = buf_str(&type);
		mail->body = buf_str(&body);
		rc = remind_mail_send(config_text(run->config, SET_SENDMAIL), mail, err);
	}
	buf_free(&type);
	buf_free(&body);
	buf_free(&armour);
	buf_free(&plain);
	return rc;
}

void key_notify(const struct key_run *run, const char *address,
                const struct entry *before, const struct entry *after)
{
	const struct entry_subkey *subkey[ENGINE_SUBKEYS_MAX];
	struct buf text = BUF_INIT;
	struct remind_mail mail = { .to = address, .now = run->now,
		.subject = "The OpenPGP certificates for your mail were changed" };
	struct err err;
	int64_t then;
	size_t count;
	int rc;

	if (config_choice(run->config, SET_NOTIFY_OWNERS) != NOTIFY_YES || address[0] == '@')
		return;
	add_text(address, before, after, &text);
	mail.body = buf_str(&text);
	count = choose_any(run, before, subkey, &then);
	rc = count ? send_sealed(run, &mail, subkey, count, then, &err)
	           : remind_mail_send(config_text(run->config, SET_SENDMAIL), &mail, &err);
	if (rc)
		fprintf(stderr, "mailseal: %s was not told of the change: %s\n", address, err.what);
	buf_free(&text);
}
