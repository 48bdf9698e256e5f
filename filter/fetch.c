/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fetch - one answer over HTTPS: mailseal-fetch is asked */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/capture.h"
#include "base/mem.h"
#include "base/program.h"
#include "filter/fetch.h"

#define GRACE_MS 5000 /* it keeps its time itself; this is for one that hangs */

struct arguments {
	char *word[2 * FETCH_CONNECT_TO_MAX + 6];
	size_t count;
};

static void add(struct arguments *args, const char *word)
{
	args->word[args->count++] = mem_strdup(word);
}

static void add_all(struct arguments *args, const struct fetch_options *options,
                    const char *url)
{
	char *program = program_helper("mailseal-fetch");
	char milliseconds[24];
	size_t maps = 0;

	add(args, program);
	free(program);
	if (options->ca_file) {
		add(args, "--ca-file");
		add(args, options->ca_file);
	}
	for (const char *const *map = options->connect_to;
	     map && *map && maps < FETCH_CONNECT_TO_MAX; map++, maps++) {
		add(args, "--connect-to");
		add(args, *map);
	}
	snprintf(milliseconds, sizeof milliseconds, "%" PRId64, options->timeout_ms);
	add(args, milliseconds);
	add(args, url);
}

static enum fetch_answer answer_of(const struct captured *got, struct err *err)
{
	int code = WIFEXITED(got->status) ? WEXITSTATUS(got->status) : -1;

	switch (code) {
	case FETCH_FOUND:
		return FETCH_FOUND;
	case FETCH_NONE:
	case FETCH_NO_HOST:
	case FETCH_REFUSED:
		err_set(err, ERR_DATA, NULL, "%s", buf_str(&got->word));
		return (enum fetch_answer)code;
	case FETCH_UNREACHABLE:
		err_set(err, ERR_TEMPORARY, "try again later", "%s", buf_str(&got->word));
		return FETCH_UNREACHABLE;
	default:
		err_set(err, ERR_TEMPORARY, NULL, "mailseal-fetch ended with status %#x: %s",
		        (unsigned)got->status, buf_str(&got->word));
		return FETCH_UNREACHABLE;
	}
}

enum fetch_answer fetch_https(const struct fetch_options *options, const char *url,
                              struct buf *body, struct err *err)
{
	struct captured got = { BUF_INIT, BUF_INIT, 0 };
	struct arguments args = { { NULL }, 0 };
	enum fetch_answer answer = FETCH_UNREACHABLE;

	add_all(&args, options, url);
	if (capture_run(args.word, FETCH_BODY_MAX, deadline_in(options->timeout_ms + GRACE_MS),
	                &got, err) == 0)
		answer = answer_of(&got, err);
	if (answer == FETCH_FOUND)
		buf_add(body, got.out.data, got.out.len);
	captured_clear(&got);
	for (size_t i = 0; i < args.count; i++)
		free(args.word[i]);
	return answer;
}
