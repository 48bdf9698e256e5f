/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-maildir - once, whole and durable, or not at all */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <regex.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "base/secret.h"
#include "base/signals.h"
#include "deliver/deliver.h"
#include "deliver/maildir-name.h"
#include "tests/unit/folder.h"

static char *folder; /* of the running test */
static char *box;    /* a Maildir in it, not made yet */
static char big[300000];

/* ---- a system that fails on request --------------------------------------- */

static struct {
	int fsyncs;     /* calls so far */
	int fsync_at;   /* the call that fails, counted from 1; 0: none */
	int fsync_errno; /* 0: it is killed there instead */
	int rename_errno;
	bool same_time;
	const uint64_t *random; /* what secret_random gives, NULL: as it is */
} fault;

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_renameat2(int from, const char *old, int to, const char *new,
                     unsigned flags);
int __wrap_renameat2(int from, const char *old, int to, const char *new,
                     unsigned flags);
void __real_secret_random(void *data, size_t size);
void __wrap_secret_random(void *data, size_t size);
int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_fsync(int fd)
{
	if (++fault.fsyncs != fault.fsync_at)
		return __real_fsync(fd);
	if (fault.fsync_errno == 0)
		kill(getpid(), SIGKILL);
	errno = fault.fsync_errno;
	return -1;
}

int __wrap_renameat2(int from, const char *old, int to, const char *new,
                     unsigned flags)
{
	if (fault.rename_errno == 0)
		return __real_renameat2(from, old, to, new, flags);
	errno = fault.rename_errno;
	return -1;
}

void __wrap_secret_random(void *data, size_t size)
{
	if (!fault.random) {
		__real_secret_random(data, size);
		return;
	}
	assert_int_equal(size, sizeof *fault.random);
	memcpy(data, fault.random++, size);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	if (!fault.same_time || clock != CLOCK_REALTIME)
		return __real_clock_gettime(clock, now);
	*now = (struct timespec){ 1700000000, 42000 };
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	memset(&fault, 0, sizeof fault);
	folder = folder_new();
	box = mem_printf("%s/Maildir", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(box);
	folder_remove(folder);
	return 0;
}

/* ---- helpers ---------------------------------------------------------------- */

/* In pieces that are gathered, and such that are not. */
static int write_pieces(struct sink sink, size_t len, struct err *err)
{
	static const size_t sizes[] = { 1, 100, 4096, 8191, 8192, 8193, 20000 };
	int rc = 0;

	for (size_t i = 0, n, done = 0; !rc && done < len; done += n) {
		n = sizes[i++ % (sizeof sizes / sizeof sizes[0])];
		n = n < len - done ? n : len - done;
		rc = sink_write(sink, big + done, n, err);
	}
	return rc;
}

static int deliver_at(const char *dir, const char *home, size_t len,
                      struct err *err)
{
	struct delivery *d = delivery_maildir_new(dir, home, NULL);
	struct sink sink = delivery_sink(d);
	int rc = 0;

	*err = (struct err){ .class = ERR_NONE };
	if (delivery_begin(d, 0, err) || write_pieces(sink, len, err) || delivery_commit(d, err))
		rc = -1;
	delivery_free(&d);
	return rc;
}

static int deliver(struct err *err)
{
	return deliver_at(box, NULL, sizeof big, err);
}

static char *only_name(const char *dir, const char *sub)
{
	char *path = mem_printf("%s/%s", dir, sub);
	DIR *open = opendir(path);
	char *name = NULL;

	assert_non_null(open);
	for (struct dirent *e; (e = readdir(open));)
		if (e->d_name[0] != '.') {
			assert_null(name);
			name = mem_printf("%s/%s", sub, e->d_name);
		}
	closedir(open);
	free(path);
	return name;
}

/* The one message in new/ is whole, and nothing is left in tmp/. */
static void assert_stored(const char *dir)
{
	char *name = only_name(dir, "new");
	size_t len;

	assert_non_null(name);

	char *data = folder_read(dir, name, &len);

	assert_int_equal(len, sizeof big);
	assert_memory_equal(data, big, len);
	assert_int_equal(folder_count(dir, "tmp"), 0);
	assert_int_equal(folder_count(dir, "cur"), 0);
	free(data);
	free(name);
}

static void assert_nothing(const char *dir)
{
	assert_int_equal(folder_count(dir, "new"), 0);
	assert_int_equal(folder_count(dir, "tmp"), 0);
}

static mode_t mode_of(const char *dir, const char *sub)
{
	char *path = mem_printf("%s/%s", dir, sub);
	struct stat st = { 0 };

	assert_int_equal(stat(path, &st), 0);
	free(path);
	return st.st_mode & 07777;
}

static void make(const char *sub, mode_t mode)
{
	char *path = mem_printf("%s/%s", folder, sub);

	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

static void assert_refused(const char *dir, const char *home,
                           const char *text)
{
	struct err err;

	assert_int_equal(deliver_at(dir, home, 10, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.what, text));
	assert_true(err.advice[0] != '\0');
}

/* Runs act in a child of its own; its wait status. */
static int apart(int (*act)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(act());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* ---- what it is called -------------------------------------------------------- */

static void test_name(void **state)
{
	const char *pattern = "^new/[0-9]{10}\\.M[0-9]{6}P[0-9]+R[0-9a-f]{16}"
		"\\.[A-Za-z0-9._\\-]+,S=300000$";
	struct err err;
	regex_t regex;

	(void)state;
	assert_int_equal(deliver(&err), 0);

	char *name = only_name(box, "new");

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	assert_int_equal(regexec(&regex, name, 0, NULL, 0), 0);
	regfree(&regex);
	free(name);
}

/* ---- where it goes --------------------------------------------------------------- */

static void test_new_maildir(void **state)
{
	static const mode_t umasks[] = { 0, 022, 0777 };
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof umasks / sizeof *umasks; i++) {
		char *dir = mem_printf("%s/box%zu", folder, i);
		mode_t old = umask(umasks[i]);
		int rc = deliver_at(dir, NULL, sizeof big, &err);

		assert_int_equal(umask(old), umasks[i]);
		assert_int_equal(rc, 0);
		assert_stored(dir);

		char *name = only_name(dir, "new");

		assert_int_equal(mode_of(dir, name), 0600);
		assert_int_equal(mode_of(dir, "."), 0700);
		assert_int_equal(mode_of(dir, "cur"), 0700);
		assert_int_equal(mode_of(dir, "new"), 0700);
		assert_int_equal(mode_of(dir, "tmp"), 0700);
		free(name);
		free(dir);
	}
}

static void test_partly_made(void **state)
{
	struct err err;

	(void)state;
	make("Maildir", 0750);
	make("Maildir/new", 0770);
	assert_int_equal(deliver(&err), 0);
	assert_stored(box);
	assert_int_equal(mode_of(box, "."), 0750);
	assert_int_equal(mode_of(box, "new"), 0770);
	assert_int_equal(mode_of(box, "cur"), 0700);
}

static void test_home(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(deliver_at("Maildir", folder, sizeof big, &err), 0);
	assert_stored(box);
	assert_refused("Maildir", NULL, "HOME");
	assert_refused("Maildir", "", "HOME");
	assert_refused("Maildir", "relative", "HOME");
	assert_refused("", folder, "Maildir");
}

static void test_links(void **state)
{
	char *link = mem_printf("%s/link", folder);
	char *inner = mem_printf("%s/Maildir/new", folder);
	char *elsewhere = mem_printf("%s/elsewhere", folder);
	struct err err;

	(void)state;
	make("Maildir", 0700);
	make("elsewhere", 0700);
	assert_int_equal(symlink(box, link), 0);
	assert_int_equal(symlink(elsewhere, inner), 0);
	assert_int_equal(deliver_at(link, NULL, sizeof big, &err), 0);
	assert_stored(box);
	assert_int_equal(folder_count(folder, "elsewhere"), 1);

	char *dangling = mem_printf("%s/dangling", folder);

	assert_int_equal(symlink("/no/such/folder", dangling), 0);
	assert_refused(dangling, NULL, "No such file");
	free(dangling);
	free(link);
	free(inner);
	free(elsewhere);
}

static void test_no_place(void **state)
{
	char *deep = mem_printf("%s/a/b", folder);
	char *file = mem_printf("%s/file", folder);
	char *below = mem_printf("%s/file/Maildir", folder);
	char *inner = mem_printf("%s/new", box);

	(void)state;
	close(open(file, O_WRONLY | O_CREAT, 0600));
	assert_refused(deep, NULL, "No such file");
	assert_refused(file, NULL, "Not a directory");
	assert_refused(below, NULL, "Not a directory");
	make("Maildir", 0700);
	close(open(inner, O_WRONLY | O_CREAT, 0600));
	assert_refused(box, NULL, "Not a directory");
	free(deep);
	free(file);
	free(below);
	free(inner);
}

static int deliver_unprivileged(void)
{
	struct err err;

	if (getuid() == 0 && (setgid(65534) || setuid(65534)))
		return 9;
	return deliver(&err) == -1 && err.class == ERR_TEMPORARY &&
	       strstr(err.what, "Permission denied") ? 0 : 1;
}

static void test_read_only(void **state)
{
	static const char *const locked[] = { "Maildir/tmp", "Maildir/new" };
	struct err err;

	(void)state;
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(deliver(&err), 0);
	assert_int_equal(chmod(box, 0777), 0);
	for (size_t i = 0; i < 2; i++) {
		char *path = mem_printf("%s/%s", folder, locked[i]);
		char *other = mem_printf("%s/%s", folder, locked[1 - i]);

		assert_int_equal(chmod(other, 0777), 0);
		assert_int_equal(chmod(path, 0555), 0);
		assert_int_equal(apart(deliver_unprivileged), 0);
		assert_int_equal(chmod(path, 0777), 0);
		assert_stored(box); /* the first one, and no trace of this */
		free(path);
		free(other);
	}
}

/* ---- never over an existing file --------------------------------------------------- */

static const uint64_t randoms[] = { 1, 2, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4 };

static char *pinned_name(const char *sub, uint64_t random, bool sized)
{
	char host[MAILDIR_HOST_MAX], raw[HOST_NAME_MAX + 1] = "";

	gethostname(raw, HOST_NAME_MAX);
	maildir_name_host(host, raw);
	return mem_printf("%s/%s/1700000000.M000042P%ldR%016llx.%s%s", box, sub,
	                  (long)getpid(), (unsigned long long)random, host,
	                  sized ? ",S=300000" : "");
}

static void occupy(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "mine", 4), 4);
	close(fd);
}

static void assert_still_mine(const char *path)
{
	char *data = folder_read("/", path, NULL);

	assert_non_null(data);
	assert_string_equal(data, "mine");
	free(data);
}

static void assert_moves_aside(void)
{
	char *tmp, *new, *next;
	struct err err;

	make("Maildir", 0700);
	make("Maildir/tmp", 0700);
	make("Maildir/new", 0700);
	fault.same_time = true;
	fault.random = randoms;
	tmp = pinned_name("tmp", 1, false);  /* taken, so 2 is used there */
	new = pinned_name("new", 2, true);   /* taken too, so 3 */
	next = pinned_name("new", 3, true);
	occupy(tmp);
	occupy(new);
	assert_int_equal(deliver(&err), 0);
	assert_still_mine(tmp);
	assert_still_mine(new);
	assert_int_equal(access(next, F_OK), 0);
	assert_int_equal(folder_count(box, "new"), 2);
	assert_int_equal(folder_count(box, "tmp"), 1);
	free(tmp);
	free(new);
	free(next);
}

static void test_name_taken(void **state)
{
	(void)state;
	assert_moves_aside();
}

static void test_name_taken_link(void **state)
{
	(void)state;
	fault.rename_errno = EINVAL;
	assert_moves_aside();
}

static void test_all_names_taken(void **state)
{
	static const char *const subs[] = { "tmp", "new" };

	(void)state;
	make("Maildir", 0700);
	make("Maildir/tmp", 0700);
	make("Maildir/new", 0700);
	fault.same_time = true;
	for (size_t i = 0; i < 2; i++) {
		char *taken = pinned_name(subs[i], 4, i == 1);
		struct err err;

		occupy(taken);
		fault.random = randoms + 4 - i; /* 3, 4, 4, 4 in the second turn */
		assert_int_equal(deliver(&err), -1);
		assert_int_equal(err.class, ERR_TEMPORARY);
		assert_non_null(strstr(err.what, "File exists"));
		assert_still_mine(taken);
		assert_int_equal(folder_count(box, "tmp"), i == 0);
		unlink(taken);
		free(taken);
	}
}

static void test_without_renameat2(void **state)
{
	static const int errors[] = { EINVAL, ENOSYS };
	struct err err;

	for (size_t i = 0; i < 2; i++) {
		fault.rename_errno = errors[i];
		assert_int_equal(deliver(&err), 0);
		assert_stored(box);
		tear_down(state);
		set_up(state);
	}
}

/* ---- what fails on the way -------------------------------------------------------------- */

static void test_rename_fails(void **state)
{
	struct err err;

	(void)state;
	fault.rename_errno = EIO;
	assert_int_equal(deliver(&err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_nothing(box);
}

/* The syncs of a delivery into a new Maildir, and what each failure leaves. */
enum { SYNC_FOLDERS = 1, SYNC_PARENT, SYNC_FILE, SYNC_NEW, SYNC_COUNT = SYNC_NEW };

static void test_sync_fails(void **state)
{
	for (int at = SYNC_FOLDERS; at <= SYNC_COUNT; at++) {
		struct err err;

		fault.fsync_at = at;
		fault.fsync_errno = EIO;
		assert_int_equal(deliver(&err), -1);
		assert_int_equal(err.class, ERR_TEMPORARY);
		assert_int_equal(fault.fsyncs, at);
		/* Behind the rename it stays: someone may have seen it. */
		if (at == SYNC_NEW)
			assert_stored(box);
		else
			assert_nothing(box);
		tear_down(state);
		set_up(state);
	}
}

/* Some network file systems can't sync a folder; a file they all can. */
static void test_sync_unknown(void **state)
{
	for (int at = SYNC_FOLDERS; at <= SYNC_COUNT; at++) {
		struct err err;

		fault.fsync_at = at;
		fault.fsync_errno = EINVAL;
		assert_int_equal(deliver(&err), at == SYNC_FILE ? -1 : 0);
		tear_down(state);
		set_up(state);
	}
}

static void test_sync_count(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(deliver(&err), 0);
	assert_int_equal(fault.fsyncs, SYNC_COUNT);
	assert_int_equal(deliver(&err), 0); /* nothing to create any more */
	assert_int_equal(fault.fsyncs, SYNC_COUNT + 2);
}

static int deliver_once(void)
{
	struct err err;

	return deliver(&err) ? 1 : 0;
}

/* Killed anywhere, new/ has a whole message or none. */
static void test_killed(void **state)
{
	for (int at = SYNC_FOLDERS; at <= SYNC_COUNT; at++) {
		int status;

		fault.fsync_at = at;
		fault.fsync_errno = 0;
		status = apart(deliver_once);
		assert_true(WIFSIGNALED(status));
		if (at < SYNC_NEW)
			assert_int_equal(folder_count(box, "new"), 0);
		else
			assert_stored(box);
		/* What is left does not stop the next one. */
		fault.fsync_at = 0;
		assert_int_equal(WEXITSTATUS(apart(deliver_once)), 0);
		assert_int_equal(folder_count(box, "new"), at < SYNC_NEW ? 1 : 2);
		tear_down(state);
		set_up(state);
	}
}

static int deliver_limited(void)
{
	const struct rlimit limit = { 200000, 200000 };
	struct err err;

	setrlimit(RLIMIT_FSIZE, &limit);
	return deliver(&err) == -1 && err.class == ERR_TEMPORARY &&
	       strstr(err.what, "File too large") &&
	       strstr(err.advice, "space") ? 0 : 1;
}

static void test_file_size_limit(void **state)
{
	(void)state;
	assert_int_equal(apart(deliver_limited), 0);
	assert_nothing(box);
}

static int deliver_stopped(void)
{
	struct delivery *d = delivery_maildir_new(box, NULL, NULL);
	struct err err;

	if (delivery_begin(d, 0, &err))
		return 1;
	raise(SIGTERM);

	int rc = sink_write(delivery_sink(d), big, 10, &err);

	rc = rc ? rc : delivery_commit(d, &err);
	delivery_free(&d);
	return rc == -1 && strstr(err.what, "signal") ? 0 : 2;
}

static void test_stopped(void **state)
{
	(void)state;
	assert_int_equal(apart(deliver_stopped), 0);
	assert_nothing(box);
}

static void test_abandoned(void **state)
{
	struct delivery *d = delivery_maildir_new(box, NULL, NULL);
	struct err err;

	(void)state;
	assert_false(delivery_wants_whole(d));
	assert_false(delivery_wants_from_line(d));
	assert_int_equal(delivery_begin(d, 0, &err), 0);
	assert_int_equal(sink_write(delivery_sink(d), big, 10, &err), 0);
	assert_int_equal(folder_count(box, "tmp"), 1);
	delivery_free(&d);
	assert_nothing(box);
}

/* ---- many at a time ------------------------------------------------------------------------ */

#define AT_ONCE 4
#define EACH 25

static int deliver_many(void)
{
	struct err err;

	for (int i = 0; i < EACH; i++)
		if (deliver_at(box, NULL, 100, &err))
			return 1;
	return 0;
}

static void test_many(void **state)
{
	pid_t pids[AT_ONCE];

	(void)state;
	for (int i = 0; i < AT_ONCE; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(deliver_many());
	}
	for (int i = 0; i < AT_ONCE; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(folder_count(box, "new"), AT_ONCE * EACH);
	assert_int_equal(folder_count(box, "tmp"), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_name),
		TEST(test_new_maildir),
		TEST(test_partly_made),
		TEST(test_home),
		TEST(test_links),
		TEST(test_no_place),
		TEST(test_read_only),
		TEST(test_name_taken),
		TEST(test_name_taken_link),
		TEST(test_all_names_taken),
		TEST(test_without_renameat2),
		TEST(test_rename_fails),
		TEST(test_sync_fails),
		TEST(test_sync_unknown),
		TEST(test_sync_count),
		TEST(test_killed),
		TEST(test_file_size_limit),
		TEST(test_stopped),
		TEST(test_abandoned),
		TEST(test_many),
	};

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i * 7 + i / 251);
	secret_init();
	signals_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
