/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-health - when a certificate ends, and what changes next */
#include <config.h>

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "keystore/health.h"

#define NOW 1000

struct span {
	int created, expires;
	bool revoked, weak;
};

struct row {
	const char *name;
	struct span primary;
	struct span subkey[2];
	size_t subkeys;
	int end, next;
	char who; /* P the primary, A or B a subkey */
	bool begins;
	int last; /* health_last_usable */
};

static const struct row rows[] = {
	{ "for ever", { 1, 0, 0, 0 }, { { 1, 0, 0, 0 } }, 1, 0, 0, 0, false, NOW },
	{ "the primary ends", { 1, 2000, 0, 0 }, { { 1, 0, 0, 0 } }, 1, 2000, 2000, 'P', false, NOW },
	{ "the subkey ends", { 1, 0, 0, 0 }, { { 1, 2000, 0, 0 } }, 1, 2000, 2000, 'A', false, NOW },
	{ "both, the primary first", { 1, 2000, 0, 0 }, { { 1, 3000, 0, 0 } }, 1, 2000, 2000, 'P', false, NOW },
	{ "both at once", { 1, 2000, 0, 0 }, { { 1, 2000, 0, 0 } }, 1, 2000, 2000, 'P', false, NOW },
	{ "one of two ends", { 1, 0, 0, 0 }, { { 1, 2000, 0, 0 }, { 1, 0, 0, 0 } }, 2, 0, 2000, 'A', false, NOW },
	{ "two end", { 1, 0, 0, 0 }, { { 1, 3000, 0, 0 }, { 1, 2000, 0, 0 } }, 2, 3000, 2000, 'B', false, NOW },
	{ "one begins", { 1, 0, 0, 0 }, { { 1, 2000, 0, 0 }, { 1500, 0, 0, 0 } }, 2, 0, 1500, 'B', true, NOW },
	{ "the weak one goes on", { 1, 0, 0, 0 }, { { 1, 2000, 0, 0 }, { 1, 0, 0, 1 } }, 2, 2000, 2000, 'A', false, NOW },
	{ "the revoked one goes on", { 1, 0, 0, 0 }, { { 1, 2000, 0, 0 }, { 1, 0, 1, 0 } }, 2, 2000, 2000, 'A', false, NOW },
	{ "ended", { 1, 900, 0, 0 }, { { 1, 0, 0, 0 } }, 1, 900, 0, 0, false, 899 },
	{ "ended this second", { 1, NOW, 0, 0 }, { { 1, 0, 0, 0 } }, 1, NOW, 0, 0, false, NOW - 1 },
	{ "its subkey ended first", { 1, 900, 0, 0 }, { { 1, 800, 0, 0 } }, 1, 800, 0, 0, false, 799 },
	{ "the later of two", { 1, 0, 0, 0 }, { { 1, 800, 0, 0 }, { 1, 700, 0, 0 } }, 2, 800, 0, 0, false, 799 },
	{ "revoked", { 1, 2000, 1, 0 }, { { 1, 0, 0, 0 } }, 1, -1, 0, 0, false, 0 },
	{ "ended and weak", { 1, 900, 0, 0 }, { { 1, 0, 0, 1 } }, 1, -1, 0, 0, false, 0 },
	{ "ended, its subkey revoked", { 1, 900, 0, 0 }, { { 1, 0, 1, 0 } }, 1, -1, 0, 0, false, 0 },
	{ "no subkey", { 1, 2000, 0, 0 }, { { 0 } }, 0, -1, 2000, 'P', false, 0 },
	{ "a subkey that is younger than its certificate's end", { 1, 900, 0, 0 }, { { 950, 0, 0, 0 } }, 1, -1, 0, 0, false, 0 },
};

static void fill(struct entry_cert *c, const struct row *r)
{
	c->fingerprint[0] = 'P';
	c->created = r->primary.created;
	c->expires = r->primary.expires;
	c->revoked = r->primary.revoked;
	c->subkeys = r->subkeys;
	for (size_t i = 0; i < r->subkeys; i++) {
		c->subkey[i].fingerprint[0] = (char)('A' + i);
		c->subkey[i].created = r->subkey[i].created;
		c->subkey[i].expires = r->subkey[i].expires;
		c->subkey[i].revoked = r->subkey[i].revoked;
		c->subkey[i].weak = r->subkey[i].weak;
	}
}

static void test_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		struct entry *e = entry_new("a@example.org");
		struct health_change next;

		fill(&e->cert[e->certs++], r);
		next = health_next(&e->cert[0], NOW);
		if (health_end(&e->cert[0]) != r->end || next.when != r->next ||
		    (r->next && (next.fingerprint[0] != r->who || next.begins != r->begins ||
		                 next.primary != (r->who == 'P'))) ||
		    health_last_usable(e, NOW) != r->last)
			fail_msg("%s: end %ld, next %ld %s, last %ld", r->name,
			         (long)health_end(&e->cert[0]), (long)next.when,
			         next.when ? next.fingerprint : "", (long)health_last_usable(e, NOW));
		entry_free(&e);
	}
}

/* Of several certificates the last that ends; the retired don't count. */
static void test_several(void **state)
{
	struct entry *e = entry_new("a@example.org");

	(void)state;
	fill(&e->cert[0], &rows[11]); /* ended */
	fill(&e->cert[1], &rows[1]);  /* ends at 2000 */
	fill(&e->cert[2], &rows[0]);  /* never, but it is retired */
	e->cert[2].retired = 5;
	e->certs = 3;
	assert_int_equal(health_entry_end(e), 2000);
	assert_int_equal(health_next(&e->cert[2], NOW).when, 0);
	e->cert[2].retired = 0;
	assert_int_equal(health_entry_end(e), 0);
	e->cert[1].revoked = true;
	e->cert[2].revoked = true;
	assert_int_equal(health_last_usable(e, NOW), NOW - 1);
	entry_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
