/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-interchange - mailseal key import --from: what another program kept
 *
 * Unlike an import by hand, one certificate that can't be enrolled does not keep the others away: it is
 * skipped, and told.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/signals.h"
#include "filter/interchange.h"
#include "filter/key-interchange.h"
#include "filter/key-progress.h"
#include "keystore/keyblock.h"
#include "keystore/wkd.h"

struct taking {
	struct key_run *run;
	const struct key_how *how;
	const char *domain; /* "": any */
	struct key_progress progress;
	size_t certs, enrolled, updated, unchanged, skipped;
	struct err *err; /* of what ends it */
};

/* ---- telling -------------------------------------------------------------------- */

static void skip(struct taking *t, const char *what, const char *why)
{
	struct err line; /* what a file is called is anybody's text */

	err_set(&line, ERR_DATA, NULL, "%s: %s", what, why);
	key_progress_end(&t->progress);
	printf("skipped %s\n", line.what);
	t->skipped++;
}

static void skip_file(void *ctx, const char *name, const char *why)
{
	skip(ctx, name, why);
}

static void skip_err(struct taking *t, const char *what, const struct err *err)
{
	char line[ERR_WHAT_MAX + ERR_ADVICE_MAX];

	err_line(err, line, sizeof line);
	skip(t, what, line);
}

static void count(struct taking *t, const struct key_pending *p)
{
	if (p->unchanged)
		t->unchanged++;
	else if (p->before)
		t->updated++;
	else
		t->enrolled++;
}

/* ---- one certificate --------------------------------------------------------------- */

/* Its addresses that are asked for: in --domain, and those that its place in a WKD is for. */
static bool is_wanted(const struct taking *t, const struct interchange_item *item,
                      const char *address)
{
	const char *domain = strrchr(address, '@') + 1;
	char hash[WKD_HASH];

	wkd_hash(address, hash);
	return (!*t->domain || strcmp(domain, t->domain) == 0) &&
	       (!*item->domain || strcmp(domain, item->domain) == 0) &&
	       (!*item->wkd_hash || strcmp(hash, item->wkd_hash) == 0);
}

/* -1: the keystore can't be asked or written. */
static int enrol(struct taking *t, const struct engine_cert *cert, const char *address)
{
	struct key_batch batch = { NULL, 0 };
	struct err err = { .class = ERR_NONE };
	int rc = key_batch_add(t->run, &batch, t->how, cert, address, &err);

	if (rc == 0)
		rc = key_batch_write(t->run, &batch, &err);
	if (rc == 0) {
		key_progress_end(&t->progress);
		rc = key_batch_print(t->run, &batch, &err);
		count(t, &batch.item[0]);
	} else if (err.class == ERR_DATA) {
		skip_err(t, address, &err);
		rc = 0;
	}
	if (rc)
		*t->err = err;
	key_batch_free(&batch);
	return rc;
}

static int enrol_all(struct taking *t, const struct interchange_item *item,
                     const struct engine_cert *cert)
{
	size_t wanted = 0;
	int rc = 0;

	if (item->fingerprint[0] && strcmp(item->fingerprint, cert->cert.fingerprint) != 0) {
		skip(t, item->name, "it is not the certificate that its name says");
		return 0;
	}
	for (char **a = cert->addresses; rc == 0 && *a; a++) {
		if (!is_wanted(t, item, *a))
			continue;
		wanted++;
		rc = enrol(t, cert, *a);
	}
	if (!wanted)
		skip(t, cert->cert.fingerprint, cert->addresses[0]
			? "none of its addresses is one that is asked for"
			: "it has no valid user ID with an address");
	return rc;
}

static int take_cert(struct taking *t, const struct interchange_item *item,
                     const struct buf *data)
{
	struct engine_cert *certs = NULL;
	struct err err = { .class = ERR_NONE };
	size_t found = 0;
	int rc = engine_inspect(&t->run->engine, data->data, data->len, NULL, &certs,
	                        &found, deadline_in(KEY_DEADLINE_MS), &err);

	t->certs++;
	key_progress_show(&t->progress, "looked at", t->certs, 0);
	if (rc && err.class != ERR_DATA) {
		err_context(&err, "%s", item->name);
		*t->err = err;
		return -1;
	}
	if (rc)
		skip_err(t, item->name, &err);
	rc = 0;
	for (size_t i = 0; rc == 0 && i < found; i++)
		rc = enrol_all(t, item, &certs[i]);
	engine_certs_free(&certs, found);
	return rc;
}

/* A file may hold several; each is looked at alone. */
static int take(void *ctx, const struct interchange_item *item)
{
	struct taking *t = ctx;
	struct keyblock k = { .packets = BUF_INIT };
	struct buf cert = BUF_INIT;
	struct err err = { .class = ERR_NONE };
	size_t at = 0;
	int rc = 0;

	if (keyblock_read(item->data, item->size, &k, &err))
		skip_err(t, item->name, &err);
	else if (k.secret)
		skip(t, item->name, "it holds a PRIVATE key, which does not belong there");
	while (rc == 0 && !k.secret && k.certs && keyblock_next(&k, &at, &cert)) {
		rc = take_cert(t, item, &cert);
		if (rc == 0 && signals_stop())
			rc = err_set(t->err, ERR_TEMPORARY, "the same command goes on with it",
			             "stopped by a signal");
	}
	keyblock_clear(&k);
	buf_free(&cert);
	return rc;
}

/* ---- all of them --------------------------------------------------------------------- */

static int conclude(const struct taking *t, const char *path, struct err *err)
{
	printf("%zu certificates: %zu addresses enrolled, %zu updated, %zu unchanged; %zu skipped\n",
	       t->certs, t->enrolled, t->updated, t->unchanged, t->skipped);
	if (t->enrolled + t->updated + t->unchanged)
		return 0;
	return err_set(err, ERR_DATA, NULL, "%s: nothing there could be enrolled", path);
}

int key_interchange_import(struct key_run *run, const struct key_how *how,
                           const struct key_interchange *what, struct err *err)
{
	const struct interchange_kind *kind = interchange_kind(what->kind);
	struct taking t = {
		.run = run, .how = how, .domain = what->domain, .err = err,
		.progress = key_progress_begin(),
	};
	const struct interchange to = { take, skip_file, &t };
	int rc;

	if (!kind)
		return err_set(err, ERR_USAGE, "kinds are " INTERCHANGE_KINDS,
		               "key import: --from what? %s", what->kind);
	rc = interchange_read(kind, what->path, &to, err);
	key_progress_end(&t.progress);
	return rc ? -1 : conclude(&t, what->path, err);
}
