/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-results - what is verified and what is imported, and the field that says so */
#include <config.h>

#include <string.h>

#include "tests/unit/unit.h"

#include "auth/results.h"
#include "base/mem.h"
#include "base/secret.h"
#include "tests/unit/spools.h"

#define COUNT(a) (sizeof a / sizeof a[0])
#define AR "Authentication-Results:"
#define FRONT AR " mail.example.org"

/*
 * dkim and arc are opaque: these stand for the real ones, so that each state can be had
 * without a message and keys that lead to it.
 */
struct dkim {
	const struct dkim_signature *signature;
	size_t count, left_out;
};

struct arc {
	enum arc_result result;
	const char *reason;
	int oldest_pass;
	enum dns_security security;
};

size_t dkim_count(const struct dkim *dkim)
{
	return dkim->count;
}

const struct dkim_signature *dkim_get(const struct dkim *dkim, size_t i)
{
	return &dkim->signature[i];
}

size_t dkim_left_out(const struct dkim *dkim)
{
	return dkim->left_out;
}

enum arc_result arc_result(const struct arc *arc)
{
	return arc->result;
}

const char *arc_reason(const struct arc *arc)
{
	return arc->reason;
}

int arc_oldest_pass(const struct arc *arc)
{
	return arc->oldest_pass;
}

enum dns_security arc_security(const struct arc *arc)
{
	return arc->security;
}

/* What RFC 8601 calls the results. */
static const char *const words[] = { "none", "pass", "fail", "policy", "neutral",
                                     "temperror", "permerror" };

const char *dkim_word(enum dkim_result result)
{
	return words[result];
}

const char *arc_word(enum arc_result result)
{
	return result == ARC_TEMPERROR ? "temperror" : words[result];
}

/* ---- what is given, and what must come of it -------------------------------- */

struct given {
	const char *name;
	const char *header; /* trace fields */
	struct spf spf;
	struct dkim_signature dkim[2]; /* those with a domain, or a result */
	size_t left_out;
	enum author_state author; /* of dmarc.from_domain */
	struct dmarc dmarc;
	struct arc arc;
	struct iprev iprev;
	bool unchecked, more; /* SPF; authors */
	const char *rescued_by, *client_address;
	const char *expected; /* behind FRONT */
	enum dmarc_policy disposition;
	bool temperror;
};

#define MX "Authentication-Results: mx.example.org; "
#define IMPORTED "(imported from mx.example.org)"
#define SPF_PASSED { SPF_PASS, SPF_MAILFROM, (char *)"a.example", NULL, (char *)"v=spf1 +all", DNS_SECURE }
#define SIGNED { .result = DKIM_PASS, .domain = "a.example", .selector = "s1", .algorithm = "rsa-sha256", \
	.tag = "abcdefgh", .security = DNS_SECURE }
#define BROKEN { .result = DKIM_FAIL, .reason = "body hash did not verify", .domain = "a.example", \
	.selector = "s1", .algorithm = "rsa-sha256", .tag = "abcdefgh", .security = DNS_INSECURE }
#define BROKEN_FIELD "\n\tdkim=fail reason=\"body hash did not verify\" header.d=a.example\n" \
	"\theader.s=s1 header.a=rsa-sha256 header.b=abcdefgh dns.sec=no;"
#define DMARC_FAILED { .result = DMARC_FAIL, .from_domain = "a.example", .policy_domain = "a.example", \
	.policy = DMARC_P_REJECT, .disposition = DMARC_P_REJECT, .security = DNS_INSECURE }
#define DMARC_FAILED_FIELD "\n\tdmarc=fail header.from=a.example policy.dmarc=reject dns.sec=no;"
#define NOT_ASKED ";\n\tspf=none reason=\"no client address is known\";"
#define NO_KEYS "\n\tdkim=none;"

static const struct given cases[] = {
	{ .name = "nothing to verify", .author = AUTHOR_NONE,
	  .expected = NOT_ASKED NO_KEYS "\n\tdmarc=none;\n\tarc=none" },
	{ .name = "everything passes, everything is secure",
	  .spf = SPF_PASSED, .dkim = { SIGNED },
	  .dmarc = { .result = DMARC_PASS, .from_domain = "a.example", .policy_domain = "a.example",
	             .policy = DMARC_P_REJECT, .security = DNS_SECURE },
	  .arc = { ARC_PASS, NULL, 0, DNS_SECURE },
	  .iprev = { IPREV_PASS, "mx.a.example", NULL, DNS_SECURE }, .client_address = "192.0.2.1",
	  .expected = ";\n\tspf=pass smtp.mailfrom=a.example dns.sec=yes;\n"
	  "\tdkim=pass header.d=a.example header.s=s1 header.a=rsa-sha256\n"
	  "\theader.b=abcdefgh dns.sec=yes;\n"
	  "\tdmarc=pass header.from=a.example policy.dmarc=reject dns.sec=yes;\n"
	  "\tarc=pass header.oldest-pass=0 smtp.remote-ip=192.0.2.1 dns.sec=yes;\n"
	  "\tiprev=pass policy.iprev=192.0.2.1 dns.sec=yes" },
	{ .name = "a HELO, a record higher up, in testing, IPv6",
	  .spf = { SPF_SOFTFAIL, SPF_HELO, (char *)"h.example", NULL, NULL, DNS_INSECURE },
	  .dmarc = { .result = DMARC_FAIL, .from_domain = "x.y.a.example", .policy_domain = "a.example",
	             .policy = DMARC_P_QUARANTINE, .testing = true, .security = DNS_INSECURE },
	  .iprev = { IPREV_FAIL, "", "no name of the address leads back to it", DNS_INSECURE },
	  .client_address = "2001:db8::1",
	  .expected = ";\n\tspf=softfail smtp.helo=h.example dns.sec=no;" NO_KEYS "\n"
	  "\tdmarc=fail (policy in testing) header.from=x.y.a.example\n"
	  "\tpolicy.dmarc=quarantine policy.domain=a.example dns.sec=no;\n\tarc=none;\n"
	  "\tiprev=fail reason=\"no name of the address leads back to it\"\n"
	  "\tpolicy.iprev=\"2001:db8::1\" dns.sec=no" },
	{ .name = "what is to be known about a signature", .author = AUTHOR_NONE, .left_out = 3,
	  .dkim = {
		{ .result = DKIM_PASS, .domain = "a.example", .selector = "s1", .identity = "u@b.a.example",
		  .algorithm = "ed25519-sha256", .tag = "ab/c+def=", .weak_key = true, .testing = true,
		  .partial_body = true, .added = "Subject", .security = DNS_INSECURE },
		{ .result = DKIM_PERMERROR, .reason = "no d= tag" } },
	  .expected = NOT_ASKED "\n\tdkim=pass\n"
	  "\t(weak key; key in testing; text follows the signed part of the body; an unsigned field "
	  "stands above a signed one)\n"
	  "\theader.d=a.example header.i=u@b.a.example header.s=s1\n"
	  "\theader.a=ed25519-sha256 header.b=\"ab/c+def=\" dns.sec=no;\n"
	  "\tdkim=permerror (further signatures were not tried) reason=\"no d= tag\";\n"
	  "\tdmarc=none;\n\tarc=none" },
	{ .name = "bogus answers, and none", .temperror = true,
	  .spf = { SPF_TEMPERROR, SPF_MAILFROM, (char *)"a.example", NULL, (char *)"bogus", DNS_BOGUS },
	  .dkim = { { .result = DKIM_TEMPERROR, .reason = "the key could not be asked for",
	              .domain = "a.example", .selector = "s1" } },
	  .dmarc = { .result = DMARC_TEMPERROR, .from_domain = "a.example", .security = DNS_BOGUS },
	  .arc = { ARC_FAIL, "the newest seal does not verify", -1, DNS_BOGUS },
	  .expected = ";\n\tspf=temperror (an answer failed DNSSEC validation) smtp.mailfrom=a.example;\n"
	  "\tdkim=temperror reason=\"the key could not be asked for\" header.d=a.example\n"
	  "\theader.s=s1;\n"
	  "\tdmarc=temperror (an answer failed DNSSEC validation) header.from=a.example;\n"
	  "\tarc=fail (an answer failed DNSSEC validation)\n"
	  "\treason=\"the newest seal does not verify\"" },
	{ .name = "iprev alone is no reason to try again", .author = AUTHOR_NONE,
	  .iprev = { IPREV_TEMPERROR, "", NULL, DNS_UNKNOWN }, .client_address = "192.0.2.1",
	  .expected = NOT_ASKED NO_KEYS "\n\tdmarc=none;\n\tarc=none;\n"
	  "\tiprev=temperror policy.iprev=192.0.2.1" },
	{ .name = "rescued", .dmarc = DMARC_FAILED, .rescued_by = "lists.example",
	  .arc = { ARC_PASS, NULL, 1, DNS_INSECURE },
	  .expected = NOT_ASKED NO_KEYS "\n"
	  "\tdmarc=fail (local policy: it passed where a trusted ARC sealer saw it)\n"
	  "\theader.from=a.example policy.dmarc=reject policy.arc-sealer=lists.example\n"
	  "\tdns.sec=no;\n\tarc=pass header.oldest-pass=1 dns.sec=no" },
	{ .name = "failed", .dmarc = DMARC_FAILED, .disposition = DMARC_P_REJECT,
	  .expected = NOT_ASKED NO_KEYS DMARC_FAILED_FIELD "\n\tarc=none" },
	/* own and imported */
	{ .name = "ours stands where it passes", .header = MX "spf=fail smtp.mailfrom=u@A.example.; "
	  "dkim=pass header.d=a.example header.s=s1; dmarc=fail header.from=a.example; arc=fail\n",
	  .spf = SPF_PASSED, .dkim = { SIGNED },
	  .dmarc = { .result = DMARC_PASS, .from_domain = "a.example" },
	  .arc = { ARC_PASS, NULL, 0, DNS_UNKNOWN },
	  .expected = ";\n\tspf=pass smtp.mailfrom=a.example dns.sec=yes;\n"
	  "\tdkim=pass header.d=a.example header.s=s1 header.a=rsa-sha256\n"
	  "\theader.b=abcdefgh dns.sec=yes;\n"
	  "\tdmarc=pass header.from=a.example;\n\tarc=pass header.oldest-pass=0" },
	{ .name = "a pass of the border's replaces what is none", .header = MX
	  "spf=pass smtp.mailfrom=u@A.example; dkim=pass header.d=a.example header.s=s1; "
	  "dmarc=pass header.from=a.example; arc=pass; iprev=pass policy.iprev=192.0.2.1\n",
	  .spf = { SPF_FAIL, SPF_MAILFROM, (char *)"a.example", NULL, NULL, DNS_INSECURE },
	  .dkim = { BROKEN }, .dmarc = DMARC_FAILED, .arc = { ARC_FAIL, "x", -1, DNS_UNKNOWN },
	  .iprev = { IPREV_TEMPERROR, "", NULL, DNS_UNKNOWN }, .client_address = "192.0.2.1",
	  .expected = ";\n\tspf=pass " IMPORTED " smtp.mailfrom=u@A.example;\n"
	  "\tdkim=pass " IMPORTED " header.d=a.example header.s=s1;\n"
	  "\tdmarc=pass " IMPORTED " header.from=a.example;\n\tarc=pass " IMPORTED ";\n"
	  "\tiprev=pass " IMPORTED " policy.iprev=192.0.2.1" },
	{ .name = "nor does it replace what verifies and is not enough", .author = AUTHOR_NONE,
	  .header = MX "dkim=pass header.d=a.example header.s=s1\n",
	  .dkim = { { .result = DKIM_POLICY, .reason = "rsa-sha1 proves nothing (RFC 8301)",
	              .domain = "a.example", .selector = "s1" } },
	  .expected = NOT_ASKED "\n\tdkim=policy reason=\"rsa-sha1 proves nothing (RFC 8301)\"\n"
	  "\theader.d=a.example header.s=s1;\n\tdmarc=none;\n\tarc=none" },
	{ .name = "a temperror that was replaced is no reason to try again", .author = AUTHOR_NONE,
	  .header = MX "dkim=pass header.i=@A.example. header.s=s1 header.b=ab\n",
	  .dkim = { { .result = DKIM_TEMPERROR, .domain = "a.example", .selector = "s1", .tag = "abcd" } },
	  .expected = NOT_ASKED "\n\tdmarc=none;\n\tarc=none;\n"
	  "\tdkim=pass " IMPORTED " header.i=@A.example. header.s=s1\n\theader.b=ab" },
	{ .name = "ours stands against what is no pass either", .header = MX
	  "dkim=temperror header.d=a.example header.s=s1; dmarc=none header.from=a.example\n",
	  .dkim = { BROKEN }, .dmarc = DMARC_FAILED, .disposition = DMARC_P_REJECT,
	  .expected = NOT_ASKED BROKEN_FIELD DMARC_FAILED_FIELD "\n\tarc=none" },
	{ .name = "a pass about another author replaces nothing", .header = MX
	  "dmarc=pass header.from=b.example; spf=pass smtp.mailfrom=b.example\n",
	  .spf = { SPF_FAIL, SPF_MAILFROM, (char *)"a.example", NULL, NULL, DNS_INSECURE },
	  .dmarc = DMARC_FAILED, .disposition = DMARC_P_REJECT,
	  .expected = ";\n\tspf=fail smtp.mailfrom=a.example dns.sec=no;" NO_KEYS DMARC_FAILED_FIELD
	  "\n\tarc=none;\n\tspf=pass " IMPORTED " smtp.mailfrom=b.example" },
	{ .name = "nor one about one author of several", .header = MX "dmarc=pass header.from=a.example\n",
	  .author = AUTHOR_SEVERAL, .dmarc = DMARC_FAILED, .disposition = DMARC_P_REJECT,
	  .expected = NOT_ASKED NO_KEYS DMARC_FAILED_FIELD "\n\tarc=none" },
	{ .name = "nor of nobody", .header = MX "dmarc=pass header.from=a.example; dmarc=pass\n",
	  .author = AUTHOR_BROKEN, .dmarc = { .result = DMARC_PERMERROR, .reason = "several From fields" },
	  .expected = NOT_ASKED NO_KEYS "\n\tdmarc=permerror reason=\"several From fields\";\n\tarc=none" },
	{ .name = "nor one of a border that is not trusted", .dmarc = DMARC_FAILED,
	  .header = "Authentication-Results: evil.example; dmarc=pass header.from=a.example\n"
	  "Authentication-Results: mail.example.org; dmarc=pass header.from=a.example\n",
	  .disposition = DMARC_P_REJECT,
	  .expected = NOT_ASKED NO_KEYS DMARC_FAILED_FIELD "\n\tarc=none" },
	{ .name = "helo and mailfrom are two identities", .author = AUTHOR_NONE,
	  .header = MX "spf=pass smtp.helo=a.example\n",
	  .spf = { SPF_FAIL, SPF_MAILFROM, (char *)"a.example", NULL, NULL, DNS_INSECURE },
	  .expected = ";\n\tspf=fail smtp.mailfrom=a.example dns.sec=no;" NO_KEYS
	  "\n\tdmarc=none;\n\tarc=none;\n\tspf=pass " IMPORTED " smtp.helo=a.example" },
	{ .name = "helo beside mailfrom is none", .author = AUTHOR_NONE,
	  .header = MX "spf=pass smtp.mailfrom=b.example smtp.helo=a.example\n",
	  .spf = { SPF_FAIL, SPF_HELO, (char *)"a.example", NULL, NULL, DNS_INSECURE },
	  .expected = ";\n\tspf=fail smtp.helo=a.example dns.sec=no;" NO_KEYS "\n\tdmarc=none;\n"
	  "\tarc=none;\n\tspf=pass " IMPORTED " smtp.mailfrom=b.example\n\tsmtp.helo=a.example" },
	{ .name = "what we could not verify stays", .author = AUTHOR_NONE,
	  .header = MX "spf=fail smtp.mailfrom=b.example; dkim=fail header.d=c.example; arc=fail; "
	  "auth=pass smtp.auth=u; iprev=fail policy.iprev=192.0.2.1\n",
	  .expected = ";\n\tdmarc=none;\n\tspf=fail " IMPORTED " smtp.mailfrom=b.example;\n"
	  "\tdkim=fail " IMPORTED " header.d=c.example;\n\tarc=fail " IMPORTED ";\n"
	  "\tauth=pass " IMPORTED " smtp.auth=u;\n"
	  "\tiprev=fail " IMPORTED " policy.iprev=192.0.2.1" },
	{ .name = "but not that there was nothing", .author = AUTHOR_NONE, .dkim = { BROKEN },
	  .header = MX "spf=none; dkim=none; dmarc=none; arc=none\n",
	  .expected = NOT_ASKED BROKEN_FIELD "\n\tdmarc=none;\n\tarc=none" },
	{ .name = "signatures are told apart", .author = AUTHOR_NONE,
	  .dkim = { BROKEN, { .result = DKIM_PERMERROR, .domain = "a.example", .selector = "s2" } },
	  .header = MX "dkim=pass header.i=@a.example header.s=s2; dkim=pass header.d=a.example; "
	  "dkim=pass header.i=u@a.example; dkim=pass header.d=a.example header.s=s1 header.b=other; "
	  "dkim=pass header.d=a.example header.s=s1 header.a=ed25519-sha256\n",
	  .expected = NOT_ASKED BROKEN_FIELD "\n\tdmarc=none;\n\tarc=none;\n"
	  "\tdkim=pass " IMPORTED " header.i=@a.example header.s=s2;\n"
	  "\tdkim=pass " IMPORTED " header.d=a.example;\n"
	  "\tdkim=pass " IMPORTED " header.i=u@a.example;\n"
	  "\tdkim=pass " IMPORTED " header.d=a.example header.s=s1\n\theader.b=other;\n"
	  "\tdkim=pass " IMPORTED " header.d=a.example header.s=s1\n\theader.a=ed25519-sha256" },
	{ .name = "a U-label is the same name", .author = AUTHOR_ONE,
	  .header = MX "dmarc=pass header.from=\"b\xc3\xbc" "cher.example\"\n",
	  .dmarc = { .result = DMARC_FAIL, .from_domain = "xn--bcher-kva.example",
	             .disposition = DMARC_P_REJECT },
	  .expected = NOT_ASKED NO_KEYS "\n\tarc=none;\n\tdmarc=pass " IMPORTED "\n"
	  "\theader.from=\"b\xc3\xbc" "cher.example\"" },
	/* hostile values */
	{ .name = "values that want to break out", .author = AUTHOR_NONE,
	  .spf = { SPF_PASS, SPF_MAILFROM, (char *)"legit.example(.evil.example", NULL, NULL, DNS_UNKNOWN },
	  .dkim = {
		{ .result = DKIM_PASS, .domain = "legit.example'.evil.example",
		  .selector = "s; dmarc=pass header.from=legit.example",
		  .identity = "x\"; dmarc=pass (@legit.example'.evil.example" },
		{ .result = DKIM_PASS, .domain = "evil.example", .selector = "s)\\",
		  .identity = "x\r\nAuthentication-Results: mail.example.org; dmarc=pass@evil.example" } },
	  .expected = ";\n\tspf=pass smtp.mailfrom=\"legit.example(.evil.example\";\n"
	  "\tdkim=pass header.d=\"legit.example'.evil.example\"\n"
	  "\theader.i=\"x\\\"; dmarc=pass (@legit.example'.evil.example\"\n"
	  "\theader.s=\"s; dmarc=pass header.from=legit.example\";\n"
	  "\tdkim=pass header.d=evil.example header.s=\"s)\\\\\";\n\tdmarc=none;\n\tarc=none" },
	{ .name = "a pass whose domain can't be said is none",
	  .spf = { SPF_PASS, SPF_HELO, (char *)"a\n.example", NULL, NULL, DNS_SECURE },
	  .dkim = { { .result = DKIM_PASS, .domain = "\xff.example", .selector = "s1" },
	            { .result = DKIM_FAIL, .domain = "a\x7f.example", .selector = "s1" } },
	  .dmarc = { .result = DMARC_PASS, .from_domain = "a\001.example", .policy_domain = "a" },
	  .iprev = { IPREV_PASS, "", NULL, DNS_UNKNOWN },
	  .expected = ";\n\tspf=permerror reason=\"the identity can't be recorded\" dns.sec=yes;\n"
	  "\tdkim=permerror reason=\"the identity can't be recorded\";\n\tdkim=fail header.s=s1;\n"
	  "\tdmarc=permerror reason=\"the identity can't be recorded\";\n\tarc=none;\n"
	  "\tiprev=permerror reason=\"the identity can't be recorded\"" },
	{ .name = "a fail that SPF might make a pass", .unchecked = true, .dmarc = DMARC_FAILED,
	  .expected = NOT_ASKED NO_KEYS "\n\tdmarc=fail (SPF was not checked) header.from=a.example\n"
	  "\tpolicy.dmarc=reject dns.sec=no;\n\tarc=none" },
	{ .name = "nor is HELO's result SPF's, where the sender is not known", .unchecked = true,
	  .spf = { SPF_PASS, SPF_HELO, (char *)"h.example", NULL, NULL, DNS_INSECURE }, .dmarc = DMARC_FAILED,
	  .expected = ";\n\tspf=pass smtp.helo=h.example dns.sec=no;" NO_KEYS
	  "\n\tdmarc=fail (SPF was not checked) header.from=a.example\n"
	  "\tpolicy.dmarc=reject dns.sec=no;\n\tarc=none" },
	{ .name = "but not where the border knows SPF", .unchecked = true, .dmarc = DMARC_FAILED,
	  .header = MX "spf=fail smtp.mailfrom=b.example\n", .disposition = DMARC_P_REJECT,
	  .expected = ";" NO_KEYS DMARC_FAILED_FIELD "\n\tarc=none;\n"
	  "\tspf=fail " IMPORTED " smtp.mailfrom=b.example" },
	{ .name = "nor where there are too many authors", .unchecked = true, .more = true,
	  .author = AUTHOR_BROKEN, .dmarc = DMARC_FAILED, .disposition = DMARC_P_REJECT,
	  .expected = NOT_ASKED NO_KEYS DMARC_FAILED_FIELD "\n\tarc=none" },
	{ .name = "UTF-8", .author = AUTHOR_NONE,
	  .dkim = { { .result = DKIM_PASS, .domain = "xn--bcher-kva.example", .selector = "s1",
	              .identity = "j\xc3\xb6rg@b\xc3\xbc" "cher.example" },
	            { .result = DKIM_PASS, .domain = "b.example", .identity = "j\xc3@b.example" } },
	  .expected = NOT_ASKED "\n\tdkim=pass header.d=xn--bcher-kva.example\n"
	  "\theader.i=\"j\xc3\xb6rg@b\xc3\xbc" "cher.example\" header.s=s1;\n"
	  "\tdkim=pass header.d=b.example;\n\tdmarc=none;\n\tarc=none" },
};

/* ---- the field -------------------------------------------------------------- */

static const char *const trusted[] = { "mx.example.org", NULL };
static const struct border_trust trust = {
	.authserv_id = "mail.example.org", .trusted_authserv_ids = trusted,
};

/* A header with these trace fields; the caller frees both. */
static struct border *border_of(const char *header, struct spool **spool)
{
	char *text = mem_printf("%sFrom: x\n\nbody\n", header ? header : "");
	struct message message;
	struct border *border;
	struct err err;

	*spool = spools_with(text, strlen(text));
	spools_check(message_map(*spool, &message, &err), &err);
	border = border_read(&message, &trust, &err);
	assert_non_null(border);
	free(text);
	return border;
}

/* Read again it is whole, and what is written of that is what is read of that. */
static void check_read(const char *field)
{
	const char *value = field + strlen(AR);
	struct authres *ar = authres_parse(value, strlen(value)), *again;
	struct buf written = BUF_INIT;

	assert_non_null(ar);
	assert_string_equal(ar->id, "mail.example.org");
	assert_false(ar->flawed || ar->unregistered);
	authres_write(ar, &written);
	again = authres_parse(written.data + strlen(AR), written.len - strlen(AR));
	assert_int_equal(again->count, ar->count);
	for (size_t i = 0; i < ar->count; i++) {
		assert_string_equal(again->results[i].method, ar->results[i].method);
		assert_string_equal(again->results[i].result, ar->results[i].result);
		assert_int_equal(again->results[i].properties_count,
		                 ar->results[i].properties_count);
	}
	authres_free(&ar);
	authres_free(&again);
	buf_free(&written);
}

/* Where it is folded is test-authres's. */
static char *unfolded(const char *field)
{
	struct buf out = BUF_INIT;

	for (; *field; field++)
		if (*field != '\t')
			buf_addc(&out, *field == '\n' ? ' ' : *field);
	return buf_steal(&out);
}

static void check_field(const struct results *results, const char *body)
{
	char *field = unfolded(results_field(results)), *expected = unfolded(body);

	assert_int_equal(strncmp(field, FRONT, strlen(FRONT)), 0);
	assert_string_equal(field + strlen(FRONT), expected);
	free(field);
	free(expected);
}

static void check_case(const struct given *g)
{
	struct dkim dkim = { .signature = g->dkim, .left_out = g->left_out };
	struct verify verify = {
		.spf = g->spf, .dkim = &dkim, .arc = (struct arc *)&g->arc,
		.dmarc = g->dmarc, .iprev = g->iprev, .author.state = g->author,
		.author.more = g->more, .spf_unchecked = g->unchecked,
		.rescued_by = g->rescued_by, .client_address = g->client_address,
	};
	struct spool *spool;
	struct border *border = border_of(g->header, &spool);
	struct results *results;

	if (!verify.spf.domain && !verify.spf.reason)
		verify.spf.reason = (char *)"no client address is known";
	while (dkim.count < 2 && g->dkim[dkim.count].result != DKIM_NONE)
		dkim.count++;
	results = results_new("mail.example.org", border, &verify);
	check_field(results, g->expected);
	assert_int_equal(results_disposition(results), g->disposition);
	assert_int_equal(results_temperror(results), g->temperror);
	check_read(results_field(results));
	results_free(&results);
	border_free(&border);
	spool_free(&spool);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("# %s\n", cases[i].name);
		check_case(&cases[i]);
	}
}

/* Without a border, without a verifier, without an id. */
static void test_nothing(void **state)
{
	struct spool *spool;
	struct border *border = border_of(MX "dmarc=fail header.from=a.example\n", &spool);
	struct results *results = results_new("mail.example.org", NULL, NULL);

	(void)state;
	assert_string_equal(results_field(results), AR " mail.example.org; none");
	results_free(&results);
	assert_null(results);
	results_free(&results);
	results = results_new("x\nX-Evil: y", border, NULL);
	assert_string_equal(results_field(results), AR " invalid;\n\tdmarc=fail " IMPORTED
	                    " header.from=a.example");
	assert_int_equal(results_disposition(results), DMARC_P_NONE);
	assert_false(results_temperror(results));
	results_free(&results);
	results = results_new(NULL, NULL, NULL);
	assert_string_equal(results_field(results), AR " invalid; none");
	results_free(&results);
	border_free(&border);
	spool_free(&spool);
}

/* The longest of everything, beside as many imported results as there can be. */
static void test_bounds(void **state)
{
	static struct dkim_signature signatures[DKIM_SIGNATURES_MAX];
	struct dkim dkim = { signatures, DKIM_SIGNATURES_MAX, 1 };
	struct arc arc = { .result = ARC_NONE };
	struct verify verify = { .dkim = &dkim, .arc = &arc, .author.state = AUTHOR_NONE };
	char name[DNS_NAME_MAX], user[1000 + sizeof "@a"];
	struct buf header = BUF_INIT;
	struct spool *spool;
	struct border *border;
	struct results *results;

	(void)state;
	memset(name, '"', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	memset(user, 'u', 1000);
	memcpy(user + 1000, "@a", sizeof "@a");
	for (size_t i = 0; i < DKIM_SIGNATURES_MAX; i++)
		signatures[i] = (struct dkim_signature){ .result = DKIM_PASS, .domain = name,
			.selector = name, .identity = i % 2 ? user : name };
	buf_adds(&header, "Authentication-Results: mx.example.org");
	for (size_t i = 0; i < AUTHRES_RESULTS_MAX; i++)
		buf_addf(&header, "; dkim=fail header.d=%.400s", user);
	buf_adds(&header, "\n");
	border = border_of(header.data, &spool);
	results = results_new("mail.example.org", border, &verify);
	check_read(results_field(results));
	assert_null(strstr(results_field(results), "header.i=u"));
	for (const char *line = results_field(results), *end; line; line = end) {
		end = strchr(line + 1, '\n');
		assert_true((end ? (size_t)(end - line) : strlen(line)) <= 998);
	}
	results_free(&results);
	border_free(&border);
	spool_free(&spool);
	buf_free(&header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_bounds),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
