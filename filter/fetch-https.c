/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fetch-https - the program mailseal-fetch: one GET over HTTPS, by libcurl (filter/fetch.h)
 *
 * Nothing is written before all of the answer is there and may be believed.
 */
#include <config.h>

#include <curl/curl.h>
#include <getopt.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/log.h"
#include "filter/fetch.h"

#define HEADERS_MAX ((size_t)64 * 1024) /* bytes of an answer's header */
#define WHY_MAX 400 /* bytes of the line on stderr */

struct request {
	const char *url, *ca_file;
	long timeout_ms;
	struct curl_slist *connect_to;
	CURL *curl;
	size_t headers; /* bytes */
	struct buf body;
	/* Why the transfer was ended from within; FETCH_FOUND: it was not. */
	enum fetch_answer stopped;
	char why[WHY_MAX];
};

static enum fetch_answer because(struct request *r, enum fetch_answer answer,
                                 const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static enum fetch_answer because(struct request *r, enum fetch_answer answer,
                                 const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->why, sizeof r->why, fmt, args);
	va_end(args);
	log_sanitize(r->why);
	return answer;
}

/* ---- what came ----------------------------------------------------------------- */

static long status_of(const struct request *r)
{
	long status = 0;

	curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static bool begins(const char *text, const char *word)
{
	return text && strncasecmp(text, word, strlen(word)) == 0;
}

/* A page where a certificate should be: many servers answer everything with one. */
static bool is_html(const struct request *r, const char *data, size_t len)
{
	char *type = NULL;

	curl_easy_getinfo(r->curl, CURLINFO_CONTENT_TYPE, &type);
	if (begins(type, "text/html") || begins(type, "application/xhtml"))
		return true;
	while (len && strchr(" \t\r\n", *data)) {
		data++;
		len--;
	}
	return len && *data == '<';
}

static enum fetch_answer judge_status(struct request *r)
{
	const long status = status_of(r);
	char *to = NULL;

	if (status == 200)
		return FETCH_FOUND;
	if (status == 404 || status == 410)
		return because(r, FETCH_NONE, "HTTP status %ld", status);
	if (status == 429 || status >= 500)
		return because(r, FETCH_UNREACHABLE, "HTTP status %ld", status);
	if (status >= 300 && status < 400) {
		curl_easy_getinfo(r->curl, CURLINFO_REDIRECT_URL, &to);
		return because(r, FETCH_REFUSED, "HTTP status %ld: a redirect%s%.200s, which is"
		               " not followed: another host would speak for the domain",
		               status, to ? " to " : "", to ? to : "");
	}
	return because(r, FETCH_REFUSED, "HTTP status %ld", status);
}

static size_t on_data(char *data, size_t one, size_t len, void *ctx)
{
	struct request *r = ctx;

	(void)one; /* is 1 */
	r->stopped = judge_status(r);
	if (r->stopped == FETCH_FOUND && r->body.len == 0 && is_html(r, data, len))
		r->stopped = because(r, FETCH_REFUSED, "HTML, where a certificate should be");
	if (r->stopped == FETCH_FOUND && r->body.len + len > FETCH_BODY_MAX)
		r->stopped = because(r, FETCH_REFUSED, "more than %zu KiB: no certificate is that large",
		                     FETCH_BODY_MAX >> 10);
	if (r->stopped != FETCH_FOUND)
		return CURL_WRITEFUNC_ERROR;
	buf_add(&r->body, data, len);
	return len;
}

/* libcurl keeps them all. */
static size_t on_header(char *data, size_t one, size_t len, void *ctx)
{
	struct request *r = ctx;

	(void)data;
	(void)one;
	r->headers += len;
	if (r->headers <= HEADERS_MAX)
		return len;
	r->stopped = because(r, FETCH_REFUSED, "a header of more than %zu KiB",
	                     HEADERS_MAX >> 10);
	return CURL_WRITEFUNC_ERROR;
}

/* ---- ask ------------------------------------------------------------------------ */

static bool is_mapped(const struct request *r, const char *host, const char *port)
{
	const size_t host_len = strlen(host), port_len = strlen(port);

	for (const struct curl_slist *map = r->connect_to; map; map = map->next)
		if (begins(map->data, host) && map->data[host_len] == ':' &&
		    strncmp(map->data + host_len + 1, port, port_len) == 0 &&
		    map->data[host_len + 1 + port_len] == ':')
			return true;
	return false;
}

/* libcurl doesn't tell a host that does not exist from a name server that is away. */
static enum fetch_answer look_up(struct request *r, const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int rc;

	if (r->connect_to)
		return is_mapped(r, host, port) ? FETCH_FOUND
			: because(r, FETCH_NO_HOST, "there is no host %s", host);
	rc = getaddrinfo(host, port, &hints, &found);
	if (rc == 0)
		freeaddrinfo(found);
	if (rc == EAI_NONAME || rc == EAI_NODATA)
		return because(r, FETCH_NO_HOST, "there is no host %s", host);
	if (rc)
		return because(r, FETCH_UNREACHABLE, "cannot look up %s: %s", host,
		               gai_strerror(rc));
	return FETCH_FOUND;
}

static enum fetch_answer check_host(struct request *r)
{
	CURLU *url = curl_url();
	char *host = NULL, *port = NULL;
	enum fetch_answer answer;

	if (!url || curl_url_set(url, CURLUPART_URL, r->url, CURLU_DISALLOW_USER) ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) ||
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT))
		answer = because(r, FETCH_REFUSED, "this is no URL of a server");
	else
		answer = look_up(r, host, port);
	curl_free(port);
	curl_free(host);
	curl_url_cleanup(url);
	return answer;
}

static CURLcode set_options(struct request *r)
{
	CURL *curl = r->curl;
	CURLcode rc = curl_easy_setopt(curl, CURLOPT_URL, r->url);

	if (!rc)
		rc = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	if (!rc)
		rc = curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (!rc && r->ca_file) {
		rc = curl_easy_setopt(curl, CURLOPT_CAINFO, r->ca_file);
		if (!rc)
			rc = curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	if (!rc && r->connect_to)
		rc = curl_easy_setopt(curl, CURLOPT_CONNECT_TO, r->connect_to);
	if (!rc)
		rc = curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	if (!rc)
		rc = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, r->timeout_ms);
	if (!rc)
		rc = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	if (!rc)
		rc = curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	if (!rc)
		rc = curl_easy_setopt(curl, CURLOPT_USERAGENT, "mailseal/" PACKAGE_VERSION);
	if (!rc)
		rc = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	if (!rc)
		rc = curl_easy_setopt(curl, CURLOPT_HEADERDATA, r);
	if (!rc)
		rc = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	if (!rc)
		rc = curl_easy_setopt(curl, CURLOPT_WRITEDATA, r);
	return rc;
}

static enum fetch_answer judge_failure(struct request *r, CURLcode code)
{
	switch (code) {
	case CURLE_HTTP_RETURNED_ERROR:
		return judge_status(r);
	case CURLE_OPERATION_TIMEDOUT:
		return because(r, FETCH_UNREACHABLE, "no whole answer within %ld ms",
		               r->timeout_ms);
	case CURLE_UNSUPPORTED_PROTOCOL:
		return because(r, FETCH_REFUSED, "HTTPS alone is spoken");
	case CURLE_SSL_CACERT_BADFILE:
		return because(r, FETCH_REFUSED, "%s can't be read as certificates of authorities",
		               r->ca_file ? r->ca_file : "the system's file");
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_ISSUER_ERROR:
		return because(r, FETCH_REFUSED, "TLS: %s", curl_easy_strerror(code));
	default:
		return because(r, FETCH_UNREACHABLE, "%s", curl_easy_strerror(code));
	}
}

static enum fetch_answer ask(struct request *r)
{
	CURLcode code;

	r->curl = curl_easy_init();
	code = r->curl ? set_options(r) : CURLE_OUT_OF_MEMORY;
	if (!code)
		code = curl_easy_perform(r->curl);
	if (r->stopped != FETCH_FOUND)
		return r->stopped;
	if (code)
		return judge_failure(r, code);
	if (judge_status(r) != FETCH_FOUND)
		return judge_status(r);
	if (r->body.len == 0)
		return because(r, FETCH_REFUSED, "an empty answer");
	return FETCH_FOUND;
}

/* ---- the program ------------------------------------------------------------------ */

#define USAGE 64 /* EX_USAGE */

static const char usage[] =
	"usage: mailseal-fetch [--ca-file FILE] [--connect-to HOST:PORT:HOST:PORT]..."
	" MILLISECONDS URL";

static bool parse(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "ca-file", required_argument, NULL, 'c' },
		{ "connect-to", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 }
	};
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'c')
			r->ca_file = optarg;
		else if (c == 't')
			r->connect_to = curl_slist_append(r->connect_to, optarg);
		else
			return false;
	}
	if (argc - optind != 2)
		return false;
	r->timeout_ms = strtol(argv[optind], &end, 10);
	r->url = argv[optind + 1];
	return !*end && r->timeout_ms > 0;
}

static enum fetch_answer get(struct request *r)
{
	enum fetch_answer answer = check_host(r);

	if (answer == FETCH_FOUND)
		answer = ask(r);
	if (answer == FETCH_FOUND &&
	    (fwrite(r->body.data, 1, r->body.len, stdout) != r->body.len || fflush(stdout)))
		answer = because(r, FETCH_UNREACHABLE, "cannot write standard output");
	if (answer != FETCH_FOUND)
		fprintf(stderr, "%s\n", r->why);
	return answer;
}

int main(int argc, char **argv)
{
	struct request r = { .stopped = FETCH_FOUND };
	int code = USAGE;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) == 0 && parse(argc, argv, &r))
		code = (int)get(&r);
	else
		fprintf(stderr, "%s\n", usage);
	curl_easy_cleanup(r.curl);
	curl_slist_free_all(r.connect_to);
	buf_free(&r.body);
	curl_global_cleanup();
	return code;
}
