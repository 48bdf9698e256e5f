/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exchange - one question put to one resolver, over UDP and, if need be, TCP */
#include <config.h>

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth/dns-packet.h"
#include "auth/exchange.h"
#include "base/mem.h"
#include "base/secret.h"

#define PREFIX 2                  /* TCP: the length (RFC 1035 4.2.2) */
#define PACKETS_AT_ONCE 16        /* UDP: then look at the clock again */
#define UDP_BUFFER ((size_t)4096) /* more than was asked for */

enum stage { WAITING, UDP, TCP_SENDING, TCP_READING };

struct exchange {
	struct resolver_question question;
	struct resolver_address server;
	struct dns_query query;
	enum stage stage;
	bool unchecked; /* asked with CD=1, after SERVFAIL */
	int fd;
	unsigned sends;
	struct deadline timer;
	unsigned char length[PREFIX], *in; /* TCP */
	size_t sent, got;
};

struct exchange *exchange_new(const struct resolver_address *server,
                              const struct lookup *question)
{
	struct exchange *x = mem_alloc(sizeof *x);

	resolver_question_copy(&x->question, question);
	x->server = *server;
	x->stage = WAITING;
	x->fd = -1;
	x->timer = DEADLINE_NEVER;
	return x;
}

static void hang_up(struct exchange *x)
{
	if (x->fd >= 0)
		close(x->fd);
	x->fd = -1;
	free(x->in);
	x->in = NULL;
}

void exchange_free(struct exchange **exchange)
{
	struct exchange *x = *exchange;

	if (!x)
		return;
	hang_up(x);
	free(x->question.name);
	free(x);
	*exchange = NULL;
}

const struct resolver_question *exchange_question(const struct exchange *exchange)
{
	return &exchange->question;
}

bool exchange_begun(const struct exchange *exchange)
{
	return exchange->stage != WAITING;
}

static struct dns_answer *failed(const struct exchange *x, const char *why)
{
	/* the second question only served to tell why the first one failed */
	return dns_answer_failed(DNS_UNKNOWN, x->unchecked ? "SERVFAIL" : why);
}

/* ---- sockets ---------------------------------------------------------------- */

/* Connects x->fd; -1: it can't be. The kernel takes a random port (RFC 5452 9.2). */
static int dial(struct exchange *x, int type)
{
	struct sockaddr_in four = { .sin_family = AF_INET,
		                    .sin_port = htons((uint16_t)x->server.port) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
		                    .sin6_port = htons((uint16_t)x->server.port) };
	struct sockaddr *to = x->server.ipv6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	socklen_t size = x->server.ipv6 ? sizeof six : sizeof four;

	if (inet_pton(to->sa_family, x->server.host,
	              x->server.ipv6 ? (void *)&six.sin6_addr : (void *)&four.sin_addr) != 1)
		return -1;
	hang_up(x);
	x->fd = socket(to->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (x->fd < 0)
		return -1;
	return connect(x->fd, to, size) && errno != EINPROGRESS ? -1 : 0;
}

bool exchange_refused(const struct resolver_address *server)
{
	struct exchange x = { .server = *server, .fd = -1 };
	bool refused = false;
	char byte;

	if (!server->loopback || dial(&x, SOCK_DGRAM))
		return false;
	if (send(x.fd, "", 0, MSG_NOSIGNAL) < 0 || recv(x.fd, &byte, sizeof byte, 0) < 0)
		refused = errno == ECONNREFUSED;
	hang_up(&x);
	return refused;
}

/* A packet that can't be sent now is as good as lost: the timer sends another. */
static bool again(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS;
}

static struct dns_answer *send_udp(struct exchange *x)
{
	x->timer = deadline_in((int64_t)EXCHANGE_AGAIN_MS << x->sends++);
	if (send(x->fd, x->query.packet, x->query.len, MSG_NOSIGNAL) < 0 && !again())
		return failed(x, "the resolver is gone");
	return NULL;
}

static struct dns_answer *begin_udp(struct exchange *x)
{
	uint16_t id;

	secret_random(&id, sizeof id);
	if (!dns_query_make(&x->query, id, x->question.name, x->question.type, !x->unchecked))
		return dns_answer_new(DNS_NO_NAME, DNS_UNKNOWN);
	x->stage = UDP;
	x->sends = 0;
	if (dial(x, SOCK_DGRAM))
		return failed(x, "no socket to the resolver");
	return send_udp(x);
}

static struct dns_answer *begin_tcp(struct exchange *x)
{
	x->stage = TCP_SENDING;
	x->sent = x->got = 0;
	x->timer = deadline_in(EXCHANGE_TCP_MS);
	return dial(x, SOCK_STREAM) ? failed(x, "no connection to the resolver") : NULL;
}

struct dns_answer *exchange_begin(struct exchange *exchange)
{
	return begin_udp(exchange);
}

/* ---- answers ------------------------------------------------------------------ */

/* A response that matches. */
static struct dns_answer *judge(struct exchange *x, const unsigned char *packet, size_t len)
{
	unsigned code = dns_packet_code(packet);

	if (dns_packet_cut(packet))
		return x->stage == UDP ? begin_tcp(x) : failed(x, "cut, over TCP too");
	if (x->unchecked && (code == ns_r_noerror || code == ns_r_nxdomain))
		return dns_answer_failed(DNS_BOGUS, "bogus: the resolver gives it unchecked alone");
	if (code == ns_r_servfail && !x->unchecked) {
		x->unchecked = true;
		return begin_udp(x);
	}
	return dns_packet_read(&x->query, packet, len,
	                       dns_packet_authentic(packet) ? DNS_SECURE : DNS_INSECURE);
}

static struct dns_answer *read_udp(struct exchange *x)
{
	unsigned char packet[UDP_BUFFER];

	for (int i = 0; i < PACKETS_AT_ONCE; i++) {
		ssize_t len = recv(x->fd, packet, sizeof packet, MSG_TRUNC);

		if (len < 0)
			return again() ? NULL : failed(x, "no resolver is there");
		if ((size_t)len > sizeof packet) {
			len = sizeof packet;
			packet[2] |= 0x02; /* as good as cut (TC) */
		}
		if (dns_query_matches(&x->query, packet, (size_t)len))
			return judge(x, packet, (size_t)len);
	}
	return NULL;
}

/* The length and the question, in as few segments as the socket takes. */
static struct dns_answer *send_tcp(struct exchange *x)
{
	unsigned char out[PREFIX + DNS_QUERY_MAX];
	size_t len = PREFIX + x->query.len;
	ssize_t n;

	dns_put16(out, (unsigned)x->query.len);
	memcpy(out + PREFIX, x->query.packet, x->query.len);
	n = send(x->fd, out + x->sent, len - x->sent, MSG_NOSIGNAL);
	if (n < 0)
		return again() ? NULL : failed(x, "no connection to the resolver");
	x->sent += (size_t)n;
	if (x->sent == len)
		x->stage = TCP_READING;
	return NULL;
}

static struct dns_answer *read_tcp(struct exchange *x)
{
	size_t size = x->in ? dns_get16(x->length) : 0;
	ssize_t n;

	if (x->got < PREFIX)
		n = recv(x->fd, x->length + x->got, PREFIX - x->got, 0);
	else
		n = recv(x->fd, x->in + x->got - PREFIX, size + PREFIX - x->got, 0);
	if (n < 0 && again())
		return NULL;
	if (n <= 0)
		return failed(x, "the resolver broke off");
	x->got += (size_t)n;
	if (x->got == PREFIX) {
		size = dns_get16(x->length);
		x->in = mem_alloc(size + 1);
	}
	if (x->got < PREFIX || x->got < PREFIX + size)
		return NULL;
	if (!dns_query_matches(&x->query, x->in, size))
		return failed(x, "an answer to another question");
	return judge(x, x->in, size);
}

struct dns_answer *exchange_ready(struct exchange *exchange)
{
	switch (exchange->stage) {
	case UDP: return read_udp(exchange);
	case TCP_SENDING: return send_tcp(exchange);
	case TCP_READING: return read_tcp(exchange);
	case WAITING: break;
	}
	return NULL;
}

struct dns_answer *exchange_late(struct exchange *exchange)
{
	if (exchange->stage == UDP && exchange->sends < EXCHANGE_SENDS_MAX)
		return send_udp(exchange);
	return failed(exchange, "timed out");
}

struct pollfd exchange_poll(const struct exchange *exchange)
{
	return (struct pollfd){
		.fd = exchange->fd,
		.events = exchange->stage == TCP_SENDING ? POLLOUT : POLLIN,
	};
}

struct deadline exchange_timer(const struct exchange *exchange)
{
	return exchange->timer;
}
