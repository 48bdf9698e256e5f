/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reverse - the names of an address that have that address */
#include <config.h>

#include <string.h>

#include "auth/reverse.h"

/* One name of the address: does it have the address? */
static void confirm(const struct ip *ip, const char *name, enum dns_security ptr,
                    const struct dns_answer *answer, struct reverse *out,
                    struct buf *explain)
{
	bool found = false;

	out->security = dns_security_least(out->security, answer->security);
	for (size_t i = 0; i < answer->count && !found; i++)
		found = ip_record_within(ip, &answer->record[i], (unsigned)ip->len * 8);
	if (found)
		out->name[out->count++] = (struct reverse_name){
			name, dns_security_least(ptr, answer->security),
		};
	else if (answer->status == DNS_FAILED)
		out->failed = true;
	else if (answer->count == 0)
		out->none_there = true;
	if (explain)
		buf_addf(explain, "  name %s: %s\n", name,
		         found                           ? "confirmed, it has the address"
		         : answer->status == DNS_FAILED ? "its address could not be asked"
		                                         : "does not have the address");
}

bool reverse_step(const struct ip *ip, struct lookups *lookups, struct reverse *out,
                  struct buf *explain)
{
	char query[IP_REVERSE_MAX];
	const struct dns_answer *ptr, *address[REVERSE_NAMES_MAX];
	size_t names;
	bool complete = true;

	memset(out, 0, sizeof *out);
	ip_reverse(ip, query);
	ptr = lookups_ask(lookups, query, DNS_PTR);
	if (!ptr)
		return false;
	out->status = ptr->status;
	out->security = ptr->security;
	names = ptr->count < REVERSE_NAMES_MAX ? ptr->count : REVERSE_NAMES_MAX;
	for (size_t i = 0; i < names; i++) { /* all at once */
		address[i] = lookups_ask(lookups, ptr->record[i].data, ip_type(ip));
		complete = complete && address[i];
	}
	if (!complete)
		return false;
	if (explain)
		buf_addf(explain, "  PTR of %s: %zu names%s%s\n", query, ptr->count,
		         ptr->count > names ? ", the first 10 count" : "",
		         ptr->status == DNS_FAILED ? ", it could not be asked" : "");
	for (size_t i = 0; i < names; i++)
		confirm(ip, ptr->record[i].data, ptr->security, address[i], out, explain);
	return true;
}
