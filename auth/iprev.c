/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iprev - does the client's address have a name that has the address */
#include <config.h>

#include <stdio.h>

#include "auth/iprev.h"
#include "auth/reverse.h"

const char *iprev_word(enum iprev_result result)
{
	switch (result) {
	case IPREV_PASS: return "pass";
	case IPREV_FAIL: return "fail";
	case IPREV_TEMPERROR: return "temperror";
	case IPREV_PERMERROR: return "permerror";
	case IPREV_NONE: break;
	}
	return "none";
}

static void conclude(struct iprev *out, enum iprev_result result, const char *reason)
{
	out->result = result;
	out->reason = reason;
}

/* RFC 8601 2.7.3 */
static void judge(const struct reverse *reverse, struct iprev *out)
{
	out->security = reverse->security;
	if (reverse->count) {
		conclude(out, IPREV_PASS, NULL);
		snprintf(out->name, sizeof out->name, "%s", reverse->name[0].name);
		out->security = reverse->name[0].security;
	} else if (reverse->security == DNS_BOGUS) {
		conclude(out, IPREV_TEMPERROR, "an answer is bogus (DNSSEC)");
	} else if (reverse->status == DNS_FAILED) {
		conclude(out, IPREV_TEMPERROR, "the names of the address could not be asked");
	} else if (reverse->status != DNS_FOUND) {
		conclude(out, IPREV_PERMERROR, "the address has no name");
	} else if (reverse->failed) {
		conclude(out, IPREV_TEMPERROR, "the addresses of a name could not be asked");
	} else {
		conclude(out, IPREV_FAIL, "no name of the address has the address");
	}
}

bool iprev_step(const char *address, struct lookups *lookups,
                struct iprev *out, struct buf *explain)
{
	struct iprev found = { 0 };
	struct reverse reverse;
	struct ip ip;

	if (explain)
		buf_cut(explain, 0);
	if (!address || !ip_parse(address, &ip)) {
		conclude(&found, IPREV_NONE, address ? "the client address is malformed"
		                                     : "no client address is known");
	} else {
		if (!reverse_step(&ip, lookups, &reverse, explain))
			return false;
		judge(&reverse, &found);
	}
	*out = found;
	return true;
}
