/* SPDX-License-Identifier: GPL-3.0-or-later */
/* peer - libopendkim, for the benchmark */
#include <config.h>

#include <sys/types.h>

#include <dkim.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/peer.h"

/* Its callback has no context but what hangs on the DKIM. */
static DKIM_CBSTAT find_key(DKIM *dkim, DKIM_SIGINFO *sig, u_char *out, size_t size)
{
	(void)sig;
	snprintf((char *)out, size, "%s", (const char *)dkim_get_user_context(dkim));
	return DKIM_CBSTAT_CONTINUE;
}

static void *start(void)
{
	DKIM_LIB *lib = dkim_init(NULL, NULL);

	dkim_set_key_lookup(lib, find_key);
	return lib;
}

static void end(void *lib)
{
	dkim_close(lib);
}

/* Fields without their last line end, as it wants them. */
static bool give_header(DKIM *dkim, const char *text, const char *stop)
{
	while (text < stop) {
		const char *next = strstr(text, "\r\n") + 2;

		while (*next == ' ' || *next == '\t')
			next = strstr(next, "\r\n") + 2;
		if (dkim_header(dkim, (u_char *)text, (size_t)(next - text) - 2) != DKIM_STAT_OK)
			return false;
		text = next;
	}
	return true;
}

static bool verify(void *lib, const char *text, size_t len, const char *record)
{
	const char *body = strstr(text, "\r\n\r\n") + 4;
	DKIM_STAT status;
	DKIM *dkim = dkim_verify(lib, (const unsigned char *)"m", NULL, &status);
	bool valid;

	dkim_set_user_context(dkim, (void *)record);
	valid = give_header(dkim, text, body - 2) && dkim_eoh(dkim) == DKIM_STAT_OK &&
	        dkim_body(dkim, (u_char *)body, len - (size_t)(body - text)) == DKIM_STAT_OK &&
	        dkim_eom(dkim, NULL) == DKIM_STAT_OK;
	dkim_free(dkim);
	return valid;
}

extern const struct peer peer __attribute__((visibility("default")));
const struct peer peer = { PEER_ABI, start, verify, end };
