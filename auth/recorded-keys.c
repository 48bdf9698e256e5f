/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recorded-keys - the DKIM keys that verified a message, kept inside it */
#include <config.h>

#include <inttypes.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

#include "auth/recorded-keys.h"
#include "auth/signature.h"
#include "auth/tag-list.h"
#include "auth/token.h"
#include "base/mem.h"

#define LINE_MAX_BYTES (2 * (DNS_ANSWER_MAX + DNS_NAME_MAX)) /* read of one */

_Static_assert(DKIM_SIGNATURES_MAX + (ARC_SETS_MAX + 1) * SIGNATURE_KEYS_MAX <= RECORDED_KEYS_MAX,
               "there is a line for each key");

/* ---- writing ------------------------------------------------------------ */

struct writing {
	const struct verify *verify;
	int64_t now;
	const char *nl;
	struct buf *out;
	const struct dns_record *record[RECORDED_KEYS_MAX]; /* written already */
	size_t count, bytes;
};

static void add_base64(struct buf *out, const char *data, size_t len)
{
	char *text = mem_alloc(BASE64_ENCODE_RAW_LENGTH(len) + 1);

	base64_encode_raw(text, len, (const uint8_t *)data);
	buf_add(out, text, BASE64_ENCODE_RAW_LENGTH(len));
	free(text);
}

static void write_key(struct writing *w, const char *name,
                      const struct dns_record *record,
                      enum dns_security security)
{
	const char *word = dns_security_word(security);

	if (w->count == RECORDED_KEYS_MAX || strlen(name) >= DNS_NAME_MAX)
		return;
	for (size_t i = 0; i < w->count; i++)
		if (w->record[i] == record)
			return;
	w->record[w->count++] = record;
	buf_addf(w->out, RECORDED_KEYS_LINE "v=1; t=%" PRId64 "; dnssec=%s; name=",
	         w->now, word ? word : "unknown");
	add_base64(w->out, name, strlen(name));
	if (record->len <= RECORDED_KEYS_BYTES_MAX - w->bytes) {
		buf_adds(w->out, "; record=");
		add_base64(w->out, record->data, record->len);
		w->bytes += record->len;
	} else {
		buf_addf(w->out, "; omitted=%zu", record->len);
	}
	buf_adds(w->out, w->nl);
}

/* The keys of a field of a chain that passed; the answer is there already.  Which one of several
 * keys it was is not known. */
static void write_arc_key(struct writing *w, const struct header_field *field,
                          enum signature_kind kind)
{
	struct signature *signature = mem_alloc(sizeof *signature);
	char name[DNS_NAME_MAX];
	const struct dns_answer *answer = NULL;

	if (!signature_parse(field, kind, signature) &&
	    (kind == SIGNATURE_ARC_SEAL ||
	     signature->instance == arc_count(w->verify->arc)) &&
	    signature_key_name(signature, name))
		answer = lookups_ask(w->verify->lookups, name, DNS_TXT);
	for (size_t i = 0; answer && i < answer->count; i++) {
		struct key_record *key = mem_alloc(sizeof *key);
		const char *why = key_record_parse(answer->record[i].data,
		                                   answer->record[i].len, key);

		free(key);
		if (!why)
			write_key(w, name, &answer->record[i], answer->security);
	}
	signature_free(signature);
	free(signature);
}

static void write_arc_keys(struct writing *w, const char *field_name,
                           enum signature_kind kind)
{
	const struct header_field *field;
	size_t at = 0;

	while (w->count < RECORDED_KEYS_MAX &&
	       (field = header_find(&w->verify->header, field_name, &at)))
		write_arc_key(w, field, kind);
}

void recorded_keys_write(const struct verify *verify, int64_t now,
                         const char *nl, struct buf *out)
{
	struct writing *w = mem_alloc(sizeof *w);

	w->verify = verify;
	w->now = now;
	w->nl = nl;
	w->out = out;
	for (size_t i = 0; verify->dkim && i < dkim_count(verify->dkim); i++) {
		const struct dkim_signature *s = dkim_get(verify->dkim, i);

		if (s->result == DKIM_PASS && s->key_text && s->key_name)
			write_key(w, s->key_name, s->key_text, s->security);
	}
	if (verify->arc && arc_result(verify->arc) == ARC_PASS) {
		write_arc_keys(w, "ARC-Message-Signature", SIGNATURE_ARC_MESSAGE);
		write_arc_keys(w, "ARC-Seal", SIGNATURE_ARC_SEAL);
	}
	free(w);
}

/* ---- reading ------------------------------------------------------------ */

struct recorded_keys {
	struct recorded_key key[RECORDED_KEYS_MAX]; /* name and record are owned */
	size_t count, bytes;
	char *left_out[RECORDED_KEYS_MAX]; /* names */
	size_t left_out_count;
};

/* The bytes of a tag in base64, for the caller to free; NULL: none, or too long. */
static char *decode(const struct tag_list *list, const char *name, size_t max,
                    size_t *len)
{
	const struct tag *tag = tag_find(list, name);
	char *bytes = mem_alloc(max + 1);
	long n = tag ? tag_base64(tag, (unsigned char *)bytes, max) : -1;

	if (n < 0) {
		free(bytes);
		return NULL;
	}
	*len = (size_t)n;
	bytes[n] = '\0';
	return bytes;
}

static enum dns_security read_security(const struct tag *tag)
{
	if (tag && tag_is(tag, "secure"))
		return DNS_SECURE;
	return tag && tag_is(tag, "insecure") ? DNS_INSECURE : DNS_UNKNOWN;
}

static char *decode_name(const struct tag_list *list)
{
	size_t len;
	char *name = decode(list, "name", DNS_NAME_MAX - 1, &len);

	if (name && (strlen(name) != len || !dns_name_valid(name))) {
		free(name);
		return NULL;
	}
	return name;
}

static bool read_time(const struct tag_list *list, uint64_t *seconds)
{
	const struct tag *version = tag_find(list, "v"), *time = tag_find(list, "t");

	return version && tag_is(version, "1") && time && tag_number(time, seconds);
}

static void read_left_out(struct recorded_keys *keys, const struct tag_list *list)
{
	char *name;

	if (keys->left_out_count == RECORDED_KEYS_MAX || tag_find(list, "record") ||
	    !tag_find(list, "omitted"))
		return;
	name = decode_name(list);
	if (name)
		keys->left_out[keys->left_out_count++] = name;
}

/* max: bytes of the record. */
static bool read_key(const struct tag_list *list, size_t max, struct recorded_key *key)
{
	uint64_t seconds;
	char *record;

	if (!read_time(list, &seconds))
		return false;
	record = decode(list, "record", max < DNS_ANSWER_MAX ? max : DNS_ANSWER_MAX, &key->len);
	key->name = record ? decode_name(list) : NULL;
	if (!key->name) {
		free(record);
		return false;
	}
	key->record = record;
	key->time = (int64_t)seconds;
	key->security = read_security(tag_find(list, "dnssec"));
	return true;
}

static void forget(struct recorded_key *key)
{
	free((char *)key->name);
	free((char *)key->record);
}

static void read_line(struct recorded_keys *keys, const char *line, size_t len)
{
	const size_t prefix = strlen(RECORDED_KEYS_LINE);
	struct recorded_key *key = &keys->key[keys->count];
	struct tag_list list;
	uint64_t seconds;

	if (len < prefix || len > LINE_MAX_BYTES ||
	    memcmp(line, RECORDED_KEYS_LINE, prefix) != 0 ||
	    tag_list_parse(line + prefix, len - prefix, &list))
		return;
	if (read_key(&list, RECORDED_KEYS_BYTES_MAX - keys->bytes, key)) {
		keys->bytes += key->len;
		keys->count++;
	} else if (read_time(&list, &seconds)) {
		read_left_out(keys, &list);
	}
}

struct recorded_keys *recorded_keys_read(const char *lines, size_t len)
{
	struct recorded_keys *keys = mem_alloc(sizeof *keys);

	for (size_t at = 0; at < len && keys->count < RECORDED_KEYS_MAX;) {
		const char *lf = memchr(lines + at, '\n', len - at);
		size_t n = lf ? (size_t)(lf - lines) - at : len - at;
		bool cr = n > 0 && lines[at + n - 1] == '\r';

		read_line(keys, lines + at, n - cr);
		at += n + 1;
	}
	return keys;
}

void recorded_keys_free(struct recorded_keys **keys)
{
	if (!*keys)
		return;
	for (size_t i = 0; i < (*keys)->count; i++)
		forget(&(*keys)->key[i]);
	for (size_t i = 0; i < (*keys)->left_out_count; i++)
		free((*keys)->left_out[i]);
	free(*keys);
	*keys = NULL;
}

size_t recorded_keys_count(const struct recorded_keys *keys)
{
	return keys->count;
}

const struct recorded_key *recorded_keys_get(const struct recorded_keys *keys,
                                             size_t i)
{
	return &keys->key[i];
}

const struct recorded_key *recorded_keys_find(const struct recorded_keys *keys,
                                              const char *name)
{
	for (size_t i = 0; i < keys->count; i++)
		if (token_same(name, strlen(name), keys->key[i].name))
			return &keys->key[i];
	return NULL;
}

bool recorded_keys_left_out(const struct recorded_keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->left_out_count; i++)
		if (!name || token_same(name, strlen(name), keys->left_out[i]))
			return true;
	return false;
}

int64_t recorded_keys_time(const struct recorded_keys *keys)
{
	return keys->count ? keys->key[0].time : -1;
}

/* All keys under that name, or NULL. */
static struct dns_answer *answer_of(const struct recorded_keys *keys,
                                    const struct lookup *lookup)
{
	struct dns_answer *answer = NULL;

	for (size_t i = 0; i < keys->count && lookup->type == DNS_TXT; i++) {
		const struct recorded_key *key = &keys->key[i];

		if (!token_same(lookup->name, strlen(lookup->name), key->name))
			continue;
		if (!answer)
			answer = dns_answer_new(DNS_FOUND, key->security);
		dns_answer_add(answer, key->record, key->len, 0);
	}
	return answer;
}

void recorded_keys_wait(void *keys, struct lookups *lookups,
                        struct deadline deadline)
{
	struct lookup lookup;

	(void)deadline;
	while (lookups_take(lookups, &lookup)) {
		struct dns_answer *answer = answer_of(keys, &lookup);

		lookups_feed(lookups, lookup.id, answer ? answer
			: dns_answer_failed(DNS_UNKNOWN, "not recorded"));
	}
}
