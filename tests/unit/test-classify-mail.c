/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test-classify-mail - real mail: its class, and where its ciphertext is */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "base/secret.h"
#include "tests/unit/shapes.h"
#include "tests/unit/shared.h"
#include "tests/unit/spools.h"

/* ---- where the ciphertext is ---- */

/* What is found, as text; false: nothing. */
static bool find(const void *data, size_t len, struct ciphertext_range *range,
                 struct buf *found)
{
	struct spool *spool = spools_with(data, len);
	struct message message;
	struct err err;

	spools_check(message_map(spool, &message, &err), &err);

	int rc = classify_find_ciphertext(&message, range, &err);

	spools_check(rc < 0 ? -1 : 0, &err);
	buf_cut(found, 0);
	if (rc > 0)
		spools_check(spool_copy(spool, range->start, range->end, spools_sink(found),
		                        &err), &err);
	spool_free(&spool);
	return rc > 0;
}

static void test_find(void **state)
{
	static const struct {
		const char *template; /* the ciphertext is %A */
		bool found;
	} cases[] = {
		{ TOP ENCRYPTED "\n" IDENTIFIED OCTETS CLOSE, true },
		{ TOP ENCRYPTED "\n" OURS "\n\n" IDENTIFIED OCTETS CLOSE, true },
		{ TOP MIXED "\n" BLANK IDENTIFIED OCTETS CLOSE, true },
		{ TOP ENCRYPTED "\nA preamble\n" IDENTIFIED OCTETS CLOSE "A footer\n", true },
		{ TOP ENCRYPTED "\n" IDENTIFIED OCTETS, true }, /* not closed */
		{ TOP ENCRYPTED "X-Note: noon\n\n--b1x\n" IDENTIFIED OCTETS CLOSE, true },
		{ TOP MIXED "\n--b1\n\nA text\n" IDENTIFIED OCTETS "--b1\n\nA footer\n" CLOSE, true },
		{ TOP ENCRYPTED "\n" IDENTIFIED CLOSE, false },
		{ TOP ENCRYPTED "\n" OCTETS CLOSE, false },
		{ TOP MIXED "\n" OCTETS CLOSE, false },
		{ TOP "\n%A", false },
		{ TOP ENCRYPTED, false },
		{ "", false },
	};
	struct shapes_material m;

	(void)state;
	shapes_make(&m);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf text = BUF_INIT, found = BUF_INIT;
		struct ciphertext_range range;

		shapes_expand(cases[i].template, &m, &text);
		assert_int_equal(find(text.data, text.len, &range, &found), cases[i].found);
		if (cases[i].found) {
			buf_cut(&found, m.armour.len);
			assert_string_equal(buf_str(&found), buf_str(&m.armour));
			assert_false(range.base64 || range.quoted_printable);
		}
		buf_free(&text);
		buf_free(&found);
	}
	shapes_free(&m);
}

static void test_find_encoded(void **state)
{
	struct buf text = BUF_INIT, found = BUF_INIT;
	struct ciphertext_range range;
	struct shapes_material m;

	(void)state;
	shapes_make(&m);
	shapes_expand(TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n" BASE64
	       "\n%6\n" CLOSE, &m, &text);
	assert_true(find(text.data, text.len, &range, &found));
	assert_true(range.base64 && !range.quoted_printable);
	buf_cut(&text, 0);
	shapes_expand(TOP ENCRYPTED "\n" IDENTIFIED "--b1\nContent-Type: application/octet-stream\n" QUOTED
	       "\n%Q\n" CLOSE, &m, &text);
	assert_true(find(text.data, text.len, &range, &found));
	assert_true(!range.base64 && range.quoted_printable);
	buf_free(&text);
	buf_free(&found);
	shapes_free(&m);
}

/* ---- real mail ---- */

/* Of the shared corpus; every other file of it is readable. */
static const struct {
	const char *path;
	enum mime_class class;
} encrypted_mail[] = {
	{ "chatmail-core/encrypted-signed.eml", MIME_PGP_MIME },
	{ "chatmail-core/group-introduction-no-gossip.eml", MIME_PGP_MIME },
	{ "chatmail-core/hp_legacy_display.eml", MIME_PGP_MIME },
	{ "chatmail-core/messed_up_message_id.eml", MIME_PGP_MIME },
	{ "chatmail-core/text_symmetrically_encrypted.eml", MIME_PGP_MIME },
	{ "chatmail-core/thunderbird_encrypted_unsigned.eml", MIME_PGP_MIME },
	{ "chatmail-core/thunderbird_encrypted_unsigned_with_unencrypted_subject.eml",
	  MIME_PGP_MIME },
	{ "kde-messagelib/inlinepgpencrypted.mbox.eml", MIME_PGP_INLINE },
	{ "kde-messagelib/openpgp-encrypted+signed-protected-headers.mbox.eml", MIME_PGP_MIME },
	{ "kde-messagelib/openpgp-encrypted-protected-headers.mbox.eml", MIME_PGP_MIME },
	{ "kde-messagelib/openpgp-encrypted-signed-combind.mbox.eml", MIME_PGP_MIME },
	{ "kde-messagelib/openpgp-encrypted-two-attachments.mbox.eml", MIME_PGP_MIME },
	{ "kde-messagelib/openpgp-encrypted.mbox.eml", MIME_PGP_MIME },
	{ "kde-messagelib/smime-opaque-signed-encrypted-attachment.mbox.eml", MIME_SMIME },
	{ "notmuch/crypto__basic-encrypted.eml", MIME_PGP_MIME },
	{ "notmuch/protected-headers__smime-sign+enc+legacy-disp.eml", MIME_SMIME },
};

static enum mime_class expected_class(const char *path, bool *known)
{
	size_t len = strlen(path);

	*known = false;
	for (size_t i = 0; i < COUNT(encrypted_mail); i++) {
		size_t tail = strlen(encrypted_mail[i].path);

		*known = len > tail && strcmp(path + len - tail, encrypted_mail[i].path) == 0;
		if (*known)
			return encrypted_mail[i].class;
	}
	return MIME_READABLE;
}

static void test_corpus(void **state)
{
	size_t seen = 0;
	glob_t paths;

	(void)state;
	if (!shared_find("corpus/*/*", &paths))
		return;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		struct buf text = BUF_INIT, crlf = BUF_INIT;
		bool known;
		enum mime_class class = expected_class(paths.gl_pathv[i], &known);

		shared_read(paths.gl_pathv[i], &text);

		size_t from = spools_from_line(buf_str(&text), text.len);

		if (shapes_classify(buf_str(&text) + from, text.len - from) != class)
			fail_msg("%s", paths.gl_pathv[i]);
		shapes_to_crlf(&text, &crlf);
		from = spools_from_line(buf_str(&crlf), crlf.len);
		if (shapes_classify(buf_str(&crlf) + from, crlf.len - from) != class)
			fail_msg("%s with CRLF", paths.gl_pathv[i]);
		seen += known;
		buf_free(&text);
		buf_free(&crlf);
	}
	assert_int_equal(seen, COUNT(encrypted_mail));
	globfree(&paths);
}

/* A sealed vector with LF and with CRLF: ours, and its ciphertext is found. */
static void check_sealed(const char *path, const struct buf *text)
{
	struct buf found = BUF_INIT;
	struct ciphertext_range range;
	size_t from = spools_from_line(buf_str(text), text->len);
	const char *data = buf_str(text) + from;

	if (shapes_classify(data, text->len - from) != MIME_SEALED)
		fail_msg("%s", path);
	assert_true(find(data, text->len - from, &range, &found));
	assert_true(strncmp(buf_str(&found), "-----BEGIN PGP MESSAGE-----", 27) == 0);
	assert_non_null(strstr(buf_str(&found), "-----END PGP MESSAGE-----"));
	buf_free(&found);
}

static void test_vectors(void **state)
{
	glob_t paths;

	(void)state;
	if (!shared_find("format/vectors/*.sealed", &paths))
		return;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		struct buf text = BUF_INIT, lf = BUF_INIT, crlf = BUF_INIT;

		shared_read(paths.gl_pathv[i], &text);
		for (size_t at = 0; at < text.len; at++)
			if (text.data[at] != '\r')
				buf_addc(&lf, text.data[at]);
		shapes_to_crlf(&lf, &crlf);
		check_sealed(paths.gl_pathv[i], &lf);
		check_sealed(paths.gl_pathv[i], &crlf);
		buf_free(&text);
		buf_free(&lf);
		buf_free(&crlf);
	}
	globfree(&paths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_encoded),
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_vectors),
	};

	secret_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
