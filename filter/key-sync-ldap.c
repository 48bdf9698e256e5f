/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-sync-ldap - mailseal key sync: an LDAP directory's certificates */
#include <config.h>

#include "filter/key-sync.h"
#include "keystore/ldap-directory.h"

struct directory_rows {
	int (*each)(void *ctx, const struct key_sync_row *row);
	void *ctx;
};

static int see_listed(void *ctx, const struct ldap_listed *listed)
{
	const struct directory_rows *to = ctx;
	const struct key_sync_row row = {
		listed->address, listed->certs, listed->len, listed->problem,
	};

	return to->each(to->ctx, &row);
}

static int list(const struct key_sync_source *source, const char *address,
                int (*each)(void *ctx, const struct key_sync_row *row), void *ctx,
                struct err *err)
{
	struct directory_rows to = { each, ctx };

	return ldap_directory_list(source->conf, address, see_listed, &to, err);
}

int key_sync_ldap(struct key_run *run, const char *where, char *const *address,
                  bool accept, struct err *err)
{
	struct ldap_conf *conf = ldap_conf_read(where, err);
	int rc = -1;

	if (conf) {
		const struct key_sync_source source = {
			.what = "directory", .cache = conf->text[LDAP_CONF_CACHE], .many = true,
			.carried = conf->carried, .domain = conf->domain, .conf = conf, .list = list,
		};

		rc = key_sync_rows(run, &source, address, accept, err);
	}
	ldap_conf_free(&conf);
	return rc;
}
