/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pgsql-host - a server's addresses, under a deadline */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/signals.h"
#include "keystore/pgsql-host.h"

bool pgsql_host_is_address(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	return *host == '/' || *host == '@' || inet_pton(AF_INET, host, &four) == 1 ||
	       inet_pton(AF_INET6, host, &six) == 1 || strchr(host, '%');
}

/* The child: the addresses, one a line, then an empty one; or a word that says why not. */
static void ask(const char *host, int out)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *all = NULL;
	char text[PGSQL_ADDRESSES_MAX * (INET6_ADDRSTRLEN + 16) + 128];
	size_t len = 0, count = 0;
	int failed = getaddrinfo(host, NULL, &hints, &all);

	for (const struct addrinfo *a = all; a && count < PGSQL_ADDRESSES_MAX; a = a->ai_next) {
		char address[INET6_ADDRSTRLEN + 16];

		if (getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof address, NULL, 0,
		                NI_NUMERICHOST) == 0) {
			len += (size_t)snprintf(text + len, sizeof text - len, "%s%s",
			                        count ? "," : "", address);
			count++;
		}
	}
	if (failed || count == 0)
		len = (size_t)snprintf(text, sizeof text, "!%.100s",
		                       failed ? gai_strerror(failed) : "no address");
	if (write(out, text, len) != (ssize_t)len)
		_exit(1);
	_exit(0);
}

static int read_answer(int in, char *text, size_t size, struct deadline deadline,
                       struct err *err)
{
	size_t len = 0;
	ssize_t n;

	while ((n = io_read(in, text + len, size - 1 - len, "a name server", deadline, err)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	if (n < 0)
		return -1;
	if (len == 0 || *text == '!')
		return err_set(err, ERR_TEMPORARY, NULL, "it has no address: %s",
		               len ? text + 1 : "the resolver died");
	return 0;
}

int pgsql_host_resolve(const char *host, struct buf *addresses, size_t *count,
                       struct deadline deadline, struct err *err)
{
	char text[1024];
	int ends[2], rc;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return err_sys(err, ERR_TEMPORARY, NULL, "pipe");
	child = fork();
	if (child == 0) {
		signals_reset_for_exec();
		close(ends[0]);
		ask(host, ends[1]);
	}
	close(ends[1]);
	rc = child < 0 ? err_sys(err, ERR_TEMPORARY, NULL, "fork")
	               : read_answer(ends[0], text, sizeof text, deadline, err);
	close(ends[0]);
	if (child > 0) {
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (rc)
		return rc;
	buf_adds(addresses, text);
	*count = 1;
	for (const char *comma = text; (comma = strchr(comma, ',')); comma++)
		++*count;
	return 0;
}
