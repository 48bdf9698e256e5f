/* SPDX-License-Identifier: GPL-3.0-or-later */
/* remind-mail - messages of our own, handed to sendmail */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/mem.h"
#include "filter/remind-mail.h"

static void add_date_field(struct buf *out, int64_t now)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t when = (time_t)now;
	struct tm tm;

	if (gmtime_r(&when, &tm))
		buf_addf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\n",
		         days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
		         tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Addresses in normal form hold no control characters: no field can be added by one. */
static void compose(const struct remind_mail *mail, struct buf *out)
{
	const char *at = strrchr(mail->to, '@');

	if (mail->from)
		buf_addf(out, "From: mailseal <%s>\n", mail->from);
	else
		buf_addf(out, "From: mailseal <postmaster%s>\n", at ? at : "");
	buf_addf(out, "To: <%s>\nSubject: %s\n", mail->to, mail->subject);
	add_date_field(out, mail->now);
	buf_addf(out, "Auto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: %s\n%s\n",
	         mail->type ? mail->type : "text/plain; charset=utf-8",
	         mail->type ? "" : "Content-Transfer-Encoding: 8bit\n");
	buf_adds(out, mail->body);
}

static int feed(struct child *child, const char *sendmail, const struct buf *text,
                struct err *err)
{
	int status;

	if (child_write(child, text->data, text->len, err) < 0)
		return -1;
	status = child_finish(child, err);
	if (status == 0)
		return 0;
	if (status > 0)
		err_set(err, ERR_TEMPORARY, NULL, "%s ended with %s %d", sendmail,
		        WIFSIGNALED(status) ? "signal" : "status",
		        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return -1;
}

int remind_mail_send(const char *sendmail, const struct remind_mail *mail,
                     struct err *err)
{
	char *words[] = { mem_strdup(sendmail), mem_strdup("-i"), mem_strdup("-f"),
	                  mem_strdup("<>"), mem_strdup("--"), mem_strdup(mail->to), NULL };
	struct buf text = BUF_INIT;
	struct child *child = child_start(words, environ, deadline_in(REMIND_MAIL_MS), err);
	int rc = -1;

	compose(mail, &text);
	if (child)
		rc = feed(child, sendmail, &text, err);
	child_free(&child);
	buf_free(&text);
	for (size_t i = 0; words[i]; i++)
		free(words[i]);
	return rc;
}
