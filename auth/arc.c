/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arc - the Authenticated Received Chain of a message, validated (RFC 8617 section 5.2)
 *
 * All keys are asked for at once.  What decides is looked at in the RFC's order, so
 * that the reason does not depend on which answer came first.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "auth/arc-check.h"
#include "auth/arc-sets.h"
#include "auth/arc.h"
#include "auth/signature.h"
#include "base/mem.h"
#include "base/sha256.h"

struct set {
	struct arc_set set;
	struct arc_check message, seal;
};

struct arc {
	const struct header *header;
	const struct body_hashes *hashes;
	struct buf *explain;
	int64_t now;
	struct arc_fields fields[ARC_SETS_MAX];
	struct set *sets;
	size_t count;
	size_t oldest_tried; /* instance of the oldest AMS that is verified */
	bool prepared, done;
	enum arc_result result;
	char *reason;
	int oldest_pass;
	bool covers_message;
	enum dns_security security;
};

static void finish(struct arc *arc, enum arc_result result, char *reason)
{
	arc->done = true;
	arc->result = result;
	arc->reason = reason;
}

/* ---- parsing ------------------------------------------------------------ */

static void parse_set(struct arc *arc, size_t i)
{
	const struct arc_fields *fields = &arc->fields[i];
	struct set *set = &arc->sets[i];
	const struct signature *seal;

	arc_check_parse(&set->seal, fields->seal, SIGNATURE_ARC_SEAL, arc->now);
	arc_check_parse(&set->message, fields->message, SIGNATURE_ARC_MESSAGE, arc->now);
	seal = set->seal.signature;
	set->set.domain = seal->domain[0] ? seal->domain : NULL;
	set->set.selector = seal->selector[0] ? seal->selector : NULL;
	set->set.results = fields->text;
	set->set.results_len = fields->text_len;
}

static bool says(const struct set *set, const char *status)
{
	const struct tag *cv = tag_find(&set->seal.signature->tags, "cv");

	return cv && tag_is_nocase(cv, status);
}

/* Steps 2 and 3C: what the sealers say of the chain that they found. */
static bool judge_status(struct arc *arc)
{
	if (says(&arc->sets[arc->count - 1], "fail")) {
		finish(arc, ARC_FAIL, mem_strdup("a sealer found the chain broken"));
		return false;
	}
	for (size_t i = 0; i < arc->count; i++)
		if (!says(&arc->sets[i], i == 0 ? "none" : "pass")) {
			finish(arc, ARC_FAIL,
			       mem_printf("the seal of set %zu has the wrong cv=", i + 1));
			return false;
		}
	return true;
}

/* The newest AMS first: there is a bound on different hashes. */
static void order_bodies(struct arc *arc, struct body_hashes *hashes)
{
	size_t i = arc->count;

	while (i-- > 0 && arc->count - i <= ARC_MESSAGES_MAX) {
		struct arc_check *message = &arc->sets[i].message;

		if (message->why)
			break;
		message->body = body_hashes_order(hashes, message->signature->body_canon,
		                                  DIGEST_SHA256,
		                                  message->signature->body_length);
	}
}

struct arc *arc_new(const struct header *header, int64_t now,
                    struct body_hashes *hashes, struct buf *explain)
{
	struct arc *arc = mem_alloc(sizeof *arc);
	const char *why;

	arc->header = header;
	arc->hashes = hashes;
	arc->explain = explain;
	arc->now = now;
	arc->oldest_pass = -1;
	why = arc_sets_read(header, arc->fields, &arc->count);
	if (header->too_large && (why || arc->count)) {
		why = "the header is too large to be judged";
		arc->count = 0;
	}
	if (why || arc->count == 0) {
		finish(arc, why ? ARC_FAIL : ARC_NONE, why ? mem_strdup(why) : NULL);
		return arc;
	}
	arc->sets = mem_array(arc->count, sizeof *arc->sets);
	for (size_t i = 0; i < arc->count; i++)
		parse_set(arc, i);
	if (judge_status(arc))
		order_bodies(arc, hashes);
	return arc;
}

void arc_free(struct arc **arc)
{
	struct arc *a = *arc;

	if (!a)
		return;
	for (size_t i = 0; i < a->count; i++) {
		arc_check_free(&a->sets[i].message);
		arc_check_free(&a->sets[i].seal);
	}
	free(a->sets);
	free(a->reason);
	free(a);
	*arc = NULL;
}

/* ---- what was signed ---------------------------------------------------- */

static void hash_more(void *ctx, const void *data, size_t len)
{
	sha256_add(ctx, data, len);
}

static void hash_field(struct sha256 *hash, const struct header_field *field)
{
	canon_field(CANON_RELAXED, field->text, field->len, hash_more, hash);
}

/*
 * A seal signs all sets up to its own, each in the order AAR, AMS, AS, itself without the value of
 * b= and the last CRLF (RFC 8617 5.1.1).  The hash of one goes on from that of the one before, so
 * that the cost is that of the header.
 */
static void hash_seals(struct arc *arc)
{
	struct sha256 all, one;

	sha256_start(&all);
	for (size_t i = 0; i < arc->count; i++) {
		struct arc_check *seal = &arc->sets[i].seal;

		hash_field(&all, arc->fields[i].results);
		hash_field(&all, arc->fields[i].message);
		one = all;
		hash_field(&all, arc->fields[i].seal);
		if (seal->why)
			continue;
		signature_own_field(seal->signature, hash_more, &one);
		sha256_digest(&one.ctx, sizeof seal->hash, seal->hash);
	}
}

static bool body_fits(const struct arc *arc, const struct arc_check *message)
{
	const unsigned char *hash = message->body < 0
	                                    ? NULL
	                                    : body_hashes_get(arc->hashes, message->body);

	return hash && memcmp(hash, message->signature->hash, DIGEST_MAX) == 0;
}

/* From the newest AMS down to the first that can't verify, or to the bound. */
static void hash_messages(struct arc *arc)
{
	size_t i = arc->count;

	arc->oldest_tried = arc->count + 1;
	while (i-- > 0 && arc->count - i <= ARC_MESSAGES_MAX) {
		struct arc_check *message = &arc->sets[i].message;

		if (!message->why && !body_fits(arc, message)) {
			message->why = "body hash did not verify";
			message->verdict = SIGNATURE_INVALID;
		}
		arc->oldest_tried = i + 1;
		if (message->why)
			return;
		signature_hash_header(message->signature, arc->header, message->hash);
	}
}

/* ---- verdicts ----------------------------------------------------------- */

static void verify_all(struct arc *arc, struct lookups *lookups)
{
	for (size_t i = arc->count; i-- > 0;) {
		struct set *set = &arc->sets[i];

		arc_check_verify(&set->seal, arc->header, lookups);
		if (i + 1 >= arc->oldest_tried)
			arc_check_verify(&set->message, arc->header, lookups);
		set->set.security = dns_security_least(set->seal.security,
		                                       set->message.security);
	}
}

/* Step 5. False: an answer is missing. */
static bool find_oldest_pass(struct arc *arc)
{
	for (size_t i = arc->count - 1; i-- > 0;) {
		enum signature_verdict verdict = arc->sets[i].message.verdict;

		if (i + 1 < arc->oldest_tried || verdict == SIGNATURE_TEMPERROR)
			return true;
		if (verdict == SIGNATURE_WAITING)
			return false;
		if (verdict != SIGNATURE_VALID) {
			arc->oldest_pass = (int)i + 2;
			return true;
		}
	}
	arc->oldest_pass = 0;
	return true;
}

/* In the order of steps 4 and 6: the newest AMS, then the seals, newest first. */
static const struct arc_check *in_order(const struct arc *arc, size_t i)
{
	return i == 0 ? &arc->sets[arc->count - 1].message : &arc->sets[arc->count - i].seal;
}

static char *reason_for(const struct arc *arc, size_t i)
{
	const struct arc_check *check = in_order(arc, i);

	return mem_printf("%s of set %zu: %s", i == 0 ? "message signature" : "seal",
	                  i == 0 ? arc->count : arc->count - i + 1, check->why);
}

/* Steps 4 and 6.  What fails for good decides, whatever could not be asked.  False: an answer is
 * missing. */
static bool judge(struct arc *arc)
{
	size_t temporary = SIZE_MAX;

	for (size_t i = 0; i <= arc->count; i++) {
		const struct arc_check *check = in_order(arc, i);

		arc->security = dns_security_least(arc->security, check->security);
		if (check->verdict == SIGNATURE_WAITING)
			return false;
		if (check->verdict == SIGNATURE_TEMPERROR && temporary == SIZE_MAX)
			temporary = i;
		if (check->verdict == SIGNATURE_VALID || check->verdict == SIGNATURE_TEMPERROR)
			continue;
		finish(arc, ARC_FAIL, reason_for(arc, i));
		return true;
	}
	if (temporary != SIZE_MAX)
		finish(arc, ARC_TEMPERROR, reason_for(arc, temporary));
	else if (find_oldest_pass(arc))
		finish(arc, ARC_PASS, NULL);
	return arc->done;
}

static bool whole_body(const struct arc *arc, const struct signature *message)
{
	return message->body_length == BODY_WHOLE ||
	       body_hashes_size(arc->hashes, message->body_canon) <= message->body_length;
}

static void prepare(struct arc *arc)
{
	const struct arc_check *newest = &arc->sets[arc->count - 1].message;

	hash_seals(arc);
	hash_messages(arc);
	arc->covers_message = !newest->why && arc_check_covers(newest, "From") &&
	                      whole_body(arc, newest->signature);
	arc->prepared = true;
}

/* ---- explanation -------------------------------------------------------- */

static void explain(const struct arc *arc)
{
	buf_cut(arc->explain, 0);
	for (size_t i = arc->count; i-- > 0;) {
		buf_addf(arc->explain, "set %zu\n", i + 1);
		arc_check_explain(arc->explain, "ARC-Seal", &arc->sets[i].seal);
		arc_check_explain(arc->explain, "ARC-Message-Signature", &arc->sets[i].message);
	}
	if (arc->oldest_pass >= 0)
		buf_addf(arc->explain, "oldest-pass %d\n", arc->oldest_pass);
	if (arc->reason)
		buf_addf(arc->explain, "%s\n", arc->reason);
	buf_addf(arc->explain, "%s\n", arc_word(arc->result));
}

bool arc_step(struct arc *arc, struct lookups *lookups)
{
	if (!arc->done) {
		if (!arc->prepared)
			prepare(arc);
		verify_all(arc, lookups);
		arc->security = DNS_UNKNOWN;
		if (!judge(arc))
			return false;
	}
	if (arc->explain)
		explain(arc);
	return true;
}

/* ---- results ------------------------------------------------------------ */

enum arc_result arc_result(const struct arc *arc)
{
	return arc->result;
}

const char *arc_reason(const struct arc *arc)
{
	return arc->reason;
}

size_t arc_count(const struct arc *arc)
{
	return arc->count;
}

const struct arc_set *arc_get(const struct arc *arc, size_t instance)
{
	return instance >= 1 && instance <= arc->count ? &arc->sets[instance - 1].set : NULL;
}

int arc_oldest_pass(const struct arc *arc)
{
	return arc->oldest_pass;
}

bool arc_covers_message(const struct arc *arc)
{
	return arc->covers_message;
}

enum dns_security arc_security(const struct arc *arc)
{
	return arc->security;
}

const char *arc_word(enum arc_result result)
{
	static const char *const words[] = { "none", "pass", "fail", "temperror" };

	return words[result];
}
