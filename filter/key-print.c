/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key-print - a certificate as people read it, and as programs do */
#include <config.h>

#include <stdio.h>
#include <time.h>

#include "filter/key.h"
#include "keystore/health.h"

void key_add_date(struct buf *out, int64_t when)
{
	char date[32] = "never";
	time_t t = (time_t)when;
	struct tm tm;

	if (when && gmtime_r(&t, &tm))
		strftime(date, sizeof date, "%Y-%m-%d", &tm);
	buf_adds(out, date);
}

/* When it can be used no longer; of one that never could, when it expires. 0: never. */
static int64_t cert_end(const struct entry_cert *cert)
{
	int64_t end = health_end(cert);

	return end < 0 ? cert->expires : end;
}

void key_describe(const struct entry_cert *cert, struct buf *out)
{
	buf_adds(out, cert->fingerprint);
	for (size_t i = 0; i < cert->subkeys; i++)
		buf_addf(out, "%s%s", i ? "+" : " ", cert->subkey[i].algorithm);
	buf_adds(out, ", expires ");
	key_add_date(out, cert_end(cert));
}

static void describe_seal(const struct entry *entry, int64_t now, struct buf *out)
{
	switch (entry->seal) {
	case ENTRY_SEAL_UNSET:
		break;
	case ENTRY_SEAL_ON:
		buf_adds(out, "seal on");
		break;
	case ENTRY_SEAL_OFF:
		buf_adds(out, "seal OFF");
		break;
	case ENTRY_SEAL_PAUSE:
		buf_adds(out, entry_seals(entry, now) ? "seal on (paused until "
		                                      : "seal PAUSED (until ");
		key_add_date(out, entry->pause_until);
		buf_addc(out, ')');
		break;
	}
	if (entry->reason)
		buf_addf(out, " (%s)", entry->reason);
}

void key_describe_policy(const struct entry *entry, int64_t now, struct buf *out)
{
	if (entry->alias)
		buf_addf(out, "alias of %s", entry->alias);
	if (entry->alias && entry->seal != ENTRY_SEAL_UNSET)
		buf_adds(out, ", ");
	describe_seal(entry, now, out);
	if (entry->publish != ENTRY_PUBLISH_UNSET)
		buf_addf(out, "%spublish %s", out->len ? ", " : "",
		         entry->publish == ENTRY_PUBLISH_YES ? "yes" : "no");
}

static json_t *time_json(int64_t when)
{
	return when ? json_integer(when) : json_null();
}

static json_t *subkey_json(const struct entry_cert *cert,
                           const struct entry_subkey *s, int64_t now)
{
	return json_pack("{s:s, s:s, s:I, s:o, s:b, s:s}",
		"fingerprint", s->fingerprint, "algorithm", s->algorithm,
		"created", (json_int_t)s->created,
		"expires", time_json(s->expires), "revoked", s->revoked,
		"state", usability_word(entry_subkey_usability(cert, s, now)));
}

static json_t *cert_json(const struct entry_cert *cert, int64_t now)
{
	json_t *subkeys = json_array();

	for (size_t i = 0; i < cert->subkeys; i++)
		json_array_append_new(subkeys,
			subkey_json(cert, &cert->subkey[i], now));
	return json_pack("{s:s, s:s, s:o, s:o, s:I, s:o, s:b, s:s, s:o}",
		"fingerprint", cert->fingerprint,
		"source", entry_source_word(cert->source),
		"fetched", time_json(cert->fetched),
		"retired", time_json(cert->retired),
		"created", (json_int_t)cert->created,
		"expires", time_json(cert_end(cert)), "revoked", cert->revoked,
		"state", usability_word(entry_cert_usability(cert, now)),
		"subkeys", subkeys);
}

static const char *seal_word(const struct entry *entry)
{
	static const char *const words[] = { NULL, "on", "off", "pause" };

	return words[entry->seal];
}

static const char *publish_word(const struct entry *entry)
{
	static const char *const words[] = { NULL, "yes", "no" };

	return words[entry->publish];
}

json_t *key_json(const struct entry *entry, int64_t now)
{
	json_t *certs = json_array();

	for (size_t i = 0; i < entry->certs; i++)
		json_array_append_new(certs, cert_json(&entry->cert[i], now));
	return json_pack("{s:s, s:I, s:o, s:s?, s:s?, s:o, s:s?, s:s?, s:o}",
		"address", entry->address,
		"serial", (json_int_t)entry->serial,
		"changed", time_json(entry->changed), "alias", entry->alias,
		"seal", seal_word(entry), "until", time_json(entry->pause_until),
		"reason", entry->reason, "publish", publish_word(entry),
		"certificates", certs);
}

/* In ASCII: what turns or hides text on a terminal is escaped. */
int key_print_json(json_t *value, struct err *err)
{
	int rc = json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);

	json_decref(value);
	if (rc || putchar('\n') == EOF)
		return err_set(err, ERR_TEMPORARY, NULL,
		               "cannot write standard output");
	return 0;
}
