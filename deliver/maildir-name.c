/* SPDX-License-Identifier: GPL-3.0-or-later */
/* maildir-name - how a Maildir file is named; the header explains each part */
#include <config.h>

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "deliver/maildir-name.h"

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

void maildir_name_host(char out[static MAILDIR_HOST_MAX], const char *host)
{
	size_t len = 0;

	for (; *host; host++) {
		size_t need = is_plain(*host) ? 1 : 4;

		if (len + need >= MAILDIR_HOST_MAX)
			break;
		if (need == 1)
			out[len] = *host;
		else
			snprintf(out + len, need + 1, "\\%03o",
			         (unsigned)(unsigned char)*host);
		len += need;
	}
	out[len] = '\0';
}

void maildir_name_tmp(char out[static MAILDIR_NAME_MAX])
{
	char name[HOST_NAME_MAX + 1] = "", host[MAILDIR_HOST_MAX];
	struct timespec now;
	uint64_t random;

	clock_gettime(CLOCK_REALTIME, &now);
	secret_random(&random, sizeof random);
	if (gethostname(name, sizeof name - 1))
		name[0] = '\0';
	maildir_name_host(host, name[0] ? name : "localhost");
	snprintf(out, MAILDIR_NAME_MAX, "%lld.M%06ldP%ldR%016" PRIx64 ".%s",
	         (long long)now.tv_sec, now.tv_nsec / 1000, (long)getpid(),
	         random, host);
}

void maildir_name_new(char out[static MAILDIR_NAME_MAX], uint64_t size)
{
	maildir_name_tmp(out);

	size_t len = strlen(out);

	snprintf(out + len, MAILDIR_NAME_MAX - len, ",S=%" PRIu64, size);
}
