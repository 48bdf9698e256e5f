/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-lmtp - servers that accept, refuse, stall, leave and lie */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "base/signals.h"
#include "deliver/deliver.h"
#include "tests/unit/folder.h"

#define TEXT(s) s, sizeof s - 1
#define OPTIONS_MAX 8
#define NO_PYTHON 127 /* what the server's process exits with then */

static char *folder; /* of the running test */
static char *path;   /* the server's socket in it */
static pid_t server; /* 0: none */

/* ---- the server -------------------------------------------------------------------- */

static int set_up(void **state)
{
	(void)state;
	folder = folder_new();
	path = mem_printf("%s/socket", folder);
	return 0;
}

static void stop_server(void)
{
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	server = 0;
}

static int tear_down(void **state)
{
	(void)state;
	stop_server();
	free(path);
	folder_remove(folder);
	return 0;
}

static _Noreturn void be_server(const char *const *options, int out)
{
	const char *srcdir = getenv("srcdir");
	char *script = mem_printf("%s/tests/lib/lmtp-server.py",
	                          srcdir ? srcdir : ".");
	char *argv[OPTIONS_MAX + 6] = { (char *)"python3", script };
	int count = 2;

	for (; options[count - 2]; count++)
		argv[count] = (char *)options[count - 2];
	argv[count] = path;
	argv[count + 1] = folder;
	dup2(out, 1);
	execv("/usr/bin/python3", argv); /* before a slow wrapper in PATH */
	execvp(argv[0], argv);
	_exit(NO_PYTHON);
}

/* Only a missing Python is a reason to skip, and not in CI. */
static void server_missing(void)
{
	const char *ci = getenv("CI");
	int status = 0;

	waitpid(server, &status, 0);
	server = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != NO_PYTHON)
		fail_msg("the LMTP server ended with status %d", status);
	if (ci && strcmp(ci, "true") == 0)
		fail_msg("python3 is needed");
	print_message("python3 is needed\n");
	skip();
}

static void start_server(const char *const *options)
{
	char ready;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	server = fork();
	if (server == 0)
		be_server(options, fds[1]);
	close(fds[1]);

	ssize_t n = read(fds[0], &ready, 1);

	close(fds[0]);
	if (n != 1)
		server_missing();
}

/* A file of the first connection's, once there. */
static char *server_file(const char *name, size_t *len)
{
	char *data = NULL;

	for (int i = 0; i < 500 && !data; i++) {
		data = folder_read(folder, name, len);
		if (!data)
			nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	}
	return data;
}

/* What the server was told, once the connection is over. */
static char *session(void)
{
	char *text = NULL;

	for (int i = 0; i < 500; i++) {
		free(text);
		text = server_file("1.session", NULL);
		if (text && strstr(text, "<closed>\n"))
			return text;
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	}
	fail_msg("the connection is not over: %s", text ? text : "");
	return NULL;
}

/* ---- deliveries --------------------------------------------------------------------- */

struct envelope {
	const char *sender;
	const char *recipients[4];
};

static const struct envelope one = { "alice@example.org",
	                             { "bob@example.org" } };
static const struct envelope two = { "alice@example.org",
	{ "bob@example.org", "carol@example.org" } };

static int deliver(const struct envelope *envelope, const void *data,
                   size_t len, bool refuse, int64_t ms, struct err *err)
{
	struct delivery *d = delivery_lmtp_new(path, envelope->sender,
		envelope->recipients, refuse, deadline_in(ms));
	int rc = 0;

	assert_true(delivery_wants_whole(d));
	assert_false(delivery_wants_from_line(d));
	*err = (struct err){ .class = ERR_NONE };
	if (delivery_begin(d, len, err) ||
	    sink_write(delivery_sink(d), data, len, err) ||
	    delivery_commit(d, err))
		rc = -1;
	delivery_free(&d);
	return rc;
}

static const char small[] = "Subject: x\n\n.dot\nlast";

static void assert_session(const char *text)
{
	char host[65] = "";
	char *said = session();

	gethostname(host, sizeof host - 1);

	char *want = mem_printf("LHLO %s\n%s", host, text);

	assert_string_equal(said, want);
	free(want);
	free(said);
}

static void test_accepted(void **state)
{
	const char *const options[] = { NULL };
	struct err err;
	size_t len;

	(void)state;
	start_server(options);
	assert_int_equal(deliver(&two, TEXT(small), false, 9000, &err), 0);
	assert_session("MAIL FROM:<alice@example.org> SIZE=21 BODY=8BITMIME\n"
	               "RCPT TO:<bob@example.org>\n"
	               "RCPT TO:<carol@example.org>\n"
	               "DATA\n<data>\nQUIT\n<closed>\n");

	char *message = server_file("1.message", &len);

	assert_string_equal(message, "Subject: x\r\n\r\n.dot\r\nlast\r\n");
	free(message);
}

static void test_offers_nothing(void **state)
{
	const char *const options[] = { "--lhlo", "250 x", NULL };
	const struct envelope bounce = { "", { "bob+x@example.org" } };
	const struct envelope utf8 = { "", { "b\xc3\xb6" "b@example.org" } };
	struct err err;

	(void)state;
	start_server(options);
	assert_int_equal(deliver(&bounce, TEXT(small), false, 9000, &err), 0);
	assert_session("MAIL FROM:<>\nRCPT TO:<bob+x@example.org>\n"
	               "DATA\n<data>\nQUIT\n<closed>\n");
	assert_int_equal(deliver(&utf8, TEXT(small), true, 9000, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, "SMTPUTF8"));
}

static void test_utf8(void **state)
{
	const char *const options[] = { "--lhlo", "250-x\\r\\n250 smtputf8", NULL };
	const struct envelope utf8 = { "a@example.org",
		                       { "b\xc3\xb6" "b@example.org" } };
	struct err err;

	(void)state;
	start_server(options);
	assert_int_equal(deliver(&utf8, TEXT(small), false, 9000, &err), 0);
	assert_session("MAIL FROM:<a@example.org> SMTPUTF8\n"
	               "RCPT TO:<b\xc3\xb6" "b@example.org>\n"
	               "DATA\n<data>\nQUIT\n<closed>\n");
}

static void test_addresses(void **state)
{
	static const struct envelope cases[] = {
		{ "a", { NULL } },
		{ "a", { "" } },
		{ "a", { "b\r\nDATA" } },
		{ "a", { "b@example.org", "c\nd" } },
		{ "a", { "b> NOTIFY=x <c" } },
		{ "a", { "\x7f@example.org" } },
		{ "a\r\nRSET", { "b" } },
		{ "<>", { "b" } },
	};
	const char *const options[] = { NULL };
	char *huge = mem_alloc(5000);
	const struct envelope too_long = { "a", { huge } };
	struct err err;

	(void)state;
	start_server(options);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(deliver(&cases[i], TEXT(small), true, 5000,
		                         &err), -1);
		assert_int_equal(err.class, ERR_TEMPORARY);
		assert_null(strchr(err.what, '\n'));
	}
	memset(huge, 'x', 4999);
	assert_int_equal(deliver(&too_long, TEXT(small), true, 5000, &err), -1);
	/* The server never saw any of it. */
	assert_null(folder_read(folder, "1.session", NULL));
	free(huge);
}

/* ---- what the server does ----------------------------------------------------------- */

struct server_case {
	const char *options[OPTIONS_MAX];
	const struct envelope *envelope;
	enum err_class deferring, refusing; /* by on-upstream-refusal */
	const char *text;   /* in the error */
	const char *ending; /* of the session */
};

static const struct server_case server_cases[] = {
	/* Before it talks about the message. */
	{ { "--greeting", "421 4.3.2 busy" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "421 4.3.2", "QUIT\n<closed>\n" },
	{ { "--greeting", "554 5.3.2 no" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "554 5.3.2", "QUIT\n<closed>\n" },
	{ { "--greeting", "SSH-2.0-x" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "no reply", "<closed>\n" },
	{ { "--greeting", "=close" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "closed the connection", "<closed>\n" },
	{ { "--lhlo", "500 5.5.1 HELO?" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "500 5.5.1", "QUIT\n<closed>\n" },
	{ { "--lhlo", "250-a\\r\\n251 b" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "no reply", "<closed>\n" },
	{ { "--lhlo", "=close" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "closed the connection", "<closed>\n" },
	/* MAIL */
	{ { "--mail", "452 4.3.1 full" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "MAIL: 452 4.3.1", "QUIT\n<closed>\n" },
	{ { "--mail", "552 5.3.4 too big" }, &one, ERR_TEMPORARY, ERR_POLICY,
	  "MAIL: 552 5.3.4", "QUIT\n<closed>\n" },
	{ { "--mail", "354 what" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "MAIL: 354", "QUIT\n<closed>\n" },
	{ { "--mail", "=close" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "closed the connection", "<closed>\n" },
	/* RCPT: a refused one means no DATA. */
	{ { "--rcpt", "550 5.1.1 who" }, &one, ERR_TEMPORARY, ERR_POLICY,
	  "bob@example.org: 550 5.1.1", "org>\nQUIT\n<closed>\n" },
	{ { "--rcpt", "450 4.2.1 later" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "450 4.2.1", "org>\nQUIT\n<closed>\n" },
	{ { "--rcpt", "550 5.1.1 who" }, &two, ERR_TEMPORARY, ERR_POLICY,
	  "2 of 2", "org>\nQUIT\n<closed>\n" },
	{ { "--rcpt", "250 ok", "--rcpt", "550 5.1.1 who" }, &two, ERR_TEMPORARY,
	  ERR_TEMPORARY, "1 of 2 recipients, first carol@example.org: 550 5.1.1",
	  "org>\nQUIT\n<closed>\n" },
	{ { "--rcpt", "550 5.1.1 who", "--rcpt", "450 later" }, &two,
	  ERR_TEMPORARY, ERR_TEMPORARY, "2 of 2", "org>\nQUIT\n<closed>\n" },
	{ { "--rcpt", "=close" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "closed the connection", "org>\n<closed>\n" },
	/* DATA */
	{ { "--data", "451 4.3.0 no" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "DATA: 451 4.3.0", "DATA\nQUIT\n<closed>\n" },
	{ { "--data", "554 5.6.0 no" }, &one, ERR_TEMPORARY, ERR_POLICY,
	  "DATA: 554 5.6.0", "DATA\nQUIT\n<closed>\n" },
	{ { "--data", "250 what" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "DATA: 250", "DATA\nQUIT\n<closed>\n" },
	{ { "--data", "=close" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "closed the connection", "DATA\n<closed>\n" },
	{ { "--stop-after", "1" }, &one, ERR_TEMPORARY, ERR_TEMPORARY, "",
	  "DATA\n<closed>\n" },
	/* After the message: a reply for each recipient. */
	{ { NULL }, &one, ERR_NONE, ERR_NONE, "", "<data>\nQUIT\n<closed>\n" },
	{ { "--final", "250-a\\r\\n250 b" }, &two, ERR_NONE, ERR_NONE, "",
	  "<data>\nQUIT\n<closed>\n" },
	{ { "--quit", "=close" }, &two, ERR_NONE, ERR_NONE, "",
	  "<data>\nQUIT\n<closed>\n" },
	{ { "--quit", "500 what" }, &one, ERR_NONE, ERR_NONE, "", "" },
	{ { "--final", "452 4.2.2 quota" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "452 4.2.2", "<data>\nQUIT\n<closed>\n" },
	{ { "--final", "552 5.2.2 quota" }, &one, ERR_TEMPORARY, ERR_POLICY,
	  "552 5.2.2", "<data>\nQUIT\n<closed>\n" },
	{ { "--final", "552 5.2.2 quota" }, &two, ERR_TEMPORARY, ERR_POLICY,
	  "2 of 2", "<data>\nQUIT\n<closed>\n" },
	{ { "--final", "250 ok", "--final", "552 5.2.2 quota" }, &two,
	  ERR_TEMPORARY, ERR_TEMPORARY, "1 of 2", "<data>\nQUIT\n<closed>\n" },
	{ { "--final", "452 4.2.2 quota", "--final", "552 5.2.2 quota" }, &two,
	  ERR_TEMPORARY, ERR_TEMPORARY, "2 of 2", "<data>\nQUIT\n<closed>\n" },
	{ { "--final", "250 ok", "--final", "=close" }, &two, ERR_TEMPORARY,
	  ERR_TEMPORARY, "closed the connection", "<data>\n<closed>\n" },
	{ { "--final", "=raw:250 half" }, &two, ERR_TEMPORARY, ERR_TEMPORARY,
	  "", "" },
	{ { "--final", "garbage" }, &one, ERR_TEMPORARY, ERR_TEMPORARY,
	  "no reply", "" },
};

static void assert_case(const struct server_case *c, bool refuse)
{
	enum err_class want = refuse ? c->refusing : c->deferring;
	bool hangs = strncmp(c->options[0] && c->options[1] ? c->options[1] : "",
	                     "=raw", 4) == 0;
	struct err err;
	size_t len = strlen(c->ending);

	start_server(c->options);

	int rc = deliver(c->envelope, TEXT(small), refuse, hangs ? 300 : 9000,
	                 &err);
	char *said = session();

	if (err.class != want || rc != (want == ERR_NONE ? 0 : -1) ||
	    !strstr(err.what, c->text) || strlen(said) < len ||
	    strcmp(said + strlen(said) - len, c->ending) != 0)
		fail_msg("%s %s: %d %d %s\n%s", c->options[0], c->options[1], rc,
		         (int)err.class, err.what, said);
	/* Never the text of a reply: it may quote the message. */
	assert_null(strstr(err.what, "quota"));
	assert_null(strstr(err.what, "who"));
	free(said);
}

static void test_servers(void **state)
{
	for (size_t i = 0; i < sizeof server_cases / sizeof *server_cases; i++) {
		for (int refuse = 0; refuse < 2; refuse++) {
			/* What is no refusal needs but one turn. */
			if (refuse && server_cases[i].refusing == ERR_NONE)
				continue;
			assert_case(&server_cases[i], refuse);
			tear_down(state);
			set_up(state);
		}
	}
}

/* ---- time, size --------------------------------------------------------------------- */

static void assert_times_out(const struct envelope *envelope,
                             const void *data, size_t len)
{
	int64_t before = clock_ms();
	struct err err;

	assert_int_equal(deliver(envelope, data, len, true, 400, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, "deadline"));
	assert_in_range(clock_ms() - before, 400, 5000);
}

static void test_stalls(void **state)
{
	static const char *const stalls[][3] = {
		{ "--greeting", "=hang" },
		{ "--greeting", "=slow:220 a slow server is not ready in time" },
		{ "--greeting", "=flood" },
		{ "--lhlo", "=hang" },
		{ "--mail", "=hang" },
		{ "--rcpt", "=hang" },
		{ "--data", "=hang" },
		{ "--data", "=slow:354 a slow server is not ready in time" },
		{ "--final", "=hang" },
		{ "--final", "=slow:250 a slow server is not ready in time" },
	};

	for (size_t i = 0; i < sizeof stalls / sizeof *stalls; i++) {
		start_server(stalls[i]);
		assert_times_out(&one, TEXT(small));
		tear_down(state);
		set_up(state);
	}
}

static char *big_message(size_t len)
{
	char *data = mem_alloc(len);

	for (size_t i = 0; i < len; i++)
		data[i] = i % 71 == 70 ? '\n' : i % 71 == 0 ? '.' : 'x';
	return data;
}

static void test_does_not_read(void **state)
{
	static const char *const options[2][2] = { { "--no-read" },
		                                   { "--read-slowly" } };
	size_t len = (size_t)4 * 1024 * 1024;
	char *data = big_message(len);

	for (int i = 0; i < 2; i++) {
		start_server(options[i]);
		assert_times_out(&one, data, len);
		tear_down(state);
		set_up(state);
	}
	free(data);
}

/* What stopped short is no message: the final dot never comes. */
static void test_aborted(void **state)
{
	const char *const options[] = { NULL };
	struct delivery *d = delivery_lmtp_new(path, "", one.recipients, false,
	                                       deadline_in(5000));
	struct err err;

	(void)state;
	start_server(options);
	assert_int_equal(delivery_begin(d, 1000, &err), 0);
	assert_int_equal(sink_write(delivery_sink(d), TEXT(small), &err), 0);
	delivery_free(&d);

	char *said = session();

	assert_null(strstr(said, "<data>"));
	assert_null(strstr(said, "QUIT"));
	assert_null(folder_read(folder, "1.message", NULL));
	free(said);
}

static void test_big(void **state)
{
	const char *const options[] = { NULL };
	size_t len = (size_t)71 * 50000, got, lf = 0;
	char *data = big_message(len);
	struct err err;

	(void)state;
	start_server(options);
	assert_int_equal(deliver(&one, data, len, false, 20000, &err), 0);

	char *message = server_file("1.message", &got);

	assert_int_equal(got, len + 50000);
	for (size_t i = 0; i < got; i++) {
		if (message[i] == '\r')
			continue;
		assert_int_equal(message[i], data[lf]);
		lf++;
	}
	free(message);
	free(data);
}

static void test_stop_early_big(void **state)
{
	const char *const options[] = { "--stop-after", "100000", NULL };
	size_t len = (size_t)4 * 1024 * 1024;
	char *data = big_message(len);
	struct err err;

	(void)state;
	start_server(options);
	assert_int_equal(deliver(&one, data, len, true, 9000, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	free(data);
}

/* ---- no server ----------------------------------------------------------------------- */

static void assert_unreachable(const char *text)
{
	struct err err;

	assert_int_equal(deliver(&one, TEXT(small), true, 400, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, text));
	assert_true(err.advice[0] != '\0');
}

static void test_unreachable(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char *right = path;

	(void)state;
	assert_unreachable("No such file");
	assert_true(strlen(path) < sizeof name.sun_path);
	memcpy(name.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof name), 0);
	assert_unreachable("refused");
	close(fd);
	path = mem_printf("%s/%0200d", folder, 0);
	assert_unreachable("socket's path");
	free(path);
	path = mem_strdup("");
	assert_unreachable("socket's path");
	free(path);
	path = right;
}

/* Nobody accepts, and the queue is full. */
static void test_queue_full(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	int fds[8], count = 0;
	int64_t before;

	(void)state;
	memcpy(name.sun_path, path, strlen(path));
	assert_int_equal(bind(listener, (struct sockaddr *)&name, sizeof name), 0);
	assert_int_equal(listen(listener, 0), 0);
	while (count < 8) {
		fds[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(fds[count++], (struct sockaddr *)&name, sizeof name))
			break;
	}
	assert_int_equal(errno, EAGAIN);
	before = clock_ms();
	assert_unreachable("in time");
	assert_in_range(clock_ms() - before, 400, 5000);
	while (count > 0)
		close(fds[--count]);
	close(listener);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_accepted),
		TEST(test_offers_nothing),
		TEST(test_utf8),
		TEST(test_addresses),
		TEST(test_servers),
		TEST(test_stalls),
		TEST(test_does_not_read),
		TEST(test_aborted),
		TEST(test_big),
		TEST(test_stop_early_big),
		TEST(test_unreachable),
		TEST(test_queue_full),
	};

	signals_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
