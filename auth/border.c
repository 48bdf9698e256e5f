/* SPDX-License-Identifier: GPL-3.0-or-later */
/* border - who vouches for this message, as far as its header can be believed */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/received-spf.h"
#include "auth/received.h"
#include "auth/border.h"
#include "auth/trust.h"
#include "base/mem.h"

#define NOWHERE UINT64_MAX

struct border {
	struct trust *trust;
	bool received_trusted;
	uint64_t topmost[TRUST_IDS_MAX]; /* where each believed id's first field begins */
	uint64_t border;                 /* where the border's Received begins */
	bool border_reached;
	struct received hop;             /* that Received */
	char queue_id[RECEIVED_ID_MAX];
	struct authres *results;
	struct buf value;                /* of the field being looked at */
	char transport[2 * RECEIVED_TLS_MAX + 1];
};

static int load(struct border *t, const struct message *message,
                const struct field *field, struct err *err)
{
	buf_cut(&t->value, 0);
	return field_value(message, field, BORDER_FIELD_MAX, &t->value, err);
}

static struct token_text loaded(const struct border *t)
{
	const char *s = buf_str(&t->value);

	return (struct token_text){ s, s + t->value.len };
}

/* Half a field, or one that holds a second line for some readers, is never believed. */
static bool is_whole(const struct field *field)
{
	return !field->opaque && field->end - field->value <= BORDER_FIELD_MAX;
}

/* ---- Authentication-Results -------------------------------------------- */

static void import(struct border *t, struct token_text *text, int id)
{
	char *comment = mem_printf("imported from %s", trust_name(t->trust, id));

	authres_read_results(text, t->results, comment);
	free(comment);
}

static void see_results(struct border *t, const struct field *field)
{
	struct token_text text = loaded(t);
	struct buf id = BUF_INIT;
	unsigned version;
	int which = TRUST_NONE;

	if (authres_read_id(&text, &id, &version))
		which = trust_find(t->trust, id.data, id.len);
	if (trust_believes(t->trust, which) && t->topmost[which] == NOWHERE) {
		t->topmost[which] = field->start;
		if (is_whole(field) && version == 1)
			import(t, &text, which);
	}
	buf_free(&id);
}

static bool forged_results(const struct border *t, const struct field *field)
{
	struct token_text text = loaded(t);
	const char *front = text.at;
	struct buf id = BUF_INIT;
	unsigned version;
	bool forged = true;

	if (!field->opaque && authres_read_id(&text, &id, &version)) {
		int which = trust_find(t->trust, id.data, id.len);

		if (which > TRUST_OURS)
			forged = t->topmost[which] != field->start;
		else
			forged = trust_resembles(t->trust, id.data, id.len) ||
			         trust_mentioned(t->trust, front, (size_t)(text.at - front));
	}
	buf_free(&id);
	return forged;
}

/* ---- Received ----------------------------------------------------------- */

/* One hop further down, as long as the field above vouches for this one. */
static void see_received(struct border *t, const struct field *field)
{
	bool first = t->border == NOWHERE;
	struct token_text text = loaded(t);
	struct received hop;

	received_parse(text.at, t->value.len, &hop);
	if (!is_whole(field) ||
	    (first && !t->received_trusted &&
	     trust_find(t->trust, hop.by, strlen(hop.by)) == TRUST_NONE)) {
		t->border_reached = true;
		return;
	}
	if (first)
		memcpy(t->queue_id, hop.id, sizeof t->queue_id);
	t->border = field->start;
	t->hop = hop;
	t->border_reached = hop.protocol != RECEIVED_INSIDE &&
	                    !trust_relay(t->trust, hop.address, hop.name);
}

static void conclude_transport(struct border *t)
{
	const struct received *hop = &t->hop;
	const char *word = "unknown";

	if (hop->tls_version[0] && hop->tls_cipher[0]) {
		snprintf(t->transport, sizeof t->transport, "%s/%s", hop->tls_version,
		         hop->tls_cipher);
		return;
	}
	if (hop->tls)
		word = hop->tls_version[0] ? hop->tls_version : "tls";
	else if (hop->protocol == RECEIVED_SMTP)
		word = "none";
	else if (hop->protocol != RECEIVED_UNKNOWN)
		word = "local";
	snprintf(t->transport, sizeof t->transport, "%s", word);
}

/* ---- Received-SPF ------------------------------------------------------- */

enum claim { CLAIM_NONE, CLAIM_BELIEVED, CLAIM_FORGED };

static bool mentioned(const struct border *t, struct token_text text)
{
	return trust_mentioned(t->trust, text.at, (size_t)(text.end - text.at));
}

/* What spf, parsed from the loaded field, claims of its writer. */
static enum claim claim_of(const struct border *t, const struct field *field,
                           bool readable, const struct received_spf *spf)
{
	const struct buf *receiver = &spf->receiver;
	const char *name = buf_str(receiver);
	bool claimed;

	if (!readable || !is_whole(field))
		return mentioned(t, loaded(t)) ? CLAIM_FORGED : CLAIM_NONE;
	if (t->border != NOWHERE && field->start < t->border &&
	    trust_believes(t->trust, trust_find(t->trust, name, receiver->len)))
		return CLAIM_BELIEVED;
	claimed = mentioned(t, spf->front) ||
	          trust_mentioned(t->trust, name, receiver->len) ||
	          trust_resembles(t->trust, name, receiver->len);
	return claimed ? CLAIM_FORGED : CLAIM_NONE;
}

static bool forged_spf(const struct border *t, const struct field *field)
{
	struct received_spf spf;
	struct token_text text = loaded(t);
	bool readable = received_spf_parse(text.at, t->value.len, &spf);
	bool forged = claim_of(t, field, readable, &spf) == CLAIM_FORGED;

	received_spf_free(&spf);
	return forged;
}

/* `<a@example.org>` as `a@example.org`, in place. */
static const char *bare_address(struct buf *address)
{
	size_t len = address->len;

	if (len < 2 || address->data[0] != '<' || address->data[len - 1] != '>')
		return buf_str(address);
	buf_cut(address, len - 1);
	return address->data + 1;
}

/* The result with the identity it is about; without that it would say nothing. */
static void add_spf(struct authres *to, struct received_spf *spf,
                    const char *result, const char *comment)
{
	const char *identity = buf_str(&spf->identity);
	const char *property = "mailfrom", *value = bare_address(&spf->envelope_from);
	bool helo = token_same("helo", 4, identity);
	char address[INET6_ADDRSTRLEN];
	bool ok;

	if (*identity && !helo && !token_same("mailfrom", 8, identity) &&
	    !token_same("mfrom", 5, identity))
		return;
	if (helo || !*value) { /* the null sender is judged by its HELO (RFC 7208 2.4) */
		property = "helo";
		value = buf_str(&spf->helo);
	}
	if (!*value || !authres_add(to, "spf", result))
		return;
	ok = authres_add_comment(to, comment) &&
	     authres_add_property(to, "smtp", property, value);
	if (received_address(buf_str(&spf->client_ip), spf->client_ip.len, address))
		ok = ok && authres_add_property(to, "smtp", "remote-ip", address);
	if (!ok)
		authres_drop(to);
}

static void import_spf(struct border *t, const struct field *field)
{
	struct received_spf spf;
	struct token_text text = loaded(t);
	bool readable = received_spf_parse(text.at, t->value.len, &spf);
	const char *result = received_spf_result(&spf);

	if (result && claim_of(t, field, readable, &spf) == CLAIM_BELIEVED) {
		int id = trust_find(t->trust, spf.receiver.data, spf.receiver.len);
		char *comment = mem_printf("imported from Received-SPF of %s",
		                           trust_name(t->trust, id));

		add_spf(t->results, &spf, result, comment);
		free(comment);
	}
	received_spf_free(&spf);
}

/* ---- the header --------------------------------------------------------- */

static int see_field(struct border *t, const struct message *message,
                     const struct field *field, struct err *err)
{
	bool results = field_is(field, "Authentication-Results");

	if (!results && (t->border_reached || !field_is(field, "Received")))
		return 0;
	if (load(t, message, field, err))
		return -1;
	if (results)
		see_results(t, field);
	else
		see_received(t, field);
	return 0;
}

static int walk(struct border *t, const struct message *message, struct err *err)
{
	struct field field;
	uint64_t at = 0;
	int rc;

	while ((rc = message_next_field(message, &at, &field, err)) > 0)
		if (see_field(t, message, &field, err))
			return -1;
	return rc;
}

/* Above the border's Received, so a second, short walk. */
static int walk_spf(struct border *t, const struct message *message,
                    struct err *err)
{
	struct field field;
	uint64_t at = 0;
	int rc;

	if (t->border == NOWHERE || authres_has(t->results, "spf"))
		return 0;
	while ((rc = message_next_field(message, &at, &field, err)) > 0 &&
	       field.start < t->border) {
		if (!field_is(&field, "Received-SPF"))
			continue;
		if (load(t, message, &field, err))
			return -1;
		import_spf(t, &field);
	}
	return rc < 0 ? -1 : 0;
}

struct border *border_read(const struct message *message,
                         const struct border_trust *trust, struct err *err)
{
	struct border *t = mem_alloc(sizeof *t);

	t->trust = trust_new(trust);
	t->received_trusted = trust->received_trusted;
	t->border = NOWHERE;
	for (int i = 0; i < TRUST_IDS_MAX; i++)
		t->topmost[i] = NOWHERE;
	t->results = authres_new(trust_name(t->trust, TRUST_OURS));
	if (!t->results) /* a setting that is no id: nothing may break the field */
		t->results = authres_new("invalid");
	if (walk(t, message, err) || walk_spf(t, message, err)) {
		border_free(&t);
		return NULL;
	}
	conclude_transport(t);
	return t;
}

void border_free(struct border **trace)
{
	struct border *t = *trace;

	if (!t)
		return;
	trust_free(&t->trust);
	authres_free(&t->results);
	buf_free(&t->value);
	free(t);
	*trace = NULL;
}

bool border_forged(void *trace, const struct message *message,
                  const struct field *field)
{
	struct border *t = trace;
	bool results = field_is(field, "Authentication-Results");
	struct err err;

	if (!results && !field_is(field, "Received-SPF"))
		return false;
	if (load(t, message, field, &err))
		return true; /* what can't be read can't be shown to be harmless */
	return results ? forged_results(t, field) : forged_spf(t, field);
}

const struct authres *border_results(const struct border *trace)
{
	return trace->results;
}

const char *border_transport(const struct border *trace)
{
	return trace->transport;
}

static const char *or_null(const char *s)
{
	return *s ? s : NULL;
}

const char *border_client_address(const struct border *trace)
{
	return trace->received_trusted ? or_null(trace->hop.address) : NULL;
}

const char *border_client_helo(const struct border *trace)
{
	return trace->received_trusted ? or_null(trace->hop.helo) : NULL;
}

const char *border_queue_id(const struct border *trace)
{
	return or_null(trace->queue_id);
}
