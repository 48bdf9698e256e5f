/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-authres - Authentication-Results read, checked, bounded and written */
#include <config.h>

#include <string.h>
#include <time.h>

#include "tests/unit/unit.h"

#include "auth/authres.h"
#include "base/mem.h"
#include "base/secret.h"
#include "tests/unit/shared.h"
#include "tests/unit/spools.h"

#define COUNT(a) (sizeof a / sizeof a[0])

/* A copy without anything behind it, so that a sanitizer sees a read too far. */
static struct authres *parse(const char *value, size_t len)
{
	char *copy = mem_alloc(len ? len : 1);
	struct authres *ar;

	memcpy(copy, value, len);
	ar = authres_parse(copy, len);
	free(copy);
	return ar;
}

/* `method/2=result reason=[x] smtp.mailfrom=[y] | ...`, `~` in front if flawed */
static char *describe(const struct authres *ar)
{
	struct buf out = BUF_INIT;

	if (ar->flawed)
		buf_adds(&out, "~");
	for (size_t i = 0; i < ar->count; i++) {
		const struct authres_result *r = &ar->results[i];

		buf_adds(&out, i ? " | " : "");
		buf_adds(&out, r->method);
		if (r->version != 1)
			buf_addf(&out, "/%u", r->version);
		buf_addf(&out, "=%s", r->result);
		if (r->reason)
			buf_addf(&out, " reason=[%s]", r->reason);
		for (size_t p = 0; p < r->properties_count; p++)
			buf_addf(&out, " %s.%s=[%s]", r->properties[p].ptype,
			         r->properties[p].property, r->properties[p].value);
	}
	return out.data ? buf_steal(&out) : mem_strdup("");
}

struct id_case {
	const char *value, *id;
	unsigned version;
};

static const struct id_case ids[] = {
	{ " mx.example.org; none", "mx.example.org", 1 },
	{ "mx.example.org;none", "mx.example.org", 1 },
	{ " mx.example.org", "mx.example.org", 1 },
	{ " mx.example.org 1; none", "mx.example.org", 1 },
	{ " mx.example.org 27 (c) ; none", "mx.example.org", 27 },
	{ "\n\t(a (b (c))) mx.example.org (d)\r\n (e) 2 (f)\n ;", "mx.example.org", 2 },
	{ " (a \\) b) mx.example.org;", "mx.example.org", 1 },
	{ " \"mx.example.org\"; none", "mx.example.org", 1 },
	{ " \"mx\\.exa\\mple.org\" ; none", "mx.example.org", 1 },
	{ " \"mx.exa\r\n mple.org\"; none", "mx.exa mple.org", 1 },
	{ " m\xc3\xb8x.example; none", "m\xc3\xb8x.example", 1 },
	{ " mx.example.org.; none", "mx.example.org.", 1 },
	{ "\t\n \n\tmx;", "mx", 1 },
	{ " mx'`{}~|^*!&%$#+_-.x; none", "mx'`{}~|^*!&%$#+_-.x", 1 },
	{ " \"\"; none", NULL, 0 },
	{ "", NULL, 0 },
	{ " ", NULL, 0 },
	{ " ;none", NULL, 0 },
	{ " (mx.example.org", NULL, 0 },
	{ " mx.example.org (; none", NULL, 0 },
	{ " mx.example.org (\\", NULL, 0 },
	{ " mx.example.org) ; none", NULL, 0 },
	{ " \"mx.example.org; none", NULL, 0 },
	{ " \"mx.example.org\\", NULL, 0 },
	{ " mx.example.org x; none", NULL, 0 },
	{ " mx.example.org 1 x; none", NULL, 0 },
	{ " mx.example.org 1 2; none", NULL, 0 },
	{ " mx.example.org 1000000000; none", NULL, 0 },
	{ " mx.example.org, none", NULL, 0 },
	{ " mx.example.org spf=pass", NULL, 0 },
	{ " mx .example.org; none", NULL, 0 },
	{ " mx.example(c).org; none", NULL, 0 },
	{ " mx.exa\n mple.org; none", NULL, 0 },
	{ " mx.example.org\r; none", NULL, 0 },
	{ " \"mx.example.org\r\"; none", NULL, 0 },
	{ " \"mx.example.org\001\"; none", NULL, 0 },
	{ " \"mx.example.org\\\n\"; none", NULL, 0 },
	{ " \"mx.example.org\"x; none", NULL, 0 },
	{ " mx.example.org\\; none", NULL, 0 },
	{ " =?utf-8?q?mx.example.org?=; none", NULL, 0 },
	{ " spf=pass smtp.mailfrom=a@b.example", NULL, 0 },
	{ " <mx.example.org>; none", NULL, 0 },
	{ " mx@example.org; none", NULL, 0 },
	{ " m\xffx.example; none", NULL, 0 },
	{ " m\xc2\x85x.example; none", NULL, 0 },
};

static void test_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		struct authres *ar = parse(ids[i].value, strlen(ids[i].value));

		print_message("# %zu\n", i);
		assert_int_equal(ar != NULL, ids[i].id != NULL);
		if (!ar)
			continue;
		assert_string_equal(ar->id, ids[i].id);
		assert_int_equal(ar->version, ids[i].version);
		authres_free(&ar);
	}
}

static void test_nul(void **state)
{
	static const char *const values[] = {
		" \0mx; none", " m\0x; none", " mx\0; none", " (\0) mx; none",
		" (\\\0) mx; none", " \"m\0x\"; none", " \"m\\\0x\"; none",
	};
	static const size_t lens[] = { 11, 11, 11, 14, 15, 13, 14 };

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++)
		assert_null(parse(values[i], lens[i]));
}

struct results_case {
	const char *value, *described;
};

static const struct results_case results[] = {
	{ "; none", "" },
	{ " ; (c) NONE (d) ", "" },
	{ "", "~" },
	{ ";", "~" },
	{ "; spf=pass smtp.mailfrom=a@b.example", "spf=pass smtp.mailfrom=[a@b.example]" },
	{ ";spf=pass smtp.mailfrom=b.example;dkim=none",
	  "spf=pass smtp.mailfrom=[b.example] | dkim=none" },
	{ ";\r\n\tdkim (Because) / 1 (One) = (wait) fail\n\n  policy (A) . (like that) expired\n"
	  " (x) = (as) 1362471462 (y)", "dkim=fail policy.expired=[1362471462]" },
	{ "; dkim / 2 = pass", "dkim/2=pass" },
	{ "; dkim=fail reason=\"bad (signature); x\" header.i=@example.net",
	  "dkim=fail reason=[bad (signature); x] header.i=[@example.net]" },
	{ "; dkim=pass header.i=\" foo bar \\\"xyz\\\"@example.org\"",
	  "dkim=pass header.i=[ foo bar \"xyz\"@example.org]" },
	{ "; dkim=pass header.i=\"foo \\\"bar\"@example.org",
	  "dkim=pass header.i=[\"foo \\\"bar\"@example.org]" },
	{ "; spf=pass smtp.mailfrom=SRS0=a=b=c.example=d@e.example",
	  "spf=pass smtp.mailfrom=[SRS0=a=b=c.example=d@e.example]" },
	{ "; dkim=pass header.i=j\xc3\xb6rg@b\xc3\xbc" "cher.example",
	  "dkim=pass header.i=[j\xc3\xb6rg@b\xc3\xbc" "cher.example]" },
	{ "; dmarc=pass(p=REJECT) header.from=a.example", "dmarc=pass header.from=[a.example]" },
	{ "; iprev=pass policy.iprev=\"2001:db8::1\" (mout.example)",
	  "iprev=pass policy.iprev=[2001:db8::1]" },
	{ "; tls=pass smtp.TLSversion=TLSv1.2", "tls=pass smtp.TLSversion=[TLSv1.2]" },
	/* what real fields have besides */
	{ "; spf=pass smtp.mailfrom=a.example;", "~spf=pass smtp.mailfrom=[a.example]" },
	{ "; dkim=pass header.b=gfT/i2HB", "~dkim=pass header.b=[gfT/i2HB]" },
	{ "; dmarc=pass action=none header.from=a.example", "~dmarc=pass header.from=[a.example]" },
	{ "; spf=pass smtp.mailfrom=<>", "~spf=pass smtp.mailfrom=[<>]" },
	{ "; outlook.example; dkim=pass", "~dkim=pass" },
	{ "; header.From=a@b.example; dkim=pass (\n message; );\n", "~dkim=pass" },
	{ "; dkim=fail reason (BAH) = \"just some (<>.%&! reason\" smtp.mailfrom=a.example",
	  "dkim=fail reason=[just some (<>.%&! reason] smtp.mailfrom=[a.example]" },
	/* not understood whole: left out */
	{ "; spf=pass smtp.mailfrom=", "~" },
	{ "; spf=pass smtp.mailfrom= smtp.helo=a.example; dkim=pass", "~dkim=pass" },
	{ "; spf=pa_ss; dkim=pass", "~dkim=pass" },
	{ "; =pass; dkim=pass", "~dkim=pass" },
	{ "; dkim/x=pass; dkim=pass", "~dkim=pass" },
	{ "; dkim==pass; spf=pass", "~spf=pass" },
	{ "; dkim=pass header.d; spf=pass", "~spf=pass" },
	{ "; dkim=pass header.d.x=y; spf=pass", "~spf=pass" },
	{ "; dkim=pass .d=y; spf=pass", "~spf=pass" },
	{ "; dkim=pass header.d=a\"b; c\"; spf=pass", "~spf=pass" },
	{ "; dkim=pass header.d=a\\;b; spf=pass", "~spf=pass" },
	{ "; dkim=pass header.d=a) ; spf=pass", "~spf=pass" },
	{ "; dkim=pass header.d=\"a\xff\"; spf=pass", "~spf=pass" },
	{ "; dkim=pass header.d=\"a\r\"; spf=pass", "~" },
	{ "; spf=pass; dkim=pass (", "~spf=pass" },
	{ "; spf=pass; dkim=pass header.d=\"x; dmarc=pass", "~spf=pass" },
	{ "; spf=pass; dkim=pass header.d=(x; dmarc=pass", "~spf=pass" },
};

static void test_results(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(results); i++) {
		char *value = mem_printf("mx%s", results[i].value), *got;
		struct authres *ar = parse(value, strlen(value));

		print_message("# %zu\n", i);
		assert_non_null(ar);
		got = describe(ar);
		assert_string_equal(got, results[i].described);
		free(got);
		free(value);
		authres_free(&ar);
	}
}

struct glance_case {
	const char *value, *id, *described; /* id NULL: nothing there */
};

static const struct glance_case glances[] = {
	{ " mx 2; spf=pass smtp.mailfrom=a.example", "mx", "spf=pass smtp.mailfrom=[a.example]" },
	{ " spf=pass (x)\n smtp.mailfrom=a.example; dmarc=pass action=none", "",
	  "~spf=pass smtp.mailfrom=[a.example] | dmarc=pass" },
	{ " mx  from=a.example; domainkeys=neutral (c);  from=b.example; dkim=pass (ok)", "mx",
	  "~domainkeys=neutral | dkim=pass" },
	{ " mx; dkim=perm_fail header.x_y=z", "mx", "~dkim=perm_fail header.x_y=[z]" },
	{ " mx", "mx", "" },
	{ " mx = = x;", NULL, NULL }, { " mx x . y = z;", NULL, NULL }, { " mx x / y = z", NULL, NULL },
	{ " mx x y = z;", NULL, NULL }, { ";none", NULL, NULL }, { "none", "none", "" },
	{ "", NULL, NULL }, { " (", NULL, NULL }, { " \"mx", NULL, NULL },
	{ " spf=pass smtp.mailfrom=\"a\001\"", NULL, NULL },
};

static void test_glance(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(glances); i++) {
		struct authres *ar = authres_glance(glances[i].value, strlen(glances[i].value));
		char *got;

		print_message("# %zu\n", i);
		assert_int_equal(ar != NULL, glances[i].id != NULL);
		if (!ar)
			continue;
		got = describe(ar);
		assert_string_equal(ar->id, glances[i].id);
		assert_string_equal(got, glances[i].described);
		free(got);
		authres_free(&ar);
	}
}

static void test_instance(void **state)
{
	static const struct {
		const char *value;
		unsigned instance; /* 0: none */
	} instances[] = {
		{ "i=1; mx; none", 1 }, { " (c) i (c) = (c) 50 (c) ; mx", 50 }, { "\r\n\ti=07;", 7 },
		{ "i=0;", 0 }, { "i=51;", 0 }, { "i=007;", 0 }, { "i=1", 0 }, { "I=1;", 0 }, { "i=;", 0 },
		{ "i=-1;", 0 }, { "i=\"1\";", 0 }, { "mx; i=1;", 0 }, { "i=1 2;", 0 }, { "", 0 }, { "i(=1;", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(instances); i++) {
		const char *value = instances[i].value;
		struct token_text t = { value, value + strlen(value) };
		unsigned instance;

		print_message("# %zu\n", i);
		assert_int_equal(authres_read_instance(&t, &instance), instances[i].instance != 0);
		if (instances[i].instance)
			assert_int_equal(instance, instances[i].instance);
	}
}

/* What a strict reader may ignore, and what it can't read. */
static void test_strict(void **state)
{
	static const struct {
		const char *value;
		bool flawed, unregistered;
	} fields[] = {
		{ " mx; dkim=pass; spf=Pass; spf=hardfail; dmarc=fail; x=Foo", false, false },
		{ " mx; dkim=Pass", false, true }, { " mx; dkim=softfail", false, true },
		{ " mx; spf=foo", false, true }, { " mx; dmarc=bestguesspass", false, true },
		{ " mx; dkim=pass reason=a/b", true, false }, { " mx; dkim=pass reason=ab", false, false },
		{ " mx; dkim=pass reason=\xc3\xbc", true, false },
		{ " mx; dkim=pass reason=\"\xc3\xbc\"", false, false },
		{ " mx; dkim=pass header.d=\xc3\xbc.example", false, false },
		{ " \xc3\xbc.example; none", true, false }, { " (c) \"\xc3\xbc.example\"; none", false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(fields); i++) {
		struct authres *ar = parse(fields[i].value, strlen(fields[i].value));

		print_message("# %zu\n", i);
		assert_non_null(ar);
		assert_int_equal(ar->flawed, fields[i].flawed);
		assert_int_equal(ar->unregistered, fields[i].unregistered);
		authres_free(&ar);
	}
}

/* No line is too long, none could be taken for another field, no character is dangerous. */
static void check_field(const char *field)
{
	size_t line = 0;

	assert_int_equal(strncmp(field, "Authentication-Results:", 23), 0);
	assert_true(strlen(field) < 2 * AUTHRES_BYTES_MAX + 8192);
	for (const char *c = field; *c; c++) {
		assert_true(*c == '\n' || *c == '\t' || ((unsigned char)*c >= ' ' && *c != 0x7f));
		if (*c == '\n')
			assert_true(c[1] == '\t' && c[2] > ' ');
		line = *c == '\n' ? 0 : line + 1;
		assert_true(line <= 998);
	}
}

/* Written and read again it is the same; the caller's copy of the field. */
static char *write_and_read(const struct authres *ar)
{
	struct buf field = BUF_INIT;
	struct authres *again;
	char *a = describe(ar), *b;

	authres_write(ar, &field);
	check_field(buf_str(&field));
	again = parse(field.data + 23, field.len - 23);
	assert_non_null(again);
	assert_string_equal(again->id, ar->id);
	b = describe(again);
	assert_false(again->flawed);
	assert_string_equal(a + (*a == '~'), b);
	free(a);
	free(b);
	authres_free(&again);
	return buf_steal(&field);
}

static void test_write(void **state)
{
	static const char expected[] =
		"Authentication-Results: mx.example.org;\n"
		"\tspf=pass (imported from \\(x\\) \\\\y) smtp.mailfrom=a@b.example;\n"
		"\tdkim/2=fail reason=\"it's \\\"bad\\\"\" header.d=example.net header.s=s1\n"
		"\theader.b=\"abc/de+f\" header.i=@example.net header.a=rsa-sha256\n"
		"\theader.note=nothing;\n"
		"\tdmarc=none";
	struct authres *ar = authres_new("mx.example.org");
	char *got;

	(void)state;
	got = write_and_read(ar);
	assert_string_equal(got, "Authentication-Results: mx.example.org; none");
	free(got);
	assert_true(authres_add(ar, "spf", "pass"));
	assert_true(authres_add_comment(ar, "imported from (x) \\y"));
	assert_true(authres_add_property(ar, "smtp", "mailfrom", "a@b.example"));
	assert_true(authres_add(ar, "dkim", "fail"));
	ar->results[1].version = 2;
	assert_true(authres_add_reason(ar, "it's \"bad\""));
	assert_true(authres_add_property(ar, "header", "d", "example.net"));
	assert_true(authres_add_property(ar, "header", "s", "s1"));
	assert_true(authres_add_property(ar, "header", "b", "abc/de+f"));
	assert_true(authres_add_property(ar, "header", "i", "@example.net"));
	assert_true(authres_add_property(ar, "header", "a", "rsa-sha256"));
	assert_true(authres_add_property(ar, "header", "note", "nothing"));
	assert_true(authres_add(ar, "dmarc", "none"));
	got = write_and_read(ar);
	assert_string_equal(got, expected);
	free(got);
	assert_true(authres_has(ar, "DKIM"));
	assert_false(authres_has(ar, "arc"));
	authres_free(&ar);
}

struct value_case {
	const char *value, *written; /* NULL: refused */
};

static const struct value_case values[] = {
	{ "example.org", "example.org" },
	{ "a.b-c_d+e@example.org", "a.b-c_d+e@example.org" },
	{ "@example.org", "@example.org" },
	{ "", "\"\"" },
	{ "a@", "\"a@\"" },
	{ "a@b@c", "\"a@b@c\"" },
	{ "2001:db8::1", "\"2001:db8::1\"" },
	{ "legitimate.example'a.attack.example", "\"legitimate.example'a.attack.example\"" },
	{ "any@legitimate.example(a.attack.example", "\"any@legitimate.example(a.attack.example\"" },
	{ "any@legitimate.example'@any.attack.example",
	  "\"any@legitimate.example'@any.attack.example\"" },
	{ "x; dmarc=pass header.from=bank.example", "\"x; dmarc=pass header.from=bank.example\"" },
	{ "x\"; dmarc=pass", "\"x\\\"; dmarc=pass\"" },
	{ "x\\", "\"x\\\\\"" },
	{ "x) y (", "\"x) y (\"" },
	{ "b\xc3\xbc" "cher.example", "\"b\xc3\xbc" "cher.example\"" },
	{ "\xf0\x9f\x93\xa7.example", "\"\xf0\x9f\x93\xa7.example\"" },
	{ "a\nb", NULL }, { "a\rb", NULL }, { "a\tb", NULL }, { "a\001", NULL },
	{ "a\xe2\x80\x8b" "b", NULL }, { "\xe2\x80\x8f", NULL }, { "\xe2\x80\xaa", NULL },
	{ "\xe2\x80\xae", NULL }, { "\xe2\x81\xa0", NULL }, { "\xe2\x81\xa9", NULL },
	{ "\xef\xbb\xbf", NULL }, { "\xd8\x9c", NULL }, { "\xf3\xa0\x80\xa1", NULL },
	{ "\x7f", NULL }, { "\xc2\x85", NULL }, { "\xe2\x80\xa8", NULL },
	{ "\xe2\x80\xa9", NULL }, { "\x80", NULL }, { "\xc3", NULL }, { "\xc3(", NULL },
	{ "\xc0\xaf", NULL }, { "\xe0\x80\xaf", NULL }, { "\xf0\x80\x80\xaf", NULL },
	{ "\xed\xa0\x80", NULL }, { "\xf4\x90\x80\x80", NULL }, { "\xff", NULL },
	{ "\xe2\x80", NULL }, { "\xf5\x80\x80\x80", NULL },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		struct authres *ar = authres_new("mx");
		char *got, *expected;

		print_message("# %zu\n", i);
		assert_true(authres_add(ar, "dkim", "pass"));
		assert_int_equal(authres_add_property(ar, "header", "d", values[i].value),
		                 values[i].written != NULL);
		if (values[i].written) {
			expected = mem_printf("Authentication-Results: mx;\n\tdkim=pass header.d=%s",
			                      values[i].written);
			got = write_and_read(ar);
			assert_string_equal(got, expected);
			free(got);
			free(expected);
		}
		authres_free(&ar);
	}
}

static void test_refused(void **state)
{
	static const char *const words[] = {
		"", "-", "a-", "a b", "a=b", "a;b", "a.b", "a/b", "a\n", "\xc3\xbc",
		"a234567890123456789012345678901234567890x",
	};
	struct authres *ar = authres_new("mx");

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		assert_false(authres_add(ar, words[i], "pass"));
		assert_false(authres_add(ar, "spf", words[i]));
	}
	assert_int_equal(ar->count, 0);
	assert_true(authres_add(ar, "spf", "pass"));
	for (size_t i = 0; i < COUNT(words); i++) {
		assert_false(authres_add_property(ar, words[i], "d", "x"));
		assert_false(authres_add_property(ar, "header", words[i], "x"));
	}
	assert_false(authres_add_reason(ar, "a\nb"));
	assert_false(authres_add_comment(ar, "a\nX: b"));
	assert_true(authres_add_reason(ar, "first"));
	assert_false(authres_add_reason(ar, "second"));
	authres_free(&ar);
	assert_null(authres_new(""));
	assert_null(authres_new("mx\nX: y"));
}

static char *repeat(const char *piece, size_t times)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < times; i++)
		buf_adds(&out, piece);
	return buf_steal(&out);
}

static void test_limits(void **state)
{
	struct authres *ar = authres_new("mx");
	char *longest = repeat("x", AUTHRES_VALUE_MAX), *quotes = repeat("\"", AUTHRES_VALUE_MAX);
	char *longer = repeat("x", AUTHRES_VALUE_MAX + 1), *got;
	static const char keyword[] = "k234567890123456789012345678901234567890";

	(void)state;
	assert_int_equal(strlen(keyword), AUTHRES_KEYWORD_MAX);
	assert_true(authres_add(ar, keyword, keyword));
	assert_true(authres_add_property(ar, keyword, keyword, longest));
	assert_false(authres_add_property(ar, "a", "b", longer));
	assert_false(authres_add_property(ar, "a", "b", quotes));
	quotes[380] = '\0';
	assert_true(authres_add_property(ar, keyword, keyword, quotes));
	assert_true(authres_add_reason(ar, quotes));
	assert_true(authres_add_comment(ar, longest));
	for (size_t i = 2; i < AUTHRES_PROPERTIES_MAX; i++)
		assert_true(authres_add_property(ar, "a", "b", "c"));
	assert_false(authres_add_property(ar, "a", "b", "c"));
	for (size_t i = 1; i < AUTHRES_RESULTS_MAX; i++)
		assert_true(authres_add(ar, "a", "b"));
	assert_false(authres_add(ar, "a", "b"));
	got = write_and_read(ar);
	free(got);
	while (authres_add_property(ar, "header", "d", longest) ||
	       ar->results[ar->count - 1].properties_count)
		authres_drop(ar);
	assert_true(ar->bytes <= AUTHRES_BYTES_MAX);
	free(longest);
	free(longer);
	free(quotes);
	authres_free(&ar);
}

/* Milliseconds of CPU to parse front + piece * times. */
static double cost(const char *front, const char *piece, size_t times)
{
	char *body = repeat(piece, times), *value = mem_printf("%s%s", front, body);
	struct authres *ar;
	clock_t start;

	free(body);
	start = clock();
	ar = authres_parse(value, strlen(value));
	start = clock() - start;
	authres_free(&ar);
	free(value);
	return (double)start * 1000 / CLOCKS_PER_SEC;
}

/* A megabyte of anything takes no time and no memory to speak of. */
static void test_linear(void **state)
{
	static const char *const pieces[] = {
		"(", "()", "((", "\"", "\\", ";", "; a=b", "; a=(", "; a=\"", "; a=b c.d=",
		"; a=b c.d=\"e", "=", "a", " ", "\n\t", "; a", "; a=b c.d=e",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		size_t times = ((size_t)1 << 20) / strlen(pieces[i]);

		print_message("# %zu\n", i);
		assert_true(cost("", pieces[i], times) < 2000);
		assert_true(cost("mx", pieces[i], times) < 2000);
		assert_true(cost("mx; spf=pass", pieces[i], times) < 2000);
	}
}

static void check_corpus_field(const struct message *m, const struct field *field)
{
	struct buf value = BUF_INIT;
	struct authres *ar;
	struct err err;

	assert_int_equal(field_value(m, field, 1 << 20, &value, &err), 0);
	ar = parse(buf_str(&value), value.len);
	if (ar)
		free(write_and_read(ar));
	authres_free(&ar);
	buf_free(&value);
}

static void test_corpus(void **state)
{
	unsigned seen = 0;
	glob_t paths;

	(void)state;
	if (!shared_find("corpus/*/*", &paths))
		return;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		struct buf text = BUF_INIT;
		struct message m;
		struct field field;
		struct spool *spool;
		struct err err;
		uint64_t at = 0;

		shared_read(paths.gl_pathv[i], &text);
		spool = spools_with(buf_str(&text), text.len);
		assert_int_equal(message_map(spool, &m, &err), 0);
		while (message_next_field(&m, &at, &field, &err) > 0) {
			if (!field_is(&field, "Authentication-Results"))
				continue;
			check_corpus_field(&m, &field);
			seen++;
		}
		spool_free(&spool);
		buf_free(&text);
	}
	globfree(&paths);
	assert_true(seen > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_glance),
		cmocka_unit_test(test_instance),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_corpus),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
