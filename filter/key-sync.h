/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-sync - what the parts of `mailseal key sync` share */
#ifndef MAILSEAL_FILTER_KEY_SYNC_H
#define MAILSEAL_FILTER_KEY_SYNC_H

#include "filter/key.h"

#define KEY_SYNC_GONE_MIN 10                /* so many may always be gone, unless they are all ... */
#define KEY_SYNC_GONE_OF 4                  /* ... or one of so many; else somebody must look */

/* What a source has for an address. */
struct key_sync_row {
	const char *address;
	const char *value; /* certificates, or an entry's text; NULL: nothing */
	size_t len;
	const char *problem; /* what else it has, and why that is of no use; or NULL */
};

/* A table or directory of others', made into entries. */
struct key_sync_source {
	const char *what;  /* it is: `table` */
	const char *cache; /* the folder */
	bool many;         /* of several certificates the newest counts; else they are a mistake */
	bool carried;      /* a certificate must carry the address */
	bool entries;      /* an entry's text is one */
	char *const *domain; /* cf_covers */
	const void *conf;
	/* Every address, or the one that is named, until each returns non-zero, which is returned.
	 * -1 with *err: nothing may be taken for gone. */
	int (*list)(const struct key_sync_source *source, const char *address,
	            int (*each)(void *ctx, const struct key_sync_row *row), void *ctx,
	            struct err *err);
};

/*
 * Certificates that are new are looked at with gpg, and entries made of them; with addresses, of
 * these alone, and then nothing is removed and the cache gets no younger.  accept: other primary keys
 * in the place of known ones, and any number that is gone.  -1 with *err: ERR_DATA when some were left out.
 */
int key_sync_rows(struct key_run *run, const struct key_sync_source *source,
                  char *const *address, bool accept, struct err *err);

/* The directory of `ldap:WHERE`. */
int key_sync_ldap(struct key_run *run, const char *where, char *const *address,
                  bool accept, struct err *err);

#endif
