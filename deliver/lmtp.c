/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lmtp - the message goes to a mailbox store, over a Unix socket
 *
 * RFC 2033 on top of RFC 5321: a reply for each recipient after the message.
 * The recipients share one fate here, as our caller has one exit code: one
 * refused RCPT means no DATA, mixed replies after it mean try again.
 *
 * A 5xx is a refusal (ERR_POLICY) only where the administrator asked for it,
 * only when it stands for all recipients, and only once the server talks
 * about this message: one in the greeting or after LHLO tells of a wrong
 * socket, not of the mail.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/signals.h"
#include "deliver/backend.h"
#include "deliver/dot.h"
#include "deliver/reply.h"

#define ADDRESS_MAX 1000 /* bytes; RFC 5321 allows 254, servers decide */
#define CONNECT_SLICE_MS 1000

/* What the server offered (RFC 1870, 6152, 6531). */
#define CAN_SIZE 1u
#define CAN_8BITMIME 2u
#define CAN_SMTPUTF8 4u

struct lmtp {
	const char *socket, *sender;
	const char *const *recipients;
	bool refuse_upstream;
	struct deadline deadline;
	int fd;     /* -1 until connected */
	char *name; /* for errors */
	unsigned can;
	bool quits; /* the server awaits a command, so QUIT is understood */
	struct reply_reader replies;
	struct io_stream stream;
	struct dot dot;
};

/* ---- what the recipients were told, taken together ---------------------- */

struct tally {
	unsigned total, refused, permanent;
	struct reply first;  /* the first that was not 2xx ... */
	const char *address; /* ... and for whom */
};

static void tally_add(struct tally *t, const char *address,
                      const struct reply *reply)
{
	t->total++;
	if (reply->code / 100 == 2)
		return;
	if (t->refused++ == 0) {
		t->first = *reply;
		t->address = address;
	}
	if (reply->code / 100 == 5)
		t->permanent++;
}

static int tally_judge(const struct lmtp *l, const struct tally *t,
                       struct err *err)
{
	const char *advice = "see the server's log";
	enum err_class class = ERR_TEMPORARY;

	if (t->refused == 0)
		return 0;
	if (l->refuse_upstream && t->permanent == t->total)
		class = ERR_POLICY;
	if (t->refused < t->total)
		advice = "see the server's log; deliver one recipient at a time";
	return err_set(err, class, advice,
	               "%s refused %u of %u recipients, first %.100s: %d %s",
	               l->name, t->refused, t->total, t->address,
	               t->first.code, t->first.status);
}

/* MAIL and DATA: one answer for all. */
static int refused(const struct lmtp *l, const char *verb,
                   const struct reply *reply, struct err *err)
{
	enum err_class class = l->refuse_upstream && reply->code / 100 == 5
		? ERR_POLICY : ERR_TEMPORARY;

	return err_set(err, class, "see the server's log",
	               "%s refused %s: %d %s", l->name, verb, reply->code,
	               reply->status);
}

/* ---- addresses ---------------------------------------------------------- */

/* In `<...>` only these could end the address, or the command: RFC 5321
 * knows them in quoted strings at most, no mailbox has them. */
static bool is_harmful(unsigned char c)
{
	return c < 0x20 || c == 0x7f || c == '<' || c == '>';
}

static int check_address(const char *address, bool *utf8, struct err *err)
{
	size_t len = strlen(address);

	if (len > ADDRESS_MAX)
		return err_set(err, ERR_TEMPORARY, "check what the MTA passes",
		               "an address of %zu bytes", len);
	for (size_t i = 0; i < len; i++) {
		if (is_harmful((unsigned char)address[i]))
			return err_set(err, ERR_TEMPORARY,
			               "check what the MTA passes",
			               "LMTP can't carry the address %.100s",
			               address);
		if ((unsigned char)address[i] > 0x7f)
			*utf8 = true;
	}
	return 0;
}

static int check_addresses(const struct lmtp *l, bool *utf8, struct err *err)
{
	if (!l->recipients[0])
		return err_set(err, ERR_TEMPORARY, NULL, "LMTP needs a recipient");
	for (size_t i = 0; l->recipients[i]; i++) {
		if (!l->recipients[i][0])
			return err_set(err, ERR_TEMPORARY, NULL,
			               "a recipient's address is empty");
		if (check_address(l->recipients[i], utf8, err))
			return -1;
	}
	return check_address(l->sender, utf8, err);
}

/* ---- connection ---------------------------------------------------------- */

/* A Unix socket whose queue is full says EAGAIN at once when it doesn't
 * block, so it blocks here, a slice at a time. */
static int connect_within(const struct lmtp *l, const struct sockaddr_un *to,
                          struct err *err)
{
	for (;;) {
		int ms = deadline_left_ms(l->deadline, CONNECT_SLICE_MS);
		struct timeval slice = { ms / 1000, ms % 1000 * 1000 + 1 };

		setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &slice, sizeof slice);
		if (connect(l->fd, (const struct sockaddr *)to, sizeof *to) == 0)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return err_sys(err, ERR_TEMPORARY,
			               "check that the server runs and who may use its socket",
			               "%s", l->name);
		if (signals_stop() || deadline_passed(l->deadline))
			return err_set(err, ERR_TEMPORARY,
			               "check that the server is not overloaded",
			               "%s did not take the connection in time",
			               l->name);
	}
}

static int open_connection(struct lmtp *l, struct err *err)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(l->socket);

	if (len == 0 || len >= sizeof to.sun_path)
		return err_set(err, ERR_TEMPORARY, "give it a shorter path",
		               "%s: a socket's path has 1 to %zu bytes", l->name,
		               sizeof to.sun_path - 1);
	memcpy(to.sun_path, l->socket, len);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return err_sys(err, ERR_TEMPORARY, NULL, "%s", l->name);
	if (connect_within(l, &to, err))
		return -1;
	if (fcntl(l->fd, F_SETFL, O_NONBLOCK))
		return err_sys(err, ERR_TEMPORARY, NULL, "%s", l->name);
	l->stream = (struct io_stream){ l->fd, l->name, l->deadline };
	l->replies.fd = l->fd;
	l->replies.name = l->name;
	l->replies.deadline = l->deadline;
	return 0;
}

/* ---- dialogue ------------------------------------------------------------ */

static const struct reply_lines unread = { NULL, NULL };

/* Sends text, which is freed, and reads the reply. */
static int command(struct lmtp *l, char *text, struct reply *reply,
                   struct reply_lines lines, struct err *err)
{
	int rc;

	l->quits = false;
	rc = io_write(l->fd, text, strlen(text), l->name, l->deadline, err);
	free(text);
	if (rc || reply_read(&l->replies, reply, lines, err))
		return -1;
	l->quits = true;
	return 0;
}

static void note_offer(void *ctx, const char *text)
{
	static const struct {
		const char *word;
		unsigned can;
	} offers[] = {
		{ "SIZE", CAN_SIZE },
		{ "8BITMIME", CAN_8BITMIME },
		{ "SMTPUTF8", CAN_SMTPUTF8 },
	};
	size_t len = strcspn(text, " ");

	for (size_t i = 0; i < sizeof offers / sizeof *offers; i++)
		if (len == strlen(offers[i].word) &&
		    strncasecmp(text, offers[i].word, len) == 0)
			*(unsigned *)ctx |= offers[i].can;
}

/* The host's name, if it could be one of the DNS. */
static void own_name(char name[static HOST_NAME_MAX + 1])
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

	memset(name, 0, HOST_NAME_MAX + 1);
	if (gethostname(name, HOST_NAME_MAX) || !name[0] ||
	    name[strspn(name, allowed)])
		memcpy(name, "localhost", sizeof "localhost");
}

static int greet(struct lmtp *l, struct err *err)
{
	const struct reply_lines offers = { note_offer, &l->can };
	char name[HOST_NAME_MAX + 1];
	struct reply reply;

	if (reply_read(&l->replies, &reply, unread, err))
		return -1;
	l->quits = true;
	own_name(name);
	if (reply.code == 220 &&
	    command(l, mem_printf("LHLO %s\r\n", name), &reply, offers, err))
		return -1;
	if (reply.code != 250)
		return err_set(err, ERR_TEMPORARY,
		               "check that it speaks LMTP, and its log",
		               "%s is not ready: %d %s", l->name, reply.code,
		               reply.status);
	return 0;
}

static int send_mail(struct lmtp *l, uint64_t size, bool utf8,
                     struct err *err)
{
	char param[32] = "";
	struct reply reply;

	if (utf8 && !(l->can & CAN_SMTPUTF8))
		return err_set(err, ERR_TEMPORARY, "use ASCII addresses there",
		               "%s does not offer SMTPUTF8", l->name);
	if ((l->can & CAN_SIZE) && size > 0)
		snprintf(param, sizeof param, " SIZE=%" PRIu64, size);

	char *text = mem_printf("MAIL FROM:<%s>%s%s%s\r\n", l->sender, param,
		l->can & CAN_8BITMIME ? " BODY=8BITMIME" : "",
		utf8 ? " SMTPUTF8" : "");

	if (command(l, text, &reply, unread, err))
		return -1;
	return reply.code / 100 == 2 ? 0 : refused(l, "MAIL", &reply, err);
}

static int send_rcpts(struct lmtp *l, struct err *err)
{
	struct tally tally = { 0 };
	struct reply reply;

	for (size_t i = 0; l->recipients[i]; i++) {
		char *text = mem_printf("RCPT TO:<%s>\r\n", l->recipients[i]);

		if (command(l, text, &reply, unread, err))
			return -1;
		tally_add(&tally, l->recipients[i], &reply);
	}
	return tally_judge(l, &tally, err);
}

static int send_data(struct lmtp *l, struct err *err)
{
	struct reply reply;

	if (command(l, mem_strdup("DATA\r\n"), &reply, unread, err))
		return -1;
	if (reply.code != 354)
		return refused(l, "DATA", &reply, err);
	l->quits = false; /* what comes is read as the message */
	dot_start(&l->dot, io_sink(&l->stream));
	return 0;
}

static int lmtp_begin(void *ctx, uint64_t size, struct err *err)
{
	struct lmtp *l = ctx;
	bool utf8 = false;

	if (check_addresses(l, &utf8, err) || open_connection(l, err) ||
	    greet(l, err) || send_mail(l, size, utf8, err) ||
	    send_rcpts(l, err) || send_data(l, err))
		return -1;
	return 0;
}

static int lmtp_write(void *ctx, const void *data, size_t len,
                      struct err *err)
{
	struct lmtp *l = ctx;

	return dot_add(&l->dot, data, len, err);
}

static int lmtp_commit(void *ctx, struct err *err)
{
	struct lmtp *l = ctx;
	struct tally tally = { 0 };
	struct reply reply;

	if (dot_end(&l->dot, err))
		return -1;
	for (size_t i = 0; l->recipients[i]; i++) {
		if (reply_read(&l->replies, &reply, unread, err))
			return -1;
		tally_add(&tally, l->recipients[i], &reply);
	}
	l->quits = true;
	return tally_judge(l, &tally, err);
}

/* Without QUIT the server drops a message that it has not whole.  Nobody
 * waits for the answer to QUIT: all that counts was said. */
static void lmtp_free(void *ctx)
{
	struct lmtp *l = ctx;

	if (l->fd >= 0) {
		if (l->quits)
			(void)send(l->fd, "QUIT\r\n", 6,
			           MSG_DONTWAIT | MSG_NOSIGNAL);
		close(l->fd);
	}
	free(l->name);
	free(l);
}

static const struct delivery_ops lmtp_ops = {
	.wants_whole = true,
	.begin = lmtp_begin,
	.write = lmtp_write,
	.commit = lmtp_commit,
	.free = lmtp_free,
};

struct delivery *delivery_lmtp_new(const char *socket, const char *sender,
                                   const char *const *recipients,
                                   bool refuse_upstream,
                                   struct deadline deadline)
{
	struct lmtp *l = mem_alloc(sizeof *l);

	l->socket = socket;
	l->sender = sender;
	l->recipients = recipients;
	l->refuse_upstream = refuse_upstream;
	l->deadline = deadline;
	l->fd = -1;
	l->name = mem_printf("LMTP server %.120s", socket);
	return delivery_new(&lmtp_ops, l);
}
