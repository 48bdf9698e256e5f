/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-open - opening what was sealed, and what was not */
#include <config.h>

#include "tests/unit/bytes.h"
#include "tests/unit/gnupg.h"

#include "base/signals.h"

#define SMALL ((size_t)100)
#define LARGE ((size_t)1024 * 1024)
#define REAL_MS 30000 /* a deadline that the real gpg never meets */
#define VERSION \
	"case $1 in --version) echo 'gpg (GnuPG) 2.2.40'; exit 0;; esac\n"

struct fixture {
	struct gnupg *g;
	struct entry_subkey subkey[2];
	const struct entry_subkey *all[2];
};

static int setup(void **state)
{
	struct fixture *f = mem_alloc(sizeof *f);

	signals_init();
	f->g = gnupg_new();
	gnupg_key(f->g, "alice@example.org", "rsa2048 cert,sign,encr");
	gnupg_key(f->g, "bob@example.org", "rsa2048 encr");
	gnupg_subkey(f->g, "alice@example.org", 0, &f->subkey[0]);
	gnupg_subkey(f->g, "bob@example.org", 0, &f->subkey[1]);
	for (int i = 0; i < 2; i++)
		f->all[i] = &f->subkey[i];
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++)
		free(f->subkey[i].data);
	gnupg_free(f->g);
	free(f);
	return 0;
}

static int open_with(struct fixture *f, const char *program, const char *home,
                     const void *data, size_t size, struct buf *out,
                     struct err *err)
{
	struct engine_config config = { program, f->g->seal };
	struct bytes b = { .data = data, .size = size };
	int rc;

	setenv("GNUPGHOME", home, 1);
	rc = engine_open(&config, (struct source){ bytes_read, &b },
	                 (struct sink){ bytes_add, out }, err);
	unsetenv("GNUPGHOME");
	return rc;
}

static void opens_what_it_sealed(void **state)
{
	static const size_t sizes[] = { 0, SMALL, LARGE };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char *text = bytes_message(sizes[i]);
		struct buf sealed = BUF_INIT, out = BUF_INIT;
		struct err err = { 0 };

		assert_int_equal(bytes_seal(&f->g->config, f->all, 2, i == 1,
		                           text, sizes[i], REAL_MS, &sealed,
		                           &err), 0);
		if (open_with(f, GPG, f->g->home, sealed.data, sealed.len, &out,
		              &err) < 0)
			fail_msg("%s", err.what);
		assert_int_equal(out.len, sizes[i]);
		if (out.len > 0)
			assert_memory_equal(out.data, text, out.len);
		buf_free(&sealed);
		buf_free(&out);
		free(text);
	}
}

struct bad_cipher {
	const char *command; /* makes it from the file `sealed` */
	enum err_class class;
	const char *why;
};

static void tells_why_it_cannot_open(void **state)
{
	static const struct bad_cipher bad[] = {
		{ "echo hello", ERR_DATA, "not a whole OpenPGP message" },
		{ "true", ERR_DATA, "not a whole OpenPGP message" },
		{ "head -c 700 sealed", ERR_DATA, NULL },
		{ "head -c 60 sealed", ERR_DATA, NULL },
		{ "gpg --dearmor <sealed | head -c -30", ERR_DATA, "damaged" },
		{ "gpg --dearmor <sealed | head -c -1; echo", ERR_DATA,
		  "damaged" },
		{ "echo x | gpg --batch -q --rfc2440 -e -f alice.pgp", ERR_DATA,
		  "integrity" },
		{ "gpg -q --batch --detach-sign <sealed", ERR_DATA, NULL },
		{ "gpg -q --batch --store <sealed", ERR_DATA, NULL },
		{ "GNUPGHOME=seal gpg -q --batch -e -f stranger.pgp <sealed",
		  ERR_UNAVAILABLE, "no secret key" },
		{ "GNUPGHOME=seal gpg -q --batch -e -R x -F stranger.pgp "
		  "<sealed || GNUPGHOME=seal gpg -q --batch -e "
		  "-F stranger.pgp <sealed", ERR_UNAVAILABLE, "no secret key" },
		{ "echo x | gpg -q --batch --pinentry-mode loopback "
		  "--passphrase y -c", ERR_UNAVAILABLE, NULL },
	};
	struct fixture *f = *state;
	char *text = bytes_message(LARGE);
	struct buf sealed = BUF_INIT;
	struct err err = { 0 };

	gnupg_must(f->g, "mkdir -m 700 tmp && export GNUPGHOME=tmp && gpg -q "
	           "--batch --passphrase '' --quick-gen-key s@example.org "
	           "rsa2048 encr 2>gen.log && gpg --export >stranger.pgp; "
	           "gpgconf --kill all");
	gnupg_write(f->g, "alice.pgp", f->subkey[0].data, f->subkey[0].size, 0644);
	assert_int_equal(bytes_seal(&f->g->config, f->all, 1, false, text, LARGE,
	                           REAL_MS, &sealed, &err), 0);
	gnupg_write(f->g, "sealed", sealed.data, sealed.len, 0644);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *command = mem_printf("{ %s; } 2>bad.log", bad[i].command);
		struct buf out = BUF_INIT;
		size_t len;
		char *cipher = gnupg_sh(f->g, command, &len);

		assert_non_null(cipher);
		memset(&err, 0, sizeof err);
		if (open_with(f, GPG, f->g->home, cipher, len, &out, &err) == 0)
			fail_msg("opened: %s", bad[i].command);
		if (err.class != bad[i].class ||
		    (bad[i].why && !strstr(err.what, bad[i].why)))
			fail_msg("%s: class %d, %s", bad[i].command, err.class,
			         err.what);
		buf_free(&out);
		free(cipher);
		free(command);
	}
	buf_free(&sealed);
	free(text);
}

/* A locked key without anybody to unlock it, and a gpg that is none. */
static void tells_what_the_user_lacks(void **state)
{
	struct fixture *f = *state;
	struct entry_subkey locked;
	const struct entry_subkey *one = &locked;
	char *program = gnupg_fake(f->g, "gpg-open", VERSION "exit 2\n");
	struct buf sealed = BUF_INIT, out = BUF_INIT;
	struct err err = { 0 };

	gnupg_must(f->g, "gpg -q --batch --pinentry-mode loopback --passphrase "
	           "secret --quick-gen-key locked@example.org rsa2048 encr "
	           "2>gen.log && echo 'pinentry-program /bin/false' "
	           ">home/gpg-agent.conf && gpgconf --kill gpg-agent");
	gnupg_subkey(f->g, "locked@example.org", 0, &locked);
	assert_int_equal(bytes_seal(&f->g->config, &one, 1, false, "x", 1,
	                           REAL_MS, &sealed, &err), 0);
	assert_int_equal(open_with(f, GPG, f->g->home, sealed.data, sealed.len,
	                           &out, &err), -1);
	if (err.class != ERR_UNAVAILABLE)
		fail_msg("%d: %s", err.class, err.what);
	assert_int_equal(open_with(f, program, f->g->home, sealed.data,
	                           sealed.len, &out, &err), -1);
	assert_int_equal(err.class, ERR_UNAVAILABLE);
	assert_int_equal(open_with(f, "/nonexistent/gpg", f->g->home,
	                           sealed.data, sealed.len, &out, &err), -1);
	assert_int_equal(err.class, ERR_UNAVAILABLE);
	assert_int_equal(open_with(f, GPG, "/nonexistent/home", sealed.data,
	                           sealed.len, &out, &err), -1);
	assert_int_equal(err.class, ERR_UNAVAILABLE);
	buf_free(&sealed);
	buf_free(&out);
	free(locked.data);
	free(program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_it_sealed),
		cmocka_unit_test(tells_why_it_cannot_open),
		cmocka_unit_test(tells_what_the_user_lacks),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
