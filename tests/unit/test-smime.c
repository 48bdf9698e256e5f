/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-smime - which CMS messages are ciphertext and nothing else */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "base/secret.h"
#include "tests/unit/forge.h"
#include "tests/unit/shapes.h"

static const struct {
	const char *recipe;
	bool ciphertext;
} cms_cases[] = {
	{ "enveloped", true },
	{ "enveloped keyid", true },
	{ "enveloped ecdh", true },
	{ "enveloped password", true },
	{ "enveloped kek", true },
	{ "enveloped indefinite", true },
	{ "enveloped indefinite ecdh", true },
	{ "auth", true },
	{ "auth indefinite", true },

	{ "signed", false },
	{ "compressed", false },
	{ "enveloped none", false },
	{ "enveloped ori", false },
	{ "enveloped originator", false },
	{ "enveloped attributes", false },
	{ "enveloped indefinite attributes", false },
	{ "enveloped detached", false },
	{ "enveloped text", false },
	{ "enveloped indefinite text", false },
	{ "enveloped text-key", false },
	{ "enveloped tail", false },
	{ "enveloped indefinite tail", false },
	{ "enveloped inner-tail", false },
	{ "enveloped indefinite inner-tail", false },
	{ "enveloped indefinite unclosed", false },
	{ "enveloped long-name", false },
	{ "enveloped long-recipient", false },
	{ "auth no-mac", false },
	{ "auth long-mac", false },
	{ "auth auth-attributes", false },
	{ "auth unauth-attributes", false },
	{ "auth text", false },
};

/* As base64 and as binary. */
static void test_smime(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cms_cases); i++) {
		enum mime_class class = cms_cases[i].ciphertext ? MIME_SMIME : MIME_READABLE;
		struct buf cms = BUF_INIT, text = BUF_INIT, binary = BUF_INIT;

		forge_smime(cms_cases[i].recipe, &cms);
		buf_adds(&text, SMIME BASE64 "\n");
		forge_base64(cms.data, cms.len, 76, &text);
		buf_adds(&binary, SMIME "Content-Transfer-Encoding: binary\n\n");
		buf_add(&binary, cms.data, cms.len);
		if (shapes_classify(text.data, text.len) != class)
			fail_msg("%s", cms_cases[i].recipe);
		if (shapes_classify(binary.data, binary.len) != class)
			fail_msg("%s, binary", cms_cases[i].recipe);
		buf_free(&cms);
		buf_free(&text);
		buf_free(&binary);
	}
}

/* Cut short anywhere it is nothing. */
static void test_smime_cut(void **state)
{
	struct buf cms = BUF_INIT, text = BUF_INIT;

	(void)state;
	forge_smime("auth indefinite", &cms);
	buf_adds(&text, SMIME "Content-Transfer-Encoding: binary\n\n");

	size_t head = text.len;

	buf_add(&text, cms.data, cms.len);
	assert_int_equal(shapes_classify(text.data, text.len), MIME_SMIME);
	for (size_t len = head; len < text.len; len++)
		assert_int_equal(shapes_classify(text.data, len), MIME_READABLE);
	buf_free(&cms);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smime),
		cmocka_unit_test(test_smime_cut),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
