/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signals - a termination signal is a request, not an accident */
#include <config.h>

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/signals.h"

static volatile sig_atomic_t stop_signal;

static const int stopping[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGXCPU };
static const int ignored[] = { SIGPIPE, SIGXFSZ };
static const int plain[] = { SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2 };
static const int crashing[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL,
                                SIGTRAP };

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void on_stop(int sig)
{
	stop_signal = sig;
}

#ifndef MAILSEAL_SANITIZERS
static void on_crash(int sig)
{
	static const char line[] =
		"mailseal: crashed, a bug; the message stays with the caller\n";
	ssize_t unused = write(STDERR_FILENO, line, sizeof line - 1);

	(void)sig;
	(void)unused;
	_exit(EX_TEMPFAIL);
}
#endif

static void set(int sig, void (*handler)(int))
{
	struct sigaction act;

	memset(&act, 0, sizeof act);
	act.sa_handler = handler; /* no SA_RESTART: a wait must end */
	sigaction(sig, &act, NULL);
}

static void set_all(const int *list, size_t count, void (*handler)(int))
{
	for (size_t i = 0; i < count; i++)
		set(list[i], handler);
}

static void unblock_all(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void signals_init(void)
{
	set_all(stopping, COUNT(stopping), on_stop);
	set_all(ignored, COUNT(ignored), SIG_IGN);
	set_all(plain, COUNT(plain), SIG_DFL);
	unblock_all();
}

int signals_stop(void)
{
	return stop_signal;
}

void signals_reset_for_exec(void)
{
	set_all(stopping, COUNT(stopping), SIG_DFL);
	set_all(ignored, COUNT(ignored), SIG_DFL);
	set_all(plain, COUNT(plain), SIG_DFL);
	set_all(crashing, COUNT(crashing), SIG_DFL);
	unblock_all();
}

void signals_crash_is_tempfail(void)
{
#ifndef MAILSEAL_SANITIZERS
	set_all(crashing, COUNT(crashing), on_crash);
#endif
}
