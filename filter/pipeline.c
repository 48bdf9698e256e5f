/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipeline - one message, one direction */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/recorded-keys.h"
#include "base/io.h"
#include "filter/ask.h"
#include "filter/authenticate.h"
#include "filter/decide.h"
#include "filter/hold.h"
#include "filter/intake.h"
#include "filter/pipeline.h"
#include "filter/report.h"
#include "filter/seal.h"
#include "mime/compose.h"

/* All that is known of the message so far. */
struct run {
	const struct pipeline *p;
	struct intake intake;
	struct message message;
	struct authentication auth;
	struct envelope envelope;
	struct ask ask;
	struct decide_question question;
	struct decision decision;
	char hold_id[HOLD_FOLDER_ID_MAX]; /* "" unless it goes there */
};

/* ---- read, parse ------------------------------------------------------------ */

static int read_message(struct run *r, struct err *err)
{
	const struct config *config = r->p->config;

	if (intake_read(r->p->input, config_text(config, SET_SPOOL_DIR),
	                (uint64_t)config_number(config, SET_MAX_MESSAGE_SIZE),
	                r->p->deadline, &r->intake, err))
		return -1;
	return message_map(r->intake.spool, &r->message, err);
}

/* Whom to believe, from whom and for whom it is. */
static int read_trace(struct run *r, struct err *err)
{
	if (authenticate_border(r->p->config, &r->message, &r->auth, err))
		return -1;
	return envelope_resolve(r->p->options, r->p->config, &r->message,
	                        &r->envelope, err);
}

/* ---- decide -------------------------------------------------------------------- */

/* What the message is matters for the enrolled alone. */
static int classify(struct run *r, struct err *err)
{
	r->question.class = MIME_READABLE;
	if (r->question.recipient[0].answer != STORE_FOUND)
		return 0;
	return classify_message(&r->message, &r->question.class, err);
}

/* -1 with *err: the message goes no further. */
static int conclude(struct run *r, struct err *err)
{
	free(r->decision.subkey);
	r->decision = decide(&r->question);
	if (r->decision.outcome != OUTCOME_DEFERRED &&
	    r->decision.outcome != OUTCOME_REFUSED)
		return 0;
	*err = r->decision.why;
	return -1;
}

/* As far as keystore and policy go: what waits for them need not be verified each time. */
static int decide_first(struct run *r, struct err *err)
{
	ask_open(&r->ask, r->p->config);
	ask_recipients(&r->ask, r->envelope.recipient, r->envelope.recipients,
	               &r->question);
	r->question.can_hold = r->p->can_hold;
	if (classify(r, err))
		return -1;
	r->question.now = time(NULL);
	r->question.on_temperror = config_choice(r->p->config, SET_ON_TEMPERROR);
	return conclude(r, err);
}

/* ---- authenticate ------------------------------------------------------------------- */

static void log_no_resolver(const struct run *r)
{
	const struct err *why = &r->auth.no_resolver;
	char line[ERR_WHAT_MAX + ERR_ADVICE_MAX];

	if (why->class == ERR_NONE)
		return;
	err_line(why, line, sizeof line);
	log_info(r->p->log, "the sender can't be verified: %s", line);
}

static int verify_sender(struct run *r, struct err *err)
{
	const struct authenticate_request request = {
		.config = r->p->config,
		.message = &r->message,
		.client = r->p->client,
		.sender = r->envelope.sender,
		.now = r->question.now,
		.delivery = true,
		.deadline = r->p->deadline,
	};

	if (authenticate(&request, &r->auth, err))
		return -1;
	log_no_resolver(r);
	r->question.disposition = results_disposition(r->auth.results);
	r->question.temperror = results_temperror(r->auth.results);
	return conclude(r, err);
}

/* ---- seal, deliver --------------------------------------------------------------- */

static int write_sealed(struct run *r, const char *from_line,
                        const struct compose_trace *trace, struct sink to,
                        struct err *err)
{
	struct buf keys = BUF_INIT;

	if (r->auth.verified)
		recorded_keys_write(&r->auth.verify, r->question.now, "\n", &keys);

	const struct seal seal = {
		.config = r->p->config,
		.message = &r->message,
		.original = &r->intake.original,
		.from_line = from_line,
		.further = buf_str(&keys),
		.trace = trace,
		.decision = &r->decision,
		.deadline = r->p->deadline,
	};
	int rc = seal_write(&seal, to, err);

	buf_free(&keys);
	return rc;
}

static int write_message(struct run *r, bool with_from_line, struct sink to,
                         struct err *err)
{
	const char *from_line = with_from_line ? r->intake.from_line : NULL;
	char sealed[SEAL_TRACE_MAX];
	struct compose_trace trace = {
		.auth = results_field(r->auth.results),
		.further = r->decision.junk ? SEAL_JUNK_FIELD : NULL,
		.forged = border_forged,
		.forged_ctx = r->auth.border,
	};

	switch (r->decision.outcome) {
	case OUTCOME_SEALED:
		trace.mailseal = seal_trace(&r->decision, 0, sealed);
		return write_sealed(r, from_line, &trace, to, err);
	case OUTCOME_HELD:
		trace.mailseal = seal_trace(&r->decision, r->question.now, sealed);
		return write_sealed(r, from_line, &trace, to, err);
	case OUTCOME_PASSED_ENCRYPTED:
		trace.mailseal = "; reason=encrypted";
		break;
	case OUTCOME_NOT_SEALED:
		trace.mailseal = r->decision.stopped;
		break;
	default:
		trace.mailseal = "; reason=not-enrolled";
	}
	return compose_passed(&r->message, from_line, &r->intake.original, &trace,
	                      to, err);
}

/* All of it is ready before the receiver sees the first byte. */
static int write_whole(struct run *r, struct delivery *out, struct err *err)
{
	struct spool *whole = spool_new(
		config_text(r->p->config, SET_SPOOL_DIR), SPOOL_MEMORY_LIMIT);
	int rc = write_message(r, delivery_wants_from_line(out),
	                       spool_sink(whole), err);

	if (!rc)
		rc = delivery_begin(out, spool_size(whole), err);
	if (!rc)
		rc = spool_copy(whole, 0, spool_size(whole), delivery_sink(out),
		                err);
	spool_free(&whole);
	return rc;
}

static struct delivery *way_into_hold(struct run *r, struct err *err)
{
	struct hold_envelope e = {
		.held = r->question.now,
		.recipient = r->envelope.recipient[0],
		.given = r->envelope.given[0],
		.sender = r->envelope.sender,
		.junk = r->decision.junk,
	};

	snprintf(e.reason, sizeof e.reason, "%s", usability_word(r->decision.unusable));
	hold_folder_new_id(r->hold_id);
	return hold_delivery(r->p->config, &e, r->hold_id, err);
}

static void log_held(const struct run *r)
{
	char line[ERR_WHAT_MAX + ERR_ADVICE_MAX];

	err_line(&r->decision.why, line, sizeof line);
	log_info(r->p->log, "held as %s: %s", r->hold_id, line);
}

static int deliver(struct run *r, struct err *err)
{
	const bool held = r->decision.outcome == OUTCOME_HELD;
	struct delivery *out = held ? way_into_hold(r, err)
	                            : r->p->way_out(r->p->ctx, &r->envelope,
	                                            r->decision.junk);
	int rc;

	if (!out)
		return -1;
	if (delivery_wants_whole(out)) {
		rc = write_whole(r, out, err);
	} else {
		rc = delivery_begin(out, 0, err);
		if (!rc)
			rc = write_message(r, delivery_wants_from_line(out),
			                   delivery_sink(out), err);
	}
	if (!rc)
		rc = delivery_commit(out, err);
	delivery_free(&out);
	if (!rc && held)
		log_held(r);
	return rc;
}

/* ---- the story --------------------------------------------------------------------- */

static void forget(struct run *r)
{
	free(r->decision.subkey);
	ask_close(&r->ask);
	envelope_free(&r->envelope);
	authentication_free(&r->auth);
	intake_free(&r->intake);
}

enum outcome pipeline_run(const struct pipeline *pipeline)
{
	struct run r = { .p = pipeline };
	struct err err = { .class = ERR_NONE };
	const int64_t start = clock_ms();
	enum outcome outcome;

	if (read_message(&r, &err) || read_trace(&r, &err) ||
	    decide_first(&r, &err) || verify_sender(&r, &err) ||
	    deliver(&r, &err)) {
		outcome = outcome_of_error(&err);
		log_err(pipeline->log, &err);
		io_drain(pipeline->input, pipeline->deadline);
	} else {
		outcome = r.decision.outcome;
	}

	const struct report report = {
		.message = r.intake.spool ? &r.message : NULL,
		.auth = &r.auth,
		.envelope = &r.envelope,
		.options = pipeline->options,
		.recipient = r.question.recipient,
		.recipients = r.question.recipients,
		.now = r.question.now,
		.then = r.decision.then,
		.outcome = outcome,
		.junk = r.decision.junk,
		.hold_id = r.hold_id,
		.ms = clock_ms() - start,
	};

	report_log(&report, pipeline->log);
	forget(&r);
	return outcome;
}
