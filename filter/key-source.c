/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-source - the places where a certificate can be asked for by its address */
#include <config.h>

#include <string.h>

#include "filter/authenticate.h"
#include "filter/key-source.h"
#include "keystore/wkd.h"

void key_source_open(struct key_source *source, const struct config *config)
{
	memset(source, 0, sizeof *source);
	source->config = config;
	source->fetch.timeout_ms = config_number(config, SET_FETCH_TIMEOUT);
}

int key_source_connect_to(struct key_source *source, const char *map, struct err *err)
{
	size_t colons = 0;

	for (const char *c = map; *c; c++)
		colons += *c == ':';
	if (colons < 3 || source->maps == FETCH_CONNECT_TO_MAX)
		return err_set(err, ERR_USAGE, "give HOST:PORT:HOST:PORT",
		               "--connect-to %.100s", map);
	source->map[source->maps++] = map;
	source->fetch.connect_to = source->map;
	return 0;
}

static enum key_source_answer answer_of(enum fetch_answer answer)
{
	switch (answer) {
	case FETCH_FOUND: return KEY_SOURCE_FOUND;
	case FETCH_NONE:
	case FETCH_NO_HOST: return KEY_SOURCE_NONE;
	default: return KEY_SOURCE_FAILED;
	}
}

/* ---- WKD and VKS ---------------------------------------------------------------- */

static enum fetch_answer ask_method(const struct key_source *source, enum wkd_method method,
                                    const char *address, const char *local_part,
                                    struct buf *found, struct err *err)
{
	struct buf url = BUF_INIT;
	enum fetch_answer answer;

	wkd_url(method, address, local_part, &url);
	answer = fetch_https(&source->fetch, buf_str(&url), found, err);
	buf_free(&url);
	return answer;
}

/* Section 3.1: the direct method is for where the host of the advanced one does not exist. */
static enum key_source_answer ask_wkd(const struct key_source *source, const char *address,
                                      const char *local_part, struct buf *found,
                                      struct err *err)
{
	enum fetch_answer answer = ask_method(source, WKD_ADVANCED, address, local_part, found,
	                                      err);

	if (answer == FETCH_NO_HOST)
		answer = ask_method(source, WKD_DIRECT, address, local_part, found, err);
	return answer_of(answer);
}

static enum key_source_answer ask_vks(const struct key_source *source, const char *address,
                                      struct buf *found, struct err *err)
{
	struct buf url = BUF_INIT;
	enum fetch_answer answer;

	wkd_vks_url(config_text(source->config, SET_VKS_SERVER), address, &url);
	answer = fetch_https(&source->fetch, buf_str(&url), found, err);
	buf_free(&url);
	if (answer == FETCH_NO_HOST) /* somebody set it: that is no answer */
		return KEY_SOURCE_FAILED;
	return answer_of(answer);
}

/* ---- DANE (RFC 7929) -------------------------------------------------------------- */

bool key_source_has_resolver(const struct config *config)
{
	struct resolver_config resolver;

	return authenticate_resolver(config, &resolver) != AUTHENTICATE_NOBODY;
}

/* Where nothing is configured: a validating resolver of this host if one answers, else our own
 * validation, from the root down; a person waits for one address, not a queue of mail. */
static struct resolver *open_resolver(const struct config *config, struct deadline deadline,
                                      struct err *err)
{
	struct resolver_config resolver;
	struct resolver *opened;

	switch (authenticate_resolver(config, &resolver)) {
	case AUTHENTICATE_NOBODY:
		err_set(err, ERR_CONFIG, "set resolver", "resolver = none: DANE can't be asked");
		return NULL;
	case AUTHENTICATE_UNSET:
		opened = resolver_new(&resolver, deadline, err);
		if (opened)
			return opened;
		resolver.kind = RESOLVER_VALIDATE;
		break;
	case AUTHENTICATE_ASKS:
		break;
	}
	return resolver_new(&resolver, deadline, err);
}

static int need_resolver(struct key_source *source, struct deadline deadline,
                         struct err *err)
{
	if (!source->resolver && source->no_resolver.class == ERR_NONE)
		source->resolver = open_resolver(source->config, deadline,
		                                 &source->no_resolver);
	if (source->resolver)
		return 0;
	*err = source->no_resolver;
	return -1;
}

/* Only what validates is believed (RFC 7929 section 5.1); that there is nothing may be said by
 * anybody, since nothing follows from it. */
static enum key_source_answer judge_records(const struct dns_answer *answer,
                                            struct buf *found, struct err *err)
{
	switch (answer->status) {
	case DNS_NO_DATA:
	case DNS_NO_NAME:
		return KEY_SOURCE_NONE;
	case DNS_FAILED:
		err_set(err, answer->security == DNS_BOGUS ? ERR_DATA : ERR_TEMPORARY,
		        answer->security == DNS_BOGUS ? NULL : "try again later", "DNS: %s",
		        answer->why);
		return KEY_SOURCE_FAILED;
	case DNS_FOUND:
		break;
	}
	if (answer->security != DNS_SECURE) {
		err_set(err, ERR_DATA, "sign the zone (DNSSEC), or use another source",
		        "its OPENPGPKEY records are not secured by DNSSEC");
		return KEY_SOURCE_FAILED;
	}
	for (size_t i = 0; i < answer->count; i++)
		buf_add(found, answer->record[i].data, answer->record[i].len);
	return KEY_SOURCE_FOUND;
}

static enum key_source_answer ask_dane(struct key_source *source, const char *address,
                                       struct buf *found, struct err *err)
{
	const struct deadline deadline =
		deadline_in(config_number(source->config, SET_DNS_BUDGET));
	enum key_source_answer result;
	const struct dns_answer *answer;
	struct lookups *lookups;
	char name[DANE_NAME_MAX];

	if (need_resolver(source, deadline, err))
		return KEY_SOURCE_FAILED;
	wkd_dane_name(address, name);
	lookups = lookups_new();
	while (!(answer = lookups_ask(lookups, name, DNS_OPENPGPKEY)))
		resolver_wait(source->resolver, lookups, deadline);
	result = judge_records(answer, found, err);
	lookups_free(&lookups);
	return result;
}

/* ---- all of them -------------------------------------------------------------------- */

enum key_source_answer key_source_ask(struct key_source *source, enum entry_source from,
                                      const char *address, const char *local_part,
                                      struct buf *found, struct err *err)
{
	if (!wkd_has_domain(address)) {
		err_set(err, ERR_DATA, NULL, "%s is no address that could be asked for", address);
		return KEY_SOURCE_FAILED;
	}
	switch (from) {
	case ENTRY_SOURCE_WKD: return ask_wkd(source, address, local_part, found, err);
	case ENTRY_SOURCE_VKS: return ask_vks(source, address, found, err);
	case ENTRY_SOURCE_DANE: return ask_dane(source, address, found, err);
	default: break;
	}
	err_set(err, ERR_USAGE, NULL, "this is no source of certificates");
	return KEY_SOURCE_FAILED;
}

void key_source_close(struct key_source *source)
{
	resolver_free(&source->resolver);
}
