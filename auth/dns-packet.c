/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dns-packet - questions and answers on the wire (RFC 1035 4) */
#include <config.h>

#include <arpa/nameser.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/dns-packet.h"
#include "auth/token.h"
#include "base/buf.h"

#define HEADER NS_HFIXEDSZ
#define RECORDS_LOOKED_AT (DNS_RECORDS_MAX + 64) /* of an answer: aliases and signatures too */

/* Third and fourth byte of the header (RFC 1035 4.1.1, RFC 4035 3.1.6 and 3.2). */
enum { QR = 0x80, OPCODE = 0x78, TC = 0x02, RD = 0x01 };
enum { AD = 0x20, CD = 0x10, RCODE = 0x0f };

unsigned char *dns_put16(unsigned char *at, unsigned value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
	return at + 2;
}

unsigned dns_get16(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

/* ---- questions ---------------------------------------------------------------- */

/* The root may be written as nothing, as lookups has it. */
static bool can_be_asked(const char *name)
{
	return !*name || dns_name_valid(name);
}

/* Labels of the text, which is valid: the bytes written. */
static size_t name_to_wire(const char *name, unsigned char out[static NS_MAXCDNAME])
{
	size_t at = 0;

	while (*name && strcmp(name, ".") != 0) {
		size_t label = strcspn(name, ".");

		out[at++] = (unsigned char)label;
		memcpy(out + at, name, label);
		at += label;
		name += label;
		if (*name && name[1])
			name++; /* but for a final dot */
	}
	out[at++] = 0;
	return at;
}

bool dns_query_make(struct dns_query *query, uint16_t id, const char *name,
                    enum dns_type type, bool checked)
{
	unsigned char *at = query->packet;

	memset(query, 0, sizeof *query);
	if (!can_be_asked(name))
		return false;
	query->type = type;
	at = dns_put16(at, id);
	*at++ = RD;
	*at++ = (unsigned char)(AD | (checked ? 0 : CD));
	at = dns_put16(at, 1); /* question */
	at = dns_put16(dns_put16(at, 0), 0);
	at = dns_put16(at, 1); /* additional: OPT (RFC 6891 6.1.2) */
	at += name_to_wire(name, at);
	at = dns_put16(dns_put16(at, (unsigned)type), ns_c_in);
	query->question_len = (size_t)(at - query->packet) - HEADER;
	*at++ = 0;
	at = dns_put16(dns_put16(at, ns_t_opt), DNS_UDP_MAX);
	at = dns_put16(dns_put16(at, 0), 0); /* extended code, version, flags */
	at = dns_put16(at, 0);
	query->len = (size_t)(at - query->packet);
	return true;
}

bool dns_name_escape(const char *name, char out[static DNS_ESCAPED_MAX])
{
	unsigned char wire[NS_MAXCDNAME];
	size_t len;

	if (!can_be_asked(name))
		return false;
	name_to_wire(name, wire);
	if (ns_name_ntop(wire, out, DNS_ESCAPED_MAX - 1) < 0)
		return false;
	len = strlen(out);
	if (strcmp(out, ".") != 0)
		memcpy(out + len, ".", 2);
	return true;
}

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

/* The name of a first question can't be compressed, so that its bytes can be compared; the
 * lengths of labels are no letters. */
static bool same_question(const struct dns_query *query, const unsigned char *packet,
                          size_t len)
{
	const unsigned char *ours = query->packet + HEADER, *theirs = packet + HEADER;

	if (len < HEADER + query->question_len || packet[4] != 0 || packet[5] != 1)
		return false;
	for (size_t i = 0; i < query->question_len; i++)
		if (lower(ours[i]) != lower(theirs[i]))
			return false;
	return true;
}

bool dns_query_matches(const struct dns_query *query, const unsigned char *packet,
                       size_t len)
{
	return len >= HEADER && memcmp(packet, query->packet, 2) == 0 &&
	       (packet[2] & (QR | OPCODE)) == QR && same_question(query, packet, len);
}

bool dns_packet_cut(const unsigned char *packet)
{
	return packet[2] & TC;
}

bool dns_packet_authentic(const unsigned char *packet)
{
	return packet[3] & AD;
}

unsigned dns_packet_code(const unsigned char *packet)
{
	return packet[3] & RCODE;
}

/* ---- answers ------------------------------------------------------------------ */

struct reading {
	ns_msg msg;
	int type;
	char owner[NS_MAXDNAME]; /* whose records are wanted, in the library's text form */
	unsigned aliases;
	struct dns_answer *answer;
	const char *why; /* it can't be used; NULL: it can */
};

/* An uncompressed name as text, lower case; false: a byte of it has no text form. */
static bool wire_to_text(const unsigned char *wire, char out[static DNS_NAME_MAX])
{
	size_t len = 0;

	while (*wire) {
		unsigned label = *wire++;

		if (len)
			out[len++] = '.';
		for (; label; label--, wire++) {
			if (*wire <= ' ' || *wire > 0x7e || *wire == '.')
				return false;
			out[len++] = (char)lower(*wire);
		}
	}
	out[len] = '\0';
	return true;
}

/* The name that fills the rest of rdata behind `skip` bytes. */
static bool read_name(struct reading *r, const ns_rr *rr, size_t skip,
                      unsigned char wire[static NS_MAXCDNAME])
{
	size_t room = ns_rr_rdlen(*rr);
	int used = -1;

	if (room > skip)
		used = ns_name_unpack(ns_msg_base(r->msg), ns_msg_end(r->msg),
		                      ns_rr_rdata(*rr) + skip, wire, NS_MAXCDNAME);
	if (used < 0 || (size_t)used != room - skip)
		r->why = "malformed name in a record";
	return !r->why;
}

static void add(struct reading *r, const void *data, size_t len, unsigned preference)
{
	if (!dns_answer_add(r->answer, data, len, preference))
		r->why = "more data than can be used";
}

static void add_host(struct reading *r, const ns_rr *rr)
{
	size_t skip = r->type == ns_t_mx ? 2 : 0;
	unsigned char wire[NS_MAXCDNAME];
	char text[DNS_NAME_MAX];

	if (read_name(r, rr, skip, wire) && wire_to_text(wire, text))
		add(r, text, strlen(text), skip ? dns_get16(ns_rr_rdata(*rr)) : 0);
}

/* Strings, each behind its length, joined (RFC 7208 3.3, RFC 6376 3.6.2.2). */
static void add_text(struct reading *r, const ns_rr *rr)
{
	const unsigned char *at = ns_rr_rdata(*rr), *end = at + ns_rr_rdlen(*rr);
	struct buf text = BUF_INIT;

	while (at < end && *at < end - at) {
		buf_add(&text, at + 1, *at);
		at += *at + 1;
	}
	if (at < end)
		r->why = "malformed TXT record";
	else
		add(r, buf_str(&text), text.len, 0);
	buf_free(&text);
}

static void add_address(struct reading *r, const ns_rr *rr, size_t size)
{
	if (ns_rr_rdlen(*rr) != size)
		r->why = "malformed address record";
	else
		add(r, ns_rr_rdata(*rr), size, 0);
}

static void add_record(struct reading *r, const ns_rr *rr)
{
	switch (r->type) {
	case ns_t_a: add_address(r, rr, NS_INADDRSZ); break;
	case ns_t_aaaa: add_address(r, rr, NS_IN6ADDRSZ); break;
	case ns_t_txt: add_text(r, rr); break;
	case ns_t_mx:
	case ns_t_ptr:
	case ns_t_ns:
	case ns_t_cname: add_host(r, rr); break;
	default: add(r, ns_rr_rdata(*rr), ns_rr_rdlen(*rr), 0);
	}
}

/* In the library's text form, as it gives the names of records. */
static bool set_owner(struct reading *r, const unsigned char *wire)
{
	return ns_name_ntop(wire, r->owner, sizeof r->owner) >= 0;
}

static bool follow(struct reading *r, const ns_rr *rr)
{
	unsigned char wire[NS_MAXCDNAME];

	if (r->aliases++ == DNS_ALIASES_MAX)
		r->why = "too many aliases";
	else if (read_name(r, rr, 0, wire) && !set_owner(r, wire))
		r->why = "malformed name in a record";
	return !r->why;
}

/*
 * Looks once at all of the answer's records.  True: an alias was followed and nothing was found
 * below it yet; it may stand above, since no order is prescribed.
 */
static bool look(struct reading *r)
{
	bool followed = false;

	for (int i = 0; i < ns_msg_count(r->msg, ns_s_an) && !r->why; i++) {
		ns_rr rr;

		if (ns_parserr(&r->msg, ns_s_an, i, &rr)) {
			r->why = "malformed record";
		} else if (ns_rr_class(rr) != ns_c_in ||
		           !token_same(ns_rr_name(rr), strlen(ns_rr_name(rr)), r->owner)) {
			continue;
		} else if ((int)ns_rr_type(rr) == r->type) {
			add_record(r, &rr);
		} else if (ns_rr_type(rr) == ns_t_cname && !r->answer->count) {
			followed = follow(r, &rr);
		}
	}
	return followed && !r->why && !r->answer->count;
}

/* With its upper bits from OPT, if there is one (RFC 6891 6.1.3); -1: malformed. */
static int full_code(struct reading *r)
{
	int code = ns_msg_getflag(r->msg, ns_f_rcode);

	for (int i = 0; i < ns_msg_count(r->msg, ns_s_ar); i++) {
		ns_rr rr;

		if (ns_parserr(&r->msg, ns_s_ar, i, &rr))
			return -1;
		if (ns_rr_type(rr) == ns_t_opt)
			return code | (int)(ns_rr_ttl(rr) >> 24 << 4);
	}
	return code;
}

static struct dns_answer *failed_with(int code)
{
	static const char *const words[] = {
		[ns_r_formerr] = "FORMERR", [ns_r_servfail] = "SERVFAIL",
		[ns_r_notimpl] = "NOTIMP", [ns_r_refused] = "REFUSED",
	};
	char text[32];

	if (code < 0)
		return dns_answer_failed(DNS_UNKNOWN, "malformed answer");
	if ((size_t)code < sizeof words / sizeof *words && words[code])
		return dns_answer_failed(DNS_UNKNOWN, words[code]);
	snprintf(text, sizeof text, "response code %d", code);
	return dns_answer_failed(DNS_UNKNOWN, text);
}

static void collect(struct reading *r, const struct dns_query *query)
{
	if (!set_owner(r, query->packet + HEADER))
		r->why = "malformed name";
	else if (ns_msg_count(r->msg, ns_s_an) > RECORDS_LOOKED_AT)
		r->why = "more records than can be used";
	else
		while (look(r))
			;
}

struct dns_answer *dns_packet_read(const struct dns_query *query,
                                   const unsigned char *packet, size_t len,
                                   enum dns_security security)
{
	struct reading r = { .type = (int)query->type };
	int code;

	if (len > DNS_PACKET_MAX || ns_initparse(packet, (int)len, &r.msg))
		return dns_answer_failed(DNS_UNKNOWN, "malformed answer");
	if (!same_question(query, packet, len))
		return dns_answer_failed(DNS_UNKNOWN, "an answer to another question");
	code = full_code(&r);
	if (code == ns_r_nxdomain)
		return dns_answer_new(DNS_NO_NAME, security);
	if (code != ns_r_noerror)
		return failed_with(code);
	r.answer = dns_answer_new(DNS_NO_DATA, security);
	collect(&r, query);
	if (r.why) {
		dns_answer_free(&r.answer);
		return dns_answer_failed(DNS_UNKNOWN, r.why);
	}
	return r.answer;
}
