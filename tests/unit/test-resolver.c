/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test-resolver - one resolver and many messages: what comes late belongs to nobody, and no
 * wait outlasts its deadline
 *
 * The server is a child: names that begin with "fast" do not exist at once, "slow" ones after
 * SLOW_MS, "never" ones get no answer; the root has a SOA, and all of it is "validated".
 */
#include <config.h>

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/dns-packet.h"
#include "auth/resolver.h"
#include "base/mem.h"
#include "base/secret.h"
#include "tests/unit/unit.h"

#define SLOW_MS 250
#define QUESTIONS 32

static pid_t server_pid;
static char server[32]; /* ADDRESS@PORT */

/* ---- the server ----------------------------------------------------------------- */

struct due {
	unsigned char packet[512];
	size_t len;
	struct sockaddr_in peer;
	struct deadline at;
};

/* Of the query in due->packet; false: there will be none. */
static bool respond(struct due *due)
{
	static const unsigned char soa[] =
		"\0\0\6\0\1\0\0\0\74\0\26\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\74";
	unsigned char *p = due->packet;
	size_t end = 12;

	while (end < due->len && p[end])
		end += p[end] + (size_t)1;
	end += 5; /* the last label, type, class */
	if (due->len < end || memcmp(p + 13, "never", 5) == 0)
		return false;
	due->at = deadline_in(memcmp(p + 13, "slow", 4) == 0 ? SLOW_MS : 0);
	p[2] = 0x81;
	p[3] = p[12] ? 0xa3 : 0xa0; /* RA, AD, NXDOMAIN */
	p[7] = p[12] ? 0 : 1;
	p[11] = 0;
	if (!p[12])
		memcpy(p + end, soa, sizeof soa - 1);
	due->len = end + (p[12] ? 0 : sizeof soa - 1);
	return true;
}

static _Noreturn void serve(int fd)
{
	static struct due due[QUESTIONS];
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		if (poll(&p, 1, 5) > 0) {
			size_t i = 0;
			socklen_t size = sizeof due->peer;
			ssize_t len;

			while (i < QUESTIONS - 1 && due[i].len)
				i++;
			len = recvfrom(fd, due[i].packet, 300, 0, (struct sockaddr *)&due[i].peer,
			               &size);
			due[i].len = len > 0 ? (size_t)len : 0;
			if (!respond(&due[i]))
				due[i].len = 0;
		}
		for (size_t i = 0; i < QUESTIONS; i++) {
			if (!due[i].len || !deadline_passed(due[i].at))
				continue;
			sendto(fd, due[i].packet, due[i].len, 0,
			       (struct sockaddr *)&due[i].peer, sizeof due[i].peer);
			due[i].len = 0;
		}
	}
}

static int start(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) ||
	    getsockname(fd, (struct sockaddr *)&address, &size))
		return -1;
	snprintf(server, sizeof server, "127.0.0.1@%u", ntohs(address.sin_port));
	server_pid = fork();
	if (server_pid == 0)
		serve(fd);
	close(fd);
	return server_pid < 0 ? -1 : 0;
}

static int stop(void **state)
{
	(void)state;
	kill(server_pid, SIGKILL);
	return waitpid(server_pid, NULL, 0) == server_pid ? 0 : -1;
}

/* ---- both kinds ------------------------------------------------------------------- */

static const enum resolver_kind kinds[] = { RESOLVER_TRUST_AD, RESOLVER_VALIDATE };

static struct resolver *open_resolver(enum resolver_kind kind)
{
	const char *const servers[] = { server, NULL };
	const struct resolver_config config = { .kind = kind, .servers = servers, .trust_anchor = "none" };
	struct err err = { 0 };
	struct resolver *resolver = resolver_new(&config, deadline_in(5000), &err);

	if (!resolver)
		print_error("%s\n", err.what);
	assert_non_null(resolver);
	return resolver;
}

static enum dns_status status_of(struct lookups *l, const char *name)
{
	const struct dns_answer *answer = lookups_ask(l, name, DNS_TXT);

	assert_non_null(answer);
	return answer->status;
}

/* The first message is done with before its answers have come: they are not the second one's. */
static void test_late(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct resolver *r = open_resolver(kinds[i]);
		struct lookups *first = lookups_new(), *second;

		lookups_ask(first, "slow-1.example", DNS_TXT);
		lookups_ask(first, "slow-2.example", DNS_TXT);
		lookups_ask(first, "fast-1.example", DNS_TXT);
		while (!lookups_answered(first))
			resolver_wait(r, first, deadline_in(5000));
		assert_int_equal(status_of(first, "fast-1.example"), DNS_NO_NAME);
		assert_int_equal(lookups_answered(first), 1);
		lookups_free(&first);
		second = lookups_new();
		lookups_ask(second, "never-1.example", DNS_TXT);
		lookups_ask(second, "slow-2.example", DNS_TXT); /* as before, the same number */
		lookups_ask(second, "slow-1.example", DNS_TXT);
		resolver_wait(r, second, deadline_in(5000));
		while (lookups_answered(second) < 2)
			resolver_wait(r, second, deadline_in(5000));
		assert_null(lookups_ask(second, "never-1.example", DNS_TXT));
		assert_int_equal(status_of(second, "slow-1.example"), DNS_NO_NAME);
		assert_int_equal(status_of(second, "slow-2.example"), DNS_NO_NAME);
		resolver_wait(r, second, deadline_in(50));
		assert_int_equal(status_of(second, "never-1.example"), DNS_FAILED);
		lookups_free(&second);
		resolver_free(&r);
		assert_null(r);
	}
}

/* The deadline closes the table; the next message starts anew. */
static void test_deadline(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct resolver *r = open_resolver(kinds[i]);

		for (int message = 0; message < 3; message++) {
			struct lookups *l = lookups_new();
			struct deadline deadline = deadline_in(100);
			int64_t start = clock_ms();

			lookups_ask(l, "never-1.example", DNS_TXT);
			lookups_ask(l, "slow-3.example", DNS_TXT);
			lookups_ask(l, "fast-2.example", DNS_TXT);
			while (lookups_answered(l) < 3)
				resolver_wait(r, l, deadline);
			assert_true(clock_ms() - start >= 100);
			assert_true(clock_ms() - start < 2000);
			assert_int_equal(status_of(l, "never-1.example"), DNS_FAILED);
			assert_int_equal(status_of(l, "fast-2.example"), DNS_NO_NAME);
			assert_int_equal(status_of(l, "fast-9.example"), DNS_FAILED);
			resolver_wait(r, l, deadline); /* nothing is open: no wait */
			lookups_free(&l);
		}
		resolver_free(&r);
	}
}

/* Questions that are under way are no reason to wait. */
static void test_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct resolver *r = open_resolver(kinds[i]);
		struct lookups *l = lookups_new();
		int64_t start = clock_ms();

		lookups_ask(l, "fast-3.example", DNS_TXT);
		for (int n = 0; n < QUESTIONS / 2; n++) {
			char name[32];

			snprintf(name, sizeof name, "never-%d.example", n);
			lookups_ask(l, name, DNS_TXT);
		}
		resolver_wait(r, l, deadline_in(5000));
		assert_int_equal(lookups_answered(l), 1);
		lookups_free(&l);
		resolver_free(&r);
		assert_true(clock_ms() - start < 2000);
		resolver_free(&r);
	}
}

/* However many questions one message leaves behind, the next one has its turn. */
static void test_turns(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct resolver *r = open_resolver(kinds[i]);
		int64_t start = clock_ms();

		for (int message = 0; message < 2; message++) {
			struct lookups *l = lookups_new();

			lookups_ask(l, message ? "fast-5.example" : "fast-4.example", DNS_TXT);
			for (int n = 0; n < 100; n++) {
				char name[32];

				snprintf(name, sizeof name, "never-%d-%d.example", message, n);
				lookups_ask(l, name, DNS_TXT);
			}
			while (!lookups_answered(l))
				resolver_wait(r, l, deadline_in(5000));
			assert_int_equal(lookups_get(l, 0).answer->status, DNS_NO_NAME);
			lookups_free(&l);
		}
		assert_true(clock_ms() - start < 3000);
		resolver_free(&r);
	}
}

/* Nor do names that are never answered keep a message from what it asks next. */
static void test_next_question(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct resolver *r = open_resolver(kinds[i]);
		struct lookups *l = lookups_new();
		int64_t start = clock_ms();

		lookups_ask(l, "fast-6.example", DNS_TXT);
		for (int n = 0; n < 150; n++) {
			char name[32];

			snprintf(name, sizeof name, "never-6-%d.example", n);
			lookups_ask(l, name, DNS_TXT);
		}
		for (size_t answers = 0; answers < 2; answers++) {
			while (lookups_answered(l) == answers)
				resolver_wait(r, l, deadline_in(5000));
			lookups_ask(l, "fast-7.example", DNS_TXT);
		}
		assert_int_equal(lookups_ask(l, "fast-7.example", DNS_TXT)->status, DNS_NO_NAME);
		assert_true(clock_ms() - start < 3000);
		lookups_free(&l);
		resolver_free(&r);
	}
}

/* What libunbound has in its cache is answered before it has said that it was asked. */
static void test_cache(void **state)
{
	struct resolver *r = open_resolver(RESOLVER_VALIDATE);

	(void)state;
	for (int message = 0; message < 3; message++) {
		struct lookups *l = lookups_new();

		lookups_ask(l, ".", DNS_SOA);
		resolver_wait(r, l, deadline_in(5000));
		assert_int_equal(lookups_answered(l), 1);
		assert_int_equal(lookups_ask(l, ".", DNS_SOA)->status, DNS_FOUND);
		if (message == 1)
			stop(NULL);
		lookups_free(&l);
	}
	resolver_free(&r);
	assert_int_equal(start(NULL), 0);
}

/* ---- addresses -------------------------------------------------------------------------- */

static void test_addresses(void **state)
{
	static const struct {
		const char *text;
		bool valid, loopback;
	} rows[] = {
		{ "127.0.0.1", true, true }, { "127.1.2.3@5353", true, true }, { "::1", true, true },
		{ "::1@65535", true, true }, { "192.0.2.1", true, false },
		{ "2001:db8::1@53", true, false }, { "::", true, false },
		{ "0.0.0.0", true, false }, { "::ffff:127.0.0.1", true, false },
		{ "", false, false }, { "@53", false, false }, { "127.0.0.1@", false, false },
		{ "127.0.0.1@0", false, false }, { "127.0.0.1@65536", false, false },
		{ "127.0.0.1@+1", false, false }, { "127.0.0.1@1 ", false, false },
		{ "127.0.0.1@53@53", false, false }, { "127.0.0.1:53", false, false },
		{ "[::1]", false, false }, { "127.1", false, false }, { "::1%lo", false, false },
		{ "localhost", false, false }, { "127.0.0.1@000053", false, false },
		{ "0123456789012345678901234567890123456789012345678901234567890", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(resolver_address_valid(rows[i].text, false), rows[i].valid);
		assert_int_equal(resolver_address_valid(rows[i].text, true), rows[i].loopback);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late),  cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_end),   cmocka_unit_test(test_turns), cmocka_unit_test(test_next_question),
		cmocka_unit_test(test_cache), cmocka_unit_test(test_addresses),
	};

	secret_init();
	return cmocka_run_group_tests(tests, start, stop);
}
