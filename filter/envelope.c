/* SPDX-License-Identifier: GPL-3.0-or-later */
/* envelope - for whom the message is and where it came from (RFC 5321) */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "filter/envelope.h"
#include "keystore/address.h"

static const char no_recipient[] =
	"give -r ADDRESS, or set default-domain or trusted-envelope-fields in the configuration";

/* What an address is called in an error: a field's value may be a message's text. */
static const char *shown(const char *address, const char *field)
{
	return field ? field : address;
}

/* A recipient without a domain gets the default one. Angle brackets are not a
 * part of it. NULL with *err. */
static char *whole_address(const struct config *config, const char *address,
                           const char *field, struct err *err)
{
	const char *domain = config_text(config, SET_DEFAULT_DOMAIN);
	size_t len = strlen(address);

	if (len >= 2 && address[0] == '<' && address[len - 1] == '>') {
		address++;
		len -= 2;
	}
	if (memchr(address, '@', len))
		return mem_strndup(address, len);
	if (len && *domain)
		return mem_printf("%.*s@%s", (int)len, address, domain);
	if (len)
		err_set(err, ERR_TEMPORARY,
		        "give -r the whole address, or set default-domain",
		        "the recipient %s has no domain", shown(address, field));
	else
		err_set(err, ERR_TEMPORARY, no_recipient,
		        "the recipient is empty");
	return NULL;
}

/* field: the header field that it comes from, or NULL. */
static int add_recipient(struct envelope *e, const struct config *config,
                         const char *address, const char *field,
                         struct err *err)
{
	char *whole, *normal;

	if (e->recipients == ENVELOPE_RECIPIENTS_MAX)
		return err_set(err, ERR_TEMPORARY, "deliver fewer at a time",
		               "more than %d recipients", ENVELOPE_RECIPIENTS_MAX);
	whole = whole_address(config, address, field, err);
	if (!whole)
		return -1;
	normal = address_normalize(whole, err);
	if (!normal) {
		free(whole);
		if (field)
			return err_set(err, ERR_TEMPORARY, no_recipient,
			               "no address in the field %s", field);
		err->class = ERR_TEMPORARY;
		return -1;
	}
	e->given[e->recipients] = whole;
	e->recipient[e->recipients++] = normal;
	return 0;
}

/* ---- the header fields that the MTA writes ------------------------------- */

/* The topmost field's value without blanks and angle brackets; NULL: none. */
static char *trusted_field(const struct config *config,
                           const struct message *message, const char *name)
{
	struct field field;
	struct buf value = BUF_INIT;
	struct err err;

	if (!config_list_has(config, SET_TRUSTED_ENVELOPE_FIELDS, name) ||
	    message_find_field(message, name, &field, &err) != 1 ||
	    field.opaque ||
	    field_value(message, &field, ADDRESS_MAX, &value, &err)) {
		buf_free(&value);
		return NULL;
	}

	const char *start = buf_str(&value) + strspn(buf_str(&value), " \t\r\n<");
	size_t len = strlen(start);

	while (len && strchr(" \t\r\n>", start[len - 1]))
		len--;

	char *address = mem_strndup(start, len);

	buf_free(&value);
	return address;
}

static int add_trusted(struct envelope *e, const struct config *config,
                       const struct message *message, struct err *err)
{
	static const char *const names[] = { "Delivered-To", "X-Original-To" };

	for (size_t i = 0; i < 2; i++) {
		char *address = trusted_field(config, message, names[i]);

		if (!address)
			continue;

		int rc = add_recipient(e, config, address, names[i], err);

		free(address);
		return rc;
	}
	return 0;
}

/* ---- the caller's environment ----------------------------------------------- */

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* The login name is an address only with the domain that was configured. */
static int add_login(struct envelope *e, const struct config *config,
                     struct err *err)
{
	const char *login = environment("USER");

	if (!login)
		login = environment("LOGNAME");
	if (!login || !*config_text(config, SET_DEFAULT_DOMAIN))
		return err_set(err, ERR_TEMPORARY, no_recipient,
		               "no recipient is known");
	return add_recipient(e, config, login, NULL, err);
}

static int resolve_recipients(const struct envelope_options *options,
                              const struct config *config,
                              const struct message *message,
                              struct envelope *e, struct err *err)
{
	for (size_t i = 0; i < options->recipients; i++)
		if (add_recipient(e, config, options->recipient[i], NULL, err))
			return -1;
	if (e->recipients == 0 && environment("RECIPIENT") &&
	    add_recipient(e, config, environment("RECIPIENT"), NULL, err))
		return -1;
	if (e->recipients == 0 && add_trusted(e, config, message, err))
		return -1;
	if (e->recipients == 0)
		return add_login(e, config, err);
	return 0;
}

static char *normal_sender(const char *sender)
{
	size_t len = strlen(sender);

	if (len >= 2 && sender[0] == '<' && sender[len - 1] == '>')
		return mem_strndup(sender + 1, len - 2);
	/* Postfix's pipe(8) without null_sender= writes it so. */
	if (strcasecmp(sender, "MAILER-DAEMON") == 0)
		return mem_strdup("");
	return mem_strdup(sender);
}

char *envelope_sender(const struct envelope_options *options,
                      const struct config *config, const struct message *message)
{
	const char *sender = options->sender ? options->sender
	                                     : getenv("SENDER");

	return sender ? normal_sender(sender)
	              : trusted_field(config, message, "Return-Path");
}

int envelope_resolve(const struct envelope_options *options,
                     const struct config *config,
                     const struct message *message,
                     struct envelope *envelope, struct err *err)
{
	memset(envelope, 0, sizeof *envelope);
	envelope->sender = envelope_sender(options, config, message);
	if (resolve_recipients(options, config, message, envelope, err)) {
		envelope_free(envelope);
		return -1;
	}
	return 0;
}

void envelope_free(struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->recipients; i++) {
		free(envelope->recipient[i]);
		free(envelope->given[i]);
	}
	free(envelope->sender);
	memset(envelope, 0, sizeof *envelope);
}

const char *envelope_sender_domain(const struct envelope *envelope)
{
	const char *at;

	if (!envelope->sender)
		return "-";
	if (!*envelope->sender)
		return "<>";
	at = strrchr(envelope->sender, '@');
	return at && at[1] ? at + 1 : "-";
}
