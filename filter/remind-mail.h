/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * remind-mail - messages of our own, handed to sendmail
 *
 * The envelope's sender is the null sender (RFC 3834 section 3.3), so
 * that nothing comes back for ever.
 */
#ifndef MAILSEAL_FILTER_REMIND_MAIL_H
#define MAILSEAL_FILTER_REMIND_MAIL_H

#include <stdint.h>

#include "base/err.h"

#define REMIND_MAIL_MS (60 * 1000) /* for sendmail to take one */

struct remind_mail {
	const char *from; /* address; NULL: the postmaster of to's domain */
	const char *to;   /* address in normal form */
	const char *subject; /* one line of ASCII */
	const char *type;    /* value of Content-Type; NULL: text/plain in UTF-8 */
	const char *body;    /* lines, each with its LF */
	int64_t now;
};

/* sendmail: absolute path of a program that is called as sendmail(8) is, never by a shell.
 * -1 with *err: it did not end with 0. */
int remind_mail_send(const char *sendmail, const struct remind_mail *mail,
                     struct err *err);

#endif
