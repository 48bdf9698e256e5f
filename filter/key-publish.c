/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key-publish - mailseal key publish: certificates given out, as a Web Key Directory or for DNS
 *
 * Given out is what has `publish yes`, its own or inherited (store_lookup, then the domain's
 * default), and whose one user ID is that address: other than its owner's claim nothing says whose a certificate is, and who
 * fetches it looks for just that.
 */
#include <config.h>

#include <getopt.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "filter/config-value.h"
#include "filter/key-publish.h"
#include "keystore/address.h"
#include "keystore/keyblock.h"
#include "keystore/wkd.h"

#define LINE_BYTES 48 /* of base64: 64 characters */
#define RDATA_MAX 65535 /* bytes (RFC 1035 3.2.1) */

static const struct log to_stderr = { .to_stderr = true };

/* ---- what is given out ---------------------------------------------------------------- */

/* Has it a user ID of this address, and no other? */
struct user_ids {
	const char *address;
	bool ours, other;
};

/* The address in a user ID: what the last < > hold, or all of it. */
static char *mailbox_of(const char *user_id, size_t len)
{
	const char *open = memrchr(user_id, '<', len);
	const char *close = open ? memchr(open, '>', len - (size_t)(open - user_id)) : NULL;
	struct err ignored;
	char *text = close ? mem_strndup(open + 1, (size_t)(close - open) - 1)
	                   : mem_strndup(user_id, len);
	char *address = address_normalize(text, &ignored);

	free(text);
	return address;
}

static int see_user_id(void *ctx, const char *user_id, size_t len)
{
	struct user_ids *seen = ctx;
	char *address = len <= ADDRESS_MAX ? mailbox_of(user_id, len) : NULL;

	if (address && strcmp(address, seen->address) == 0)
		seen->ours = true;
	else
		seen->other = true;
	free(address);
	return 0;
}

static bool may_be_given_out(const struct entry_cert *cert, const char *address)
{
	struct user_ids seen = { .address = address };

	if (cert->retired)
		return false;
	keyblock_user_ids(cert->data, cert->size, see_user_id, &seen);
	return seen.ours && !seen.other;
}

/* Where nothing more special says it, what the domain's default says. */
static int ask_domain(const struct key_run *run, const char *address, struct entry *entry,
                      struct err *err)
{
	struct entry *domain = NULL;

	if (entry->publish != ENTRY_PUBLISH_UNSET)
		return 0;
	if (store_get(run->store, address_domain_default(address), &domain, err) ==
	    STORE_COULD_NOT_ASK)
		return -1;
	if (domain)
		entry->publish = domain->publish;
	entry_free(&domain);
	return 0;
}

/* 1 with *entry: it has publish = yes; 0: it has not; -1 with *err. */
static int look_up(const struct key_run *run, const char *address, struct entry **entry,
                   struct err *err)
{
	switch (store_lookup(run->store, address,
	                     config_text(run->config, SET_RECIPIENT_DELIMITER), entry, err)) {
	case STORE_COULD_NOT_ASK: return -1;
	case STORE_NOT_ENROLLED: return 0;
	case STORE_FOUND: break;
	}
	int rc = ask_domain(run, address, *entry, err);

	if (!rc && (*entry)->publish == ENTRY_PUBLISH_YES)
		return 1;
	entry_free(entry);
	return rc;
}

int key_publish_each(const struct key_run *run, const char *address,
                     void (*each)(void *ctx, const struct entry_cert *cert), void *ctx,
                     struct err *err)
{
	struct entry *entry = NULL;
	int rc = look_up(run, address, &entry, err);

	if (rc <= 0)
		return rc;
	for (size_t i = rc = 0; i < entry->certs; i++) {
		if (!may_be_given_out(&entry->cert[i], address))
			continue;
		rc++;
		if (each)
			each(ctx, &entry->cert[i]);
	}
	if (rc == 0 && run->verbose)
		log_info(&to_stderr, "%s: no certificate has this address as its only user ID",
		         address);
	entry_free(&entry);
	return rc;
}

/* Addresses that have something to be given out; of the others those that could not be asked for,
 * whose files stay as they are. */
static int choose(const struct key_run *run, const char *domain,
                  struct key_published *published, struct err *err)
{
	struct key_addresses all = { NULL, 0 };
	struct err why;

	if (key_addresses_all(run, &all, err))
		return -1;
	for (size_t i = 0; i < all.count; i++) {
		const char *address = all.address[i];
		int certs;

		if (!wkd_has_domain(address) ||
		    (domain && strcmp(strrchr(address, '@') + 1, domain) != 0))
			continue;
		certs = key_publish_each(run, address, NULL, NULL, &why);
		if (certs < 0) {
			log_err(&to_stderr, &why);
			published->failed++;
		}
		if (certs)
			key_addresses_add(&published->addresses, address);
	}
	key_addresses_free(&all);
	return 0;
}

/* ---- DNS (RFC 7929) ------------------------------------------------------------------------ */

/* As RFC 7929 section 2.3 writes it. */
static void print_record(void *ctx, const struct entry_cert *cert)
{
	const char *name = ctx;

	if (cert->size > RDATA_MAX) {
		log_info(&to_stderr, "%s is too large for DNS", cert->fingerprint);
		return;
	}
	printf("%s. IN OPENPGPKEY (\n", name);
	for (size_t at = 0; at < cert->size; at += LINE_BYTES) {
		size_t n = cert->size - at < LINE_BYTES ? cert->size - at : LINE_BYTES;
		char line[BASE64_ENCODE_RAW_LENGTH(LINE_BYTES)];

		base64_encode_raw(line, n, cert->data + at);
		printf("\t%.*s\n", (int)BASE64_ENCODE_RAW_LENGTH(n), line);
	}
	puts("\t)");
}

static int publish_dane(const struct key_run *run, struct key_published *published,
                        struct err *err)
{
	char name[DANE_NAME_MAX];

	if (published->failed)
		return err_set(err, ERR_TEMPORARY, NULL,
		               "nothing is printed: %zu entries could not be read",
		               published->failed);
	for (size_t i = 0; i < published->addresses.count; i++) {
		const char *address = published->addresses.address[i];

		wkd_dane_name(address, name);
		printf("; %s\n", address);
		if (key_publish_each(run, address, print_record, name, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- options ---------------------------------------------------------------------------------- */

struct arguments {
	const char *wkd;
	bool dane;
	char *domain; /* normal form, or NULL: all */
};

static int parse(int argc, char **argv, struct arguments *args, struct err *err)
{
	static const struct option options[] = {
		{ "wkd", required_argument, NULL, 'w' },
		{ "dane", no_argument, NULL, 'd' },
		{ "domain", required_argument, NULL, 'D' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'w': args->wkd = optarg; break;
		case 'd': args->dane = true; break;
		case 'D':
			free(args->domain);
			args->domain = config_domain(optarg, err);
			if (!args->domain)
				return -1;
			break;
		default: return key_bad_option(argv, err);
		}
	}
	if (!args->wkd == !args->dane)
		return err_set(err, ERR_USAGE, "see mailseal(1)",
		               "key publish: --wkd DIR, or --dane?");
	return key_arguments(argc, argv, "", err);
}

int key_publish(struct key_run *run, int argc, char **argv, struct err *err)
{
	struct key_published published = { .addresses = { NULL, 0 } };
	struct arguments args = { NULL, false, NULL };
	int rc = parse(argc, argv, &args, err);

	if (!rc)
		rc = choose(run, args.domain, &published, err);
	if (!rc && args.dane)
		rc = publish_dane(run, &published, err);
	else if (!rc)
		rc = key_publish_wkd(run, args.wkd, args.domain, &published, err);
	key_addresses_free(&published.addresses);
	free(args.domain);
	return rc;
}
