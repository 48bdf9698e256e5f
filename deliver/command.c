/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * command - the message goes to a program such as dovecot-lda, on stdin
 *
 * 0 is success.  Anything else means try again, since programs say 1 or 64
 * for a mistake in a configuration, and a bounced message is gone.  Only
 * where the administrator wants refusals passed on
 * (`on-upstream-refusal = refuse`) do the codes below count as one: those
 * that speak of the message or its recipient, not of the machine.
 */
#include <config.h>

#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "base/child.h"
#include "base/mem.h"
#include "deliver/backend.h"

struct command {
	char *const *argv;
	char *const *envp;
	bool refuse_upstream;
	struct deadline deadline;
	struct child *child;
};

/* Not here: 64 usage, 66 input, 70 to 74 the system, 75 try again, 76
 * protocol, 78 configuration, 1 and all others. */
static const struct {
	int code;
	const char *means;
} refusals[] = {
	{ EX_DATAERR, "the message is not acceptable" }, /* 65 */
	{ EX_NOUSER, "no such user" },                   /* 67 */
	{ EX_NOHOST, "no such host" },                   /* 68 */
	{ EX_UNAVAILABLE, "mailbox not available" },     /* 69 */
	{ EX_NOPERM, "not permitted" },                  /* 77: quota, Sieve */
};

static int ended_with(const struct command *c, int code, struct err *err)
{
	const char *advice = "see its own log; the message stays with the caller";

	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		if (refusals[i].code != code)
			continue;
		if (c->refuse_upstream)
			return err_set(err, ERR_POLICY, "see its own log",
			               "%s refused the message with %d: %s",
			               c->argv[0], code, refusals[i].means);
		return err_set(err, ERR_TEMPORARY, advice, "%s ended with %d: %s",
		               c->argv[0], code, refusals[i].means);
	}
	return err_set(err, ERR_TEMPORARY, advice, "%s ended with %d", c->argv[0],
	               code);
}

static int finish(struct command *c, struct err *err)
{
	int status = child_finish(c->child, err);

	if (status == 0)
		return 0;
	if (status < 0)
		return err_context(err, "%s", c->argv[0]);
	if (WIFEXITED(status))
		return ended_with(c, WEXITSTATUS(status), err);
	return err_set(err, ERR_TEMPORARY, "see its own log",
	               "%s was killed by signal %d", c->argv[0],
	               WTERMSIG(status));
}

static int command_begin(void *ctx, uint64_t size, struct err *err)
{
	struct command *c = ctx;

	(void)size;
	c->child = child_start(c->argv, c->envp, c->deadline, err);
	return c->child ? 0 : -1;
}

static int command_write(void *ctx, const void *data, size_t len,
                         struct err *err)
{
	struct command *c = ctx;

	switch (child_write(c->child, data, len, err)) {
	case 0:
		return 0;
	case 1: /* it ended early, and its code says why; 0 is an error too */
		return finish(c, err);
	default:
		return err_context(err, "%s", c->argv[0]);
	}
}

static int command_commit(void *ctx, struct err *err)
{
	return finish(ctx, err);
}

static void command_free(void *ctx)
{
	struct command *c = ctx;

	child_free(&c->child);
	free(c);
}

static const struct delivery_ops command_ops = {
	.wants_whole = true,
	.wants_from_line = true,
	.begin = command_begin,
	.write = command_write,
	.commit = command_commit,
	.free = command_free,
};

struct delivery *delivery_command_new(char *const argv[], char *const envp[],
                                      bool refuse_upstream,
                                      struct deadline deadline)
{
	struct command *c = mem_alloc(sizeof *c);

	c->argv = argv;
	c->envp = envp;
	c->refuse_upstream = refuse_upstream;
	c->deadline = deadline;
	return delivery_new(&command_ops, c);
}
