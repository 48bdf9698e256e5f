/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seal - a message in its sealed form */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/program.h"
#include "filter/seal.h"
#include "keystore/engine.h"

const char *seal_trace(const struct decision *decision, int64_t held,
                       char out[static SEAL_TRACE_MAX])
{
	time_t when = (time_t)held;
	char expired[DECIDE_DATE_MAX] = "", since[32] = "";
	struct tm tm;

	if (decision->then)
		decide_expired(decision->then, expired);
	if (held && gmtime_r(&when, &tm))
		strftime(since, sizeof since, "; held=%Y-%m-%dT%H:%M:%SZ", &tm);
	snprintf(out, SEAL_TRACE_MAX, "; engine=gpg%s%s%s", *expired ? "; expired=" : "",
	         expired, since);
	return out;
}

static int write_body(const struct seal *s, struct sink to, struct err *err)
{
	const struct decision *decision = s->decision;
	struct compose_armour armour = { to, s->message->crlf };
	struct engine_config engine = {
		.program = config_text(s->config, SET_GPG_PROGRAM),
		.home = program_gnupg_home(),
		.then = decision->then,
	};
	struct payload *payload = payload_new(s->message, s->original, s->further,
	                                      err);
	int rc = -1;

	if (payload)
		rc = engine_seal(&engine, decision->subkey, decision->subkeys,
		                 decision->policy->hidden_recipients,
		                 payload_source(payload),
		                 compose_armour_sink(&armour), s->deadline, err);
	payload_free(&payload);
	free((char *)engine.home);
	return rc;
}

int seal_write(const struct seal *s, struct sink to, struct err *err)
{
	const struct policy *policy = s->decision->policy;
	const struct outer_fields outside = {
		.protect_subject = (enum protect_subject)policy->protect_subject,
		.strict = policy->strict_headers,
		.hide = policy->hide_fields,
	};
	char boundary[COMPOSE_BOUNDARY_MAX];

	compose_boundary(boundary);
	if (compose_sealed_head(s->message, s->from_line, &outside, s->trace,
	                        boundary, to, err) ||
	    write_body(s, to, err))
		return -1;
	return compose_sealed_tail(s->message, boundary, to, err);
}
