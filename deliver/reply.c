/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reply - what an SMTP or LMTP server answers */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "deliver/reply.h"

static int fill(struct reply_reader *r, struct err *err)
{
	ssize_t n = io_read(r->fd, r->buf, sizeof r->buf, r->name, r->deadline,
	                    err);

	if (n == 0)
		err_set(err, ERR_TEMPORARY, "see the server's log",
		        "%s closed the connection", r->name);
	if (n <= 0)
		return -1;
	r->at = 0;
	r->len = (size_t)n;
	return 0;
}

/* One line without its end; a NUL in it becomes the end. */
static int read_line(struct reply_reader *r, char line[static REPLY_LINE_MAX],
                     struct err *err)
{
	size_t len = 0;

	for (;;) {
		if (r->at == r->len && fill(r, err))
			return -1;

		char c = r->buf[r->at++];

		if (c == '\n')
			break;
		if (len < REPLY_LINE_MAX - 1)
			line[len++] = c;
	}
	if (len > 0 && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "250-TEXT" or "250 TEXT" or "250": the code, or -1. */
static int parse_code(const char *line)
{
	if (line[0] < '2' || line[0] > '5' || !is_digit(line[1]) ||
	    !is_digit(line[2]))
		return -1;
	if (line[3] != '\0' && line[3] != ' ' && line[3] != '-')
		return -1;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static size_t up_to_3_digits(const char *s)
{
	size_t n = 0;

	while (n < 3 && is_digit(s[n]))
		n++;
	return n;
}

/* class "." subject "." detail, of the same class as the code (RFC 2034). */
static void parse_status(const char *text, char class,
                         char status[static REPLY_STATUS_MAX])
{
	const char *p = text + 2;
	size_t subject, detail;

	status[0] = '\0';
	if (text[0] != class || text[1] != '.')
		return;
	subject = up_to_3_digits(p);
	if (subject == 0 || p[subject] != '.')
		return;
	p += subject + 1;
	detail = up_to_3_digits(p);
	p += detail;
	if (detail > 0 && (*p == ' ' || *p == '\0'))
		snprintf(status, REPLY_STATUS_MAX, "%.*s", (int)(p - text), text);
}

static int not_a_reply(const struct reply_reader *r, struct err *err)
{
	return err_set(err, ERR_TEMPORARY, "check that it speaks LMTP",
	               "%s sent what is no reply", r->name);
}

int reply_read(struct reply_reader *r, struct reply *reply,
               struct reply_lines lines, struct err *err)
{
	char line[REPLY_LINE_MAX];

	for (int i = 0; i < REPLY_LINES_MAX; i++) {
		if (read_line(r, line, err))
			return -1;

		int code = parse_code(line);
		const char *text = line[0] && code > 0 && line[3] ? line + 4 : "";

		if (code < 0 || (i > 0 && code != reply->code))
			return not_a_reply(r, err);
		reply->code = code;
		if (lines.each)
			lines.each(lines.ctx, text);
		if (line[3] == '-')
			continue;
		parse_status(text, line[0], reply->status);
		return 0;
	}
	return not_a_reply(r, err);
}
