/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * engine-gpgme - GPGME, kept on a short lead
 *
 * What GPGME does by itself, and what is done about it here:
 * - it looks for `gpg` in the caller's PATH (without one also in `.`) and
 *   runs it for its version before it is told another: PATH is ours then;
 * - GPGME_DEBUG in the caller's environment would write plaintext to a log:
 *   it is taken away;
 * - `gpg --version` too reads the home: GNUPGHOME is ours while gpg runs,
 *   which also makes it the home of the operation, so that no second
 *   `--version` is needed for an engine with a home;
 * - it waits for `gpg --version` without an end: base/adopted.h kills it;
 * - its blocking calls spin when gpg dies: the operations run in our loop;
 * - a read(2) of it that fails crashes it (1.18 dumps as many bytes as -1
 *   says for its debug log): signals_crash_is_tempfail is the answer.
 */
#include <config.h>

#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/adopted.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/program.h"
#include "keystore/engine-private.h"

#define LAST_WORDS_MS 2000 /* a gpg that has closed its pipes may take this */

static const char install[] =
	"install GnuPG 2.2 or later, or set gpg-program to its path";

static char *env_replace(const char *name, const char *value)
{
	const char *old = getenv(name);
	char *copy = old ? mem_strdup(old) : NULL;

	if (value ? setenv(name, value, 1) : unsetenv(name))
		mem_exhausted();
	return copy;
}

static void env_restore(const char *name, char *old)
{
	if (old ? setenv(name, old, 1) : unsetenv(name))
		mem_exhausted();
	free(old);
}

/* 2.2 is the first with --file recipients as they are used here. */
static bool version_serves(const char *version)
{
	char *end;
	long major, minor;

	if (!version)
		return false;
	major = strtol(version, &end, 10);
	minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
	return major > 2 || (major == 2 && minor >= 2);
}

static gpgme_engine_info_t openpgp_info(gpgme_ctx_t ctx)
{
	gpgme_engine_info_t info = gpgme_ctx_get_engine_info(ctx);

	while (info && info->protocol != GPGME_PROTOCOL_OpenPGP)
		info = info->next;
	return info;
}

static bool is_bound(gpgme_ctx_t ctx, const char *program)
{
	gpgme_engine_info_t info = openpgp_info(ctx);

	return info && info->file_name &&
	       strcmp(info->file_name, program) == 0 &&
	       version_serves(info->version);
}

/*
 * A context whose gpg is the program.  The first of a process makes GPGME
 * look for one of that name in that folder; for a later one GPGME knows
 * already, unless the program has changed since or did not answer.
 */
static gpgme_ctx_t new_context(const char *program)
{
	char *dir = mem_strdup(program), *name = mem_strdup(program);
	char *old_path = env_replace("PATH", dirname(dir));
	char *old_debug = env_replace("GPGME_DEBUG", NULL);
	gpgme_ctx_t ctx = NULL;

	gpgme_set_global_flag("disable-gpgconf", "1");
	gpgme_set_global_flag("gpg-name", basename(name));
	gpgme_check_version(NULL);
	if (gpgme_new(&ctx) == 0 && !is_bound(ctx, program))
		gpgme_ctx_set_engine_info(ctx, GPGME_PROTOCOL_OpenPGP,
		                          program, NULL);
	env_restore("GPGME_DEBUG", old_debug);
	env_restore("PATH", old_path);
	free(name);
	free(dir);
	return ctx;
}

static int check_program(const char *program, struct err *err)
{
	if (program[0] != '/')
		return err_set(err, ERR_TEMPORARY, install,
		               "gpg-program %s is not an absolute path",
		               program);
	if (access(program, X_OK) < 0)
		return err_sys(err, ERR_TEMPORARY, install, "gpg-program %s",
		               program);
	return 0;
}

static int check_home(const char *home, struct err *err)
{
	char *conf = mem_printf("%s/gpg.conf", home);
	int rc = access(conf, R_OK);

	if (rc < 0)
		err_sys(err, ERR_TEMPORARY, "reinstall mailseal", "%s", conf);
	free(conf);
	return rc;
}

static gpgme_error_t on_add(void *ctx, int fd, int reads, gpgme_io_cb_t call,
                            void *data, void **tag)
{
	struct engine_session *s = ctx;

	for (size_t i = 0; i < ENGINE_FDS_MAX; i++) {
		struct engine_fd *f = &s->fds[i];

		if (f->fd >= 0)
			continue;
		/* Without a command pipe only the input is written to. */
		*f = (struct engine_fd){ .fd = fd, .call = call, .data = data,
		                         .events = reads ? POLLIN : POLLOUT,
		                         .in = reads ? NULL : s->in };
		*tag = f;
		return 0;
	}
	return gpgme_error(GPG_ERR_EMFILE);
}

static void on_remove(void *tag)
{
	struct engine_fd *f = tag;

	f->fd = -1;
}

static void on_event(void *ctx, gpgme_event_io_t type, void *data)
{
	struct engine_session *s = ctx;

	if (type == GPGME_EVENT_DONE) {
		gpgme_io_event_done_data_t done = data;

		s->done = true;
		s->error = done->err ? done->err : done->op_err;
	} else if (type == GPGME_EVENT_NEXT_KEY) {
		if (s->on_key)
			s->on_key(s->on_ctx, data);
		else
			gpgme_key_unref(data);
	}
}

static gpgme_error_t on_status(void *ctx, const char *keyword,
                               const char *args)
{
	struct engine_session *s = ctx;

	if (s->on_status)
		s->on_status(s->on_ctx, keyword, args);
	return 0;
}

static void bind_callbacks(struct engine_session *s)
{
	struct gpgme_io_cbs cbs = {
		.add = on_add, .add_priv = s, .remove = on_remove,
		.event = on_event, .event_priv = s,
	};

	for (size_t i = 0; i < ENGINE_FDS_MAX; i++)
		s->fds[i].fd = -1;
	gpgme_set_io_cbs(s->ctx, &cbs);
	gpgme_set_ctx_flag(s->ctx, "full-status", "1");
	gpgme_set_status_cb(s->ctx, on_status, s);
	gpgme_set_offline(s->ctx, 1);
}

/* What gpg-then reads. The caller frees the program that GPGME is to run. */
static char *set_time(struct engine_session *s, const struct engine_config *config)
{
	char text[32];
	time_t then = (time_t)config->then;
	struct tm tm;

	/* It stands still there: the last second must not pass. */
	if (!gmtime_r(&then, &tm) ||
	    strftime(text, sizeof text, "%Y%m%dT%H%M%S!", &tm) == 0)
		return NULL;
	if (setenv("MAILSEAL_GPG", config->program, 1) ||
	    setenv("MAILSEAL_GPG_TIME", text, 1))
		mem_exhausted();
	s->then_set = true;
	return program_helper("gpg-then");
}

static void unset_time(struct engine_session *s)
{
	if (s->then_set && (unsetenv("MAILSEAL_GPG") || unsetenv("MAILSEAL_GPG_TIME")))
		mem_exhausted();
	s->then_set = false;
}

/* The gpg that GPGME runs, or that other one, which then runs gpg. */
static int bind_program(struct engine_session *s,
                        const struct engine_config *config, struct err *err)
{
	char *then = config->then ? set_time(s, config) : NULL;
	const char *program = then ? then : config->program;
	int rc = config->then ? -1 : 0;

	if (then)
		rc = check_program(then, err);
	else if (rc)
		err_set(err, ERR_TEMPORARY, NULL, "no time that gpg could be told");
	if (rc == 0)
		s->ctx = new_context(program);
	if (rc == 0 && (!s->ctx || !is_bound(s->ctx, program)))
		rc = err_set(err, ERR_TEMPORARY, install,
		             "%s --version gave no version from 2.2 on%s",
		             program, deadline_passed(s->deadline) ?
		             " before the deadline" : "");
	free(then);
	return rc;
}

int engine_session_start(struct engine_session *s,
                         const struct engine_config *config,
                         struct deadline deadline, struct err *err)
{
	*s = (struct engine_session){ .deadline = deadline,
		.program = config->program, .idle_max = ENGINE_IDLE_MAX };
	if (check_program(config->program, err) < 0)
		return -1;
	if (config->home) {
		if (check_home(config->home, err) < 0 ||
		    adopted_watch(deadline, err) < 0)
			return -1;
		s->watched = true;
		s->old_home = env_replace("GNUPGHOME", config->home);
		s->home_set = true;
	}
	if (bind_program(s, config, err) < 0)
		return -1;
	bind_callbacks(s);
	return 0;
}

void engine_session_end(struct engine_session *s)
{
	if (s->ctx)
		gpgme_release(s->ctx);
	s->ctx = NULL;
	if (s->home_set)
		env_restore("GNUPGHOME", s->old_home);
	s->home_set = false;
	unset_time(s);
	if (s->watched)
		adopted_end();
	s->watched = false;
}

/* Something is ready there. */
static int serve(struct engine_session *s, struct engine_fd *f)
{
	if (f->in)
		return engine_input_feed(f->in, f);
	if (f->out)
		return engine_output_drain(f->out, f);
	s->current = f;
	f->call(f->data, f->fd);
	s->current = NULL;
	return s->stream.class == ERR_NONE ? 0 : -1;
}

/* One turn: waits, and serves what is ready. */
static int turn(struct engine_session *s, struct err *err)
{
	struct pollfd p[ENGINE_FDS_MAX];

	for (size_t i = 0; i < ENGINE_FDS_MAX; i++)
		p[i] = (struct pollfd){ .fd = s->fds[i].fd,
		                        .events = s->fds[i].events };
	/* A full pipe keeps gpg busy for tens of milliseconds. */
	if (s->in && s->in->full)
		(void)poll(NULL, 0, ENGINE_PACE_MS);
	if (io_wait(p, ENGINE_FDS_MAX, s->deadline, err) < 0)
		return err_context(err, "waiting for %s", s->program);
	if (++s->idle > s->idle_max)
		return err_set(err, ERR_TEMPORARY, "see what gpg-program is",
		               "%s talks without an end", s->program);
	for (size_t i = 0; i < ENGINE_FDS_MAX && !s->done; i++) {
		/* What came before may have closed it. */
		if (p[i].fd < 0 || !p[i].revents || s->fds[i].fd != p[i].fd ||
		    serve(s, &s->fds[i]) == 0)
			continue;
		*err = s->stream;
		return -1;
	}
	return 0;
}

static int loop(struct engine_session *s, struct err *err)
{
	while (!s->done) {
		if (turn(s, err) == 0)
			continue;
		gpgme_cancel(s->ctx);
		return -1;
	}
	return 0;
}

int engine_session_run(struct engine_session *s, gpgme_error_t started,
                       struct err *err)
{
	char ended[80];

	s->error = started;
	s->idle = 0;
	if (!started && loop(s, err) < 0)
		return -1;
	s->done = false;
	s->wait_status = 0;
	if (s->watched)
		s->wait_status = adopted_reap(deadline_in(LAST_WORDS_MS));
	if (!s->error)
		return 0;
	return err_set(err, ERR_TEMPORARY, NULL, "%s: %s%s", s->program,
	               gpgme_strerror(s->error),
	               engine_session_ended(s, ended, sizeof ended));
}

const char *engine_session_ended(const struct engine_session *s, char *out,
                                 size_t size)
{
	out[0] = '\0';
	if (WIFSIGNALED(s->wait_status))
		snprintf(out, size, " (it was killed by signal %d)",
		         WTERMSIG(s->wait_status));
	else if (WEXITSTATUS(s->wait_status))
		snprintf(out, size, " (it ended with status %d)",
		         WEXITSTATUS(s->wait_status));
	return out;
}

int engine_version(const struct engine_config *config, char *out, size_t size,
                   struct deadline deadline, struct err *err)
{
	struct engine_session s;
	int rc = engine_session_start(&s, config, deadline, err);

	if (rc == 0)
		snprintf(out, size, "%s", openpgp_info(s.ctx)->version);
	engine_session_end(&s);
	return rc;
}
