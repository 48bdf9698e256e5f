/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-source - the places where a certificate can be asked for by its address: WKD, VKS, DANE
 *
 * What comes is anything: whether it is a certificate, and carries the address, is for
 * key-offer.c to see.
 */
#ifndef MAILSEAL_FILTER_KEY_SOURCE_H
#define MAILSEAL_FILTER_KEY_SOURCE_H

#include "auth/resolver.h"
#include "base/buf.h"
#include "filter/config.h"
#include "filter/fetch.h"
#include "keystore/entry.h"

enum key_source_answer {
	KEY_SOURCE_FOUND,
	KEY_SOURCE_NONE,   /* it is there, and has none for the address */
	KEY_SOURCE_FAILED, /* *err: could not be asked (ERR_TEMPORARY), or is not believed (ERR_DATA) */
};

struct key_source {
	const struct config *config;
	struct fetch_options fetch;
	const char *map[FETCH_CONNECT_TO_MAX + 1]; /* fetch.connect_to, once there is one */
	size_t maps;
	struct resolver *resolver; /* made when it is first needed */
	struct err no_resolver;    /* why it could not be made; ERR_NONE */
};

/* Reads the settings. */
void key_source_open(struct key_source *source, const struct config *config);
/* --connect-to's argument, borrowed; -1 with *err (ERR_USAGE). */
int key_source_connect_to(struct key_source *source, const char *map, struct err *err);

/* Can DANE be asked at all? Not where the configuration has no resolver. */
bool key_source_has_resolver(const struct config *config);

/*
 * address: normal form.  local_part: as it was written, for WKD's `?l=`, or NULL.  found gets
 * what came.
 */
enum key_source_answer key_source_ask(struct key_source *source, enum entry_source from,
                                      const char *address, const char *local_part,
                                      struct buf *found, struct err *err);
void key_source_close(struct key_source *source);

#endif
