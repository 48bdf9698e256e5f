/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-bad-cert - certificates that are odd, huge or from the future, and what becomes of them */
#include <config.h>

#include "tests/unit/gnupg.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/signals.h"
#include "tests/unit/bytes.h"
#include "tests/unit/forge-cert.h"

#define REAL_MS 60000
#define STORED_MAX 700 /* octets of the forged certificate with one user ID and one subkey */

static int setup(void **state)
{
	signals_init();
	*state = gnupg_new();
	return 0;
}

static int teardown(void **state)
{
	gnupg_free(*state);
	return 0;
}

static int inspect(struct gnupg *g, const char *recipe, struct engine_cert **certs,
                   size_t *count, struct err *err)
{
	struct buf data = BUF_INIT;
	int rc;

	*err = (struct err){ .class = ERR_NONE };
	forge_cert(recipe, &data);
	rc = engine_inspect(&g->config, data.data, data.len, "a@example.org",
	                    certs, count, deadline_in(REAL_MS), err);
	buf_free(&data);
	gnupg_assert_alone();
	return rc;
}

/* ---- what is refused ---------------------------------------------------------- */

static void refuses_what_gpg_cannot_use(void **state)
{
	static const struct {
		const char *recipe, *why;
	} cases[] = {
		{ "v6", "version 6" },
		{ "v5", "version 5" },
		{ "v3", "version 3" },
		{ "key:03 uid:a@example.org sub:0c v6", "version 6" },
		{ "key:03", "no user ID" },
		{ "key:03 bare-uid:a@example.org sub:0c", "no user ID" },
		{ "key:03 image:500 sub:0c", "no user ID" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct engine_cert *certs = NULL;
		size_t count = 0;
		struct err err;

		if (inspect(*state, cases[i].recipe, &certs, &count, &err) != -1)
			fail_msg("taken: %s", cases[i].recipe);
		if (err.class != ERR_DATA || !strstr(err.what, cases[i].why))
			fail_msg("%s: %d: %s", cases[i].recipe, err.class, err.what);
		assert_null(certs);
	}
}

/* ---- what is taken --------------------------------------------------------------- */

static void takes_what_is_sound(void **state)
{
	static const struct {
		const char *recipe;
		size_t subkeys;
		enum usability usability;
		const char *note; /* NULL: none */
	} cases[] = {
		{ "key:03 uid:a@example.org sub:0c", 1, USABLE, NULL },
		/* For stored or for transported data alone: mail is both. */
		{ "key:03 uid:a@example.org sub:04", 1, USABLE, NULL },
		{ "key:03 uid:a@example.org sub:08", 1, USABLE, NULL },
		{ "key:03 uid:a@example.org sub:04 sub:08", 2, USABLE, NULL },
		/* For signatures alone, authentication, nothing. */
		{ "key:03 uid:a@example.org sub:02 sub:20 sub:00", 0, NO_ENCRYPTION_SUBKEY, NULL },
		{ "key:03 uid:a@example.org", 0, NO_ENCRYPTION_SUBKEY, NULL },
		{ "key:03 uid:a@example.org unbound", 0, NO_ENCRYPTION_SUBKEY, NULL },
		{ "key:03 uid:a@example.org unbound sub:0c", 1, USABLE, NULL },
		{ "key:03 uid:a@example.org expired:0c", 1, SUBKEYS_EXPIRED, NULL },
		{ "key:03 uid:a@example.org expired:0c sub:0c", 2, USABLE, NULL },
		/* Its flag says that an Ed25519 key encrypts, which it can't. */
		{ "key:0f uid:a@example.org sub:0c", 1, USABLE, NULL },
		/* ML-KEM and what else is to come, beside one that is known. */
		{ "key:03 uid:a@example.org sub:0c algorithm:35", 1, USABLE, "can't encrypt to it" },
		{ "key:03 uid:a@example.org algorithm:35 algorithm:99", 0, NO_ENCRYPTION_SUBKEY,
		  "can't encrypt to it" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct engine_cert *c = NULL;
		size_t count = 0;
		struct err err;

		if (inspect(*state, cases[i].recipe, &c, &count, &err))
			fail_msg("%s: %s", cases[i].recipe, err.what);
		assert_int_equal(count, 1);
		if (c->cert.subkeys != cases[i].subkeys ||
		    entry_cert_usability(&c->cert, time(NULL)) != cases[i].usability)
			fail_msg("%s: %zu subkeys, %s", cases[i].recipe, c->cert.subkeys,
			         usability_word(entry_cert_usability(&c->cert, time(NULL))));
		if (cases[i].note ? !c->note || !strstr(c->note, cases[i].note) : c->note != NULL)
			fail_msg("%s: note %s", cases[i].recipe, c->note ? c->note : "none");
		assert_string_equal(c->addresses[0], "a@example.org");
		engine_certs_free(&c, count);
	}
}

/* Whatever is added by others, what is stored is as small. */
static void strips_what_others_added(void **state)
{
	static const char *const recipes[] = {
		"key:03 uid:a@example.org others:10000 sub:0c",
		"key:03 uid:a@example.org sub:0c others:10000",
		"key:03 uid:a@example.org image:2000000 sub:0c",
		"key:03 uid:a@example.org uid:b@example.net bare-uid:c@example.net sub:0c",
		"key:03 uid:a@example.org fakes:200 sub:0c fakes:200",
	};

	for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
		struct engine_cert *c = NULL;
		size_t count = 0;
		struct err err;

		if (inspect(*state, recipes[i], &c, &count, &err))
			fail_msg("%s: %s", recipes[i], err.what);
		if (c->cert.size > STORED_MAX || c->cert.subkey[0].size > STORED_MAX)
			fail_msg("%s: %zu octets", recipes[i], c->cert.size);
		assert_int_equal(entry_cert_usability(&c->cert, time(NULL)), USABLE);
		engine_certs_free(&c, count);
	}
}

/* Mail that is sealed to what was stripped: gpg takes it. */
static void seals_to_what_was_stripped(void **state)
{
	struct gnupg *g = *state;
	struct engine_cert *c = NULL;
	size_t count = 0;
	struct buf out = BUF_INIT;
	const struct entry_subkey *subkeys[2];
	struct err err;

	assert_int_equal(inspect(g, "key:03 uid:a@example.org others:100 sub:04 unbound sub:08", &c,
	                         &count, &err), 0);
	assert_int_equal(c->cert.subkeys, 2);
	subkeys[0] = &c->cert.subkey[0];
	subkeys[1] = &c->cert.subkey[1];
	if (bytes_seal(&g->config, subkeys, 2, false, "x", 1, REAL_MS, &out, &err) < 0)
		fail_msg("%s", err.what);
	buf_free(&out);
	engine_certs_free(&c, count);
}

static void refuses_too_much(void **state)
{
	struct gnupg *g = *state;
	struct engine_cert *certs = NULL;
	struct buf data = BUF_INIT;
	size_t count = 0;
	struct err err = { .class = ERR_NONE };

	forge_cert("key:03 uid:a@example.org image:17000000 sub:0c", &data);
	assert_int_equal(engine_inspect(&g->config, data.data, data.len, NULL, &certs,
	                                &count, deadline_in(REAL_MS), &err), -1);
	assert_non_null(strstr(err.what, "larger than 16 MiB"));
	buf_free(&data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_gpg_cannot_use),
		cmocka_unit_test(takes_what_is_sound),
		cmocka_unit_test(strips_what_others_added),
		cmocka_unit_test(seals_to_what_was_stripped),
		cmocka_unit_test(refuses_too_much),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
