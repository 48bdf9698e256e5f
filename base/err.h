/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * err - what went wrong, for the person who must act
 *
 * A function that can fail takes a `struct err *` last, returns 0 or -1 (or
 * a value that its comment names), and fills the error when it fails.  The
 * error is a plain value owned by the caller: nothing to free, usable when
 * memory has run out.  The class travels with the text, so that no caller
 * has to guess; filter/outcome.c alone turns it into an exit code.
 */
#ifndef MAILSEAL_BASE_ERR_H
#define MAILSEAL_BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

enum err_class {
	ERR_NONE = 0,
	ERR_TEMPORARY,   /* may work later: disk full, no gpg, unreadable keystore */
	ERR_POLICY,      /* refused because the administrator asked for it */
	ERR_USAGE,       /* the command line is wrong */
	ERR_CONFIG,      /* the configuration is wrong */
	ERR_DATA,        /* the input is not what it should be */
	ERR_NO_INPUT,    /* a file that was named can't be read */
	ERR_UNAVAILABLE, /* something the user must provide is missing: a secret key */
};

/* Sizes in bytes, terminating NUL included; longer texts are cut. */
#define ERR_WHAT_MAX 400
#define ERR_ADVICE_MAX 200

struct err {
	enum err_class class;
	char what[ERR_WHAT_MAX]; /* what failed, on what, why */
	char advice[ERR_ADVICE_MAX]; /* what to do next; may be empty */
};

/*
 * Fills *err.  advice may be NULL; fmt is for printf.  Never put a message's
 * content into either.  Control characters and bytes above 0x7e become `?`,
 * since parts of the text may come from an attacker.  Returns -1 always, so
 * that callers can `return err_set(...)`.
 */
int err_set(struct err *err, enum err_class class, const char *advice,
            const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* As err_set, with `: ` and the text of errno at the end. */
int err_sys(struct err *err, enum err_class class, const char *advice,
            const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Puts `CONTEXT: ` in front of what an error says. Returns -1 always. */
int err_context(struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The one line for stderr and syslog, `WHAT; ADVICE`, into out (cut to size). */
void err_line(const struct err *err, char *out, size_t size);

#endif
