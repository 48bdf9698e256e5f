/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-config - the configuration file: what it takes, what it refuses */
#include <config.h>

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter/config.h"

static struct config *parse(const char *text, size_t len, struct err *err)
{
	char path[] = "/tmp/mailseal-test-XXXXXX";
	int fd = mkstemp(path);
	struct config *config;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
	config = config_read(path, err);
	unlink(path);
	return config;
}

static struct config *good(const char *text)
{
	struct err err;
	struct config *config = parse(text, strlen(text), &err);

	if (!config)
		fail_msg("%s", err.what);
	return config;
}

static void test_defaults(void **state)
{
	struct config *c = good("");
	struct policy p = config_policy(c, "bob@example.org");

	(void)state;
	assert_string_equal(config_text(c, SET_KEYSTORE), "dir:/var/lib/mailseal/keys");
	assert_string_equal(config_text(c, SET_RECIPIENT_DELIMITER), "+");
	assert_string_equal(config_text(c, SET_GPG_PROGRAM), "/usr/bin/gpg");
	assert_string_equal(config_text(c, SET_DEFAULT_DOMAIN), "");
	assert_int_equal(config_number(c, SET_DEADLINE), 300000);
	assert_int_equal(config_number(c, SET_MAX_MESSAGE_SIZE), 0);
	assert_null(config_list(c, SET_TRUSTED_RELAYS)[0]);
	assert_true(*config_text(c, SET_AUTHSERV_ID) != '\0');
	assert_null(config_list(c, SET_RESOLVER)[0]);
	assert_string_equal(config_text(c, SET_TRUST_ANCHOR), "");
	assert_int_equal(config_number(c, SET_DNS_BUDGET), 20000);
	assert_int_equal(config_choice(c, SET_ON_TEMPERROR), TEMPERROR_RECORD);
	assert_int_equal(config_choice(c, SET_ON_PARTIAL_BODY), PARTIAL_BODY_ACCEPT);
	assert_null(config_list(c, SET_TRUSTED_ARC_SEALERS)[0]);
	assert_string_equal(config_text(c, SET_VKS_SERVER), "https://keys.openpgp.org");
	assert_int_equal(config_number(c, SET_FETCH_TIMEOUT), 30000);
	assert_int_equal(p.enroll, ENROLL_OPTIONAL);
	assert_int_equal(p.on_dmarc_fail, DMARC_FAIL_RECORD);
	assert_int_equal(p.on_expired, UNUSABLE_DEFER);
	assert_string_equal(p.hide_fields[0], "X-Spam-Report");
	assert_null(p.hide_fields[1]);
	config_free(&c);
}

static void test_values(void **state)
{
	struct config *c = good(
		"# a comment\r\n"
		"  deadline = 2m # behind a value\r\n"
		"max-message-size=50M\n"
		"recipient-delimiter = +#-\n"
		"trusted-authserv-ids =  a.example\tb.example \n"
		"trusted-envelope-fields = Return-Path\n"
		"hide-fields =\n"
		"vks-server = https://keys.example:8443/pub\n"
		"receipts = no\n"
		"on-unusable-key = refuse");
	struct policy p = config_policy(c, "bob@example.org");

	(void)state;
	assert_int_equal(config_number(c, SET_DEADLINE), 120000);
	assert_int_equal(config_number(c, SET_MAX_MESSAGE_SIZE), 50 << 20);
	assert_string_equal(config_text(c, SET_RECIPIENT_DELIMITER), "+#-");
	assert_string_equal(config_list(c, SET_TRUSTED_AUTHSERV_IDS)[1], "b.example");
	assert_true(config_list_has(c, SET_TRUSTED_ENVELOPE_FIELDS, "return-path"));
	assert_false(config_list_has(c, SET_TRUSTED_ENVELOPE_FIELDS, "Received"));
	assert_null(p.hide_fields[0]);
	assert_string_equal(config_text(c, SET_VKS_SERVER), "https://keys.example:8443/pub");
	assert_int_equal(p.on_unusable_key, UNUSABLE_REFUSE);
	assert_int_equal(p.on_expired, UNUSABLE_REFUSE); /* as on-unusable-key */
	config_free(&c);
}

static void test_resolver(void **state)
{
	static const char *const lines[] = {
		"none", "trust-ad", "trust-ad 127.0.0.1", "trust-ad ::1", "trust-ad 127.0.0.1@5353",
		"validate", "validate 192.0.2.1", "validate 192.0.2.1@53 2001:db8::1@5353",
	};
	struct config *c;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char text[200];

		snprintf(text, sizeof text, "resolver = %s\n", lines[i]);
		c = good(text);
		assert_string_equal(config_text(c, SET_RESOLVER), lines[i]);
		config_free(&c);
	}
	c = good("resolver = validate 192.0.2.1 192.0.2.2\n"
	         "trust-anchor = /etc/anchor\n"
	         "trusted-arc-sealers = Lists.Example.NET. b\xc3\xbc" "cher.example\n"
	         "on-partial-body = fail\non-temperror = defer\n"
	         "on-dmarc-fail = refuse\n[recipient bob@example.org]\non-dmarc-fail = junk\n");
	assert_string_equal(config_list(c, SET_RESOLVER)[2], "192.0.2.2");
	assert_string_equal(config_text(c, SET_TRUST_ANCHOR), "/etc/anchor");
	assert_string_equal(config_list(c, SET_TRUSTED_ARC_SEALERS)[0], "lists.example.net");
	assert_string_equal(config_list(c, SET_TRUSTED_ARC_SEALERS)[1], "xn--bcher-kva.example");
	assert_int_equal(config_choice(c, SET_ON_PARTIAL_BODY), PARTIAL_BODY_FAIL);
	assert_int_equal(config_choice(c, SET_ON_TEMPERROR), TEMPERROR_DEFER);
	assert_int_equal(config_policy(c, "bob@example.org").on_dmarc_fail, DMARC_FAIL_JUNK);
	assert_int_equal(config_policy(c, "eve@example.org").on_dmarc_fail, DMARC_FAIL_REFUSE);
	config_free(&c);
}

static void test_sections_override(void **state)
{
	struct config *c = good(
		"protect-subject = yes\n"
		"[domain Example.ORG]\n"
		"protect-subject = omit\n"
		"enroll = required\n"
		"[recipient Bob@EXAMPLE.org]\n"
		"protect-subject = no\n");
	struct policy bob = config_policy(c, "bob@example.org");
	struct policy eve = config_policy(c, "eve@example.org");
	struct policy far = config_policy(c, "eve@example.net");

	(void)state;
	assert_int_equal(bob.protect_subject, 0);
	assert_int_equal(bob.enroll, ENROLL_REQUIRED);
	assert_int_equal(eve.protect_subject, 2);
	assert_int_equal(far.protect_subject, 1);
	assert_int_equal(far.enroll, ENROLL_OPTIONAL);
	assert_false(policy_equal(&bob, &eve));
	assert_true(policy_equal(&eve, &eve));
	config_free(&c);
}

static void test_mistakes_are_errors_that_say_where(void **state)
{
	static const char *const bad[] = {
		"keystroe = dir:/x\n",
		"keystore\n",
		"deadline = soon\n",
		"deadline = -1s\n",
		"deadline = 0\n",
		"deadline = 99999999999999999999d\n",
		"deadline = 3M\n",
		"max-message-size = 3s\n",
		"protect-subject = maybe\n",
		"protect-subject =\n",
		"on-unusable-key = seal\n",
		"authserv-id =\n",
		"gpg-program = gpg\n",
		"deadline = 1s\ndeadline = 2s\n",
		"receipts = yes\n",
		"resolver =\n",
		"resolver = 127.0.0.1\n",
		"resolver = none 127.0.0.1\n",
		"resolver = trust-ad 192.0.2.1\n",
		"resolver = trust-ad 127.0.0.1 127.0.0.2\n",
		"resolver = trust-ad localhost\n",
		"resolver = validate 127.0.0.1@0\n",
		"resolver = validate 127.0.0.1@65536\n",
		"resolver = validate ns.example.org\n",
		"resolver = validate 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 10.0.0.8 10.0.0.9\n",
		"trust-anchor = anchor\n",
		"trust-anchor =\n",
		"dns-budget = 0s\n",
		"on-temperror = refuse\n",
		"on-dmarc-fail = defer\n",
		"on-partial-body = policy\n",
		"trusted-arc-sealers = a@b.example\n",
		"[domain example.org]\non-temperror = defer\n",
		"recovery-certificate = abc\n",
		"archive-certificates = not-an-address\n",
		"vks-server = http://keys.example\n",
		"vks-server = keys.example\n",
		"vks-server = https://\n",
		"vks-server = https://me@keys.example\n",
		"vks-server = https://keys.example/?x\n",
		"vks-server = https://keys.example /x\n",
		"vks-server = https:///etc/passwd\n",
		"vks-server =\n",
		"fetch-timeout = never\n",
		"[domain example.org\n",
		"[host example.org]\n",
		"[recipient nobody]\n",
		"[recipient a@b] [x]\n",
		"[domain a.example]\n[domain A.example.]\n",
		"[domain example.org]\ndeadline = 1s\n",
		"[]\n", "[\n", "= x\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err err = { .class = ERR_NONE };
		struct config *c = parse(bad[i], strlen(bad[i]), &err);

		if (c)
			fail_msg("accepted: %s", bad[i]);
		if (err.class != ERR_CONFIG)
			fail_msg("%s: class %d", bad[i], err.class);
		if (!strstr(err.what, ":1:") && !strstr(err.what, ":2:"))
			fail_msg("no line number: %s", err.what);
	}
}

static void test_a_nul_byte_is_an_error(void **state)
{
	struct err err = { .class = ERR_NONE };

	(void)state;
	assert_null(parse("deadline = 1s\n\0enroll = required\n", 33, &err));
	assert_int_equal(err.class, ERR_CONFIG);
}

static void test_a_named_file_must_be_there(void **state)
{
	struct err err = { .class = ERR_NONE };

	(void)state;
	assert_null(config_read("/nonexistent/mailseal.conf", &err));
	assert_int_equal(err.class, ERR_CONFIG);
	assert_null(config_read("/", &err));
	assert_int_equal(err.class, ERR_CONFIG);
}

static void test_the_command_line_goes_before(void **state)
{
	struct config *c = good("keystore = dir:/a\n");

	(void)state;
	config_override(c, SET_KEYSTORE, "dir:/b");
	assert_string_equal(config_text(c, SET_KEYSTORE), "dir:/b");
	config_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_resolver),
		cmocka_unit_test(test_sections_override),
		cmocka_unit_test(test_mistakes_are_errors_that_say_where),
		cmocka_unit_test(test_a_nul_byte_is_an_error),
		cmocka_unit_test(test_a_named_file_must_be_there),
		cmocka_unit_test(test_the_command_line_goes_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
