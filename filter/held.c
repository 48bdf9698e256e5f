/* SPDX-License-Identifier: GPL-3.0-or-later */
/* held - a held message, opened to be sealed anew */
#include <config.h>

#include <stdlib.h>

#include "base/mem.h"
#include "filter/authenticate.h"
#include "filter/held.h"
#include "filter/intake.h"
#include "filter/seal.h"
#include "filter/unseal.h"
#include "mime/restore.h"

struct held {
	const struct config *config;
	int64_t since;
	bool junk;
	struct intake stored;
	struct spool *original;
	struct message message; /* of original */
	struct compose_original hash;
	struct buf further;     /* lines of the payload, with LF */
	struct buf results;     /* the field that was recorded, with LF; empty: none */
	struct authentication auth; /* its border alone: whom the header can be believed */
};

/* As compose takes what is ours: LF for every line end. */
static void to_lf(struct buf *text)
{
	size_t out = 0;

	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] != '\r' || i + 1 == text->len || text->data[i + 1] != '\n')
			text->data[out++] = text->data[i];
	buf_cut(text, out);
}

/* Our own Authentication-Results stand right below our X-Mailseal. */
static int read_results(struct held *h, const struct message *stored, struct err *err)
{
	struct field field;
	uint64_t at = 0;
	char *text;
	int rc = message_next_field(stored, &at, &field, err);

	if (rc == 1 && field_is(&field, COMPOSE_FIELD))
		rc = message_next_field(stored, &at, &field, err);
	else
		return rc < 0 ? -1 : 0;
	if (rc <= 0 || !field_is(&field, "Authentication-Results") ||
	    field.end - field.start > BORDER_FIELD_MAX)
		return rc < 0 ? -1 : 0;

	const size_t len = (size_t)(field.end - field.start);

	text = mem_alloc(len);
	rc = spool_read(stored->spool, field.start, text, len, err);
	buf_add(&h->results, text, len);
	free(text);
	to_lf(&h->results);
	if (h->results.len && h->results.data[h->results.len - 1] == '\n')
		buf_cut(&h->results, h->results.len - 1);
	return rc;
}

static int write_hash(void *ctx, const void *data, size_t len, struct err *err)
{
	(void)err;
	sha256_add(ctx, data, len);
	return 0;
}

static int hash_original(struct held *h, struct err *err)
{
	struct sha256 hash;

	sha256_start(&hash);
	if (spool_copy(h->original, 0, spool_size(h->original),
	               (struct sink){ write_hash, &hash }, err))
		return -1;
	sha256_hex(&hash, h->hash.sha256);
	return 0;
}

static int not_ours(struct err *err)
{
	return err_set(err, ERR_DATA, "see who put it there, and `hold release --as-held`",
	               "what is held is not a message that mailseal sealed, or it was changed");
}

static int restore(struct held *h, struct spool *payload, struct err *err)
{
	enum restore_result result;

	if (restore_payload(payload, spool_sink(h->original), &result, err))
		return -1;
	if (result != RESTORE_EXACT)
		return not_ours(err);
	if (restore_further_lines(payload, &h->further, err))
		return -1;
	to_lf(&h->further);
	return 0;
}

static int open_stored(struct held *h, const struct message *stored, struct err *err)
{
	struct spool *payload = spool_new(config_text(h->config, SET_SPOOL_DIR),
	                                  SPOOL_MEMORY_LIMIT);
	int rc = unseal(h->config, stored, payload, err);

	if (rc == 0)
		rc = not_ours(err);
	else if (rc > 0)
		rc = restore(h, payload, err);
	spool_free(&payload);
	return rc;
}

static int open_all(struct held *h, int fd, struct err *err)
{
	const char *spool_dir = config_text(h->config, SET_SPOOL_DIR);
	struct message stored;

	if (intake_read(fd, spool_dir, 0, DEADLINE_NEVER, &h->stored, err) ||
	    message_map(h->stored.spool, &stored, err))
		return -1;
	h->original = spool_new(spool_dir, SPOOL_MEMORY_LIMIT);
	if (open_stored(h, &stored, err) || read_results(h, &stored, err) ||
	    hash_original(h, err) || message_map(h->original, &h->message, err))
		return -1;
	return authenticate_border(h->config, &h->message, &h->auth, err);
}

struct held *held_open(const struct config *config, const struct hold_message *message,
                       struct err *err)
{
	struct held *h = mem_alloc(sizeof *h);

	h->config = config;
	h->since = message->envelope.held;
	h->junk = message->envelope.junk;
	if (open_all(h, message->file.fd, err))
		held_free(&h);
	return h;
}

void held_free(struct held **held)
{
	struct held *h = *held;

	if (!h)
		return;
	authentication_free(&h->auth);
	intake_free(&h->stored);
	spool_free(&h->original);
	buf_free(&h->further);
	buf_free(&h->results);
	free(h);
	*held = NULL;
}

int held_seal(struct held *h, const struct decision *decision, bool with_from_line,
              struct deadline deadline, struct sink to, struct err *err)
{
	char what[SEAL_TRACE_MAX];
	const struct compose_trace trace = {
		.mailseal = seal_trace(decision, h->since, what),
		.auth = h->results.len ? buf_str(&h->results) : NULL,
		.further = h->junk ? SEAL_JUNK_FIELD : NULL,
		.forged = border_forged,
		.forged_ctx = h->auth.border,
	};
	const struct seal seal = {
		.config = h->config,
		.message = &h->message,
		.original = &h->hash,
		.from_line = with_from_line ? h->stored.from_line : NULL,
		.further = buf_str(&h->further),
		.trace = &trace,
		.decision = decision,
		.deadline = deadline,
	};

	return seal_write(&seal, to, err);
}
