/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ldap-directory - what a directory has: addresses and their certificates */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/signals.h"
#include "keystore/address.h"
#include "keystore/cf.h"
#include "keystore/keyblock.h"
#include "keystore/ldap-directory.h"
#include "keystore/ldap-filter.h"
#include "keystore/ldap-module.h"


/* A certificate, or why it is none; of all addresses of its object. */
struct value {
	struct buf certs;
	char *problem;
};

/* An address of an object, and one of its values. */
struct pair {
	char *address;
	size_t value;
};

struct listing {
	const struct ldap_conf *conf;
	const char *only; /* this address; NULL: all */
	struct deadline deadline;
	/* The object whose values come, and where its own begin. */
	char *dn;
	size_t first_value;
	struct buf addresses; /* NUL behind each */
	struct value *value;
	struct pair *pair;
	size_t values, pairs, size;
	const char *ended; /* why, or NULL */
};

/* ---- what an object has ------------------------------------------------------------ */

static void add_pair(struct listing *l, const char *address, size_t value)
{
	if ((l->pairs & (l->pairs - 1)) == 0)
		l->pair = mem_grow(l->pair, l->pairs ? 2 * l->pairs : 1, sizeof *l->pair);
	l->pair[l->pairs].address = mem_strdup(address);
	l->pair[l->pairs++].value = value;
	l->size += sizeof *l->pair + strlen(address);
}

/* The object is whole: each of its addresses has each of its values. */
static void end_object(struct listing *l)
{
	const char *end = buf_str(&l->addresses) + l->addresses.len;

	for (const char *a = buf_str(&l->addresses); a < end; a += strlen(a) + 1)
		for (size_t v = l->first_value; v < l->values; v++)
			add_pair(l, a, v);
	buf_cut(&l->addresses, 0);
	l->first_value = l->values;
	free(l->dn);
	l->dn = NULL;
}

static bool has_address(const struct listing *l, const char *address)
{
	const char *end = buf_str(&l->addresses) + l->addresses.len;

	for (const char *a = buf_str(&l->addresses); a < end; a += strlen(a) + 1)
		if (strcmp(a, address) == 0)
			return true;
	return false;
}

/* `bob@example.org`, or a user ID, `Bob <bob@example.org>`. What is no address is nobody's. */
static void take_address(struct listing *l, const char *text, size_t len)
{
	char *copy = mem_strndup(text, len < 2 * ADDRESS_MAX ? len : 2 * ADDRESS_MAX);
	char *from = strrchr(copy, '<'), *to = from ? strchr(from, '>') : NULL;
	struct err ignored;
	char *address;

	if (to)
		to[1] = '\0';
	address = strlen(copy) == len || to ? address_normalize(to ? from : copy, &ignored) : NULL;
	if (address && cf_covers(l->conf->domain, address) &&
	    (!l->only || strcmp(address, l->only) == 0) && !has_address(l, address))
		buf_add(&l->addresses, address, strlen(address) + 1);
	free(address);
	free(copy);
}

static void take_certificate(struct listing *l, const char *text, size_t len)
{
	struct keyblock k = { .packets = BUF_INIT };
	struct value *value;
	struct err err;

	if ((l->values & (l->values - 1)) == 0)
		l->value = mem_grow(l->value, l->values ? 2 * l->values : 1, sizeof *l->value);
	value = &l->value[l->values++];
	*value = (struct value){ .certs = BUF_INIT };
	if (len > LDAP_DIRECTORY_VALUE_MAX)
		value->problem = mem_strdup("it is too large");
	else if (keyblock_read(text, len, &k, &err))
		value->problem = mem_strdup(err.what);
	else if (k.secret)
		value->problem = mem_strdup("it is a PRIVATE key");
	else
		buf_add(&value->certs, k.packets.data, k.packets.len);
	l->size += sizeof *value + value->certs.len;
	keyblock_clear(&k);
}

/* Attribute 0 has certificates, the others addresses. */
static int take(void *ctx, const char *dn, size_t attribute, const char *text, size_t len)
{
	struct listing *l = ctx;

	if (!l->dn || strcmp(l->dn, dn) != 0) {
		end_object(l);
		l->dn = mem_strdup(dn);
	}
	if (attribute == 0)
		take_certificate(l, text, len);
	else
		take_address(l, text, len);
	if (l->size <= LDAP_DIRECTORY_MAX)
		return 0;
	l->ended = "it has more certificates than a keystore of this kind can take";
	return -1;
}

static bool stop(void *ctx)
{
	struct listing *l = ctx;

	if (signals_stop())
		l->ended = "stopped by a signal";
	else if (deadline_passed(l->deadline))
		l->ended = "it takes too long";
	return l->ended;
}

static void clear(struct listing *l)
{
	for (size_t i = 0; i < l->values; i++) {
		buf_free(&l->value[i].certs);
		free(l->value[i].problem);
	}
	for (size_t i = 0; i < l->pairs; i++)
		free(l->pair[i].address);
	free(l->value);
	free(l->pair);
	free(l->dn);
	buf_free(&l->addresses);
	*l = (struct listing){ .conf = l->conf, .only = l->only, .deadline = l->deadline };
}

/* ---- asking --------------------------------------------------------------------------- */

static int ask_server(const struct ldap_module *module, struct listing *l,
                      const char *uri, const char *filter, const char *password,
                      struct err *err)
{
	char *const *text = l->conf->text;
	const char *attributes[LDAP_CONF_OWNERS_MAX + 2] = { text[LDAP_CONF_RESULT_ATTRIBUTE] };
	const struct ldap_module_question question = {
		.uri = uri, .start_tls = l->conf->start_tls,
		.ca_file = text[LDAP_CONF_TLS_CA_CERT_FILE], .ca_dir = text[LDAP_CONF_TLS_CA_CERT_DIR],
		.cert = text[LDAP_CONF_TLS_CERT], .key = text[LDAP_CONF_TLS_KEY],
		.bind_dn = text[LDAP_CONF_BIND_DN], .bind_pw = password,
		.base = text[LDAP_CONF_SEARCH_BASE], .filter = filter,
		.scope = (enum ldap_module_scope)l->conf->scope, .attributes = attributes,
		.timeout_s = l->conf->timeout_s, .size_limit = l->conf->size_limit,
		.dereference = l->conf->dereference, .stop = stop, .each = take, .ctx = l,
	};
	char why[ERR_WHAT_MAX] = "";
	enum ldap_module_answer answer;

	for (size_t i = 0; l->conf->owner[i]; i++)
		attributes[i + 1] = l->conf->owner[i];
	answer = module->search(&question, why, sizeof why);
	end_object(l);
	if (answer == LDAP_MODULE_DONE)
		return 0;
	return err_set(err, ERR_TEMPORARY, "see FILE.cf, and whether the directory is up",
	               "%.100s: %s", uri, l->ended ? l->ended : why);
}

/* Each server in turn, until one answers completely. */
static int ask(struct listing *l, const char *filter, const char *password,
               struct err *err)
{
	const struct ldap_module *module = module_load(LDAP_MODULE_FILE, LDAP_MODULE_SYMBOL,
	                                               LDAP_MODULE_ABI, "libldap", err);
	int rc = -1;

	for (char **uri = l->conf->uri; module && rc && *uri && !l->ended; uri++) {
		clear(l);
		rc = ask_server(module, l, *uri, filter, password, err);
	}
	return rc;
}

/* ---- giving ----------------------------------------------------------------------------- */

/* qsort_r's: what an address has stands in one order, whatever the server's. */
static int by_address(const void *a, const void *b, void *listing)
{
	const struct listing *l = listing;
	const struct pair *p = a, *q = b;
	const struct buf *x = &l->value[p->value].certs, *y = &l->value[q->value].certs;
	int order = strcmp(p->address, q->address);

	if (order == 0)
		order = memcmp(buf_str(x), buf_str(y), x->len < y->len ? x->len : y->len);
	if (order == 0)
		order = (x->len > y->len) - (x->len < y->len);
	return order;
}

/* All values of the address of pair `from`, up to the next address. */
static size_t join(const struct listing *l, size_t from, struct buf *certs,
                   struct ldap_listed *row)
{
	size_t i = from, count = 0;

	buf_cut(certs, 0);
	*row = (struct ldap_listed){ .address = l->pair[from].address };
	for (; i < l->pairs && strcmp(l->pair[i].address, row->address) == 0; i++) {
		const struct value *value = &l->value[l->pair[i].value];

		if (value->problem)
			row->problem = value->problem;
		else if (count++ < LDAP_DIRECTORY_CERTS_MAX)
			buf_add(certs, value->certs.data, value->certs.len);
		else
			row->problem = "there are too many of them";
	}
	row->certs = buf_str(certs);
	row->len = certs->len;
	return i;
}

static int give(struct listing *l, int (*each)(void *ctx, const struct ldap_listed *row),
                void *ctx)
{
	struct buf certs = BUF_INIT;
	struct ldap_listed row;
	int rc = 0;

	if (l->pairs)
		qsort_r(l->pair, l->pairs, sizeof *l->pair, by_address, l);
	for (size_t i = 0; rc == 0 && i < l->pairs;) {
		i = join(l, i, &certs, &row);
		rc = each(ctx, &row);
	}
	buf_free(&certs);
	return rc;
}

int ldap_directory_list(const struct ldap_conf *conf, const char *address,
                        int (*each)(void *ctx, const struct ldap_listed *row),
                        void *ctx, struct err *err)
{
	struct listing l = {
		.conf = conf, .only = address,
		.deadline = deadline_in((int64_t)LDAP_DIRECTORY_S * 1000),
	};
	struct buf filter = BUF_INIT;
	char *password = NULL;
	int rc = 0;

	if (ldap_filter_fill(conf->text[LDAP_CONF_QUERY_FILTER], address, &filter)) {
		rc = ldap_conf_password(conf, &password, err);
		if (rc == 0)
			rc = ask(&l, buf_str(&filter), password, err);
		if (rc == 0)
			rc = give(&l, each, ctx);
	}
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
	clear(&l);
	buf_free(&filter);
	return rc;
}
