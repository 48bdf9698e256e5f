/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fetch - one answer over HTTPS
 *
 * libcurl is in a program of its own, mailseal-fetch (fetch-https.c), so that no delivery loads it.
 * Its exit code is the answer; a found body is on its stdout, else a line on its stderr says why.
 *
 *	mailseal-fetch [--ca-file FILE] [--connect-to HOST:PORT:HOST:PORT]... MILLISECONDS URL
 *
 * TLS 1.2 or later with a certificate that verifies, no proxy.  No redirect is followed: who
 * serves a domain's certificates speaks for it, and a redirect would let another host do so.
 */
#ifndef MAILSEAL_FILTER_FETCH_H
#define MAILSEAL_FILTER_FETCH_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#define FETCH_BODY_MAX ((size_t)1024 * 1024) /* bytes */
#define FETCH_CONNECT_TO_MAX 32

enum fetch_answer {
	FETCH_FOUND = 0,        /* status 200, neither empty nor HTML */
	FETCH_NONE = 10,        /* 404 or 410 */
	FETCH_NO_HOST = 11,     /* there is no such host */
	FETCH_UNREACHABLE = 12, /* may work later: no connection, too slow, status 429 or 5xx */
	FETCH_REFUSED = 13,     /* not to be believed: TLS, a redirect, HTML, too large, another status */
};

struct fetch_options {
	const char *ca_file; /* PEM, instead of the system's; or NULL */
	/* HOST:PORT:HOST:PORT, where what is at the former is really reached; NULL-terminated.
	 * With one or more, no other host exists. */
	const char *const *connect_to;
	int64_t timeout_ms; /* for one question */
};

/* *body, which is empty, gets what was found.  *err: for all but FETCH_FOUND. */
enum fetch_answer fetch_https(const struct fetch_options *options, const char *url,
                              struct buf *body, struct err *err);

#endif
