/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify - everything that can be verified of one message, at once, within one budget */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/dmarc-walk.h"
#include "auth/rescue.h"
#include "auth/reverse.h"
#include "auth/verify.h"

/*
 * What is asked at first, of names that the sender may have chosen: keys, policies, iprev.
 * However large these answers are, there is room for what SPF and DMARC ask next: else they
 * would be a temperror where they fail.
 */
#define ASKED_FIRST (DKIM_SIGNATURES_MAX + ARC_SETS_MAX + ARC_MESSAGES_MAX + \
                     AUTHOR_DOMAINS_MAX * (DMARC_WALK_MAX + 1) + 1 + REVERSE_NAMES_MAX)
_Static_assert(ASKED_FIRST < LOOKUPS_MAX / 2, "questions that are asked at first");
_Static_assert(ASKED_FIRST * DNS_ANSWER_MAX < LOOKUPS_BYTES_MAX / 4 * 3, "and their answers");

/* What is done already, so that no step is taken twice. */
struct run {
	const struct verify_request *request;
	struct verify *out;
	bool spf, dkim, arc, iprev, dmarc;
};

static struct buf *explanation(const struct run *run, enum verify_method method)
{
	return run->request->explain ? &run->out->explain[method] : NULL;
}

/* ---- steps -------------------------------------------------------------- */

static void step_spf(struct run *run)
{
	const struct verify_request *request = run->request;
	const struct spf_request spf = {
		.client_address = request->client_address,
		.helo = request->helo,
		.sender = request->sender,
		.receiver = request->receiver,
		.now = request->now,
		.explain = explanation(run, VERIFY_SPF),
	};

	run->spf = spf_step(&spf, run->out->lookups, &run->out->spf);
}

/*
 * DMARC takes SPF's result about MAIL FROM, which is HELO's when the sender is null (RFC 7208
 * 2.4), and no other: not one about HELO because the sender is unknown.
 */
static struct dmarc_identifier spf_identifier(const struct run *run)
{
	const struct spf *spf = &run->out->spf;
	const char *sender = run->request->sender;
	bool counts = spf->identity == SPF_MAILFROM || (sender && !*sender);

	return (struct dmarc_identifier){
		.domain = counts ? spf->domain : NULL,
		.pass = spf->result == SPF_PASS,
		.temperror = spf->result == SPF_TEMPERROR,
	};
}

static size_t dkim_identifiers(const struct dkim *dkim,
                               struct dmarc_identifier out[DMARC_IDENTIFIERS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < dkim_count(dkim) && count < DMARC_IDENTIFIERS_MAX; i++) {
		const struct dkim_signature *signature = dkim_get(dkim, i);

		if (signature->domain)
			out[count++] = (struct dmarc_identifier){
				.domain = signature->domain,
				.pass = signature->result == DKIM_PASS,
				.temperror = signature->result == DKIM_TEMPERROR,
			};
	}
	return count;
}

static void step_dmarc(struct run *run)
{
	struct dmarc_identifier dkim[DMARC_IDENTIFIERS_MAX];
	struct dmarc_request request = {
		.author = &run->out->author,
		.ready = run->spf && run->dkim,
		.dkim = dkim,
		.dkim_count = dkim_identifiers(run->out->dkim, dkim),
		.explain = explanation(run, VERIFY_DMARC),
	};

	/* Before it is done spf holds nothing. */
	if (run->spf)
		request.spf = spf_identifier(run);
	run->dmarc = dmarc_step(&request, run->out->lookups, &run->out->dmarc);
}

/* What is the slowest is asked first. True: all is done. */
static bool step(struct run *run)
{
	struct verify *out = run->out;

	if (!run->spf)
		step_spf(run);
	if (!run->dkim)
		run->dkim = dkim_step(out->dkim, out->lookups);
	if (!run->dmarc)
		step_dmarc(run);
	if (!run->arc)
		run->arc = arc_step(out->arc, out->lookups);
	if (!run->iprev)
		run->iprev = iprev_step(run->request->client_address, out->lookups,
		                        &out->iprev, explanation(run, VERIFY_IPREV));
	return run->spf && run->dkim && run->dmarc && run->arc && run->iprev;
}

/*
 * A wait that brings nothing is the last: the table is closed, so that each question has an
 * answer and each step ends.
 */
static void step_all(struct run *run, verify_wait *wait, void *ctx,
                     struct deadline deadline)
{
	struct lookups *lookups = run->out->lookups;

	while (!step(run)) {
		size_t answered = lookups_answered(lookups);

		wait(ctx, lookups, deadline);
		if (lookups_answered(lookups) == answered)
			lookups_close(lookups, "timed out");
	}
}

/* ---- all of it ---------------------------------------------------------- */

static void explain_dkim(const struct verify *verify, struct buf *out)
{
	for (size_t i = 0; i < dkim_count(verify->dkim); i++) {
		const struct dkim_signature *s = dkim_get(verify->dkim, i);
		const char *security = dns_security_word(s->security);

		buf_addf(out, "signature %zu, d=%s s=%s", i + 1,
		         s->domain ? s->domain : "?", s->selector ? s->selector : "?");
		if (s->algorithm)
			buf_addf(out, " a=%s", s->algorithm);
		if (s->key_bits)
			buf_addf(out, ", key of %u bits", s->key_bits);
		buf_addf(out, "%s%s: %s%s%s\n", security ? ", " : "", security ? security : "",
		         dkim_word(s->result), s->reason ? ": " : "",
		         s->reason ? s->reason : "");
	}
	if (dkim_left_out(verify->dkim))
		buf_addf(out, "%zu more signatures were not looked at\n",
		         dkim_left_out(verify->dkim));
}

int verify_run(const struct verify_request *request, verify_wait *wait,
               void *ctx, struct deadline deadline, struct verify *out,
               struct err *err)
{
	const struct dkim_policy policy = { request->now, request->partial_body_fails };
	struct run run = { .request = request, .out = out };

	memset(out, 0, sizeof *out);
	if (header_load(request->message, &out->header, err))
		return -1;
	author_read(&out->header, &out->author);
	out->client_address = request->client_address;
	out->spf_unchecked = !request->client_address || !request->sender;
	out->lookups = lookups_new();
	out->hashes = body_hashes_new();
	out->dkim = dkim_new(&out->header, &policy, out->hashes);
	out->arc = arc_new(&out->header, request->now, out->hashes,
	                   explanation(&run, VERIFY_ARC));
	if (body_hashes_run(out->hashes, request->message, err))
		return -1;
	step_all(&run, wait, ctx, deadline);
	out->rescued_by = rescue_by(out->arc, &out->author, &out->dmarc,
	                            request->trusted_sealers);
	if (request->explain)
		explain_dkim(out, &out->explain[VERIFY_DKIM]);
	return 0;
}

void verify_free(struct verify *verify)
{
	for (size_t i = 0; i < VERIFY_METHODS; i++)
		buf_free(&verify->explain[i]);
	dkim_free(&verify->dkim);
	arc_free(&verify->arc);
	spf_free(&verify->spf);
	body_hashes_free(&verify->hashes);
	lookups_free(&verify->lookups);
	header_free(&verify->header);
	memset(verify, 0, sizeof *verify);
}
