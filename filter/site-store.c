/* SPDX-License-Identifier: GPL-3.0-or-later */
/* site-store - the site's keystore as it is configured */
#include <config.h>

#include <string.h>

#include "filter/site-store.h"

static int read_keys(const struct config *config, enum site_store_use use,
                     struct site_store *site, struct err *err)
{
	const char *public = config_text(config, SET_KEYSTORE_PUBLIC_KEY);
	const char *secret = config_text(config, SET_KEYSTORE_SIGNING_KEY);

	if (*public) {
		site->pinned = signing_public_read(public, err);
		if (!site->pinned)
			return -1;
	}
	if (*secret && use >= SITE_STORE_CHANGE) {
		site->secret = signing_secret_read(secret, err);
		if (!site->secret)
			return -1;
	}
	return 0;
}

int site_store_open(const struct config *config, enum site_store_use use,
                    struct site_store *out, struct err *err)
{
	struct store_options options = { .create = use == SITE_STORE_CREATE };

	memset(out, 0, sizeof *out);
	if (read_keys(config, use, out, err))
		return -1;
	options.at_source = use != SITE_STORE_READ;
	options.pinned = out->pinned;
	options.secret = out->secret;
	out->store = store_open(config_text(config, SET_KEYSTORE), &options, err);
	return out->store ? 0 : -1;
}

void site_store_close(struct site_store *site)
{
	store_free(&site->store);
	signing_public_free(&site->pinned);
	signing_secret_free(&site->secret);
}
