/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-engine - sealing, with gpg and with what is no gpg */
#include <config.h>

#include "tests/unit/bytes.h"
#include "tests/unit/gnupg.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/signals.h"

#define SMALL ((size_t)100)
#define LARGE ((size_t)1024 * 1024)
#define REAL_MS 30000 /* a deadline that the real gpg never meets */
#define HANG_MS 600
#define SLACK_MS 2500 /* what a killed gpg may take on a busy machine */

static int refuse_all(void *ctx, const void *data, size_t len, struct err *err)
{
	(void)ctx;
	(void)data;
	(void)len;
	return err_set(err, ERR_POLICY, NULL, "the sink is full");
}

/* ---- the group ---- */

struct fixture {
	struct gnupg *g;
	struct entry_subkey alice[2], bob[2];
	const struct entry_subkey *all[4];
};

/* A home whose only secret key is that of the N-th subkey. */
static void make_home(struct fixture *f, size_t n)
{
	char *command = mem_printf("mkdir -m 700 home%zu && gpg -q --batch "
	                           "--export-secret-subkeys %s! | "
	                           "GNUPGHOME=home%zu gpg -q --batch --import "
	                           "2>import.log",
	                           n, f->all[n]->fingerprint, n);

	gnupg_must(f->g, command);
	free(command);
}

static int setup(void **state)
{
	struct fixture *f = mem_alloc(sizeof *f);

	signals_init();
	f->g = gnupg_new();
	gnupg_key(f->g, "alice@example.org", "ed25519");
	gnupg_key(f->g, "bob@example.org", "ed25519");
	gnupg_must(f->g, "for a in alice bob; do "
	           "f=$(gpg --with-colons -k $a@example.org | grep ^fpr | "
	           "cut -d: -f10) && for i in 1 2; do gpg -q --batch "
	           "--passphrase '' --quick-add-key $f cv25519 encr || exit 1; "
	           "done; done 2>add.log");
	for (int i = 0; i < 2; i++) {
		gnupg_subkey(f->g, "alice@example.org", i + 1, &f->alice[i]);
		gnupg_subkey(f->g, "bob@example.org", i + 1, &f->bob[i]);
		f->all[i] = &f->alice[i];
		f->all[2 + i] = &f->bob[i];
	}
	for (size_t i = 0; i < 4; i++)
		make_home(f, i);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		free(f->alice[i].data);
		free(f->bob[i].data);
	}
	gnupg_free(f->g);
	free(f);
	return 0;
}

/* ---- sealing ---- */

/* What plain gpg makes of it, having the secret key of one subkey alone. It
 * ends with 2 when it tried that on another hidden recipient's first. */
static void assert_opens(struct fixture *f, const struct buf *sealed, size_t n,
                         const char *text, size_t size)
{
	char *command = mem_printf("GNUPGHOME=home%zu gpg -q --batch "
	                           "--decrypt sealed 2>open.log || true", n);
	size_t len;
	char *out;

	gnupg_write(f->g, "sealed", sealed->data, sealed->len, 0600);
	out = gnupg_sh(f->g, command, &len);
	assert_non_null(out);
	if (len != size)
		fail_msg("gpg: %s", folder_read(f->g->dir, "open.log", NULL));
	assert_memory_equal(out, text, size);
	free(out);
	free(command);
}

static void seals_for(struct fixture *f, size_t count, bool hidden, size_t size)
{
	struct buf out = BUF_INIT;
	struct err err = { 0 };
	char *text = bytes_message(size);

	if (bytes_seal(&f->g->config, f->all, count, hidden, text, size, REAL_MS,
	              &out, &err) < 0)
		fail_msg("%s", err.what);
	gnupg_assert_alone();
	assert_null(memchr(out.data, '\r', out.len));
	assert_int_equal(strncmp(out.data, "-----BEGIN PGP MESSAGE-----\n", 28),
	                 0);
	for (size_t i = 0; i < count; i++)
		assert_opens(f, &out, i, text, size);
	buf_free(&out);
	free(text);
}

static void seals_to_all_subkeys(void **state)
{
	static const size_t sizes[] = { 0, 1, SMALL, 65536, LARGE };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		seals_for(*state, 4, false, sizes[i]);
	seals_for(*state, 1, false, SMALL);
}

static void seals_to_hidden_recipients(void **state)
{
	seals_for(*state, 4, true, SMALL);
	seals_for(*state, 1, true, LARGE);
}

/* gpg encrypts to a subkey once, however often it is named. */
static void seals_to_a_shared_subkey_once(void **state)
{
	struct fixture *f = *state;
	const struct entry_subkey *twice[] = { &f->alice[0], &f->bob[0],
	                                       &f->alice[0] };
	struct buf out = BUF_INIT;
	struct err err = { 0 };

	assert_int_equal(bytes_seal(&f->g->config, twice, 3, false, "x", 1,
	                           REAL_MS, &out, &err), 0);
	buf_free(&out);
}

/* The data packet is SEIPDv1 and AES-256 whatever the certificate says. */
static void uses_aes256_and_mdc(void **state)
{
	struct fixture *f = *state;
	struct entry_subkey subkey;
	const struct entry_subkey *one = &subkey;
	struct buf out = BUF_INIT;
	struct err err = { 0 };
	char *status;

	gnupg_must(f->g, "printf '%s\\n' %no-protection 'Key-Type: EDDSA' "
	           "'Key-Curve: ed25519' 'Subkey-Type: ECDH' "
	           "'Subkey-Curve: cv25519' 'Name-Email: old@example.org' "
	           "'Preferences: 3DES CAST5' >old.txt && "
	           "gpg -q --batch --gen-key old.txt 2>old.log");
	gnupg_subkey(f->g, "old@example.org", 1, &subkey);
	assert_int_equal(bytes_seal(&f->g->config, &one, 1, false, "x", 1,
	                           REAL_MS, &out, &err), 0);
	gnupg_write(f->g, "sealed", out.data, out.len, 0600);
	status = gnupg_sh(f->g, "gpg -q --batch --status-fd 1 -d sealed "
	                  "2>open.log | grep DECRYPTION_INFO", NULL);
	assert_string_equal(status, "[GNUPG:] DECRYPTION_INFO 2 9 0\n");
	free(status);
	free(subkey.data);
	buf_free(&out);
}

static void environment_is_as_before(void **state)
{
	struct fixture *f = *state;
	struct buf out = BUF_INIT;
	struct err err = { 0 };

	setenv("GNUPGHOME", "/nonexistent/home", 1);
	setenv("PATH", "/nonexistent/bin", 1);
	setenv("GPGME_DEBUG", "9:/nonexistent/log", 1);
	assert_int_equal(bytes_seal(&f->g->config, f->all, 1, false, "x", 1,
	                           REAL_MS, &out, &err), 0);
	assert_string_equal(getenv("GNUPGHOME"), "/nonexistent/home");
	assert_string_equal(getenv("PATH"), "/nonexistent/bin");
	assert_string_equal(getenv("GPGME_DEBUG"), "9:/nonexistent/log");
	unsetenv("GNUPGHOME");
	unsetenv("PATH");
	unsetenv("GPGME_DEBUG");
	assert_int_equal(bytes_seal(&f->g->config, f->all, 1, false, "x", 1,
	                           REAL_MS, &out, &err), 0);
	assert_null(getenv("GNUPGHOME"));
	assert_null(getenv("PATH"));
	assert_null(getenv("GPGME_DEBUG"));
	setenv("PATH", "/usr/bin:/bin", 1);
	buf_free(&out);
}

/* A home that cannot be written: gpg leaves nothing there. */
static void home_stays_empty(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(folder_count(f->g->dir, "seal"), 1);
}

static void stream_errors_come_back(void **state)
{
	struct fixture *f = *state;
	char *text = bytes_message(LARGE);
	struct bytes b = { .data = text, .size = LARGE, .fails = true };
	struct buf out = BUF_INIT;
	struct err err = { 0 };

	assert_int_equal(engine_seal(&f->g->config, f->all, 1, false,
	                             (struct source){ bytes_read, &b },
	                             (struct sink){ bytes_add, &out },
	                             deadline_in(REAL_MS), &err), -1);
	assert_int_equal(err.class, ERR_POLICY);
	assert_string_equal(err.what, "the source fails");
	gnupg_assert_alone();
	b = (struct bytes){ .data = text, .size = LARGE };
	assert_int_equal(engine_seal(&f->g->config, f->all, 1, false,
	                             (struct source){ bytes_read, &b },
	                             (struct sink){ refuse_all, NULL },
	                             deadline_in(REAL_MS), &err), -1);
	assert_int_equal(err.class, ERR_POLICY);
	assert_string_equal(err.what, "the sink is full");
	gnupg_assert_alone();
	buf_free(&out);
	free(text);
}

static void assert_fails(struct fixture *f, const struct engine_config *config,
                         const struct entry_subkey *subkey, const char *why)
{
	struct buf out = BUF_INIT;
	struct err err = { 0 };

	(void)f;
	assert_int_equal(bytes_seal(config, &subkey, 1, false, "x", 1, REAL_MS,
	                           &out, &err), -1);
	assert_int_equal(err.class, ERR_TEMPORARY);
	if (!strstr(err.what, why))
		fail_msg("`%s` does not say `%s`", err.what, why);
	gnupg_assert_alone();
	buf_free(&out);
}

static void tells_what_is_missing(void **state)
{
	struct fixture *f = *state;
	struct engine_config no_gpg = { "/nonexistent/gpg", f->g->seal };
	struct engine_config relative = { "gpg", f->g->seal };
	struct engine_config no_home = { GPG, "/nonexistent/home" };
	struct engine_config not_gpg = { "/bin/true", f->g->seal };
	struct entry_subkey broken = f->alice[0];

	assert_fails(f, &no_gpg, &f->alice[0], "/nonexistent/gpg");
	assert_fails(f, &relative, &f->alice[0], "not an absolute path");
	assert_fails(f, &no_home, &f->alice[0], "/nonexistent/home/gpg.conf");
	assert_fails(f, &not_gpg, &f->alice[0], "/bin/true");
	broken.data = (unsigned char *)mem_strdup("no certificate");
	broken.size = 14;
	assert_fails(f, &f->g->config, &broken, broken.fingerprint);
	free(broken.data);
}

/* An expired certificate is refused by gpg itself. */
static void tells_whose_certificate_is_refused(void **state)
{
	struct fixture *f = *state;
	struct entry_subkey expired;

	gnupg_must(f->g, "gpg -q --batch --passphrase '' --faked-system-time "
	           "20200101T000000 --quick-gen-key expired@example.org "
	           "rsa2048 encr 20210101T000000 2>gen.log");
	gnupg_subkey(f->g, "expired@example.org", 0, &expired);
	assert_fails(f, &f->g->config, &expired, expired.fingerprint);
	free(expired.data);
}

/* The certificate above, until its last second; that time leaves nothing behind. */
static void seals_as_of_then(void **state)
{
	static const struct {
		int64_t then;
		int rc;
	} cases[] = {
		{ 1609459199, 0 },  /* 2020-12-31 23:59:59 */
		{ 1609459201, -1 }, /* gpg expires a second after we do */
		{ 1577836800, 0 },  /* 2020-01-01 00:00:00, when it was made */
		{ 1577836799, -1 },
		{ 0, -1 },
	};
	struct fixture *f = *state;
	struct entry_subkey expired;
	const struct entry_subkey *one = &expired;

	gnupg_subkey(f->g, "expired@example.org", 0, &expired);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct engine_config config = f->g->config;
		struct buf out = BUF_INIT;
		struct err err = { 0 };

		config.then = cases[i].then;
		if (bytes_seal(&config, &one, 1, false, "x", 1, REAL_MS, &out,
		               &err) != cases[i].rc)
			fail_msg("case %zu: %s", i, err.what);
		gnupg_assert_alone();
		assert_null(getenv("MAILSEAL_GPG"));
		assert_null(getenv("MAILSEAL_GPG_TIME"));
		buf_free(&out);
	}
	free(expired.data);
}

/* ---- what is no gpg ---- */

/* In a script: the descriptors that it is given, and words on them. */
#define VERSION \
	"case $1 in --version) echo 'gpg (GnuPG) 2.2.40'; exit 0;; esac\n"
#define PRELUDE VERSION \
	"a=(\"$@\")\n" \
	"for ((i = 0; i < $#; i++)); do case ${a[i]} in\n" \
	"--status-fd) st=${a[i+1]};; --logger-fd) lg=${a[i+1]};; esac; done\n" \
	"in=${a[-1]#-&}\n" \
	"say() { echo \"[GNUPG:] $*\" >&$st; }\n"

#define EITHER 1

struct fake {
	const char *name;
	const char *script;
	int rc[2];           /* for the small and the large message; EITHER */
	const char *why;     /* NULL: any text */
	bool hangs;
};

static const struct fake fakes[] = {
	{ "gpg-dies", PRELUDE "exit 2\n", { -1, -1 },
	  "ended before it had encrypted anything (it ended with status 2)" },
	{ "gpg-does-nothing", PRELUDE "exit 0\n", { -1, -1 },
	  "ended before it had encrypted anything" },
	{ "gpg-reads-all", PRELUDE "cat <&$in >/dev/null; exit 0\n",
	  { -1, -1 }, "ended before it had encrypted anything" },
	{ "gpg-is-killed", PRELUDE
	  "say BEGIN_ENCRYPTION 2 9; head -c 50 <&$in >/dev/null; kill -9 $$\n",
	  { -1, -1 }, "before it had finished (it was killed by signal 9)" },
	{ "gpg-is-killed-writing", PRELUDE
	  "say BEGIN_ENCRYPTION 2 9; head -n 4 sealed; kill -9 $$\n",
	  { -1, -1 }, "before it had finished (it was killed by signal 9)" },
	{ "gpg-writes-garbage", PRELUDE
	  "say BEGIN_ENCRYPTION 2 9; cat <&$in >/dev/null; "
	  "head -c 5000 /dev/zero; say END_ENCRYPTION\n",
	  { -1, -1 }, "did not write OpenPGP ciphertext" },
	{ "gpg-copies", PRELUDE
	  "say BEGIN_ENCRYPTION 2 9; cat <&$in; say END_ENCRYPTION\n",
	  { -1, -1 }, NULL },
	{ "gpg-writes-nothing", PRELUDE
	  "say BEGIN_ENCRYPTION 2 9; cat <&$in >/dev/null; "
	  "say END_ENCRYPTION\n", { -1, -1 }, "did not write OpenPGP ciphertext" },
	{ "gpg-writes-half", PRELUDE GPG " \"$@\" | head -c 200\n",
	  { -1, -1 }, NULL },
	{ "gpg-drops-the-end", PRELUDE GPG " \"$@\" | grep -v '^-----END'\n",
	  { -1, -1 }, "did not finish the ciphertext" },
	{ "gpg-adds-text", PRELUDE GPG " \"$@\"; echo readable\n",
	  { -1, -1 }, NULL },
	{ "gpg-encrypts-to-another", PRELUDE
	  "say BEGIN_ENCRYPTION 2 9; cat <&$in >/dev/null; "
	  "cat other; say END_ENCRYPTION\n", { -1, -1 }, "not to the 1" },
	{ "gpg-adds-a-recipient", PRELUDE GPG " -f bob.pgp \"$@\"\n",
	  { -1, -1 }, "encrypted to 2 keys, not to the 1" },
	{ "gpg-adds-a-passphrase", PRELUDE GPG " -c --pinentry-mode loopback "
	  "--passphrase x \"$@\"\n", { -1, -1 }, "encrypted to 2 keys" },
	{ "gpg-without-mdc", PRELUDE GPG " --rfc2440 \"$@\"\n", { -1, -1 },
	  "SEIPD" },
	{ "gpg-hidden", PRELUDE GPG " --throw-keyids \"$@\"\n", { -1, -1 },
	  "not to the 1" },
	{ "gpg-says-it-failed", PRELUDE "say FAILURE encrypt 32859\nexit 2\n",
	  { -1, -1 }, "No space left" },
	/* A small one may have gone into the pipe before anybody can tell. */
	{ "gpg-does-not-read", PRELUDE
	  "say BEGIN_ENCRYPTION 2 9; cat sealed; say END_ENCRYPTION\n",
	  { EITHER, -1 }, "did not read the whole message" },
	{ "gpg-closes-stdin", PRELUDE
	  "eval \"exec $in<&-\"; sleep 0.2; say BEGIN_ENCRYPTION 2 9; "
	  "cat sealed; say END_ENCRYPTION; exit 0\n",
	  { EITHER, -1 }, "did not read the whole message" },
	/* As the real one does when it could not read all of its input. */
	{ "gpg-exits-2-when-done", PRELUDE GPG " \"$@\"; exit 2\n", { -1, -1 } },
	{ "gpg-is-killed-when-done", PRELUDE GPG " \"$@\"; kill -9 $$\n",
	  { 0, 0 } },
	{ "gpg-leaves-a-child", PRELUDE
	  "(exec >&- 2>&-; eval \"exec $st>&- $lg>&- $in<&-\"; "
	  "exec sleep 4711) & " GPG " \"$@\"\n", { 0, 0 } },
	{ "gpg-floods-stderr", PRELUDE
	  "head -c 10000000 /dev/zero >&2; " GPG " \"$@\"\n", { 0, 0 } },
	{ "gpg-floods-its-log", PRELUDE "while :; do echo x; done >&$lg\n",
	  { -1, -1 }, "talks without an end" },
	{ "gpg-floods-the-status", PRELUDE "while :; do say X 1; done\n",
	  { -1, -1 }, "talks without an end" },
	{ "gpg-floods-in-one-line", PRELUDE "cat /dev/zero >&$st\n",
	  { -1, -1 }, "talks without an end" },
	{ "gpg-hangs", PRELUDE "sleep 4711\n", { -1, -1 },
	  "the deadline has passed", true },
	{ "gpg-hangs-stubbornly", PRELUDE
	  "trap '' TERM INT HUP PIPE; while :; do sleep 1; done\n",
	  { -1, -1 }, "the deadline has passed", true },
	{ "gpg-hangs-half-way", PRELUDE
	  "say BEGIN_ENCRYPTION 2 9; head -n 4 sealed; "
	  "head -c 50 <&$in >/dev/null; sleep 4711\n",
	  { -1, -1 }, "the deadline has passed", true },
	{ "gpg-hangs-when-done", PRELUDE GPG " \"$@\"; sleep 4711\n",
	  { -1, -1 }, "the deadline has passed", true },
	{ "gpg-hangs-with-version", "sleep 4711\n", { -1, -1 },
	  "before the deadline", true },
	{ "gpg-has-no-version", "exit 0\n", { -1, -1 }, "--version" },
	{ "gpg-is-old", "echo 'gpg (GnuPG) 1.4.23'\n", { -1, -1 },
	  "no version from 2.2 on" },
	{ "gpg-version-garbage", "head -c 100000 /dev/zero\n", { -1, -1 },
	  "--version" },
};

static void check_fake(struct fixture *f, const struct fake *fake, int large,
                       const char *text, size_t size)
{
	char *program = gnupg_fake(f->g, fake->name, fake->script);
	struct engine_config config = { program, f->g->seal };
	struct buf out = BUF_INIT;
	struct err err = { 0 };
	int64_t begun = clock_ms(), took;
	int rc = bytes_seal(&config, f->all, 1, false, text, size,
	                   fake->hangs ? HANG_MS : REAL_MS, &out, &err);

	took = clock_ms() - begun;
	if (rc != fake->rc[large] && fake->rc[large] != EITHER)
		fail_msg("%s, %zu bytes: %d, %s", fake->name, size, rc,
		         err.what);
	if (rc < 0) {
		assert_int_equal(err.class, ERR_TEMPORARY);
		if (fake->why && !strstr(err.what, fake->why))
			fail_msg("%s, %zu bytes: %s", fake->name, size,
			         err.what);
		assert_null(strchr(err.what, '\n'));
	}
	if (took > (fake->hangs ? HANG_MS : 2000) + SLACK_MS)
		fail_msg("%s took %d ms", fake->name, (int)took);
	if (gnupg_children() != 0)
		fail_msg("%s leaves a process", fake->name);
	gnupg_assert_alone();
	buf_free(&out);
	free(program);
}

static void survives_what_is_no_gpg(void **state)
{
	struct fixture *f = *state;
	char *text = bytes_message(LARGE);
	struct buf out = BUF_INIT;
	struct err err = { 0 };

	assert_int_equal(bytes_seal(&f->g->config, f->all, 1, false, text, SMALL,
	                           REAL_MS, &out, &err), 0);
	gnupg_write(f->g, "sealed", out.data, out.len, 0644);
	out.len = 0;
	assert_int_equal(bytes_seal(&f->g->config, f->all + 2, 1, false, text,
	                           SMALL, REAL_MS, &out, &err), 0);
	gnupg_write(f->g, "other", out.data, out.len, 0644);
	gnupg_write(f->g, "bob.pgp", f->bob[0].data, f->bob[0].size, 0644);
	for (size_t i = 0; i < sizeof fakes / sizeof *fakes; i++) {
		check_fake(f, &fakes[i], 0, text, SMALL);
		check_fake(f, &fakes[i], 1, text, LARGE);
	}
	buf_free(&out);
	free(text);
}

/* Children of before are neither killed nor reaped. */
static void leaves_other_children_alone(void **state)
{
	struct fixture *f = *state;
	struct engine_config config = { gnupg_fake(f->g, "gpg-hangs",
	                                VERSION "sleep 4711\n"), f->g->seal };
	struct buf out = BUF_INIT;
	struct err err = { 0 };
	pid_t other = fork();
	int status;

	if (other == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(bytes_seal(&f->g->config, f->all, 1, false, "x", 1,
	                           REAL_MS, &out, &err), 0);
	assert_int_equal(bytes_seal(&config, f->all, 1, false, "x", 1, 300, &out,
	                           &err), -1);
	assert_int_equal(gnupg_children(), 1);
	assert_int_equal(waitpid(other, &status, WNOHANG), 0);
	kill(other, SIGKILL);
	assert_int_equal(waitpid(other, &status, 0), other);
	free((char *)config.program);
	buf_free(&out);
}

/* A termination signal ends it within a second, also in gpg --version. */
static void heeds_a_signal(void **state)
{
	struct fixture *f = *state;
	const char *scripts[] = { VERSION "sleep 4711\n", "sleep 4711\n" };

	for (size_t i = 0; i < 2; i++) {
		char *program = gnupg_fake(f->g, "gpg-signal", scripts[i]);
		struct engine_config config = { program, f->g->seal };
		int64_t begun = clock_ms();
		pid_t child = fork();
		int status;

		if (child == 0) {
			struct buf out = BUF_INIT;
			struct err err = { 0 };
			int rc = bytes_seal(&config, f->all, 1, false, "x", 1,
			                   REAL_MS, &out, &err);

			_exit(rc == -1 && err.class == ERR_TEMPORARY &&
			      waitpid(-1, NULL, WNOHANG) == -1 ? 33 : 1);
		}
		usleep(300000);
		kill(child, SIGTERM);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 33);
		assert_true(clock_ms() - begun < 300 + 1000 + SLACK_MS);
		free(program);
	}
}

static void tells_the_version(void **state)
{
	struct fixture *f = *state;
	char version[32];
	struct err err = { 0 };

	assert_int_equal(engine_version(&f->g->config, version, sizeof version,
	                                deadline_in(REAL_MS), &err), 0);
	assert_true(version[0] >= '2' && strchr(version, '.'));
	gnupg_assert_alone();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seals_to_all_subkeys),
		cmocka_unit_test(seals_to_hidden_recipients),
		cmocka_unit_test(seals_to_a_shared_subkey_once),
		cmocka_unit_test(uses_aes256_and_mdc),
		cmocka_unit_test(environment_is_as_before),
		cmocka_unit_test(home_stays_empty),
		cmocka_unit_test(stream_errors_come_back),
		cmocka_unit_test(tells_what_is_missing),
		cmocka_unit_test(tells_whose_certificate_is_refused),
		cmocka_unit_test(seals_as_of_then),
		cmocka_unit_test(survives_what_is_no_gpg),
		cmocka_unit_test(leaves_other_children_alone),
		cmocka_unit_test(heeds_a_signal),
		cmocka_unit_test(tells_the_version),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
