/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-inspect - certificates as people bring them */
#include <config.h>

#include "tests/unit/gnupg.h"

#include <time.h>

#include "base/clock.h"
#include "base/signals.h"

#define REAL_MS 60000

struct fixture {
	struct gnupg *g;
	char *tmp; /* TMPDIR while engine_inspect runs */
};

/* Makes every certificate of these tests, as NAME.pgp. */
static const char make_all[] =
	"set -e; exec 2>make.log\n"
	"key() { gpg -q --batch --passphrase '' --quick-gen-key \"$@\"; }\n"
	"add() { gpg -q --batch --passphrase '' --quick-add-key \"$@\"; }\n"
	"uid() { gpg -q --batch --passphrase '' --quick-add-uid \"$@\"; }\n"
	"fpr() { gpg --with-colons -k $1@example.org | grep ^fpr | "
	"cut -d: -f10 | sed -n ${2:-1}p; }\n"
	"gpg() { command gpg --no-auto-check-trustdb \"$@\"; }\n"
	"key 'Two <two@example.org>' ed25519 cert\n"
	"add $(fpr two) cv25519 encr; add $(fpr two) brainpoolP256r1 encr\n"
	"key 'Sce <sce@example.org>' rsa2048 cert,sign,encr\n"
	"key 'Both <both@example.org>' rsa2048 cert,sign,encr\n"
	"add $(fpr both) cv25519 encr\n"
	"key 'Weak <weak@example.org>' rsa1024 cert,sign,encr\n"
	"key 'Sign <sign@example.org>' ed25519 sign\n"
	"key 'Nist <nist@example.org>' nistp384 cert\n"
	"add $(fpr nist) nistp384 encr\n"
	"gpg -q --batch --passphrase '' --faked-system-time 20200101T000000 "
	"--quick-gen-key 'Expired <expired@example.org>' rsa2048 "
	"cert,sign,encr 20210101T000000\n"
	"key 'Oldsub <oldsub@example.org>' ed25519 cert\n"
	"add $(fpr oldsub) cv25519 encr 2y; add $(fpr oldsub) cv25519 encr\n"
	"key 'Revoked <revoked@example.org>' rsa2048 cert,encr\n"
	"sed 's/^:---/---/' home/openpgp-revocs.d/$(fpr revoked).rev | "
	"gpg -q --batch --import\n"
	"key 'Many <many@example.org>' ed25519 cert\n"
	"add $(fpr many) cv25519 encr\n"
	"uid $(fpr many) 'Many More <MANY.more@Example.ORG>'\n"
	"uid $(fpr many) 'only@bare.example.net'\n"
	"uid $(fpr many) 'No address'\n"
	"uid $(fpr many) 'Odd <a&&b@example.org>'\n"
	"uid $(fpr many) 'Gone <gone@example.org>'\n"
	"gpg -q --batch --passphrase '' --quick-revoke-uid $(fpr many) "
	"'Gone <gone@example.org>'\n"
	/* The newest self-signature says that it expires in 2040, that of
	 * the first user ID alone in 2024. */
	"gpg -q --batch --passphrase '' --faked-system-time 20230101T000000 "
	"--quick-gen-key 'Renewed <renewed@example.org>' ed25519 cert "
	"20240101T000000\n"
	"gpg -q --batch --passphrase '' --faked-system-time 20230102T000000 "
	"--quick-add-key $(fpr renewed) cv25519 encr\n"
	"gpg -q --export renewed@example.org >renewed.old\n"
	"gpg -q --batch --passphrase '' --faked-system-time 20230103T000000 "
	"--quick-add-uid $(fpr renewed) 'Renewed <again@example.org>'\n"
	"gpg -q --batch --passphrase '' --faked-system-time 20230104T000000 "
	"--quick-set-expire $(fpr renewed) 20400101T000000\n"
	"(cat renewed.old; gpg -q --export-filter 'keep-uid=mbox = "
	"again@example.org' --export again@example.org) >renewed.two\n"
	/* Of three subkeys one is expired, one revoked. */
	"gpg -q --batch --passphrase '' --faked-system-time 20200101T000000 "
	"--quick-gen-key 'Mixed <mixed@example.org>' ed25519 cert 0\n"
	"gpg -q --batch --passphrase '' --faked-system-time 20200102T000000 "
	"--quick-add-key $(fpr mixed) cv25519 encr 20210101T000000\n"
	"add $(fpr mixed) cv25519 encr; add $(fpr mixed) rsa2048 encr\n"
	"printf 'key 3\\nrevkey\\ny\\n0\\n\\ny\\nsave\\n' | "
	"gpg --command-fd 0 --no-tty -q --edit-key $(fpr mixed) >edit.log\n"
	/* The first of the subkeys is expired. */
	"gpg -q --batch --passphrase '' --faked-system-time 20200101T000000 "
	"--quick-gen-key 'Lots <lots@example.org>' ed25519 cert 0\n"
	"gpg -q --batch --passphrase '' --faked-system-time 20200102T000000 "
	"--quick-add-key $(fpr lots) cv25519 encr 20210101T000000\n"
	"for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do "
	"add $(fpr lots) cv25519 encr; done\n"
	"gpg -q --export lots@example.org >sixteen.pgp\n"
	"add $(fpr lots) cv25519 encr 2y\n"
	"gpg -q --export lots@example.org >seventeen.pgp\n"
	"for n in mixed two sce both weak sign nist expired oldsub revoked many "
	"renewed; do gpg -q --export $n@example.org >$n.pgp; "
	"gpg -q --armor --export $n@example.org >$n.asc; done\n"
	"gpg -q --batch --export-secret-keys weak@example.org >secret.pgp\n"
	"gpg -q --batch --armor --export-secret-keys weak@example.org "
	">secret.asc\n"
	"echo hello >hello; gpg -q --batch --passphrase '' -u "
	"sign@example.org -b hello\n"
	"gpg -q --batch --passphrase '' -u sign@example.org -a -b hello\n"
	"gpg -q --batch --no-keyring -e -f sce.pgp -o message.pgp hello\n"
	"gpg -q --batch --no-keyring -a -e -f sce.pgp -o message.asc hello\n";

static int setup(void **state)
{
	struct fixture *f = mem_alloc(sizeof *f);

	signals_init();
	f->g = gnupg_new();
	f->tmp = gnupg_path(f->g, "tmp");
	assert_int_equal(mkdir(f->tmp, 0700), 0);
	gnupg_must(f->g, make_all);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	gnupg_free(f->g);
	free(f->tmp);
	free(f);
	return 0;
}

/* ---- helpers ---- */

static int inspect_bytes(struct fixture *f, const void *data, size_t size,
                         const char *keep, struct engine_cert **certs,
                         size_t *count, struct err *err)
{
	char *old = getenv("TMPDIR") ? mem_strdup(getenv("TMPDIR")) : NULL;
	int rc;

	memset(err, 0, sizeof *err);
	setenv("TMPDIR", f->tmp, 1);
	rc = engine_inspect(&f->g->config, data, size, keep, certs, count,
	                    deadline_in(REAL_MS), err);
	if (old)
		setenv("TMPDIR", old, 1);
	else
		unsetenv("TMPDIR");
	free(old);
	gnupg_assert_alone();
	assert_int_equal(folder_count(f->g->dir, "tmp"), 0);
	return rc;
}

static int inspect(struct fixture *f, const char *file, const char *keep,
                   struct engine_cert **certs, size_t *count, struct err *err)
{
	size_t len;
	char *data = folder_read(f->g->dir, file, &len);
	int rc;

	if (!data)
		fail_msg("%s is missing; make.log says: %s", file,
		         folder_read(f->g->dir, "make.log", NULL));
	rc = inspect_bytes(f, data, len, keep, certs, count, err);
	free(data);
	return rc;
}

/* One certificate is expected. */
static struct engine_cert *inspect_one(struct fixture *f, const char *file,
                                       const char *keep)
{
	struct engine_cert *certs = NULL;
	size_t count = 0;
	struct err err;

	if (inspect(f, file, keep, &certs, &count, &err) < 0)
		fail_msg("%s: %s; %s", file, err.what, err.advice);
	assert_int_equal(count, 1);
	return certs;
}

static void assert_refused(struct fixture *f, const void *data, size_t size,
                           const char *why)
{
	struct engine_cert *certs = NULL;
	size_t count = 0;
	struct err err;

	assert_int_equal(inspect_bytes(f, data, size, NULL, &certs, &count,
	                               &err), -1);
	if (err.class != ERR_DATA || !strstr(err.what, why))
		fail_msg("not `%s`, but %d: %s", why, err.class, err.what);
	assert_null(certs);
	assert_int_equal(count, 0);
}

/* What gpg sees in a file that an entry will hold, by --list-packets. */
static int count_packets(struct fixture *f, const unsigned char *data,
                         size_t size, const char *what)
{
	char *command = mem_printf("gpg --list-packets file 2>list.log | "
	                           "grep -c '^:%s' || true", what);
	char *out;
	int count;

	gnupg_write(f->g, "file", data, size, 0600);
	out = gnupg_sh(f->g, command, NULL);
	count = atoi(out);
	free(out);
	free(command);
	return count;
}

/* ---- tests ---- */

struct expected {
	const char *file;
	size_t subkeys;
	const char *algorithm; /* of the first */
	enum usability usability;
};

static void tells_what_they_are(void **state)
{
	static const struct expected all[] = {
		{ "two.pgp", 2, "cv25519", USABLE },
		{ "two.asc", 2, "cv25519", USABLE },
		{ "sce.pgp", 1, "rsa2048", USABLE },
		{ "both.pgp", 2, "rsa2048", USABLE },
		{ "weak.pgp", 1, "rsa1024", TOO_WEAK },
		{ "sign.pgp", 0, NULL, NO_ENCRYPTION_SUBKEY },
		{ "nist.asc", 1, "nistp384", USABLE },
		{ "expired.pgp", 1, "rsa2048", CERT_EXPIRED },
		{ "oldsub.pgp", 2, "cv25519", USABLE },
		{ "revoked.pgp", 1, "rsa2048", CERT_REVOKED },
		{ "many.asc", 1, "cv25519", USABLE },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct engine_cert *c = inspect_one(f, all[i].file, NULL);
		enum usability u = entry_cert_usability(&c->cert, time(NULL));

		if (c->cert.subkeys != all[i].subkeys || u != all[i].usability)
			fail_msg("%s: %zu subkeys, %s", all[i].file,
			         c->cert.subkeys, usability_word(u));
		if (all[i].algorithm)
			assert_string_equal(c->cert.subkey[0].algorithm,
			                    all[i].algorithm);
		assert_true(c->cert.size > 0 && c->size > 0);
		engine_certs_free(&c, 1);
	}
}

static void reads_dsa_and_elgamal(void **state)
{
	struct fixture *f = *state;
	const char *srcdir = getenv("srcdir");
	struct engine_cert *certs;
	size_t len, count;
	struct err err;
	char *data = folder_read(srcdir ? srcdir : ".", "tests/fuzz/seeds/"
	                         "keyblock/elgamal3072.asc", &len);

	assert_non_null(data);
	if (inspect_bytes(f, data, len, NULL, &certs, &count, &err) < 0)
		fail_msg("%s", err.what);
	assert_int_equal(certs->cert.subkeys, 1);
	assert_string_equal(certs->cert.subkey[0].algorithm, "elg3072");
	assert_int_equal(entry_cert_usability(&certs->cert, time(NULL)),
	                 USABLE);
	engine_certs_free(&certs, count);
	free(data);
}

/* Each file holds its subkey alone, and no third party's signature. */
static void files_hold_one_subkey(void **state)
{
	struct fixture *f = *state;
	struct engine_cert *c = inspect_one(f, "both.pgp", NULL);
	static const int subkeys[] = { 0, 1 }; /* the primary key, cv25519 */

	for (size_t s = 0; s < 2; s++) {
		const struct entry_subkey *k = &c->cert.subkey[s];
		char *fingerprint = gnupg_fingerprint(f->g, "both@example.org",
		                                      (int)s);

		assert_string_equal(k->fingerprint, fingerprint);
		assert_true(k->keyid == entry_keyid(fingerprint));
		assert_int_equal(count_packets(f, k->data, k->size,
		                               "public key"), 1);
		assert_int_equal(count_packets(f, k->data, k->size,
		                               "public sub key"), subkeys[s]);
		free(fingerprint);
	}
	assert_int_equal(count_packets(f, c->cert.data, c->cert.size,
	                               "public sub key"), 1);
	engine_certs_free(&c, 1);
}

static void records_times(void **state)
{
	struct fixture *f = *state;
	struct engine_cert *c = inspect_one(f, "expired.pgp", NULL);

	assert_int_equal(c->cert.created, 1577836800);
	assert_int_equal(c->cert.expires, 1609459200);
	engine_certs_free(&c, 1);
	c = inspect_one(f, "oldsub.pgp", NULL);
	assert_true((c->cert.subkey[0].expires > 0) !=
	            (c->cert.subkey[1].expires > 0));
	engine_certs_free(&c, 1);
}

static void tells_the_addresses(void **state)
{
	struct fixture *f = *state;
	struct engine_cert *c = inspect_one(f, "many.pgp", NULL);
	static const char *const all[] = { "many@example.org",
		"many.more@example.org", "only@bare.example.net" };
	size_t found = 0, count = 0;

	for (char **a = c->addresses; *a; a++, count++)
		for (size_t i = 0; i < sizeof all / sizeof *all; i++)
			found += strcmp(*a, all[i]) == 0;
	assert_int_equal(found, 3);
	for (char **a = c->addresses; *a; a++)
		assert_string_not_equal(*a, "gone@example.org");
	engine_certs_free(&c, 1);
}

static void keeps_one_address(void **state)
{
	struct fixture *f = *state;
	struct engine_cert *c = inspect_one(f, "many.asc",
	                                    "many.more@example.org");
	char *text;

	assert_int_equal(count_packets(f, c->cert.subkey[0].data,
	                               c->cert.subkey[0].size, "user ID"), 1);
	text = gnupg_sh(f->g, "gpg --list-packets file 2>list.log | "
	                "grep '^:user ID'", NULL);
	assert_non_null(strstr(text, "<MANY.more@Example.ORG>"));
	free(text);
	assert_int_equal(count_packets(f, c->cert.data, c->cert.size,
	                               "user ID"), 1);
	assert_true(count_packets(f, c->data, c->size, "user ID") >= 5);
	engine_certs_free(&c, 1);
	/* None has it: one of another address, since gpg wants one. */
	c = inspect_one(f, "many.asc", "nobody@example.org");
	assert_int_equal(count_packets(f, c->cert.data, c->cert.size,
	                               "user ID"), 1);
	engine_certs_free(&c, 1);
	/* It may not stand in a filter: all stay. */
	c = inspect_one(f, "many.asc", "a&&b@example.org");
	assert_true(count_packets(f, c->cert.data, c->cert.size,
	                          "user ID") >= 5);
	engine_certs_free(&c, 1);
}

static void tells_subkeys_apart(void **state)
{
	struct fixture *f = *state;
	struct engine_cert *c = inspect_one(f, "mixed.asc", NULL);
	const struct entry_subkey *s = c->cert.subkey;

	assert_int_equal(c->cert.subkeys, 3);
	assert_int_equal(s[0].expires, 1609459200);
	assert_false(s[0].revoked);
	assert_int_equal(s[1].expires, 0);
	assert_false(s[1].revoked);
	assert_string_equal(s[2].algorithm, "rsa2048");
	assert_true(s[2].revoked);
	assert_int_equal(entry_cert_usability(&c->cert, time(NULL)), USABLE);
	engine_certs_free(&c, 1);
}

/* What was kept is inspected again and stays the same. */
static void is_idempotent(void **state)
{
	struct fixture *f = *state;
	struct engine_cert *c = inspect_one(f, "many.asc", "many@example.org");
	struct engine_cert *again;
	size_t count;
	struct err err;

	assert_int_equal(inspect_bytes(f, c->cert.data, c->cert.size,
	                               "many@example.org", &again, &count,
	                               &err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(again->cert.size, c->cert.size);
	assert_memory_equal(again->cert.data, c->cert.data, c->cert.size);
	assert_int_equal(again->cert.subkey[0].size, c->cert.subkey[0].size);
	assert_memory_equal(again->cert.subkey[0].data, c->cert.subkey[0].data,
	                    c->cert.subkey[0].size);
	engine_certs_free(&again, count);
	engine_certs_free(&c, 1);
}

/* Where a user ID's self-signature alone would say less, all stay. */
static void never_says_other_than_the_whole(void **state)
{
	static const char *const keep[] = { "renewed@example.org",
	                                    "again@example.org" };
	static const int user_ids[] = { 2, 1 };
	struct fixture *f = *state;

	for (size_t i = 0; i < 2; i++) {
		struct engine_cert *c = inspect_one(f, "renewed.two", keep[i]);
		struct entry_subkey *s = c->cert.subkey;

		assert_true(c->cert.expires > 2200000000);
		assert_int_equal(entry_cert_usability(&c->cert, time(NULL)),
		                 USABLE);
		assert_int_equal(count_packets(f, s->data, s->size, "user ID"),
		                 user_ids[i]);
		engine_certs_free(&c, 1);
	}
}

static void reads_several_at_once(void **state)
{
	struct fixture *f = *state;
	static const char *const commands[] = {
		"cat two.asc sce.asc nist.asc >several",
		"cat two.pgp sce.pgp nist.pgp >several",
		"gpg --export two@example.org sce@example.org "
		"nist@example.org >several",
		"gpg -a --export two@example.org sce@example.org "
		"nist@example.org | sed 's/$/\\r/' >several",
		"(echo \"Dear $USER, my keys:\"; cat two.asc sce.asc; "
		"echo and one more; sed 's/$/  /' nist.asc; "
		"echo Yours) >several",
		/* The same twice is one. */
		"cat two.pgp two.pgp sce.pgp nist.pgp >several",
	};

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		struct engine_cert *certs;
		size_t count;
		struct err err;

		gnupg_must(f->g, commands[i]);
		if (inspect(f, "several", NULL, &certs, &count, &err) < 0)
			fail_msg("%s: %s", commands[i], err.what);
		assert_int_equal(count, 3);
		engine_certs_free(&certs, count);
	}
}

static void refuses_private_keys(void **state)
{
	static const char *const commands[] = {
		"cat secret.pgp >x", "cat secret.asc >x",
		"cat two.pgp secret.pgp >x", "cat two.asc secret.asc >x",
		"cat secret.pgp two.pgp >x",
		"sed 's/PRIVATE/PUBLIC/' secret.asc | grep -v ^= >x",
		"(cat secret.pgp; echo junk) >x",
		"cat two.pgp secret.asc >x", "cat two.asc secret.pgp >x",
		"sed 's/^/> /' secret.asc >x",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		struct engine_cert *certs;
		size_t count;
		struct err err;

		gnupg_must(f->g, commands[i]);
		if (inspect(f, "x", NULL, &certs, &count, &err) == 0)
			fail_msg("not seen: %s", commands[i]);
		if (err.class != ERR_DATA || !strstr(err.what, "PRIVATE key"))
			fail_msg("%s: %d, %s", commands[i], err.class, err.what);
		assert_non_null(strstr(err.advice, "gpg --export"));
		assert_null(certs);
		assert_int_equal(count, 0);
	}
}

/* Such a key is not even given to gpg. */
static void keeps_private_keys_from_gpg(void **state)
{
	struct fixture *f = *state;
	char *program = gnupg_fake(f->g, "gpg-fake", "touch started\n");
	char *path = gnupg_path(f->g, "started");
	struct engine_config config = { program, f->g->seal };
	struct engine_cert *certs;
	size_t len, count;
	char *data = folder_read(f->g->dir, "secret.pgp", &len);
	struct err err = { 0 };

	assert_int_equal(engine_inspect(&config, data, len, NULL, &certs,
	                                &count, deadline_in(REAL_MS), &err),
	                 -1);
	assert_int_equal(err.class, ERR_DATA);
	assert_int_equal(access(path, F_OK), -1);
	free(data);
	free(path);
	free(program);
}

/* The unusable ones are left out, the usable ones never. */
static void counts_usable_subkeys(void **state)
{
	struct fixture *f = *state;
	struct engine_cert *c = inspect_one(f, "sixteen.pgp", NULL);
	size_t len;
	char *data = folder_read(f->g->dir, "seventeen.pgp", &len);

	assert_int_equal(c->cert.subkeys, ENTRY_SUBKEYS_MAX);
	for (size_t s = 0; s < c->cert.subkeys; s++) {
		const struct entry_subkey *k = &c->cert.subkey[s];

		assert_int_equal(entry_subkey_usability(&c->cert, k,
		                                        time(NULL)), USABLE);
		assert_true(s == 0 || k->created < k[-1].created ||
		            (k->created == k[-1].created &&
		             strcmp(k->fingerprint, k[-1].fingerprint) > 0));
	}
	assert_refused(f, data, len, "more than 16 usable encryption subkeys");
	free(data);
	engine_certs_free(&c, 1);
}

struct refusal {
	const char *command; /* writes what is refused */
	const char *why;
};

static void refuses_what_is_no_certificate(void **state)
{
	static const struct refusal all[] = {
		{ "true", "no OpenPGP certificate" },
		{ "cat hello", "no OpenPGP certificate" },
		{ "echo '<html><body>404</body></html>'",
		  "no OpenPGP certificate" },
		{ "head -c 5000 /dev/zero", "no OpenPGP certificate" },
		{ "head -c 3000 /dev/zero | tr '\\0' '\\377'",
		  "no OpenPGP certificate" },
		{ "cat hello.sig", "a detached signature" },
		{ "cat hello.asc", "a detached signature" },
		{ "cat message.pgp", "an encrypted message" },
		{ "cat message.asc", "an encrypted message" },
		{ "gpg -q --store <hello", "an OpenPGP message" },
		{ "cat home/pubring.kbx", "no OpenPGP certificate" },
		{ "head -c 200 two.pgp", "cut off" },
		{ "head -n 8 two.asc", "cut off" },
		{ "sed '5s/./!/' two.asc", "damaged" },
		{ "sed '5s/^./A/;6s/^./B/' two.asc", "damaged" },
		{ "cat two.pgp two.asc", "cut off" },
		{ "cat two.pgp message.pgp", "does not belong" },
		/* An altered self-signature: gpg takes no part of it. */
		{ "gpg -q --export-options export-minimal --export "
		  "sign@example.org | head -c -2; printf XX", "" },
		/* No user ID. */
		{ "gpg -q --export-filter 'keep-uid=mbox = x@y.example' "
		  "--export sce@example.org", "" },
		/* One of two. */
		{ "cat two.pgp; gpg -q --export-filter 'keep-uid=mbox = "
		  "x@y.example' --export sce@example.org", "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		char *command = mem_printf("{ %s; } 2>make.log",
		                           all[i].command);
		size_t len;
		char *data = gnupg_sh(f->g, command, &len);

		assert_non_null(data);
		assert_refused(f, data, len, all[i].why);
		free(data);
		free(command);
	}
}

static void refuses_too_much(void **state)
{
	size_t size = ENGINE_IMPORT_MAX + 1;
	char *data = mem_alloc(size);

	assert_refused(*state, data, size, "larger than 16 MiB");
	free(data);
}

/* gpg that does nothing, dies, hangs, or lists what it was not given. */
static void survives_what_is_no_gpg(void **state)
{
#define VERSION "case $1 in --version) echo 'gpg (GnuPG) 2.2.40'; exit;; esac\n"
	static const char *const scripts[] = {
		VERSION "exit 0\n", VERSION "exit 2\n", VERSION "kill -9 $$\n",
		VERSION "sleep 4711\n", "sleep 4711\n",
		VERSION "cat /dev/urandom\n",
		VERSION "case \"$*\" in *--import*) exec " GPG " \"$@\";; esac\n",
		VERSION "case \"$*\" in *--export*) exit;; esac; exec " GPG
		" \"$@\"\n",
		VERSION "case \"$*\" in *--export*) cat other; exit;; esac; "
		"exec " GPG " \"$@\"\n",
		VERSION "case \"$*\" in *--encrypt*) exit;; esac; exec " GPG
		" \"$@\"\n",
	};
	struct fixture *f = *state;
	size_t len, count;
	char *data = folder_read(f->g->dir, "two.pgp", &len);
	struct engine_cert *certs;

	gnupg_must(f->g, "cp sce.pgp other");
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		char *program = gnupg_fake(f->g, "gpg-fake", scripts[i]);
		struct engine_config config = { program, f->g->seal };
		struct err err = { 0 };
		int64_t begun = clock_ms();

		setenv("TMPDIR", f->tmp, 1);
		if (engine_inspect(&config, data, len, NULL, &certs, &count,
		                   deadline_in(1000), &err) == 0)
			fail_msg("script %zu deceives us", i);
		unsetenv("TMPDIR");
		assert_true(err.class == ERR_TEMPORARY || err.class == ERR_DATA);
		assert_true(err.what[0]);
		assert_true(clock_ms() - begun < 5000);
		gnupg_assert_alone();
		assert_int_equal(folder_count(f->g->dir, "tmp"), 0);
		free(program);
	}
	free(data);
}

static void needs_a_temporary_folder(void **state)
{
	struct fixture *f = *state;
	struct engine_cert *certs;
	size_t len, count;
	char *data = folder_read(f->g->dir, "two.pgp", &len);
	struct err err = { 0 };

	setenv("TMPDIR", "/nonexistent", 1);
	assert_int_equal(engine_inspect(&f->g->config, data, len, NULL, &certs,
	                                &count, deadline_in(REAL_MS), &err),
	                 -1);
	unsetenv("TMPDIR");
	assert_int_equal(err.class, ERR_TEMPORARY);
	assert_non_null(strstr(err.advice, "TMPDIR"));
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_they_are),
		cmocka_unit_test(reads_dsa_and_elgamal),
		cmocka_unit_test(files_hold_one_subkey),
		cmocka_unit_test(records_times),
		cmocka_unit_test(tells_the_addresses),
		cmocka_unit_test(tells_subkeys_apart),
		cmocka_unit_test(keeps_one_address),
		cmocka_unit_test(is_idempotent),
		cmocka_unit_test(never_says_other_than_the_whole),
		cmocka_unit_test(reads_several_at_once),
		cmocka_unit_test(refuses_private_keys),
		cmocka_unit_test(keeps_private_keys_from_gpg),
		cmocka_unit_test(counts_usable_subkeys),
		cmocka_unit_test(refuses_what_is_no_certificate),
		cmocka_unit_test(refuses_too_much),
		cmocka_unit_test(survives_what_is_no_gpg),
		cmocka_unit_test(needs_a_temporary_folder),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
